"""What counts as added, changed, rewritten without meaning, and removed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbir_etl.awards.abstracts import AwardFiles
from sbir_etl.awards.changes import Change, ChangeSummary, compare, same_letters
from sbir_etl.awards.reading import read_csv
from sbir_etl.awards.sample import write_sample
from sbir_etl.awards.validation import ValidationFiles, validate

Rows = Iterable[Mapping[str, str]]
WriteCsv = Callable[[Rows], Path]


def awards_of(csv_path: Path, name: str) -> AwardFiles:
    folder = csv_path.parent / name
    folder.mkdir()
    raw, unreadable = folder / "raw.parquet", folder / "unreadable.parquet"
    read_csv(csv_path, raw, unreadable, scratch=folder)
    files = ValidationFiles(
        awards=folder / "awards.parquet", rejects=folder / "rejects.parquet", issues=folder / "issues.parquet"
    )
    validate(raw, unreadable, files, scratch=folder)
    return AwardFiles(awards=files.awards, raw=raw)


def changed_rows(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute("FROM read_parquet(?)", [str(path)]).fetchall()


@pytest.fixture
def compare_rows(tmp_path: Path, write_csv: WriteCsv) -> Callable[[Rows, Rows], ChangeSummary]:
    def compared(live: Rows, now: Rows) -> ChangeSummary:
        live_awards = awards_of(write_csv(live), "live")
        now_awards = awards_of(write_csv(now), "now")
        return compare(now_awards, tmp_path / "changes.parquet", live=live_awards, against="run-1", scratch=tmp_path)

    return compared


CompareRows = Callable[[Rows, Rows], ChangeSummary]


def numbered(number: int, **cells: str) -> dict[str, str]:
    return {"agency_tracking_number": f"N-{number}", "duns": f"{number:09}"} | cells


def counts(summary: ChangeSummary) -> tuple[int, int, int, int, int]:
    return summary.added, summary.changed, summary.cosmetic, summary.removed, summary.unchanged


def test_awards_are_added_changed_removed_or_neither(tmp_path: Path, compare_rows: CompareRows) -> None:
    summary = compare_rows(
        [numbered(1), numbered(2), numbered(3)],
        [numbered(4), numbered(3, award_amount="5", city="Salem", state="ma"), numbered(1)],
    )

    assert counts(summary) == (1, 1, 0, 1, 1)
    assert summary.by_field == {"award_amount": 1, "city": 1}
    contract = "N68335-18-C-0001/1"
    assert changed_rows(tmp_path / "changes.parquet") == [
        (f"N-2/{contract}", "removed", "Example Optics, Inc.", "A quiet laser", [], [], []),
        (
            f"N-3/{contract}",
            "changed",
            "Example Optics, Inc.",
            "A quiet laser",
            ["award_amount", "city"],
            ["124999.50", "Boston"],
            ["5", "Salem"],
        ),
        (f"N-4/{contract}", "added", "Example Optics, Inc.", "A quiet laser", [], [], []),
    ]
    assert summary.samples[1] == Change(
        award_id=f"N-3/{contract}",
        kind="changed",
        company="Example Optics, Inc.",
        title="A quiet laser",
        field="award_amount",
        before="124999.50",
        after="5",
    )


def test_everything_is_added_on_the_first_run_in_the_order_of_the_ids(tmp_path: Path, write_csv: WriteCsv) -> None:
    now = awards_of(write_csv([numbered(2), numbered(3), numbered(1)]), "now")
    summary = compare(now, tmp_path / "changes.parquet", live=None, against=None, scratch=tmp_path)
    assert counts(summary) == (3, 0, 0, 0, 0)
    contract = "N68335-18-C-0001/1"
    assert changed_rows(tmp_path / "changes.parquet") == [
        (f"N-{number}/{contract}", "added", "Example Optics, Inc.", "A quiet laser", [], [], []) for number in (1, 2, 3)
    ]


NOTHING = ("", "N/A")
COSMETIC = (
    ("company", "EXAMPLE OPTICS INC", "Example Optics, Inc."),
    ("abstract", "caf\u00e9 \u2013 done.", "CAF\u00c9 - done"),
    ("solicitation_number", "2017.1", "17.1"),
    ("solicitation_number", "DoD SBIR 2019.2", "DOD SBIR 19.2"),
    ("award_amount", "1,000,000", "1000000.00"),
    ("proposal_award_date", "2018-10-15", "10/15/2018"),
    ("company_website", "http://www.example.com/", "https://example.com"),
    ("contact_phone", "(617) 555-0100", "617-555-0100"),
)
MEANINGFUL = (
    ("company", "Example Optics", "Example Optical"),
    ("abstract", "5 \u00b5m", "5 \u03b2m"),
    ("abstract", "?", "!"),
    ("solicitation_number", "2017.1", "2018.1"),
    ("award_amount", "100000", "100000.5"),
    ("award_amount", "100000", "1000.00"),
    ("proposal_award_date", "2018-10-15", "2018-10-16"),
    ("uei", "", "ABCDEFGHJK12"),
    ("abstract", "once there", "N/A"),
    ("zip", "02101", "02101-1234"),
)


def test_rewrites_that_mean_nothing_are_told_apart_from_changes(tmp_path: Path, compare_rows: CompareRows) -> None:
    rewrites = COSMETIC + MEANINGFUL

    summary = compare_rows(
        [numbered(number, **{field: before}) for number, (field, before, _) in enumerate(rewrites, start=100)],
        [numbered(number, **{field: after}) for number, (field, _, after) in enumerate(rewrites, start=100)],
    )

    assert counts(summary) == (0, len(MEANINGFUL), len(COSMETIC), 0, 0)
    assert summary.by_field == Counter(field for field, _, _ in MEANINGFUL)
    found = [
        (kind, fields, before, after)
        for _, kind, _, _, fields, before, after in changed_rows(tmp_path / "changes.parquet")
    ]
    assert found == [
        (kind, [field], [None if before in NOTHING else before], [None if after in NOTHING else after])
        for kind, rows in (("cosmetic", COSMETIC), ("changed", MEANINGFUL))
        for field, before, after in rows
    ]


def test_what_cleaning_undoes_is_no_change(compare_rows: CompareRows) -> None:
    summary = compare_rows([{"company": "A & B", "duns": ""}], [{"company": "A &amp; B ", "duns": "0"}])

    assert counts(summary) == (0, 0, 0, 0, 1)


def test_an_award_that_gains_or_loses_a_twin_stays_the_same_award(compare_rows: CompareRows, tmp_path: Path) -> None:
    one, other = {"duns": "111111111"}, {"duns": "222222222", "company": "Another"}

    assert counts(compare_rows([one], [one, other])) == (1, 0, 0, 0, 1)
    (tmp_path / "live").rename(tmp_path / "live-1")
    (tmp_path / "now").rename(tmp_path / "now-1")
    assert counts(compare_rows([one, other], [one | {"award_amount": "7"}])) == (0, 1, 0, 1, 0)


def test_samples_show_nothing_of_persons(compare_rows: CompareRows) -> None:
    (sample,) = compare_rows([numbered(1)], [numbered(1, pi_email="eve@example.com")]).samples
    assert (sample.field, sample.before, sample.after) == ("pi_email", "(not shown)", "(not shown)")


def test_another_order_and_other_row_ends_change_nothing(tmp_path: Path, write_csv: WriteCsv) -> None:
    path = write_csv([numbered(number, abstract="two words") for number in range(50)])
    live = awards_of(path, "live")
    header, *lines = path.read_bytes().splitlines()
    path.write_bytes(b"\r\n".join([header, *reversed(lines), b""]))

    summary = compare(
        awards_of(path, "now"), tmp_path / "changes.parquet", live=live, against="run-1", scratch=tmp_path
    )

    assert counts(summary) == (0, 0, 0, 0, 50)


def test_hashes_of_another_version_change_nothing(tmp_path: Path, write_csv: WriteCsv) -> None:
    live = awards_of(write_csv([numbered(1), numbered(2, abstract="short"), numbered(3, abstract="N/A")]), "live")
    other = tmp_path / "other.parquet"
    with duckdb.connect() as database:
        hashes = "content_hash || '-' AS content_hash, abstract_hash // 2 AS abstract_hash"
        database.sql(f"SELECT * REPLACE ({hashes}) FROM '{live.awards}'").write_parquet(str(other))
    now = awards_of(write_csv([numbered(1), numbered(2, abstract="long"), numbered(3, abstract="N/A")]), "now")

    summary = compare(
        now,
        tmp_path / "changes.parquet",
        live=AwardFiles(awards=other, raw=live.raw),
        against="run-1",
        scratch=tmp_path,
    )

    assert counts(summary) == (0, 1, 0, 0, 2)
    assert summary.by_field == {"abstract": 1}


def test_without_a_live_run_everything_is_added(tmp_path: Path, write_csv: WriteCsv) -> None:
    awards = awards_of(write_csv(numbered(number) for number in range(30)), "now")

    summary = compare(awards, tmp_path / "changes.parquet", live=None, against=None, scratch=tmp_path)

    assert counts(summary) == (30, 0, 0, 0, 0)
    assert summary.against is None
    assert len(summary.samples) == 15


def test_the_mutations_of_a_next_vintage_are_found_exactly(tmp_path: Path) -> None:
    first = write_sample(tmp_path / "first", rows=3000, seed=7)
    second = write_sample(tmp_path / "second", rows=1, seed=8, next_vintage_of=first.awards_path)

    summary = compare(
        awards_of(second.awards_path, "now"),
        tmp_path / "changes.parquet",
        live=awards_of(first.awards_path, "live"),
        against="first",
        scratch=tmp_path,
    )

    made = second.mutations
    assert made is not None
    assert (summary.added, summary.removed, summary.changed) == (made.added, made.removed, made.changed)
    assert summary.cosmetic == made.rewritten
    assert summary.by_field == made.by_field


def test_letters_are_compared_beyond_ascii() -> None:
    assert same_letters("Stra\u00dfe \u2116 5", "STRASSE, \u2116 5")
    assert not same_letters("5 \u00b5m", "5 m")
