"""LoadNeo4j: build this run's graph beside the live one."""

from dataclasses import dataclass

from sbir_etl import artefacts
from sbir_etl.graph.embedded import EmbeddedGraph
from sbir_etl.graph.figures import expected_figures
from sbir_etl.graph.tables import write_tables
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """The graph's name, which the pointer will carry, and how much it holds."""

    graph: str
    nodes: int
    relationships: int


def load_neo4j(refresh: Refresh, _request: VintageRequest) -> Loaded:
    """Write the graph's tables, load them, and keep the figures the smoke checks will hold the graph to."""
    inputs = {
        "awards": refresh.fetch(artefacts.AWARDS),
        "companies": refresh.fetch(artefacts.COMPANIES),
        "award_companies": refresh.fetch(artefacts.AWARD_COMPANIES),
    }
    tables = refresh.scratch / "tables"
    tables.mkdir()
    counts = write_tables(**inputs, into=tables, scratch=refresh.scratch)
    artefacts.write_document(refresh, artefacts.EXPECTED_FIGURES, expected_figures(**inputs, run_id=refresh.run_id))
    graph = EmbeddedGraph(refresh.storage, refresh.scratch).load(tables, refresh.run_id)
    return Loaded(graph=graph, nodes=sum(counts.nodes.values()), relationships=sum(counts.relationships.values()))
