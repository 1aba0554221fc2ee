"""ResetNeo4j: prepare the graph for a load from nothing.

The embedded graph that is live stays; a Neo4j server holds one graph, so there it is empty until the load.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sbir_etl import vintages
from sbir_etl.graph.opening import open_graph
from sbir_etl.refresh import Refresh, VintageRequest


@dataclass(frozen=True, kw_only=True)
class Reset:
    """What was removed, counted by kind."""

    removed: Mapping[str, int]


def reset_neo4j(refresh: Refresh, _request: VintageRequest) -> Reset:
    """Remove what this system wrote to the graph; see `GraphStore.reset` for what stays."""
    live = vintages.live(refresh.storage)
    return Reset(
        removed=open_graph(refresh.settings, refresh.storage, refresh.scratch).reset(live.graph if live else None)
    )
