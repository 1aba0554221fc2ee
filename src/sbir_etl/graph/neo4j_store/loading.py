"""One load, from the claim to the flip of the stamp.

Every batch is a transaction that leaves the graph whole: an award, its relationships and its hash appear together, so
a load that dies anywhere is finished by the next, which finds what is done by the hashes. Nothing is removed here but
relationships of changed nodes; nodes that are gone are marked, and go in the sweep.
"""

import logging
from collections.abc import Mapping, Sequence
from functools import partial

from neo4j import ManagedTransaction

from sbir_etl.errors import Conflict, GateFailed
from sbir_etl.graph.measured import count_nodes
from sbir_etl.graph.neo4j_store import statements
from sbir_etl.graph.neo4j_store.changes import Batch, Changes
from sbir_etl.graph.neo4j_store.connection import Connection, Neo4jConfig
from sbir_etl.graph.neo4j_store.statements import SCOPE
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, Node, outgoing

log = logging.getLogger(__name__)


class Load:
    """A run's load into the graph; it is ours until another load claims the graph."""

    def __init__(self, connection: Connection, config: Neo4jConfig, run_id: str) -> None:
        self._connection = connection
        self._config = config
        self._run_id = run_id

    def run(self, changes: Changes) -> None:
        """Brings the graph to what the tables say. Raises: GateFailed, Conflict."""
        self._connection.declare(statements.SCHEMA)
        self._connection.write(lambda transaction: transaction.run(statements.CLAIM, run=self._run_id).consume())
        self._look(changes)
        self._refuse_what_must_not_be(changes)
        self._write(changes, everything=False)
        if self._missed(changes):
            self._repair(changes)
        self._connection.write(self._flip)

    def _repair(self, changes: Changes) -> None:
        """For when somebody changed what is ours, which the hashes do not show."""
        self._write(changes, everything=True)
        if missed := self._missed(changes):
            raise GateFailed(f"Neo4j at {self._config.uri}: {'; '.join(missed)}; reset the graph and load it again")

    def _look(self, changes: Changes) -> None:
        for node in NODES:
            keys: list[str] = []
            hashes: list[int] = []
            for some_keys, some_hashes, _ in self._connection.ask(statements.present(node)):
                keys += some_keys
                hashes += some_hashes
            changes.note_present(node, keys, hashes)
            if self._connection.ask(statements.count(node))[0][0] > len(keys):
                with self._connection.reading(statements.foreign(node)) as result:
                    changes.note_foreign(node, (str(key) for (key,) in result))

    def _refuse_what_must_not_be(self, changes: Changes) -> None:
        place = f"Neo4j at {self._config.uri}"
        usurped, example = changes.usurped()
        if usurped:
            raise GateFailed(
                f"{place}: {usurped:,} nodes that this system did not write have a key it needs, the first "
                f"{example!r}; wanted none. Give them another label or key, or remove them, then load again"
            )
        shares = changes.shares()
        for name in ("Award", "all nodes"):
            stale, present = shares.get(name, (0, 0))
            if stale > present * self._config.max_stale_share:
                raise GateFailed(
                    f"{place}: {stale:,} of {present:,} ({name}) are not in this run any more, wanted at most "
                    f"{self._config.max_stale_share:.0%}. If that is right, allow a larger share once; else look why"
                )

    def _write(self, changes: Changes, *, everything: bool) -> None:
        nodes = changes.settle_on(everything=everything)
        log.info("graph load", extra={"run_id": self._run_id, "nodes_to_write": nodes, "everything": everything})
        limits = {"max_rows": self._config.batch_rows, "max_bytes": self._config.batch_bytes}
        for node in reversed(statements.REMOVAL_ORDER):
            for batch in changes.batches(node, **limits):
                self._connection.write(partial(self._put, node=node, batch=batch))
                log.info("batch written", extra={"label": node.label, "nodes": len(batch.nodes)})
        for node in statements.REMOVAL_ORDER:
            for keys in changes.stale(node):
                self._connection.write(partial(self._retire, node=node, keys=keys))

    def _put(self, transaction: ManagedTransaction, *, node: Node, batch: Batch) -> None:
        self._hold(transaction)
        transaction.run(statements.upsert(node), rows=batch.nodes, run=self._run_id)
        for relationship in outgoing(node):
            if ends := batch.ends[relationship.type]:
                transaction.run(statements.disconnect(relationship), rows=ends)
            links = batch.links[relationship.type]
            found = _number(transaction, statements.connect(relationship), rows=links) if links else 0
            if found != len(links):
                raise GateFailed(
                    f"Neo4j at {self._config.uri}: {len(links) - found:,} of {len(links):,} {relationship.type} "
                    f"relationships do not find both ends, wanted all: the tables are not of one run"
                )

    def _retire(self, transaction: ManagedTransaction, *, node: Node, keys: Sequence[str]) -> None:
        self._hold(transaction)
        transaction.run(statements.retire(node), rows=keys).consume()

    def _flip(self, transaction: ManagedTransaction) -> None:
        self._hold(transaction)
        transaction.run(statements.FLIP, run=self._run_id).consume()

    def _hold(self, transaction: ManagedTransaction) -> None:
        if not _number(transaction, statements.HOLD, run=self._run_id):
            raise Conflict(
                f"Neo4j at {self._config.uri}: another load has claimed the graph, wanted it for run {self._run_id}. "
                "Let that one end, then load again: it goes on from what is there"
            )

    def _missed(self, changes: Changes) -> list[str]:
        found: Mapping[str, int] = {
            **count_nodes(self._connection.ask, SCOPE),
            **{each.type: 0 for each in RELATIONSHIPS},
            **{row[0]: row[1] for row in self._connection.ask(statements.COUNT_CONNECTED)},
        }
        return [
            f"got {found[name]:,} {name}, wanted the {count:,} of {name}.parquet"
            for name, count in changes.counts().items()
            if found[name] != count
        ]


def _number(transaction: ManagedTransaction, cypher: str, **parameters: object) -> int:
    record = transaction.run(cypher, parameters).single(strict=True)
    return int(record[0])
