"""ValidateDataset: clean, check and identify every row of the vintage; stop when too many break a rule."""

from dataclasses import dataclass, replace

from sbir_etl import artefacts, vintages
from sbir_etl.awards import gates
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.awards.validation import ValidationFiles, validate
from sbir_etl.errors import gates_over
from sbir_etl.refresh import Refresh, VintageRequest
from sbir_etl.settings import Thresholds


@dataclass(frozen=True, kw_only=True)
class Validated:
    """`accepted + duplicates + rejected == rows`."""

    rows: int
    accepted: int
    duplicates: int
    rejected: int
    pass_rate: float


def validate_dataset(refresh: Refresh, request: VintageRequest) -> Validated:
    """Write awards, rejects, issues and the summary, then hold the summary to the gates. Raises: GateFailed."""
    files = ValidationFiles(
        awards=refresh.scratch / artefacts.AWARDS,
        rejects=refresh.scratch / artefacts.REJECTS,
        issues=refresh.scratch / artefacts.ISSUES,
    )
    summary = validate(
        refresh.vintage_file(request.vintage, vintages.RAW),
        refresh.vintage_file(request.vintage, vintages.UNREADABLE),
        files,
        scratch=refresh.scratch,
        as_of=refresh.execution.started_at.date(),
    )
    # Kept before the gates: who is told that the pass rate fell wants to see which rules did it.
    for path in (files.awards, files.rejects, files.issues):
        refresh.keep(path)
    artefacts.write_document(refresh, artefacts.VALIDATION, replace(summary, vintage=request.vintage))
    validated = Validated(
        rows=summary.rows,
        accepted=summary.accepted,
        duplicates=summary.duplicates,
        rejected=summary.rejected,
        pass_rate=summary.pass_rate,
    )
    with gates_over(validated):
        _hold(summary, refresh.settings.thresholds)
    return validated


def _hold(summary: ValidationSummary, thresholds: Thresholds) -> None:
    gates.accounted(summary)
    gates.passing(summary, thresholds)
    gates.few_duplicates(summary, thresholds)
    gates.few_shared_keys(summary, thresholds)
    gates.institutions_agree(summary, thresholds)
