"""The refresh's data as Dagster assets, with the blocking checks that decide whether it may go on.

`materialise_ingestion` runs them in this process on an ephemeral instance: no daemon, no home folder, no telemetry.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg

from sbir_etl import database
from sbir_etl.artefacts import Ingestion, Verdict
from sbir_etl.awards import changes
from sbir_etl.awards.changes import ChangeSummary

# A file that claims STTR without an institution is dirt; one where that is common is not the file we know.
MAX_STTR_DISAGREEMENT = 0.02
MIN_FISCAL_YEAR_AGREEMENT = 0.90


class IngestionFiles(dg.ConfigurableResource):  # type: ignore[type-arg] # Dagster's own generic is about run-time contexts
    """Local paths of one run's Parquet files; `live_awards` is empty for the first run."""

    raw: str
    awards: str
    rejects: str
    changes: str
    scratch: str
    live_awards: str = ""
    live_run_id: str = ""

    def figure(self, sql: str) -> Any:  # noqa: ANN401 - DuckDB's scalar
        """One value from SQL in which raw, awards and rejects are tables."""
        with database.connect(Path(self.scratch)) as connection:
            for table in ("raw", "awards", "rejects"):
                path = database.quoted(Path(getattr(self, table)))
                connection.execute(f"CREATE VIEW {table} AS FROM read_parquet({path})")
            row = connection.execute(sql).fetchone()
        assert row is not None
        return row[0]


@dg.asset(group_name="ingestion")
def raw_awards(files: IngestionFiles) -> dg.MaterializeResult[Any]:
    """Every readable record of the vintage, verbatim."""
    return dg.MaterializeResult(metadata={"dagster/row_count": files.figure("SELECT count(*) FROM raw")})


@dg.asset(group_name="ingestion", deps=[raw_awards])
def validated_awards(files: IngestionFiles) -> dg.MaterializeResult[Any]:
    """The accepted awards: cleaned, typed, with an identity each."""
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": files.figure("SELECT count(*) FROM awards"),
            "rejects": files.figure("SELECT count(*) FROM rejects"),
            "dollars": float(files.figure("SELECT coalesce(sum(award_amount_dollars), 0) FROM awards")),
        }
    )


@dg.asset(group_name="ingestion", deps=[validated_awards])
def award_changes(files: IngestionFiles) -> dg.MaterializeResult[Any]:
    """What was added, changed and removed since the live run."""
    summary = changes.compare(
        Path(files.awards),
        Path(files.changes),
        live_path=Path(files.live_awards) if files.live_awards else None,
        against=files.live_run_id or None,
        scratch=Path(files.scratch),
    )
    return dg.MaterializeResult(
        metadata={
            "added": summary.added,
            "changed": summary.changed,
            "cosmetic": summary.cosmetic,
            "removed": summary.removed,
        },
        value=summary,
    )


def _verdict(*, passed: bool, found: str, wanted: str) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(passed=passed, description=f"{found}, wanted {wanted}")


@dg.asset_check(asset=validated_awards, blocking=True)
def there_are_awards(files: IngestionFiles) -> dg.AssetCheckResult:
    """An empty set is never a week's data."""
    awards = files.figure("SELECT count(*) FROM awards")
    return _verdict(passed=awards > 0, found=f"{awards:,} awards", wanted="at least one")


@dg.asset_check(asset=validated_awards, blocking=True)
def every_readable_row_is_accounted_for(files: IngestionFiles) -> dg.AssetCheckResult:
    """Accepted, collapsed duplicates and rule rejects add up to the parsed rows."""
    rows = files.figure("SELECT count(*) FROM raw")
    kept = files.figure("SELECT coalesce(sum(1 + duplicate_count), 0) FROM awards")
    refused = files.figure("SELECT count(*) FROM rejects WHERE kind = 'rule'")
    return _verdict(passed=kept + refused == rows, found=f"{kept:,} kept + {refused:,} rejected", wanted=f"{rows:,}")


@dg.asset_check(asset=validated_awards, blocking=True)
def award_ids_are_unique(files: IngestionFiles) -> dg.AssetCheckResult:
    """Two awards under one id would overwrite each other in the graph."""
    repeated = files.figure("SELECT count(*) - count(DISTINCT award_id) FROM awards")
    return _verdict(passed=repeated == 0, found=f"{repeated:,} repeated or missing award ids", wanted="none")


@dg.asset_check(asset=validated_awards, blocking=True)
def identifiers_are_still_text(files: IngestionFiles) -> dg.AssetCheckResult:
    """A number type on the way would have eaten the leading zeros of DUNS and ZIP codes."""
    lost = files.figure(
        "SELECT count(*) FROM raw JOIN awards USING (row_number) "
        "WHERE (raw.duns LIKE '0%' AND awards.duns IS NOT NULL AND awards.duns NOT LIKE '0%') "
        "OR (raw.zip LIKE '0%' AND awards.zip IS NOT NULL AND awards.zip NOT LIKE '0%')"
    )
    return _verdict(passed=lost == 0, found=f"{lost:,} identifiers lost their leading zero", wanted="none")


@dg.asset_check(asset=validated_awards, blocking=True)
def research_institutions_belong_to_sttr(files: IngestionFiles) -> dg.AssetCheckResult:
    """STTR awards name a research institution and SBIR awards do not, with few exceptions."""
    share = files.figure(
        "SELECT coalesce(avg(((upper(program) = 'STTR') != (ri_name IS NOT NULL))::INT), 0) FROM awards"
    )
    return _verdict(
        passed=share <= MAX_STTR_DISAGREEMENT,
        found=f"{share:.2%} of awards disagree",
        wanted=f"at most {MAX_STTR_DISAGREEMENT:.0%}",
    )


@dg.asset_check(asset=validated_awards, blocking=True)
def award_years_are_fiscal_years(files: IngestionFiles) -> dg.AssetCheckResult:
    """The award year is the federal fiscal year of the award date (October starts the next one)."""
    share = files.figure(
        "SELECT coalesce(avg((award_year_number = year(proposal_awarded_on + INTERVAL 3 MONTH))::INT), 1) FROM awards "
        "WHERE proposal_awarded_on IS NOT NULL AND award_year_number IS NOT NULL"
    )
    return _verdict(
        passed=share >= MIN_FISCAL_YEAR_AGREEMENT,
        found=f"{share:.2%} of dated awards agree",
        wanted=f"at least {MIN_FISCAL_YEAR_AGREEMENT:.0%}",
    )


INGESTION_ASSETS = (raw_awards, validated_awards, award_changes)
INGESTION_CHECKS = (
    there_are_awards,
    every_readable_row_is_accounted_for,
    award_ids_are_unique,
    identifiers_are_still_text,
    research_institutions_belong_to_sttr,
    award_years_are_fiscal_years,
)


def materialise_ingestion(files: IngestionFiles) -> Ingestion:
    """Materialise the ingestion assets; a failed blocking check keeps what depends on its asset from running."""
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        result = dg.materialize(
            [*INGESTION_ASSETS, *INGESTION_CHECKS],
            resources={"files": files},
            instance=instance,
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "WARNING"}}}},
        )
        return Ingestion(
            verdicts=tuple(_verdicts(result)), changes=_changes(result), failure=next(_failures(result), None)
        )


def _verdicts(result: dg.ExecuteInProcessResult) -> Iterator[Verdict]:
    for evaluation in result.get_asset_check_evaluations():
        yield Verdict(check=evaluation.check_name, passed=evaluation.passed, description=evaluation.description or "")


def _changes(result: dg.ExecuteInProcessResult) -> ChangeSummary | None:
    if not result.success:
        return None
    summary: ChangeSummary = result.output_for_node("award_changes")
    return summary


def _failures(result: dg.ExecuteInProcessResult) -> Iterator[str]:
    """What an asset raised, as Dagster quotes it; a failed check is no failure of this kind."""
    for event in result.filter_events(lambda event: event.is_step_failure):
        error = event.step_failure_data.error
        if error is not None:
            cause = error.cause or error
            yield f"{event.node_name}: {cause.message.strip()}"
