"""The graph as one file per run, in Ladybug: built aside, verified, stored, and then only read.

Ladybug's MERGE is slow and lets the file grow; COPY into a new file takes seconds and leaves the live one alone.
"""

import glob
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import ladybug

from sbir_etl.database import connect, quoted
from sbir_etl.errors import GateFailed, InvalidInput, SbirEtlError, TransientError
from sbir_etl.graph.figures import GraphFigures
from sbir_etl.graph.measured import actual_figures
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, STAMP, Node, Property, Relationship
from sbir_etl.graph.store import Answer
from sbir_etl.storage import Storage

FOLDER = "graph"
_SUFFIX = ".lbug"
# What Ladybug keeps beside its file while it writes; beside a replaced file it would be replayed into the wrong one.
_COMPANIONS = (".wal", ".shadow", ".tmp", ".lock")
# A second one makes a load slower: each waits for the other's pages, and 70 MB more are held.
_THREADS = 1
_NO_ROOM = "Buffer manager exception"
_TYPES = {"TEXT": "STRING", "INTEGER": "INT64", "FLOAT": "DOUBLE", "DATE": "DATE"}

_DECLARED: Mapping[str, tuple[Property, ...]] = {
    **{each.label: each.properties for each in (*NODES, STAMP)},
    **{each.type: each.properties for each in RELATIONSHIPS},
}


class EmbeddedGraph:
    """A `GraphStore` whose graphs are the files `graph/<run id>.lbug` of a storage.

    `scratch` is a local directory for the file that is being built, and for copies of files that are not local.
    Figures are told within the smaller pool, which pages that are read once would fill whatever its size; a graph of
    more than five times the awards may need the other.
    """

    def __init__(
        self,
        storage: Storage,
        scratch: Path,
        *,
        buffer_pool_bytes: int = 512 * 1024 * 1024,
        pool_for_figures_bytes: int = 128 * 1024 * 1024,
        query_timeout_seconds: float = 120.0,
    ) -> None:
        self._storage = storage
        self._scratch = scratch
        self._buffer_pool_bytes = buffer_pool_bytes
        self._pool_for_figures_bytes = pool_for_figures_bytes
        self._query_timeout_seconds = query_timeout_seconds

    def load(self, tables: Path, run_id: str) -> str:
        """See `GraphStore.load`; the name is the file's storage key."""
        name = f"{FOLDER}/{run_id}{_SUFFIX}"
        building = self._scratch / f"building-{run_id}{_SUFFIX}"
        _discard(building)
        try:
            self._build(building, tables, run_id)
            for companion in _COMPANIONS:
                self._storage.remove(name + companion)
            self._storage.write(name, building)
        finally:
            _discard(building)
        return name

    def figures(self, graph: str) -> GraphFigures:
        """See `GraphStore.figures`."""
        path = self._storage.fetch(graph, self._scratch)
        try:
            return self._figures(path, self._pool_for_figures_bytes)
        except (RuntimeError, TransientError) as error:
            if _NO_ROOM not in str(error):
                raise
            return self._figures(path, self._buffer_pool_bytes)

    def settle(self, graph: str) -> Mapping[str, int]:
        """Removes the graphs that are older than the live one.

        A younger one is left: it belongs to a refresh that is under way, or to one that failed and is worth a look;
        it goes when the next refresh has gone live.
        """
        stale = self._older_than(graph)
        for key in stale:
            self._storage.remove(key)
        return _counted(stale)

    def query(self, graph: str, cypher: str, parameters: Mapping[str, object] | None = None) -> Answer:
        """See `GraphStore.query`."""
        with self._opened(self._storage.fetch(graph, self._scratch), read_only=True) as connection:
            connection.set_query_timeout(int(self._query_timeout_seconds * 1000))
            try:
                return _ask(connection, cypher, parameters)
            except RuntimeError as error:
                raise InvalidInput(f"query: {_summary(error)}") from error

    def reset(self, graph: str | None, *, dry_run: bool = False) -> Mapping[str, int]:
        """Removes the graphs that are older than the live one, which stays: a new one is built from nothing."""
        if graph is None:
            return _counted([])
        return _counted(self._older_than(graph)) if dry_run else self.settle(graph)

    def _figures(self, path: Path, pool: int) -> GraphFigures:
        with self._opened(path, read_only=True, pool=pool) as connection:
            return actual_figures(lambda query: _ask(connection, query).rows)

    def _older_than(self, graph: str) -> Sequence[str]:
        entries = tuple(self._storage.entries(FOLDER))
        since = next((entry.modified_at for entry in entries if entry.key == graph), None)
        return [entry.key for entry in entries if since is not None and entry.modified_at < since]

    def _build(self, path: Path, tables: Path, run_id: str) -> None:
        try:
            with self._opened(path, read_only=False) as connection:
                for each in (*NODES, STAMP):
                    connection.execute(_create_node_table(each))
                for relationship in RELATIONSHIPS:
                    connection.execute(_create_relationship_table(relationship))
                for name in (*(each.label for each in NODES), *(each.type for each in RELATIONSHIPS)):
                    connection.execute(f"COPY {name} FROM {_cypher(tables / f'{name}.parquet')}")
                connection.execute(f"CREATE (:{STAMP.label} {{{STAMP.key}: $run_id}})", {"run_id": run_id})
                connection.execute("CHECKPOINT")
        except RuntimeError as error:
            raise _failure(error, otherwise=GateFailed, wanted="to copy the run's tables as they are") from error
        # Opened again, so that what is verified is what lies on the disk.
        with self._opened(path, read_only=True) as connection:
            _verify(connection, tables)

    @contextmanager
    def _opened(self, path: Path, *, read_only: bool, pool: int | None = None) -> Iterator[ladybug.Connection]:
        # Ladybug takes an empty file for a new graph, and finds nothing in it.
        if read_only and not path.stat().st_size:
            raise InvalidInput(f"embedded graph: {path} is empty, wanted a graph file that can be opened")
        try:
            database = ladybug.Database(
                path, buffer_pool_size=pool or self._buffer_pool_bytes, max_num_threads=_THREADS, read_only=read_only
            )
        except RuntimeError as error:
            raise _failure(error, otherwise=InvalidInput, wanted="a graph file that can be opened") from error
        with database, ladybug.Connection(database) as connection:
            yield connection


def _counted(keys: Sequence[str]) -> Mapping[str, int]:
    return {"graphs removed": sum(key.endswith(_SUFFIX) for key in keys)}


def _create_node_table(node: Node) -> str:
    return f"CREATE NODE TABLE {node.label}({_columns(node.properties)}, PRIMARY KEY ({node.key}))"


def _create_relationship_table(relationship: Relationship) -> str:
    columns = f", {_columns(relationship.properties)}" if relationship.properties else ""
    return f"CREATE REL TABLE {relationship.type}(FROM {relationship.start} TO {relationship.end}{columns})"


def _columns(properties: tuple[Property, ...]) -> str:
    return ", ".join(f"{each.name} {_TYPES[each.kind]}" for each in properties)


def _verify(connection: ladybug.Connection, tables: Path) -> None:
    """Raises: GateFailed when a label or type has not exactly its table's rows."""
    patterns = {node.label: f"(:{node.label})" for node in NODES} | {
        each.type: f"(:{each.start})-[:{each.type}]->(:{each.end})" for each in RELATIONSHIPS
    }
    with connect() as database:
        for name, pattern in patterns.items():
            wanted = database.execute(f"SELECT count(*) FROM {quoted(tables / f'{name}.parquet')}").fetchall()[0][0]
            found = _ask(connection, f"MATCH {pattern} RETURN count(*)").rows[0][0]
            if found != wanted:
                raise GateFailed(f"embedded graph: got {found} {name}, wanted the {wanted} of {name}.parquet")


def _ask(connection: ladybug.Connection, cypher: str, parameters: Mapping[str, object] | None = None) -> Answer:
    result = connection.execute(cypher, dict(parameters or {}))
    if isinstance(result, list):
        raise InvalidInput(f"query: got {len(result)} statements, wanted one")
    with result:
        return Answer(
            columns=tuple(result.get_column_names()),
            rows=tuple(tuple(_plain(value) for value in row) for row in result),
        )


def _plain(value: object) -> object:
    """Nodes and relationships as their properties, paths as both; the rest as it is."""
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "_NODES" in value:
        return {"nodes": _plain(value["_NODES"]), "relationships": _plain(value["_RELS"])}
    label = str(value.get("_LABEL"))
    if label in _DECLARED:
        # In a path, Ladybug gives every node the properties of all labels.
        return {each.name: _plain(value[each.name]) for each in _DECLARED[label]}
    return {name: _plain(each) for name, each in value.items()}


def _cypher(path: Path) -> str:
    """`path` as a Cypher string literal that COPY does not take for a pattern."""
    return "'" + glob.escape(str(path)).replace("\\", r"\\").replace("'", r"\'") + "'"


def _discard(path: Path) -> None:
    for suffix in ("", *_COMPANIONS):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _failure(error: RuntimeError, *, otherwise: type[SbirEtlError], wanted: str) -> SbirEtlError:
    summary = _summary(error)
    if any(each in summary for each in ("IO exception", _NO_ROOM)):
        return TransientError(f"embedded graph: {summary}; wanted room for it: free disk or memory, then start again")
    return otherwise(f"embedded graph: {summary}; wanted {wanted}")


def _summary(error: RuntimeError) -> str:
    return str(error).partition("\n")[0]
