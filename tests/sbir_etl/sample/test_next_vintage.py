import csv
import html
from collections import Counter
from pathlib import Path

import pytest

from sbir_etl.awards.sample import SampleSummary, write_sample
from sbir_etl.errors import InvalidInput

ROWS = 4000

Record = dict[str, str]
Key = tuple[str, str, str]


def read(path: Path) -> list[Record]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def by_key(records: list[Record]) -> dict[Key, Record]:
    """The records whose identifiers are theirs alone."""
    keys = [(r["Agency Tracking Number"].strip(), r["Contract"].strip(), r["Phase"]) for r in records]
    times = Counter(keys)
    return {key: record for key, record in zip(keys, records, strict=True) if times[key] == 1}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("first"), rows=ROWS, seed=11)


@pytest.fixture(scope="module")
def second(first: SampleSummary, tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("second"), rows=ROWS, seed=12, next_vintage_of=first.awards_path)


@pytest.fixture(scope="module")
def before(first: SampleSummary) -> dict[Key, Record]:
    return by_key(read(first.awards_path))


@pytest.fixture(scope="module")
def after(second: SampleSummary) -> dict[Key, Record]:
    return by_key(read(second.awards_path))


def test_the_next_vintage_is_the_same_every_time(first: SampleSummary, second: SampleSummary, tmp_path: Path) -> None:
    again = write_sample(tmp_path, rows=1, seed=12, next_vintage_of=first.awards_path)
    assert again.awards_path.read_bytes() == second.awards_path.read_bytes()
    assert again.mutations == second.mutations


def test_added_and_removed_awards_are_as_many_as_it_says(
    second: SampleSummary, before: dict[Key, Record], after: dict[Key, Record]
) -> None:
    assert second.mutations is not None
    assert second.mutations.added == len(after.keys() - before.keys()) > 0
    assert second.mutations.removed == len(before.keys() - after.keys()) > 0
    assert second.rows == ROWS + second.mutations.added - second.mutations.removed


def test_changed_fields_are_as_many_as_it_says(
    second: SampleSummary, before: dict[Key, Record], after: dict[Key, Record]
) -> None:
    assert second.mutations is not None
    differing = [
        {column for column, text in before[key].items() if text != after[key][column]}
        for key in before.keys() & after.keys()
    ]
    assert second.mutations.changed + second.mutations.rewritten == sum(map(bool, differing))
    by_field = Counter(column for columns in differing for column in columns)
    assert second.mutations.by_field["award_amount"] == by_field["Award Amount"]
    assert second.mutations.by_field["number_employees"] == by_field["Number Employees"]
    assert 0 < second.mutations.by_field["company"] < by_field["Company"]


def test_no_rewrite_disappears_when_the_text_is_cleaned(before: dict[Key, Record], after: dict[Key, Record]) -> None:
    def cleaned(text: str) -> str:
        return html.unescape(text).strip()

    rewritten = [
        (text, after[key][column])
        for key in before.keys() & after.keys()
        for column, text in before[key].items()
        if text != after[key][column]
    ]
    assert all(cleaned(old) != cleaned(new) for old, new in rewritten)


def test_fields_change_at_the_rates_seen_between_real_vintages(
    before: dict[Key, Record], after: dict[Key, Record]
) -> None:
    both = before.keys() & after.keys()

    def rate(column: str) -> float:
        return sum(before[key][column] != after[key][column] for key in both) / len(both)

    assert 0.15 < rate("Company") < 0.23
    assert 0.07 < rate("Award Amount") < 0.11
    assert 0.005 < rate("Award Year") < 0.03
    assert rate("Contract") == rate("Duns") == rate("Agency Tracking Number") == 0


def test_no_mutation_makes_a_row_that_an_error_rule_rejects(
    after: dict[Key, Record], before: dict[Key, Record]
) -> None:
    changed = [after[key] for key in after if after[key] != before.get(key)]
    assert all(float(record["Award Amount"].replace(",", "")) > 0 for record in changed)
    assert all("1983" <= record["Award Year"] <= "2026" for record in changed)


def test_a_file_may_be_followed_in_its_own_folder(tmp_path: Path) -> None:
    path = write_sample(tmp_path, rows=50, seed=1).awards_path
    old = path.read_bytes()
    assert write_sample(tmp_path, rows=50, seed=2, next_vintage_of=path).awards_path == path
    assert path.read_bytes() != old


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"next_vintage_of: no file at .*gone\.csv"):
        write_sample(tmp_path, rows=1, seed=1, next_vintage_of=tmp_path / "gone.csv")


@pytest.mark.parametrize("content", [b"Company\nAcme\n", b'"never closed', b"\xd0\x00\xff\n\xd0\n"])
def test_what_is_no_award_file_is_not_followed(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InvalidInput, match="wanted an award file without damage"):
        write_sample(tmp_path / "out", rows=1, seed=1, next_vintage_of=tmp_path / "x.csv")
    assert not (tmp_path / "out" / "award_data.csv").exists()
