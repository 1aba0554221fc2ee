"""ResetNeo4j: prepare the graph for a load from nothing, without touching what is live."""

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
    """Remove what this system wrote and is not live."""
    live = vintages.live(refresh.storage)
    return Reset(
        removed=open_graph(refresh.settings, refresh.storage, refresh.scratch).reset(live.graph if live else None)
    )
