"""The port behind which the graph lies; the embedded file is one store, a graph server can be another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from sbir_etl.graph.figures import GraphFigures


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a Cypher query returned; values are plain (text, numbers, booleans, dates, lists and mappings of them)."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


class GraphStore(Protocol):
    """Holds graphs by name; the pointer `current.json` says which of them is live.

    A store that keeps each run's graph apart (a file) and one that changes a single graph in place (a server) both
    fit: until `settle`, nothing that was live before is gone.
    """

    def load(self, tables: Path, run_id: str) -> str:
        """Brings the run's graph in from the directory that `graph.tables.write_tables` filled.

        Returns the graph's name, for the pointer and for the methods below. It is stamped with `run_id`. Loading the
        same tables again gives the same graph. Raises: GateFailed when the store holds other counts than the tables.
        """
        ...

    def figures(self, graph: str) -> GraphFigures:
        """What the store really holds of that graph, asked in Cypher."""
        ...

    def settle(self, graph: str) -> Mapping[str, int]:
        """Clears away what the live `graph` has replaced; called after the pointer moved. Returns counts by kind."""
        ...

    def query(self, graph: str, cypher: str, parameters: Mapping[str, object] | None = None) -> Answer:
        """Answers a question, read-only. Raises: InvalidInput for a query the store does not understand."""
        ...

    def reset(self, graph: str | None, *, dry_run: bool = False) -> Mapping[str, int]:
        """Prepares for a load from nothing; `graph` is the live one, if any. Returns counts by kind.

        Where graphs lie apart, the live one stays and every load starts from nothing anyway. A store that changes one
        graph in place removes all that this system wrote, and nothing else. A dry run only counts.
        """
        ...
