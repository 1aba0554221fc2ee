"""ProfileInputs: what the 42 columns and the company catalogue hold, and what drifted since the live run."""

from dataclasses import dataclass

from sbir_etl import artefacts, vintages
from sbir_etl.awards import gates
from sbir_etl.awards.profile import DriftLimits, Profile, profile
from sbir_etl.companies.catalogue import read_catalogue
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Profiled:
    """`catalogue_warnings` counts what is odd about the catalogue's files; none of it stops a refresh."""

    rows: int
    columns: int
    drifted: int
    catalogue_warnings: int


def profile_inputs(refresh: Refresh, request: VintageRequest) -> Profiled:
    """Write profile.json and the catalogue, then hold agencies and years to their gate. Raises: GateFailed."""
    before = artefacts.document_of_run(refresh, artefacts.PROFILE, Profile, request.live_run_id)
    made = profile(
        refresh.vintage_file(request.vintage, vintages.RAW),
        before=before,
        limits=DriftLimits(),
        scratch=refresh.scratch,
    )
    artefacts.write_document(refresh, artefacts.PROFILE, made)
    catalogue = read_catalogue(
        refresh.company_exports(), catalogue=refresh.scratch / artefacts.CATALOGUE_FIRMS, scratch=refresh.scratch
    )
    refresh.keep(refresh.scratch / artefacts.CATALOGUE_FIRMS)
    artefacts.write_document(refresh, artefacts.CATALOGUE, catalogue)
    gates.no_group_drop(before, made, refresh.settings.thresholds)
    return Profiled(
        rows=made.rows,
        columns=len(made.columns),
        drifted=len(made.drift),
        catalogue_warnings=len(catalogue.warnings),
    )
