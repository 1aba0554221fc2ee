import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from sbir_etl.awards.sample import SampleSummary, write_sample
from sbir_etl.awards.schema import COLUMNS
from sbir_etl.errors import InvalidInput

ROWS = 6000

Record = dict[str, str]


def read(path: Path) -> list[Record]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleSummary:
    return write_sample(tmp_path_factory.mktemp("sample"), rows=ROWS, seed=7)


@pytest.fixture(scope="module")
def records(sample: SampleSummary) -> list[Record]:
    return read(sample.awards_path)


def share(records: list[Record], column: str, pattern: str) -> float:
    return sum(bool(re.search(pattern, record[column])) for record in records) / len(records)


def test_the_file_has_the_42_columns_and_exactly_the_rows_asked_for(
    sample: SampleSummary, records: list[Record]
) -> None:
    assert list(records[0]) == [column.header for column in COLUMNS]
    assert len(records) == sample.rows == ROWS
    assert sample.size == sample.awards_path.stat().st_size
    assert all(None not in record and None not in record.values() for record in records)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    def bytes_of(folder: str, seed: int) -> list[bytes]:
        written = write_sample(tmp_path / folder, rows=300, seed=seed)
        return [path.read_bytes() for path in (written.awards_path, *written.company_paths)]

    assert bytes_of("one", 1) == bytes_of("again", 1)
    assert bytes_of("one", 1) != bytes_of("other", 2)


def test_the_bytes_are_the_same_on_every_machine_and_python(tmp_path: Path) -> None:
    written = write_sample(tmp_path, rows=200, seed=1)
    content = b"".join(path.read_bytes() for path in (written.awards_path, *written.company_paths))
    # A change to the generator changes this; nothing else may.
    assert hashlib.sha256(content).hexdigest() == "2f2f3cdd02a8c131c682c242848bfbadbf4393d1e3d84feb0e94678e5a1940a5"


@pytest.mark.parametrize("rows", [1, 2, 999, 1000, 1001])
def test_any_number_of_rows_can_be_had(tmp_path: Path, rows: int) -> None:
    assert len(read(write_sample(tmp_path, rows=rows, seed=3).awards_path)) == rows


def test_no_rows_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="rows: got 0, wanted at least 1"):
        write_sample(tmp_path, rows=0, seed=1)


def test_progress_is_told_up_to_the_last_row(tmp_path: Path) -> None:
    told: list[int] = []
    write_sample(tmp_path, rows=2500, seed=1, progress=told.append)
    assert told == [1000, 2000, 2500]


def test_phases_agencies_and_programs_have_their_shares(records: list[Record]) -> None:
    assert 0.27 < share(records, "Phase", "^Phase II$") < 0.35
    assert 0.38 < share(records, "Agency", "Defense") < 0.56
    assert 0.10 < share(records, "Program", "STTR") < 0.18
    assert len({record["Agency"] for record in records}) >= 11


def test_a_row_takes_as_many_bytes_and_lines_as_in_the_published_file(sample: SampleSummary) -> None:
    content = sample.awards_path.read_bytes()
    assert 1600 < sample.size / ROWS < 2000
    assert 2.0 < content.count(b"\n") / ROWS < 3.0


def test_embedded_newlines_are_an_affair_of_health_and_never_of_defense(records: list[Record]) -> None:
    by_agency = Counter(record["Agency"] for record in records if "\n" in record["Abstract"])
    assert by_agency.most_common(1)[0][0] == "Department of Health and Human Services"
    assert by_agency["Department of Defense"] == 0


def test_identifiers_keep_their_leading_zeros_and_follow_their_era(records: list[Record]) -> None:
    with_duns = [record for record in records if record["Duns"]]
    assert 0.33 < share(with_duns, "Duns", "^0") < 0.5
    assert 0.1 < share(records, "Zip", "^0") < 0.22
    old = [record for record in records if record["Award Year"] < "1995"]
    recent = [record for record in records if record["Award Year"] >= "2010"]
    assert share(old, "Contract", "^$") > 0.95
    assert share(recent, "Contract", "^$") < 0.1
    assert share(old, "Proposal Award Date", "^$") > 0.7
    assert share(recent, "Proposal Award Date", "^$") < 0.05


def test_ueis_are_as_sam_gov_gives_them_out(records: list[Record]) -> None:
    ueis = {record["UEI"] for record in records if record["UEI"]}
    assert len(ueis) > 100
    assert all(re.fullmatch(r"(?!.*\d{9})[A-HJ-NP-Z1-9][A-HJ-NP-Z0-9]{11}", uei) for uei in ueis)


def test_award_years_are_fiscal_years(records: list[Record]) -> None:
    dated = [record for record in records if record["Proposal Award Date"]]

    def fiscal_year(date: str) -> int:
        return int(date[:4]) + (int(date[5:7]) >= 10)

    agreeing = sum(fiscal_year(record["Proposal Award Date"]) == int(record["Award Year"]) for record in dated)
    assert 0.965 < agreeing / len(dated) < 0.99


def test_research_institutions_stand_in_sttr_rows_only(records: list[Record]) -> None:
    assert all(bool(record["RI Name"]) == (record["Program"] == "STTR") for record in records if record["Program"])


def test_the_known_dirt_is_there(records: list[Record]) -> None:
    abstracts = "".join(record["Abstract"] for record in records)
    for dirt in ("\u00a0", "\u2019", "â€™", "&quot;", "&amp;", "\u2028", "\x92", "\uf0b7", "\ufffd"):
        assert dirt in abstracts, dirt
    assert share(records, "Company", " $") > 0.06
    assert share(records, "Contact Phone", r"^\(\) -$") > 0.1
    assert share(records, "Zip", "^-$") > 0.003
    assert share(records, "HUBZone Owned", "^U$") > 0
    assert share(records, "Award Title", "^=") > 0
    assert share(records, "Award Amount", r"\.\d") > 0.07


def test_three_records_are_there_twice(records: list[Record]) -> None:
    assert len(records) - len({tuple(record.values()) for record in records}) == 3


def test_identifiers_collide_rarely_but_do(records: list[Record]) -> None:
    distinct = {tuple(record.values()): record for record in records}.values()
    keys = Counter((r["Agency Tracking Number"], r["Contract"], r["Phase"]) for r in distinct)
    assert 0 < sum(times for times in keys.values() if times > 1) / ROWS < 0.006


def test_most_firms_have_few_awards_and_few_have_many(records: list[Record]) -> None:
    awards = sorted(Counter(record["Company"].strip() for record in records).values())
    assert 0.35 < sum(count == 1 for count in awards) / len(awards) < 0.6
    assert sum(awards[-len(awards) // 100 :]) / ROWS > 0.1


def test_hardly_any_row_breaks_an_error_rule(records: list[Record]) -> None:
    def is_wrong(record: Record) -> bool:
        amount = record["Award Amount"].replace(",", "")
        title = record["Award Title"].strip()
        return title in ("", "-", "N/A") or not amount or float(amount) <= 0 or not record["Program"]

    assert 0 < sum(map(is_wrong, records)) / ROWS < 0.01


def test_the_company_exports_overlap_and_know_fewer_identifiers(sample: SampleSummary) -> None:
    rows = [row for path in sample.company_paths for row in read(path)]
    assert len(sample.company_paths) >= 4
    assert all("company_search" in path.name for path in sample.company_paths)
    assert list(rows[0])[:4] == ["Company Name", "UEI", "DUNs", "Number Awards"]
    assert len(rows[0]) == 14
    assert len({tuple(row.values()) for row in rows}) < len(rows)
    assert 0.2 < share(rows, "UEI", ".") < 0.6
