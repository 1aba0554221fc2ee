"""Removing what is ours: the stale nodes after a load, or everything before one; in batches, each of them whole."""

from collections import Counter
from collections.abc import Mapping

from neo4j import ManagedTransaction

from sbir_etl.graph.neo4j_store import statements
from sbir_etl.graph.neo4j_store.connection import Connection
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, Node

_NODES_AT_A_TIME = 1_000
_RESETTING = "reset"


def sweep(connection: Connection, run_id: str) -> Mapping[str, int]:
    """Removes what is stale, as long as the graph is what that run's load left; else somebody is at it, and sweeps."""
    removed = _nothing()
    for node in statements.REMOVAL_ORDER:
        removed.update(_remove_all(connection, node, statements.STALE, statements.HOLD_FINISHED, run_id))
    return dict(removed)


def reset(connection: Connection) -> Mapping[str, int]:
    """Removes all that is ours; a load that is under way notices, and stops. The graph's own metadata goes last."""
    connection.write(lambda transaction: transaction.run(statements.CLAIM, run=_RESETTING).consume())
    connection.write(lambda transaction: transaction.run(statements.UNSTAMP).consume())
    removed = _nothing()
    for node in statements.REMOVAL_ORDER:
        for mark in (statements.LIVE, statements.STALE):
            removed.update(_remove_all(connection, node, mark, statements.HOLD, _RESETTING))
    connection.write(lambda transaction: transaction.run(statements.FORGET).consume())
    return dict(removed)


def survey(connection: Connection) -> Mapping[str, int]:
    """What a reset would remove, at most: what others have tied to is not looked for."""
    marks = [(node, mark) for node in NODES for mark in (statements.LIVE, statements.STALE)]
    counted = _nothing()
    counted["nodes removed"] = sum(_count(connection, statements.count_marked(*each)) for each in marks)
    counted["relationships removed"] = sum(_count(connection, statements.count_owned(each)) for each in RELATIONSHIPS)
    return dict(counted)


def _nothing() -> Counter[str]:
    return Counter({"nodes removed": 0, "relationships removed": 0, "nodes kept": 0})


def _remove_all(connection: Connection, node: Node, mark: str, hold: str, run_id: str) -> Counter[str]:
    """In a loop here, not on the server: each batch is committed, and the loop may be killed anywhere."""

    def remove_some(transaction: ManagedTransaction) -> Counter[str] | None:
        if not transaction.run(hold, run=run_id).single(strict=True)[0]:
            return None
        result = transaction.run(statements.remove(node, mark), rows=_NODES_AT_A_TIME)
        nodes, kept = result.single(strict=True).values()
        relationships = result.consume().counters.relationships_deleted
        return Counter({"nodes removed": nodes - kept, "relationships removed": relationships, "nodes kept": kept})

    removed = _nothing()
    while (some := connection.write(remove_some)) and some["nodes removed"] + some["nodes kept"]:
        removed.update(some)
    return removed


def _count(connection: Connection, cypher: str) -> int:
    return int(connection.ask(cypher)[0][0])
