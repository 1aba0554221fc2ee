"""LoadNeo4j: materialise this run's graph in Dagster, beside the live one; the checks of the companies must hold."""

from dataclasses import dataclass

from sbir_etl import imports
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The graph's name, which the pointer will carry, and how much it holds."""

    graph: str
    nodes: int
    relationships: int


def load_neo4j(refresh: Refresh, request: VintageRequest) -> Loaded:
    """Load the graph, and keep the figures the smoke checks will hold it to. Raises: GateFailed."""
    imports.load("sbir_etl.assets.graph")  # here, not when the function initialises: Dagster takes half a second
    from sbir_etl.assets import graph, work

    loaded: graph.LoadedGraph = work.materialise(
        graph.award_graph, behind=graph.companies_checks, work=work.Work(refresh=refresh, request=lambda: request)
    )
    return Loaded(graph=loaded.name, nodes=sum(loaded.nodes.values()), relationships=sum(loaded.relationships.values()))
