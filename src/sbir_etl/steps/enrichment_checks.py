"""EnrichmentChecks: resolve the awards' companies and measure how many of them the catalogue knows."""

from dataclasses import dataclass
from pathlib import Path

from sbir_etl import artefacts
from sbir_etl.companies.catalogue import Catalogue, read_catalogue
from sbir_etl.companies.identity import resolve_companies
from sbir_etl.companies.matching import EnrichmentSummary, match_companies
from sbir_etl.errors import GateFailed, MissingObject, gates_over
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Enriched:
    """`match_rate` is the share of awards whose company was matched and accepted; None without a catalogue."""

    companies: int
    catalogue_rows: int
    match_rate: float | None


def enrichment_checks(refresh: Refresh, request: VintageRequest) -> Enriched:
    """Write companies, award_companies, matches, candidates and the summary. Raises: GateFailed when the rate fell."""
    made = {
        name: refresh.scratch / name
        for name in (artefacts.COMPANIES, artefacts.AWARD_COMPANIES, artefacts.MATCHES, artefacts.CANDIDATES)
    }
    awards = refresh.fetch(artefacts.AWARDS)
    resolve_companies(
        awards,
        companies=made[artefacts.COMPANIES],
        award_companies=made[artefacts.AWARD_COMPANIES],
        scratch=refresh.scratch,
    )
    summary = match_companies(
        awards=awards,
        companies=made[artefacts.COMPANIES],
        catalogue=_catalogue(refresh),
        matches=made[artefacts.MATCHES],
        candidates=made[artefacts.CANDIDATES],
        scratch=refresh.scratch,
    )
    for path in made.values():
        refresh.keep(path)
    artefacts.write_document(refresh, artefacts.ENRICHMENT, summary)
    enriched = Enriched(
        companies=summary.companies, catalogue_rows=summary.catalogue_rows, match_rate=summary.match_rate
    )
    with gates_over(enriched):
        _no_match_rate_drop(refresh, summary, request.live_run_id)
    return enriched


def _catalogue(refresh: Refresh) -> Path | None:
    """The catalogue's firms as ProfileInputs left them; read here where that was not asked for, None if there is none.

    To read it a second time costs as much as a third of this step.
    """
    try:
        firms = refresh.fetch(artefacts.CATALOGUE_FIRMS)
        catalogue = artefacts.read_document(refresh, artefacts.CATALOGUE, Catalogue)
    except MissingObject:
        firms = refresh.scratch / artefacts.CATALOGUE_FIRMS
        catalogue = read_catalogue(refresh.company_exports(), catalogue=firms, scratch=refresh.scratch)
    return firms if catalogue.rows else None


def _no_match_rate_drop(refresh: Refresh, summary: EnrichmentSummary, live_run_id: str | None) -> None:
    before = artefacts.document_of_run(refresh, artefacts.ENRICHMENT, EnrichmentSummary, live_run_id)
    if before is None or before.match_rate is None or summary.match_rate is None:
        return
    limit = refresh.settings.thresholds.max_match_rate_drop
    if before.match_rate - summary.match_rate > limit:
        raise GateFailed(
            f"match rate {summary.match_rate:.4f}, wanted at least {before.match_rate - limit:.4f} "
            f"(the live run had {before.match_rate:.4f}); look whether files of the company catalogue are missing"
        )
