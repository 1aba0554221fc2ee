"""A whole report with figures of full size, for the page and its Markdown twin."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sbir_etl.awards.changes import Change, ChangeSummary
from sbir_etl.awards.profile import ColumnProfile, Drift, Group, Profile
from sbir_etl.awards.rules import RuleCount, ValidationSummary
from sbir_etl.awards.schema import COLUMNS
from sbir_etl.companies.matching import EnrichmentSummary, IdentifierCoverage, MethodCount
from sbir_etl.graph.figures import GraphFigures
from sbir_etl.report.contents import Artefact, Gate, Report
from sbir_etl.vintages import Manifest

_AGENCIES = {
    "Department of Defense": 0.47,
    "Department of Health and Human Services": 0.22,
    "National Aeronautics and Space Administration": 0.10,
    "Department of Energy": 0.07,
    "National Science Foundation": 0.07,
    "Department of Agriculture": 0.02,
    "Environmental Protection Agency": 0.012,
    "Department of Commerce": 0.010,
    "Department of Transportation": 0.009,
    "Department of Education": 0.008,
    "Department of Homeland Security": 0.004,
    "Nuclear Regulatory Commission": 0.002,
    "Department of the Interior": 0.0002,
}
_STATES = (
    "CA",
    "MA",
    "VA",
    "MD",
    "TX",
    "OH",
    "CO",
    "PA",
    "NY",
    "FL",
    "AL",
    "WA",
    "NJ",
    "AZ",
    "MI",
    "MN",
    "NC",
    "GA",
    "",
)
_ROWS = 219_503


def _groups(shares: dict[str, float]) -> tuple[Group, ...]:
    return tuple(
        Group(label=label, awards=round(_ROWS * share), dollars=f"{82_159_000_000 * share:.2f}")
        for label, share in shares.items()
    )


def _years() -> dict[str, float]:
    weights = {str(year): 300 + (year - 1983) ** 1.62 * 24 - max(0, year - 2023) * 2600 for year in range(1983, 2027)}
    return {year: weight / sum(weights.values()) for year, weight in weights.items()}


def _columns() -> tuple[ColumnProfile, ...]:
    return tuple(
        ColumnProfile(
            name=column.name,
            header=column.header,
            nulls=_ROWS * (place * 7 % 10) // 11,
            placeholders=412 if place % 9 == 5 else 0,
            distinct=_ROWS // (place + 1),
            min_length=1,
            max_length=255 - place,
            mean_length=63.2,
            top=(("Department of Defense", 103_166), ("N/A", 4_120), ("", 77)),
            minimum="1983-10-01",
            maximum="2026-09-30",
        )
        for place, column in enumerate(COLUMNS)
    )


def _validation() -> ValidationSummary:
    return ValidationSummary(
        rows=_ROWS,
        accepted=219_416,
        duplicates=3,
        rejected=84,
        unreadable=12,
        pass_rate=1 - 84 / _ROWS,
        fiscal_year_agreement=0.9752,
        rules=(
            RuleCount(
                id="amount-negative",
                field="award_amount",
                severity="ERROR",
                title="Award Amount is negative",
                count=72,
                sample_rows=tuple(range(101, 121)),
            ),
            RuleCount(
                id="contact-phone-format",
                field="contact_phone",
                severity="WARNING",
                title="Contact Phone is not 10 digits",
                count=8_212,
                sample_rows=(7, 19, 23, 44, 60, 61, 92),
            ),
            RuleCount(
                id="zip-format",
                field="zip",
                severity="WARNING",
                title="Zip is not 5 digits, or 5-4",
                count=4,
                sample_rows=(871, 9_002, 9_003, 120_004),
            ),
            RuleCount(id="phase-unknown", field="phase", severity="ERROR", title="Phase is not I, II or III", count=0),
            RuleCount(
                id="program-unknown",
                field="program",
                severity="ERROR",
                title="Program is neither SBIR nor STTR",
                count=0,
            ),
        ),
        cleaned={
            "company": {"trailing blanks removed": 31_204, "entities decoded": 812},
            "contact_phone": {"placeholder to null": 6_310, "entities decoded": 0},
        },
    )


def _changes() -> ChangeSummary:
    sample = Change(
        award_id="A171-050-0287|W911QX-17-P-0123|1",
        kind="changed",
        company="Precision Photonics, Inc.",
        title="Low-SWaP coherent receivers for free-space optical links",
        field="award_amount",
        before="149,998",
        after="149,998.50",
    )
    return ChangeSummary(
        against="weekly-2026-11-16",
        added=153,
        changed=2_301,
        cosmetic=11_870,
        removed=4,
        unchanged=205_092,
        by_field={
            "abstract": 1_740,
            "award_amount": 388,
            "company": 261,
            "contract_end_date": 120,
            "zip": 9,
            "duns": 0,
        },
        samples=(
            sample,
            replace(sample, kind="added", field=None, before=None, after=None, title="Quiet rotorcraft blades"),
            replace(sample, kind="cosmetic", field="company", before="ACME LASERS INC", after="Acme Lasers, Inc."),
            replace(sample, kind="changed", field="contract_end_date", before=None, after="2027-02-28"),
            replace(sample, kind="removed", field=None, before=None, after=None, title=None, company=None),
        ),
    )


def _graph() -> GraphFigures:
    return GraphFigures(
        run_id="weekly-2026-11-24",
        nodes={
            "Award": 219_416, "Company": 34_424, "Agency": 13, "Investigator": 98_211,
            "ResearchInstitution": 2_118, "Topic": 26_004,
        },
        relationships={
            "AWARDED_TO": 219_416, "FUNDED_BY": 219_416, "LED_BY": 201_331, "PARTNERED_WITH": 30_118, "ANSWERS": 99_045,
        },
        dollars="82159012345.67",
        dollars_by_agency={},
        awards_by_year={},
        awards_without_company=0,
        awards_without_agency=0,
        orphan_companies=0,
        self_loops=0,
        duplicate_keys=0,
    )  # fmt: skip


def _report() -> Report:
    return Report(
        run_id="weekly-2026-11-24",
        execution_arn="arn:aws:states:us-east-2:123456789012:execution:sbir-etl-weekly-refresh:weekly-2026-11-24",
        started_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        vintage=Manifest(
            sha256="1c4c8b7d" * 8,
            bytes=394_394_570,
            rows=_ROWS,
            readable=_ROWS - 12,
            unreadable=12,
            source="https://data.www.sbir.gov/mod_awarddatapublic/award_data.csv",
            etag='"abc"',
            last_modified="Mon, 23 Nov 2026 04:10:00 GMT",
            downloaded_at=datetime(2026, 11, 24, 9, 0, 31, tzinfo=UTC),
        ),
        validation=_validation(),
        profile=Profile(
            rows=_ROWS - 12,
            columns=_columns(),
            by_year=(*_groups(_years()), Group(label="unknown", awards=12, dollars="0")),
            by_agency=_groups(_AGENCIES),
            by_phase=(
                Group(label="Phase I", awards=151_426, dollars="19800000000.00"),
                Group(label="Phase II", awards=68_075, dollars="62359000000.00"),
            ),
            by_state=_groups({state: 0.2 / (place + 1) for place, state in enumerate(_STATES)}),
            drift=(Drift(column="company_website", measure="nulls", before="31.2 %", now="34.9 %"),),
        ),
        changes=_changes(),
        enrichment=EnrichmentSummary(
            companies=34_424,
            awards=219_416,
            catalogue_rows=25_430,
            by_method={
                "uei": MethodCount(companies=12_370, awards=91_544),
                "duns": MethodCount(companies=4_923, awards=18_603),
                "name": MethodCount(companies=5_211, awards=33_718),
                "fuzzy": MethodCount(companies=310, awards=1_204),
            },
            accepted_companies=22_814,
            candidate_companies=1_202,
            unmatched_companies=10_408,
            match_rate=0.6612,
            identifier_coverage=IdentifierCoverage(uei=0.532, duns=0.871, either=0.902),
        ),
        graph=_graph(),
        gates=(
            Gate(title="Few enough records are unreadable", found="12 (< 0.1 %)", wanted="at most 1 %"),
            Gate(title="Enough records pass the rules", found="> 99.9 %", wanted="at least 95 %"),
            Gate(
                title="The file did not shrink", found="219,503 records, 219,500 before", wanted="a fall of at most 5 %"
            ),
        ),
        artefacts=(
            Artefact(name="awards.parquet", href="awards.parquet", description="accepted awards", bytes=148_200_331),
            Artefact(name="rejects.parquet", href="rejects.parquet", description="rejected records with their bytes"),
            Artefact(name="candidates.csv", href="candidates.csv", description="matches for review", bytes=211_004),
        ),
    )


@pytest.fixture
def report() -> Report:
    """A good week."""
    return _report()


@pytest.fixture
def small_report() -> Callable[[str], Report]:
    """A first run over one award whose every text is the one given."""
    return _small_report


def _small_report(text: str) -> Report:
    whole = _report()
    group = (Group(label=text, awards=1, dollars="0.50"),)
    column = ColumnProfile(
        name="company", header=text, nulls=0, placeholders=0, distinct=1, min_length=None, max_length=None,
        mean_length=None, top=((text, 1),), minimum=text, maximum=None,
    )  # fmt: skip
    change = Change(award_id=text, kind="changed", company=text, title=text, field=text, before=text, after=text)
    return replace(
        whole,
        run_id=text,
        profile=Profile(
            rows=1, columns=(column,), by_year=group, by_agency=group, by_phase=group, by_state=group,
            drift=(Drift(column=text, measure=text, before=text, now=text),),
        ),
        changes=replace(whole.changes, by_field={text: 1}, samples=(change,)),
        enrichment=replace(whole.enrichment, by_method={text: MethodCount(companies=1, awards=1)}),
        graph=replace(whole.graph, nodes={"Award": 1, text: 1}),
        gates=(Gate(title=text, found=text, wanted=text, passed=False),),
        artefacts=(Artefact(name=text, href=text, description=text),),
    )  # fmt: skip
