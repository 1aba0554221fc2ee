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
    """What was removed, or in a dry run would be, counted by kind and said in a sentence."""

    removed: Mapping[str, int]
    reason: str


def reset_neo4j(refresh: Refresh, _request: VintageRequest) -> Reset:
    """Remove what this system wrote to the graph, or only count it; see `GraphStore.reset` for what stays."""
    live = vintages.live(refresh.storage)
    dry_run = refresh.input.dry_run
    graph = open_graph(refresh.settings, refresh.storage, refresh.scratch)
    removed = graph.reset(live.graph if live else None, dry_run=dry_run)
    counted = ", ".join(f"{count:,} {kind}" for kind, count in removed.items())
    said = f"dry run, nothing was removed or loaded; a reset would be: {counted}" if dry_run else counted
    return Reset(removed=removed, reason=said)
