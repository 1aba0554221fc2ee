"""The gates between a file and the live data: each raises GateFailed with where, found, wanted and what to do."""

from collections.abc import Sequence
from typing import Final

from sbir_etl.awards.profile import Group, Profile
from sbir_etl.awards.reading import Reading
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.errors import GateFailed
from sbir_etl.settings import Thresholds

# Of a smaller group a handful of withdrawn awards is a large share.
SMALL_GROUP: Final = 100
_INSTITUTION_RULES: Final = frozenset({"institution-missing", "institution-unexpected"})


def reconciled(reading: Reading) -> None:
    """DuckDB's rows and the unreadable records are together the independent count."""
    if reading.readable + reading.unreadable != reading.rows:
        raise GateFailed(
            f"award_data.csv: {reading.readable:,} parsed + {reading.unreadable:,} unreadable records, wanted the "
            f"{reading.rows:,} counted; nothing was stored, report this file: two readers disagree about it"
        )


def readable_enough(reading: Reading, thresholds: Thresholds) -> None:
    """There are records, the last one is whole, and few are unreadable."""
    if not reading.rows:
        raise GateFailed("award_data.csv: no records below the header, wanted awards; download the file again")
    if reading.truncated:
        raise GateFailed(
            f"award_data.csv: broken off in record {reading.rows:,} after {reading.bytes:,} bytes, wanted a last "
            "record that is whole; download the file again"
        )
    _at_most(
        reading.unreadable,
        of=reading.rows,
        share=thresholds.max_unreadable_share,
        found="unreadable records",
        advice="look at their bytes and reasons in unreadable.parquet; the source may be damaged",
    )


def no_row_drop(rows: int, live_rows: int | None, thresholds: Thresholds) -> None:
    """The file did not lose more rows against the live vintage than the limit allows."""
    if live_rows:
        _at_most(
            max(live_rows - rows, 0),
            of=live_rows,
            share=thresholds.max_row_drop,
            found=f"rows fewer ({rows:,}) than in the live vintage",
            advice="compare the file with the site; if awards were withdrawn on purpose, raise SBIR_ETL_MAX_ROW_DROP",
        )


def accounted(summary: ValidationSummary) -> None:
    """Accepted rows, collapsed duplicates and rejects are together all rows."""
    if summary.accepted + summary.duplicates + summary.rejected != summary.rows:
        raise GateFailed(
            f"validation: {summary.accepted:,} accepted + {summary.duplicates:,} duplicates + {summary.rejected:,} "
            f"rejected, wanted {summary.rows:,} rows; nothing goes live, report this file: a row was lost"
        )


def passing(summary: ValidationSummary, thresholds: Thresholds) -> None:
    """The pass rate reaches its minimum."""
    if summary.pass_rate < thresholds.min_pass_rate:
        worst = sorted((rule for rule in summary.rules if rule.severity == "ERROR"), key=lambda rule: -rule.count)[:3]
        causes = ", ".join(f"{rule.id} ({rule.count:,})" for rule in worst if rule.count) or "none"
        raise GateFailed(
            f"validation: a pass rate of {summary.pass_rate:.2%} over {summary.rows:,} rows, wanted at least "
            f"{thresholds.min_pass_rate:.2%}; most broken rules: {causes}; look at the rows in rejects.parquet"
        )


def no_group_drop(before: Profile | None, now: Profile, thresholds: Thresholds) -> None:
    """No agency and no award year lost more rows against the live run than its limit allows.

    A file that lacks a whole agency can still have as many rows as the guard of the whole file wants.
    """
    if before is not None:
        _no_drop("agency", before.by_agency, now.by_agency, thresholds.max_agency_drop)
        _no_drop("award year", before.by_year, now.by_year, thresholds.max_year_drop)


def _no_drop(kind: str, before: Sequence[Group], now: Sequence[Group], share: float) -> None:
    rows_now = {group.label: group.awards for group in now}
    fallen = [
        f"{group.label} from {group.awards:,} to {rows_now.get(group.label, 0):,}"
        for group in before
        if group.awards >= SMALL_GROUP and group.awards - rows_now.get(group.label, 0) > share * group.awards
    ]
    if fallen:
        raise GateFailed(
            f"profile: the rows by {kind} fell since the live run: {'; '.join(fallen[:5])}, wanted at most {share:.2%} "
            "fewer; compare the file with the site: part of it may be missing, or a label may have been renamed"
        )


def institutions_agree(summary: ValidationSummary, thresholds: Thresholds) -> None:
    """STTR awards name a research institution and SBIR awards do not, with few exceptions."""
    _at_most(
        sum(rule.count for rule in summary.rules if rule.id in _INSTITUTION_RULES),
        of=summary.rows,
        share=thresholds.max_institution_mismatch,
        found="rows where STTR and a research institution do not go together",
        advice="columns may have moved; look at the rows of these rules in issues.parquet",
    )


def few_shared_keys(summary: ValidationSummary, thresholds: Thresholds) -> None:
    """Tracking number, contract and phase identify nearly every award by themselves."""
    _at_most(
        summary.shared_keys,
        of=summary.accepted,
        share=thresholds.max_shared_key_share,
        found="awards without identifiers, or whose tracking number, contract and phase another award has too",
        advice="an identifier column may have been emptied; look at award_key in awards.parquet",
    )


def few_duplicates(summary: ValidationSummary, thresholds: Thresholds) -> None:
    """Exact copies of rows stay under the limit: a file written twice over must not pass."""
    _at_most(
        summary.duplicates,
        of=summary.rows,
        share=thresholds.max_duplicate_share,
        found="exact copies of other rows",
        advice="the source may have been written twice over; look at duplicate_count in awards.parquet",
    )


def _at_most(count: int, *, of: int, share: float, found: str, advice: str) -> None:
    if count > share * of:
        raise GateFailed(f"{count:,} {found}, {count / of:.2%} of {of:,}, wanted at most {share:.2%}; {advice}")
