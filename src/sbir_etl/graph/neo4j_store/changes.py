"""What separates the graph in the server from the run's tables: found by content hashes, read in bounded batches.

A node's hash covers its own row and every relationship that starts at it; it is written in the same transaction as
they are. So a node with the right hash is complete, whatever killed the load before, and needs no writing. The tables
are never in memory as a whole: DuckDB keeps keys and hashes, and rows are streamed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import duckdb
import numpy as np

from sbir_etl.database import quoted
from sbir_etl.graph.neo4j_store.statements import NO_HASH
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, Node, Relationship, outgoing

Row: TypeAlias = Sequence[Any]
T = TypeVar("T")

_ROWS_AT_A_TIME = 1_000
_KEYS_AT_A_TIME = 10_000
# Lists of links cannot be spilled to the disk; so many nodes' at a time fit into the memory.
_NODES_AT_A_TIME = 20_000

_BOOKKEEPING = """
CREATE TABLE wanted (label VARCHAR, key VARCHAR, hash BIGINT);
CREATE TABLE present (label VARCHAR, key VARCHAR, hash BIGINT);
CREATE TABLE foreigner (label VARCHAR, key VARCHAR);
"""
_CHANGED = """
CREATE OR REPLACE TABLE changed AS
SELECT wanted.*, present.key IS NOT NULL AS known, (row_number() OVER same) // $slice AS slice
FROM wanted LEFT JOIN present USING (label, key)
WHERE $everything OR wanted.hash IS DISTINCT FROM present.hash
WINDOW same AS (PARTITION BY wanted.label ORDER BY wanted.key)
"""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What one transaction writes: rows for the statements `upsert`, `disconnect` and `connect`, by type."""

    nodes: Sequence[Row]
    ends: Mapping[str, Sequence[Row]]
    links: Mapping[str, Sequence[Row]]


class Changes:
    """The tables of a run beside what the graph holds, which `note_present` and `note_foreign` tell first."""

    def __init__(self, database: duckdb.DuckDBPyConnection, tables: Path) -> None:
        self._database = database
        self._tables = tables
        database.execute(_BOOKKEEPING)
        for each in NODES:
            database.execute(f"INSERT INTO wanted {self._hashes(each)}")

    def note_present(self, node: Node, keys: Sequence[str], hashes: Sequence[int]) -> None:
        """Takes keys and hashes of nodes of ours; `NO_HASH` is that of a stale one."""
        # As parameters they take seven times as long.
        columns = {"key": np.array(keys, dtype=object), "hash": np.array(hashes, dtype=np.int64)}
        self._database.register("noted", columns)
        self._database.execute("INSERT INTO present SELECT ?, key, hash FROM noted", [node.label])
        self._database.unregister("noted")

    def note_foreign(self, node: Node, keys: Iterable[str]) -> None:
        """Takes the keys of nodes that look like ours and are not."""
        for some in bounded(keys, measure=lambda _: (1, 0), max_rows=_KEYS_AT_A_TIME, max_bytes=0):
            self._database.execute("INSERT INTO foreigner SELECT ?, unnest(?::VARCHAR[])", [node.label, some])

    def usurped(self) -> tuple[int, str]:
        """How many wanted nodes somebody else's have the place of, and an example."""
        query = "SELECT count(*), min(label || ' ' || key) FROM wanted JOIN foreigner USING (label, key)"
        count, example = self._one(query)
        return count, str(example)

    def stale(self, node: Node) -> Iterator[Sequence[str]]:
        """The keys that are present and no longer wanted, some at a time; those already marked stale are left out."""
        query = "SELECT key FROM present ANTI JOIN wanted USING (label, key) WHERE label = ? AND hash <> ?"
        for rows in _chunks(self._database.cursor().execute(query, [node.label, NO_HASH]), _ROWS_AT_A_TIME):
            yield [key for (key,) in rows]

    def shares(self) -> Mapping[str, tuple[int, int]]:
        """How many nodes are stale, and how many present: by label, and of `all nodes`."""
        query = """
        SELECT coalesce(label, 'all nodes'), count(*) FILTER (wanted.key IS NULL), count(*)
        FROM present LEFT JOIN wanted USING (label, key) GROUP BY GROUPING SETS ((label), ())
        """
        return {label: (stale, present) for label, stale, present in self._database.execute(query).fetchall()}

    def settle_on(self, *, everything: bool) -> int:
        """Decides what has to be written: what differs, or everything. Returns how many nodes."""
        self._database.execute(_CHANGED, {"everything": everything, "slice": _NODES_AT_A_TIME})
        return int(self._one("SELECT count(*) FROM changed")[0])

    def counts(self) -> Mapping[str, int]:
        """The rows of every table, by label and type."""
        names = [*(each.label for each in NODES), *(each.type for each in RELATIONSHIPS)]
        return {name: self._one(f"SELECT count(*) FROM {self._table(name)}")[0] for name in names}

    def batches(self, node: Node, *, max_rows: int, max_bytes: int) -> Iterator[Batch]:
        """What has to be written of that label, in an order in which every relationship finds its end.

        Nodes that point at others of their label come after those: an award follows one that follows nothing.
        """
        selves = [f"{each.type}.links" for each in outgoing(node) if each.end == node.label]
        alone = " AND ".join(f"{each} IS NULL" for each in selves)
        for part in (alone, f"NOT ({alone})") if selves else ("true",):
            rows = self._rows(node, part)
            for some in bounded(rows, measure=_measure, max_rows=max_rows, max_bytes=max_bytes):
                yield _batch(node, some)

    def _rows(self, node: Node, condition: str) -> Iterator[Row]:
        query = "SELECT slice, min(key), max(key) FROM changed WHERE label = ? GROUP BY slice ORDER BY slice"
        for slice_, first, last in self._database.execute(query, [node.label]).fetchall():
            contents = f"{self._contents(node)} WHERE {condition}"
            span = {"slice": slice_, "first": first, "last": last}
            for chunk in _chunks(self._database.cursor().execute(contents, span), _ROWS_AT_A_TIME):
                yield from chunk

    def _hashes(self, node: Node) -> str:
        table = f"{self._table(node.label)} AS node"
        if not (types := outgoing(node)):
            return f"SELECT '{node.label}', {node.key}, {_hash('node')} FROM {table}"
        links = " UNION ALL ".join(
            f"SELECT \"start\", hash(link, '{each.type}') AS link FROM {self._table(each.type)} AS link"
            for each in types
        )
        return f"""
        WITH bundle AS (SELECT "start", bit_xor(link) AS links FROM ({links}) GROUP BY "start")
        SELECT '{node.label}', {node.key}, {_hash("node, links")}
        FROM {table} LEFT JOIN bundle ON node.{node.key} = bundle."start"
        """

    def _contents(self, node: Node) -> str:
        """Per changed node: bytes, rows, whether it was known, a list of links per type, key, hash, properties."""
        types = [each.type for each in outgoing(node)]
        lists = "".join(f", {each}.links" for each in types)
        values = "".join(f", node.{each.name}" for each in node.properties[1:])
        rows = " + ".join(["1", *(f"coalesce(len({each}.links), 0)" for each in types)])
        size = " + ".join(["strlen(to_json(node))", *(f"coalesce({each}.size, 0)" for each in types)])
        joins = " ".join(self._join(each) for each in outgoing(node))
        return f"""
        WITH picked AS (SELECT * FROM changed WHERE label = '{node.label}' AND slice = $slice),
        node AS (FROM {self._table(node.label)} WHERE {node.key} BETWEEN $first AND $last)
        SELECT {size}, {rows}, picked.known{lists}, picked.key, picked.hash{values}
        FROM node JOIN picked ON picked.key = node.{node.key} {joins}
        """

    def _join(self, relationship: Relationship) -> str:
        values = "".join(f", {each.name}" for each in relationship.properties)
        return f"""
        LEFT JOIN (
            SELECT "start", list(row("end"{values})) AS links, sum(strlen(to_json(link))) AS size
            FROM {self._table(relationship.type)} AS link SEMI JOIN picked ON picked.key = link."start"
            WHERE "start" BETWEEN $first AND $last GROUP BY "start"
        ) AS {relationship.type} ON {relationship.type}."start" = picked.key
        """

    def _table(self, name: str) -> str:
        return f"read_parquet({quoted(self._tables / f'{name}.parquet')})"

    def _one(self, query: str) -> Row:
        return self._database.execute(query).fetchall()[0]


def _hash(values: str) -> str:
    # A quarter of what an MD5 of the row as text costs. It may change with DuckDB; the next load then writes all anew.
    return f"CAST(hash({values}) >> 1 AS BIGINT)"


def _measure(row: Row) -> tuple[int, int]:
    return row[1], row[0]


def _batch(node: Node, rows: Sequence[Row]) -> Batch:
    first = 3 + len(types := outgoing(node))
    ends: dict[str, list[Row]] = {}
    links: dict[str, list[Row]] = {}
    for at, each in enumerate(types, start=3):
        ends[each.type] = [[row[first], [link[0] for link in row[at] or ()]] for row in rows if row[2]]
        links[each.type] = [[row[first], *link] for row in rows for link in row[at] or ()]
    return Batch(nodes=[row[first:] for row in rows], ends=ends, links=links)


def bounded(
    items: Iterable[T], *, measure: Callable[[T], tuple[int, int]], max_rows: int, max_bytes: int
) -> Iterator[Sequence[T]]:
    """Groups items in their order, so that no group measures more rows or bytes; an item above that is alone.

    >>> list(bounded(["a", "b", "ccc", "d"], measure=lambda item: (1, len(item)), max_rows=2, max_bytes=3))
    [['a', 'b'], ['ccc'], ['d']]
    """
    group: list[T] = []
    rows = size = 0
    for item in items:
        more_rows, more_bytes = measure(item)
        if group and (rows + more_rows > max_rows or size + more_bytes > max_bytes):
            yield group
            group, rows, size = [], 0, 0
        group.append(item)
        rows, size = rows + more_rows, size + more_bytes
    if group:
        yield group


def _chunks(cursor: duckdb.DuckDBPyConnection, size: int) -> Iterator[Sequence[Row]]:
    while rows := cursor.fetchmany(size):
        yield rows
