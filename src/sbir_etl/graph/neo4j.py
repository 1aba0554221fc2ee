"""The graph in a Neo4j server: one graph, changed in place, that answers questions all the time."""

from collections.abc import Mapping
from pathlib import Path

from neo4j.exceptions import ClientError

from sbir_etl.database import connect
from sbir_etl.errors import InvalidInput
from sbir_etl.graph.figures import GraphFigures
from sbir_etl.graph.measured import actual_figures
from sbir_etl.graph.neo4j_store import sweeping
from sbir_etl.graph.neo4j_store.answers import plain
from sbir_etl.graph.neo4j_store.changes import Changes
from sbir_etl.graph.neo4j_store.connection import Neo4jConfig, connected
from sbir_etl.graph.neo4j_store.loading import Load
from sbir_etl.graph.neo4j_store.statements import SCOPE
from sbir_etl.graph.store import Answer

__all__ = ["Neo4jConfig", "Neo4jGraph"]

_PREFIX = "neo4j:"


class Neo4jGraph:
    """A `GraphStore` that holds one graph; a graph's name is `neo4j:<run id>`, the run whose load finished last.

    What others keep in the same database is never counted, changed or removed. `scratch` takes what a load compares
    and does not fit into its memory.
    """

    def __init__(self, config: Neo4jConfig, scratch: Path | None = None) -> None:
        self._config = config
        self._scratch = scratch

    def load(self, tables: Path, run_id: str) -> str:
        """See `GraphStore.load`. Only what differs from the graph is written; what is gone is marked for `settle`.

        Raises: GateFailed when too much is gone or the graph cannot be brought to the tables; Conflict when another
        load claims the graph meanwhile.
        """
        with connected(self._config) as connection, connect(self._scratch, memory_limit="256MB") as database:
            Load(connection, self._config, run_id).run(Changes(database, tables))
        return f"{_PREFIX}{run_id}"

    def figures(self, graph: str) -> GraphFigures:  # noqa: ARG002 - the figures say themselves whose they are
        """See `GraphStore.figures`: of what is ours and not stale."""
        with connected(self._config) as connection:
            return actual_figures(connection.ask, SCOPE)

    def settle(self, graph: str) -> Mapping[str, int]:
        """Removes what the load of `graph` found gone; nothing when another load came after it."""
        with connected(self._config) as connection:
            return sweeping.sweep(connection, graph.removeprefix(_PREFIX))

    def query(self, graph: str, cypher: str, parameters: Mapping[str, object] | None = None) -> Answer:  # noqa: ARG002
        """See `GraphStore.query`: from the graph as it now is, whatever its name."""
        with connected(self._config) as connection:
            try:
                with connection.reading(cypher, **(parameters or {})) as result:
                    columns = tuple(result.keys())
                    return Answer(columns=columns, rows=tuple(tuple(map(plain, each.values())) for each in result))
            except ClientError as error:
                raise InvalidInput(f"query: {error.message}") from error

    def reset(self, graph: str | None, *, dry_run: bool = False) -> Mapping[str, int]:  # noqa: ARG002
        """Removes everything this system wrote, and nothing else; the graph is empty until the next load."""
        with connected(self._config) as connection:
            return sweeping.survey(connection) if dry_run else sweeping.reset(connection)
