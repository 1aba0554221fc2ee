"""IngestionChecks in Dagster: what must hold of the validated awards, and what changed since the live run."""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg

from sbir_etl import artefacts, vintages
from sbir_etl.assets import checking, figures, verdicts
from sbir_etl.assets.work import Work
from sbir_etl.awards import changes
from sbir_etl.awards.abstracts import AwardFiles
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.errors import MissingObject
from sbir_etl.refresh import Refresh

VALIDATED_AWARDS: Final = "validated_awards"
SHOWN_CHANGES: Final = 10


@dg.multi_asset_check(specs=checking.specs(VALIDATED_AWARDS, verdicts.OF_AWARDS))
def validated_awards_checks(work: dg.ResourceParam[Work]) -> Iterator[dg.AssetCheckResult]:
    """What must hold of the awards before anything is made from them."""
    refresh = work.refresh
    tables = {
        "raw": refresh.vintage_file(work.request().vintage, vintages.RAW),
        "awards": refresh.fetch(artefacts.AWARDS),
        "rejects": refresh.fetch(artefacts.REJECTS),
    }
    with verdicts.asking(tables, refresh.scratch) as ask:
        found = tuple(question(ask, refresh.settings.thresholds) for question in verdicts.OF_AWARDS)
    artefacts.write_document(refresh, artefacts.INGESTION, artefacts.Ingestion(verdicts=found))
    yield from checking.results(VALIDATED_AWARDS, found)


@dg.asset(group_name="refresh", kinds={"parquet", "duckdb"}, deps=[VALIDATED_AWARDS])
def award_changes(work: dg.ResourceParam[Work]) -> dg.MaterializeResult[Any]:
    """What was added, changed and removed since the live run."""
    refresh, request = work.refresh, work.request()
    live = _live_awards(refresh, request.live_run_id)
    summary = changes.compare(
        AwardFiles(awards=refresh.fetch(artefacts.AWARDS), raw=refresh.vintage_file(request.vintage, vintages.RAW)),
        refresh.scratch / artefacts.CHANGES,
        live=live,
        against=request.live_run_id if live else None,
        scratch=refresh.scratch,
    )
    refresh.keep(refresh.scratch / artefacts.CHANGES)
    artefacts.write_document(refresh, artefacts.CHANGE_SUMMARY, summary)
    return dg.MaterializeResult(value=summary, metadata=_metadata(summary))


def _live_awards(refresh: Refresh, run_id: str | None) -> AwardFiles | None:
    """The live run's awards; a run that was tidied away is no reason to fail, everything then counts as added."""
    validated = artefacts.document_of_run(refresh, artefacts.VALIDATION, ValidationSummary, run_id)
    if validated is None or validated.vintage is None:
        return None
    try:
        awards = refresh.fetch(artefacts.AWARDS, run_id=run_id)
    except MissingObject:
        return None
    return AwardFiles(awards=awards, raw=refresh.vintage_file(validated.vintage, vintages.RAW))


def _metadata(summary: changes.ChangeSummary) -> figures.Metadata:
    kinds = {kind: getattr(summary, kind) for kind in ("added", "changed", "cosmetic", "removed", "unchanged")}
    samples = [
        (change.kind, change.company, change.title, change.field, change.before, change.after)
        for change in summary.samples[:SHOWN_CHANGES]
    ]
    return {
        **kinds,
        "against": summary.against or "nothing: the first run",
        "changed_fields": figures.bars("field", "awards", summary.by_field.items()),
        "samples": figures.table(("kind", "company", "title", "field", "before", "after"), samples),
    }
