import csv
from collections import Counter
from pathlib import Path

import pytest

from sbir_etl.awards.sample import SampleSummary, write_sample
from sbir_etl.awards.schema import COLUMNS

ROWS = 4000


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("sample"), rows=ROWS, seed=7)


@pytest.fixture(scope="module")
def records(sample: SampleSummary) -> list[dict[str, str]]:
    with sample.awards_path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def test_the_file_has_the_42_columns_and_exactly_the_rows_asked_for(
    sample: SampleSummary, records: list[dict[str, str]]
) -> None:
    assert list(records[0]) == [column.header for column in COLUMNS]
    assert len(records) == sample.rows == ROWS
    assert all(None not in record and None not in record.values() for record in records)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    def bytes_of(folder: str, seed: int) -> list[bytes]:
        written = write_sample(tmp_path / folder, rows=300, seed=seed)
        return [path.read_bytes() for path in (written.awards_path, *written.company_paths)]

    assert bytes_of("one", 1) == bytes_of("again", 1)
    assert bytes_of("one", 1) != bytes_of("other", 2)


def test_phases_and_agencies_have_their_shares(records: list[dict[str, str]]) -> None:
    agencies = Counter(record["Agency"] for record in records)
    assert 0.26 < sum(record["Phase"] == "Phase II" for record in records) / ROWS < 0.36
    assert 0.38 < agencies["Department of Defense"] / ROWS < 0.56
    assert len(agencies) >= 11
