"""IngestionChecks: materialise the week's changes in Dagster; the blocking checks of the awards must hold."""

from dataclasses import dataclass

from sbir_etl import imports
from sbir_etl.assets import verdicts
from sbir_etl.awards.changes import ChangeSummary
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Ingested:
    """How many checks held, and how many awards changed since the live run."""

    checks: int
    added: int
    changed: int
    cosmetic: int
    removed: int


def ingestion_checks(refresh: Refresh, request: VintageRequest) -> Ingested:
    """Write the verdicts, the changes and their summary. Raises: GateFailed with every check that did not hold."""
    imports.load("sbir_etl.assets.ingestion")  # here, not when the function initialises: Dagster takes half a second
    from sbir_etl.assets import ingestion, work

    changes: ChangeSummary = work.materialise(
        ingestion.award_changes,
        behind=ingestion.validated_awards_checks,
        work=work.Work(refresh=refresh, request=lambda: request),
    )
    return Ingested(
        checks=len(verdicts.OF_AWARDS),
        added=changes.added,
        changed=changes.changed,
        cosmetic=changes.cosmetic,
        removed=changes.removed,
    )
