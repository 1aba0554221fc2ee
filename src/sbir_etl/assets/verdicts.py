"""What decides whether a run may go on, asked of its Parquet files; each question is a blocking check in Dagster."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeAlias

from sbir_etl import database
from sbir_etl.artefacts import Verdict
from sbir_etl.settings import Thresholds

Ask: TypeAlias = Callable[[str], Any]
Question: TypeAlias = Callable[[Ask, Thresholds], Verdict]


@contextmanager
def asking(tables: Mapping[str, Path], scratch: Path) -> Iterator[Ask]:
    """Gives what answers a SQL query with its one value; `tables` are Parquet files by the name they have in SQL."""
    with database.connect(scratch, memory_limit="128MB", threads=1) as connection:
        for table, path in tables.items():
            connection.execute(f"CREATE VIEW {table} AS FROM read_parquet({database.quoted(path)})")

        def ask(sql: str) -> Any:  # noqa: ANN401 - DuckDB's scalar
            row = connection.execute(sql).fetchone()
            assert row is not None
            return row[0]

        yield ask


def there_are_awards(ask: Ask, _: Thresholds) -> Verdict:
    """An empty set is never a week's data."""
    awards = ask("SELECT count(*) FROM awards")
    return _verdict("there_are_awards", awards > 0, found=f"{awards:,} awards", wanted="at least one")


def every_readable_row_is_accounted_for(ask: Ask, _: Thresholds) -> Verdict:
    """Accepted, collapsed duplicates and rule rejects add up to the parsed rows."""
    rows = ask("SELECT count(*) FROM raw")
    kept = ask("SELECT coalesce(sum(1 + duplicate_count), 0) FROM awards")
    refused = ask("SELECT count(*) FROM rejects WHERE kind = 'rule'")
    return _verdict(
        "every_readable_row_is_accounted_for",
        kept + refused == rows,
        found=f"{kept:,} kept + {refused:,} rejected",
        wanted=f"{rows:,}",
    )


def award_ids_are_unique(ask: Ask, _: Thresholds) -> Verdict:
    """Two awards under one id would overwrite each other in the graph."""
    repeated = ask("SELECT count(*) - count(DISTINCT award_id) FROM awards")
    return _verdict(
        "award_ids_are_unique", repeated == 0, found=f"{repeated:,} repeated or missing award ids", wanted="none"
    )


def identifiers_are_still_text(ask: Ask, _: Thresholds) -> Verdict:
    """A number type on the way would have eaten the leading zeros of DUNS and ZIP codes."""
    lost = ask(
        "SELECT count(*) FROM raw JOIN awards USING (row_number) "
        "WHERE (raw.duns LIKE '0%' AND awards.duns IS NOT NULL AND awards.duns NOT LIKE '0%') "
        "OR (raw.zip LIKE '0%' AND awards.zip IS NOT NULL AND awards.zip NOT LIKE '0%')"
    )
    return _verdict(
        "identifiers_are_still_text", lost == 0, found=f"{lost:,} identifiers lost their leading zero", wanted="none"
    )


def research_institutions_belong_to_sttr(ask: Ask, limits: Thresholds) -> Verdict:
    """STTR awards name a research institution and SBIR awards do not, with few exceptions."""
    share = ask("SELECT coalesce(avg(((upper(program) = 'STTR') != (ri_name IS NOT NULL))::INT), 0) FROM awards")
    return _verdict(
        "research_institutions_belong_to_sttr",
        share <= limits.max_institution_mismatch,
        found=f"{share:.2%} of awards disagree",
        wanted=f"at most {limits.max_institution_mismatch:.0%}",
    )


def award_years_are_fiscal_years(ask: Ask, limits: Thresholds) -> Verdict:
    """The award year is the federal fiscal year of the award date (October starts the next one)."""
    share = ask(
        "SELECT coalesce(avg((award_year_number = year(proposal_awarded_on + INTERVAL 3 MONTH))::INT), 1) FROM awards "
        "WHERE proposal_awarded_on IS NOT NULL AND award_year_number IS NOT NULL"
    )
    return _verdict(
        "award_years_are_fiscal_years",
        share >= limits.min_fiscal_year_agreement,
        found=f"{share:.2%} of dated awards agree",
        wanted=f"at least {limits.min_fiscal_year_agreement:.0%}",
    )


def every_award_has_one_company(ask: Ask, _: Thresholds) -> Verdict:
    """An award without its company, or with two, would be counted wrongly wherever the graph is asked."""
    others = ask(
        "SELECT count(*) FROM awards FULL JOIN (SELECT award_id, count(*) AS companies FROM award_companies "
        "GROUP BY award_id) USING (award_id) WHERE companies IS DISTINCT FROM 1 OR awards.row_number IS NULL"
    )
    return _verdict(
        "every_award_has_one_company", others == 0, found=f"{others:,} awards have no company or several", wanted="none"
    )


def every_company_is_known(ask: Ask, _: Thresholds) -> Verdict:
    """A company that awards point to, and that is not there, would be missing from the graph."""
    unknown = ask("SELECT count(DISTINCT company_id) FROM award_companies ANTI JOIN companies USING (company_id)")
    return _verdict("every_company_is_known", unknown == 0, found=f"{unknown:,} unknown companies", wanted="none")


OF_AWARDS: Final[tuple[Question, ...]] = (
    there_are_awards,
    every_readable_row_is_accounted_for,
    award_ids_are_unique,
    identifiers_are_still_text,
    research_institutions_belong_to_sttr,
    award_years_are_fiscal_years,
)
OF_COMPANIES: Final[tuple[Question, ...]] = (every_award_has_one_company, every_company_is_known)


def _verdict(check: str, passed: bool, *, found: str, wanted: str) -> Verdict:  # noqa: FBT001 - the verdict itself
    return Verdict(check=check, passed=bool(passed), description=f"{found}, wanted {wanted}")
