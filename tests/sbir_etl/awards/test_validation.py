"""From raw rows to awards, rejects and issues: the rules one by one, identity, copies, and the account of all rows."""

import gzip
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbir_etl.awards import gates
from sbir_etl.awards.abstracts import AwardFiles, abstracts
from sbir_etl.awards.reading import read_csv
from sbir_etl.awards.rules import BITS, RULES, ValidationSummary
from sbir_etl.awards.schema import BY_NAME
from sbir_etl.awards.validation import ValidationFiles, validate
from sbir_etl.settings import Thresholds

Rows = Iterable[Mapping[str, str]]
WriteCsv = Callable[[bytes | Rows], Path]


@dataclass(frozen=True)
class Validated:
    summary: ValidationSummary
    files: ValidationFiles

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The result of SQL over awards, rejects and issues."""
        with duckdb.connect() as database:
            for name, path in vars(self.files).items():
                database.execute(f"CREATE VIEW {name} AS FROM read_parquet('{path}')")
            return database.execute(query).fetchall()


def run(csv_path: Path, as_of: date | None = None) -> Validated:
    folder = csv_path.parent
    raw, unreadable = folder / "raw.parquet", folder / "unreadable.parquet"
    read_csv(csv_path, raw, unreadable, scratch=folder)
    names = ("awards", "rejects", "issues")
    files = ValidationFiles(**{name: folder / f"{name}.parquet" for name in names})
    summary = validate(raw, unreadable, files, scratch=folder, as_of=as_of)
    gates.accounted(summary)
    return Validated(summary, files)


def too_long(column: str) -> str:
    return "x" * (int(BY_NAME[column].max_length or 0) + 1)


BROKEN: dict[str, dict[str, str]] = {
    "company-missing": {"company": " "},
    "title-missing": {"award_title": "N/A"},
    "agency-missing": {"agency": ""},
    "phase-unknown": {"phase": "Phase IV"},
    "program-unknown": {"program": ""},
    "award-year-invalid": {"award_year": "1982", "proposal_award_date": ""},
    "amount-missing": {"award_amount": ""},
    "amount-not-numeric": {"award_amount": "about 100000"},
    "amount-negative": {"award_amount": "-1"},
    "amount-zero": {"award_amount": "0.00"},
    "amount-large": {"award_amount": "$5,000,000.01"},
    "fiscal-year-differs": {"award_year": "2018"},
    "end-before-start": {"contract_end_date": "2018-10-14"},
    "proposal-award-date-format": {"proposal_award_date": "2018-13-01"},
    "contract-end-date-format": {"contract_end_date": "soon"},
    "solicitation-close-date-format": {"solicitation_close_date": "0018-01-01"},
    "proposal-receipt-date-format": {"proposal_receipt_date": "infinity"},
    "date-of-notification-format": {"date_of_notification": "30/30/2018"},
    "tracking-number-missing": {"agency_tracking_number": ""},
    "branch-missing": {"branch": ""},
    "abstract-missing": {"abstract": "TBD"},
    "characters-lost": {"abstract": "2 \ufffdm thick"},
    "institution-missing": {"program": "STTR"},
    "institution-unexpected": {"ri_name": "Example University"},
    "uei-format": {"uei": "0ABCDEFGH123"},
    "duns-format": {"duns": "12345678"},
    "state-unknown": {"state": "Massachusetts"},
    "zip-format": {"zip": "02101-"},
    "solicitation-year-format": {"solicitation_year": "18"},
    "employees-range": {"number_employees": "501"},
    "contact-phone-format": {"contact_phone": "555-0100"},
    "pi-phone-format": {"pi_phone": "(617) 555-0101 x2"},
    "ri-poc-phone-format": {"ri_poc_phone": "1"},
    "contact-email-format": {"contact_email": "ann at example.com"},
    "pi-email-format": {"pi_email": "bob@example"},
    "hubzone-owned-flag": {"hubzone_owned": "1"},
    "socially-and-economically-disadvantaged-flag": {"socially_and_economically_disadvantaged": "Yes"},
    "woman-owned-flag": {"woman_owned": "n"},
    **{
        rule.id: {rule.field: too_long(rule.field)}
        for rule in RULES
        if rule.id.endswith("-length") and not rule.field.startswith("ri_") and not rule.field.endswith("_email")
    },
    "contact-email-length": {"contact_email": too_long("contact_email") + "@example.com"},
    "pi-email-length": {"pi_email": too_long("pi_email") + "@example.com"},
    "ri-name-length": {"program": "STTR", "ri_name": too_long("ri_name")},
    "ri-poc-name-length": {"ri_poc_name": too_long("ri_poc_name")},
}

SOUND: tuple[dict[str, str], ...] = (
    {},
    {"phase": "2", "program": "sttr", "ri_name": "Example University", "ri_poc_phone": "617.555.0102"},
    {"phase": "PHASE III", "award_amount": "1,000,000.00"},
    {"award_amount": "$150000", "proposal_award_date": "10/15/2018", "contract_end_date": "4-5-19"},
    {"uei": "ABCDEFGHJK12", "zip": "02101-1234", "number_employees": "0", "hubzone_owned": "U", "state": "PR"},
    {"proposal_award_date": "2019-09-30", "contract_end_date": "2019-09-30"},
    {"agency": "Department of Energy", "branch": "", "contact_phone": "() -"},
)


def test_every_rule_has_a_row_that_breaks_it_and_only_it(write_csv: WriteCsv) -> None:
    assert BROKEN.keys() == BITS.keys()

    validated = run(write_csv({"agency_tracking_number": f"N-{rule}"} | cells for rule, cells in BROKEN.items()))

    found = validated.rows("SELECT row_number, list(rule_id) FROM issues GROUP BY row_number ORDER BY row_number")
    assert found == [(row_number, [rule]) for row_number, rule in enumerate(BROKEN, start=1)]
    assert [(count.id, count.count, count.sample_rows) for count in validated.summary.rules] == [
        (rule.id, 1, (list(BROKEN).index(rule.id) + 1,)) for rule in RULES
    ]


def test_sound_rows_break_no_rule(write_csv: WriteCsv) -> None:
    validated = run(write_csv({"agency_tracking_number": f"N-{n}"} | cells for n, cells in enumerate(SOUND)))

    assert validated.rows("FROM issues") == []
    assert validated.summary.pass_rate == validated.summary.fiscal_year_agreement == 1.0


def test_errors_reject_a_row_with_its_reasons_and_text(write_csv: WriteCsv) -> None:
    validated = run(write_csv([{}, {"company": "", "award_amount": 'say "5"'}]))

    ((row_number, kind, reason, raw),) = validated.rows("SELECT row_number, kind, reason, raw FROM rejects")
    assert (row_number, kind) == (2, "rule")
    assert reason == "Company is missing; Award Amount is not a number of dollars"
    assert raw.startswith(b'"","A quiet laser"')
    assert b'"say ""5"""' in raw
    assert (validated.summary.accepted, validated.summary.rejected, validated.summary.pass_rate) == (1, 1, 0.5)
    assert validated.rows("SELECT value FROM issues WHERE rule_id = 'amount-not-numeric'") == [('say "5"',)]


def test_unreadable_records_are_rejects_with_their_place(
    write_csv: WriteCsv, csv_bytes: Callable[[Rows], bytes]
) -> None:
    validated = run(write_csv(csv_bytes([{}]) + b"1,2,3\n"))

    rejects = validated.rows("SELECT row_number, line, kind, reason, raw FROM rejects")
    assert rejects == [(2, 4, "unreadable", "3 fields, wanted 42", b"1,2,3\n")]
    assert (validated.summary.rows, validated.summary.unreadable, validated.summary.pass_rate) == (2, 1, 0.5)


def test_warnings_stay_with_the_award_as_bits(write_csv: WriteCsv) -> None:
    validated = run(write_csv([{"duns": "1", "state": "XX"}]))

    assert validated.rows("SELECT warnings FROM awards") == [(BITS["duns-format"] | BITS["state-unknown"],)]


def test_awards_have_typed_values_beside_their_text(write_csv: WriteCsv) -> None:
    validated = run(write_csv([{"company": "Acme &amp; Co ", "award_amount": "1,234.50"}]))

    assert validated.rows(
        "SELECT company, award_amount, award_amount_dollars, award_year_number, phase_number, proposal_awarded_on, "
        "contract_ends_on, duns, zip, uei FROM awards"
    ) == [
        (
            "Acme & Co",
            "1,234.50",
            Decimal("1234.50"),
            2019,
            1,
            date(2018, 10, 15),
            date(2019, 4, 15),
            "012345678",
            "02101",
            None,
        )
    ]
    assert validated.summary.cleaned == {"company": {"entities": 1, "blanks": 1}}


def test_award_years_end_the_year_after_the_refresh(write_csv: WriteCsv) -> None:
    path = write_csv([{"award_year": "2027", "proposal_award_date": ""}])

    assert run(path, as_of=date(2026, 11, 2)).summary.accepted == 1
    assert run(path, as_of=date(2025, 12, 31)).summary.rejected == 1


def ids(validated: Validated) -> list[str]:
    return [award_id for (award_id,) in validated.rows("SELECT award_id FROM awards ORDER BY row_number")]


def test_an_award_is_its_tracking_number_contract_and_phase(write_csv: WriteCsv) -> None:
    rows = [
        {"phase": "Phase I"},
        {"phase": "Phase II"},
        {"contract": ""},
        {"agency_tracking_number": ""},
    ]

    assert ids(run(write_csv(rows))) == [
        "N18-0001/N68335-18-C-0001/1",
        "N18-0001/N68335-18-C-0001/2",
        "N18-0001//1",
        "/N68335-18-C-0001/1",
    ]


def test_awards_that_share_a_key_are_told_apart_by_firm_whatever_else_is_rewritten(write_csv: WriteCsv) -> None:
    twins = [{"duns": "111111111"}, {"duns": "222222222"}]
    before = ids(run(write_csv(twins)))

    after = ids(run(write_csv([twin | {"abstract": "rewritten", "award_amount": "1"} for twin in reversed(twins)])))

    assert len(set(before)) == 2
    assert all(award_id.startswith("N18-0001/N68335-18-C-0001/1~") for award_id in before)
    assert after == before[::-1]


def test_twins_of_one_firm_and_year_are_told_apart_by_content(write_csv: WriteCsv) -> None:
    assert len(set(ids(run(write_csv([{}, {"award_amount": "5"}, {"duns": "333333333"}]))))) == 3


def test_awards_without_any_identifier_stay_apart(write_csv: WriteCsv) -> None:
    nameless = {"agency_tracking_number": "", "contract": ""}

    found = ids(run(write_csv([nameless, nameless | {"award_title": "Another"}])))

    assert len(set(found)) == 2
    assert all(award_id.startswith("~") for award_id in found)


def test_copies_collapse_into_the_first_and_are_counted(write_csv: WriteCsv) -> None:
    other = {"agency_tracking_number": "N18-0002"}

    validated = run(write_csv([{}, other, {}, {"company": "Example Optics, Inc. "}]))

    assert validated.rows("SELECT row_number, award_id, duplicate_count FROM awards") == [
        (1, "N18-0001/N68335-18-C-0001/1", 2),
        (2, "N18-0002/N68335-18-C-0001/1", 0),
    ]
    assert validated.summary.duplicates == 2


def test_awards_hold_an_abstract_only_where_cleaning_changed_it(write_csv: WriteCsv) -> None:
    texts = ["as it is", "R&amp;D ", "N/A", "", "as it is"]
    validated = run(write_csv({"agency_tracking_number": f"N-{n}", "abstract": text} for n, text in enumerate(texts)))

    raw = validated.files.awards.with_name("raw.parquet")
    assert validated.rows("SELECT cleaned_abstract FROM awards") == [(None,), ("R&D",), (None,), (None,), (None,)]
    files = AwardFiles(awards=validated.files.awards, raw=raw)
    assert validated.rows(abstracts(files, "SELECT row_number FROM awards WHERE row_number < 5")) == [
        (1, "as it is"),
        (2, "R&D"),
        (3, None),
        (4, None),
    ]
    assert validated.rows("SELECT count(abstract_hash), count(DISTINCT abstract_hash) FROM awards") == [(3, 2)]


def test_awards_keep_the_order_of_the_file(write_csv: WriteCsv) -> None:
    rows = [{"agency_tracking_number": f"N-{n % 20_000}", "abstract": str(n)} for n in range(25_000)]

    validated = run(write_csv(rows))

    numbers = [number for (number,) in validated.rows("SELECT row_number FROM awards")]
    assert numbers == list(range(1, 25_001))


def test_the_same_rows_give_the_same_bytes(write_csv: WriteCsv) -> None:
    path = write_csv([{"agency_tracking_number": f"N-{n}", "duns": str(n)} for n in range(3000)])

    def contents() -> list[bytes]:
        return [file.read_bytes() for file in vars(run(path).files).values()]

    assert contents() == contents()


REAL_ROWS = os.environ.get("SBIR_ETL_REAL_ROWS")
needs_real_rows = pytest.mark.skipif(
    not REAL_ROWS, reason="set SBIR_ETL_REAL_ROWS to the folder of real-awards-*.csv.gz"
)


def real(folder: Path, name: str) -> Validated:
    path = folder / "award_data.csv"
    path.write_bytes(gzip.decompress((Path(str(REAL_ROWS)) / f"real-awards-{name}.csv.gz").read_bytes()))
    return run(path)


@needs_real_rows
def test_real_dod_rows_break_no_error_rule_and_keep_their_leading_zeros(tmp_path: Path) -> None:
    validated = real(tmp_path, "dod-2017-2019")

    summary = validated.summary
    assert (summary.rows, summary.accepted, summary.rejected, summary.duplicates) == (6880, 6880, 0, 0)
    assert summary.fiscal_year_agreement >= 0.97
    gates.passing(summary, Thresholds())
    counts = {rule.id: rule.count for rule in summary.rules if rule.count}
    assert counts["duns-format"] in range(7, 10)
    assert counts["zip-format"] == 3
    assert "institution-missing" not in counts
    with duckdb.connect() as database:
        raw = database.read_parquet(str(tmp_path / "raw.parquet")).filter("duns[1] = '0' AND duns <> '0'").shape[0]
    assert validated.rows("SELECT count(*) FROM awards WHERE duns[1] = '0'") == [(raw,)]


@needs_real_rows
def test_the_dirtiest_real_rows_are_all_accounted_for(tmp_path: Path) -> None:
    summary = real(tmp_path, "mixed-sample").summary

    assert summary.rows == summary.accepted + summary.duplicates + summary.rejected == 805
    assert summary.pass_rate > 0.99
