"""SmokeChecks: compare the loaded graph with this run's expected figures, then make vintage, run and graph live."""

from dataclasses import asdict, dataclass

from sbir_etl import artefacts, vintages
from sbir_etl.errors import GateFailed
from sbir_etl.graph.figures import GraphFigures, compare
from sbir_etl.graph.opening import open_graph
from sbir_etl.refresh import Refresh, VintageRequest

SHOWN_DIFFERENCES = 10


@dataclass(frozen=True, kw_only=True)
class SmokeChecksRequest(VintageRequest):
    """`graph` is the name LoadNeo4j gave the graph."""

    graph: str


@dataclass(frozen=True, kw_only=True)
class Smoked:
    """How many figures were compared, and the run that is live now."""

    checks: int
    live: str


def smoke_checks(refresh: Refresh, request: SmokeChecksRequest) -> Smoked:
    """Hold the graph to its figures and advance the pointer. Raises: GateFailed with every figure that differs."""
    # First of all: the graph of a refresh that lost may be cleared away already.
    vintages.check_unmoved(refresh.storage, refresh.run_id, after=request.live_run_id)
    store = open_graph(refresh.settings, refresh.storage, refresh.scratch)
    expected = artefacts.read_document(refresh, artefacts.EXPECTED_FIGURES, GraphFigures)
    actual = store.figures(request.graph)
    artefacts.write_document(refresh, artefacts.FIGURES, actual)
    differences = compare(expected, actual)
    if differences:
        shown = "; ".join(str(difference) for difference in differences[:SHOWN_DIFFERENCES])
        raise GateFailed(
            f"{len(differences)} figures of {request.graph} are not this run's: {shown}. The graph is not made live; "
            "run the refresh again, and if it differs again compare the run's tables with its Parquet files"
        )
    vintages.advance(refresh.storage, _current(refresh, request), after=request.live_run_id)
    store.settle(request.graph)
    return Smoked(checks=figure_count(expected), live=refresh.run_id)


def _current(refresh: Refresh, request: SmokeChecksRequest) -> vintages.Current:
    manifest = vintages.stored(refresh.storage, request.vintage)
    assert manifest is not None, "DownloadCSV stored the vintage before any other step could run"
    return vintages.Current(
        vintage=request.vintage,
        run_id=refresh.run_id,
        rows=manifest.rows,
        graph=request.graph,
        advanced_at=refresh.execution.started_at,
    )


def figure_count(figures: GraphFigures) -> int:
    """How many single figures a comparison looks at."""
    return sum(len(part) if isinstance(part, dict) else 1 for part in asdict(figures).values())
