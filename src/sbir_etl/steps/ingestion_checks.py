"""IngestionChecks: materialise the ingestion assets in Dagster; every blocking check must hold."""

from dataclasses import dataclass

from sbir_etl import artefacts, vintages
from sbir_etl.errors import GateFailed, MissingObject, SbirEtlError
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
    """Write changes and their summary. Raises: GateFailed with every check that did not hold."""
    from sbir_etl.assets import IngestionFiles, materialise_ingestion  # Dagster takes a second to import

    changes_path = refresh.scratch / artefacts.CHANGES
    ingestion = materialise_ingestion(
        IngestionFiles(
            raw=str(refresh.vintage_file(request.vintage, vintages.RAW)),
            awards=str(refresh.fetch(artefacts.AWARDS)),
            rejects=str(refresh.fetch(artefacts.REJECTS)),
            changes=str(changes_path),
            scratch=str(refresh.scratch),
            **_live(refresh, request.live_run_id),
        )
    )
    artefacts.write_document(refresh, artefacts.INGESTION, ingestion)
    broken = "; ".join(f"{each.check}: {each.description}" for each in ingestion.verdicts if not each.passed)
    if broken:
        raise GateFailed(f"{broken}. Look at the run's issues.parquet for the rows")
    if ingestion.changes is None:
        raise SbirEtlError(f"the assets were not made: {ingestion.failure}")
    refresh.keep(changes_path)
    artefacts.write_document(refresh, artefacts.CHANGE_SUMMARY, ingestion.changes)
    return Ingested(
        checks=len(ingestion.verdicts),
        added=ingestion.changes.added,
        changed=ingestion.changes.changed,
        cosmetic=ingestion.changes.cosmetic,
        removed=ingestion.changes.removed,
    )


def _live(refresh: Refresh, run_id: str | None) -> dict[str, str]:
    """The live run's awards; a run that was tidied away is no reason to fail, everything then counts as added."""
    if run_id is None:
        return {}
    try:
        return {"live_awards": str(refresh.fetch(artefacts.AWARDS, run_id=run_id)), "live_run_id": run_id}
    except MissingObject:
        return {}
