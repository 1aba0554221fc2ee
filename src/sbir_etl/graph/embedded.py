"""The graph as one file per run, in Ladybug: built aside, verified, stored, and then only read."""

from collections.abc import Mapping
from pathlib import Path

from sbir_etl.graph.figures import GraphFigures
from sbir_etl.graph.store import Answer
from sbir_etl.storage import Storage


class EmbeddedGraph:
    """A `GraphStore` whose graphs are the files `graph/<run id>.lbug` of a storage."""

    def __init__(self, storage: Storage, scratch: Path, *, buffer_pool_bytes: int = 512 * 1024 * 1024) -> None:
        self._storage = storage
        self._scratch = scratch
        self._buffer_pool_bytes = buffer_pool_bytes

    def load(self, tables: Path, run_id: str) -> str:
        """See `GraphStore.load`; the name is the file's storage key."""
        raise NotImplementedError

    def figures(self, graph: str) -> GraphFigures:
        """See `GraphStore.figures`."""
        raise NotImplementedError

    def settle(self, graph: str) -> Mapping[str, int]:
        """Removes the graphs that are older than the live one."""
        raise NotImplementedError

    def query(self, graph: str, cypher: str, parameters: Mapping[str, object] | None = None) -> Answer:
        """See `GraphStore.query`."""
        raise NotImplementedError

    def reset(self, graph: str | None) -> Mapping[str, int]:
        """Removes the graphs that are older than the live one, which stays: a new one is built from nothing."""
        raise NotImplementedError
