"""The Cypher of the Neo4j store, written from the declared schema.

What is ours carries a mark, so that what others keep in the same database is never counted, changed or removed. A
node's mark is a second label: `SbirEtl` while it is live; `SbirEtlStale` from the load that did not find it any more
to the sweep; `SbirEtlKept` when the sweep had to leave it, because somebody else's relationship hangs on it. A
relationship's mark is the property `sbir_owned`. A node also carries `sbir_run`, the run that wrote it, and
`sbir_hash`, by which a later load sees whether it, and the relationships that start at it, have changed.
"""

from sbir_etl.graph.measured import Scope
from sbir_etl.graph.schema import NODES, STAMP, Node, Relationship, node, outgoing

LIVE = "SbirEtl"
STALE = "SbirEtlStale"
KEPT = "SbirEtlKept"
NO_HASH = -1
SCOPE = Scope(live=f":{LIVE}", ours=" WHERE r.sbir_owned")

# Nodes at which relationships start are removed first: none that is left then looks complete and is not.
REMOVAL_ORDER = tuple(sorted(NODES, key=lambda each: not outgoing(each)))

_REFRESH = f"{STAMP.label}:{LIVE}"

CLAIM = f"""
MERGE (m:{STAMP.label} {{name: 'sbir-etl'}})
SET m:{LIVE}, m.loading = $run
"""
# Writing to the node locks it: of two loads, one waits here for the other's batch to be committed. A run that was
# started twice, because the first try was given up for dead, does not lose against itself.
_FINISHED = f"m.{STAMP.key} = $run AND m.loading IS NULL"
HOLD = f"MATCH (m:{_REFRESH}) WHERE m.loading = $run OR {_FINISHED} SET m.name = m.name RETURN count(m)"
HOLD_FINISHED = f"MATCH (m:{_REFRESH}) WHERE {_FINISHED} SET m.name = m.name RETURN count(m)"
FLIP = f"MATCH (m:{_REFRESH}) SET m.{STAMP.key} = $run REMOVE m.loading"
UNSTAMP = f"MATCH (m:{_REFRESH}) REMOVE m.{STAMP.key}"
FORGET = f"MATCH (m:{_REFRESH}) DELETE m"

SCHEMA = (
    f"CREATE CONSTRAINT sbir_etl_name IF NOT EXISTS FOR (n:{STAMP.label}) REQUIRE n.name IS UNIQUE",
    *(
        f"CREATE CONSTRAINT sbir_{each.key} IF NOT EXISTS FOR (n:{each.label}) REQUIRE n.{each.key} IS UNIQUE"
        for each in NODES
    ),
    *(
        f"CREATE INDEX sbir_{each.label.lower()}_{name} IF NOT EXISTS FOR (n:{each.label}) ON (n.{name})"
        for each in NODES
        for name in each.indexed
    ),
    "CALL db.awaitIndexes(300)",
)

# In one pass over all types: half of what a pass for each takes.
_STARTS = "|".join(each.label for each in NODES if outgoing(each))
COUNT_CONNECTED = f"MATCH (:({_STARTS})&{LIVE})-[r WHERE r.sbir_owned]->(:{LIVE}) RETURN type(r), count(*)"


def present(node: Node) -> str:
    """Lists of the keys and hashes of our nodes, some hundreds or thousands each: ten times quicker than one by one.

    A stale node's hash is told as -1, which none is, so that it is written again when it comes back.
    """
    return f"""
MATCH (n:{node.label}) WHERE n:{LIVE} OR n:{STALE}
WITH n.{node.key} AS key, CASE WHEN n:{LIVE} THEN n.sbir_hash ELSE {NO_HASH} END AS hash
RETURN collect(key), collect(hash), hash % 64
"""


def count(node: Node) -> str:
    """How many nodes carry the label, whosever they are; the server knows that without looking at them."""
    return f"MATCH (n:{node.label}) RETURN count(*)"


def foreign(node: Node) -> str:
    """Keys of the nodes that carry our label and key, but that this system did not write."""
    return f"""
MATCH (n:{node.label}) WHERE NOT (n:{LIVE} OR n:{STALE} OR n:{KEPT}) AND n.{node.key} IS NOT NULL
RETURN n.{node.key}
"""


def upsert(node: Node) -> str:
    """Writes rows of key, hash, and the properties behind the key; what others added to a node stays on it."""
    values = "".join(f", n.{each.name} = row[{at}]" for at, each in enumerate(node.properties[1:], start=2))
    return f"""
UNWIND $rows AS row
MERGE (n:{node.label} {{{node.key}: row[0]}})
SET n:{LIVE}, n.sbir_run = $run, n.sbir_hash = row[1]{values}
REMOVE n:{STALE}, n:{KEPT}
"""


def disconnect(relationship: Relationship) -> str:
    """Removes our relationships that are gone, from rows of a start's key and the keys of all its ends."""
    start, end = node(relationship.start), node(relationship.end)
    return f"""
UNWIND $rows AS row
MATCH (:{start.label} {{{start.key}: row[0]}})-[r:{relationship.type} WHERE r.sbir_owned]->(b:{end.label})
WHERE NOT b.{end.key} IN row[1]
DELETE r
"""


def connect(relationship: Relationship) -> str:
    """Writes rows of both ends' keys and the properties; returns how many found both ends."""
    start, end = node(relationship.start), node(relationship.end)
    properties = relationship.properties
    values = ", ".join(f"r.{each.name} = row[{at}]" for at, each in enumerate(properties, start=2))
    return f"""
UNWIND $rows AS row
MATCH (a:{start.label}:{LIVE} {{{start.key}: row[0]}})
MATCH (b:{end.label}:{LIVE} {{{end.key}: row[1]}})
MERGE (a)-[r:{relationship.type} {{sbir_owned: true}}]->(b)
{f"SET {values}" if values else ""}
RETURN count(*)
"""


def retire(node: Node) -> str:
    """Marks the nodes of these keys as stale."""
    return f"""
UNWIND $rows AS key
MATCH (n:{node.label}:{LIVE} {{{node.key}: key}})
SET n:{STALE} REMOVE n:{LIVE}
"""


def remove(node: Node, mark: str) -> str:
    """Removes some nodes with that mark and our relationships at them; returns how many were gone through, and kept.

    A node at which somebody else's relationship ends or starts is kept, without mark and stamp.
    """
    return f"""
MATCH (n:{node.label}:{mark}) WITH n LIMIT $rows
OPTIONAL MATCH (n)-[r WHERE r.sbir_owned]-()
DELETE r
WITH DISTINCT n
WITH n, EXISTS {{ (n)--() }} AS kept
FOREACH (_ IN CASE WHEN kept THEN [] ELSE [1] END | DELETE n)
FOREACH (_ IN CASE WHEN kept THEN [1] ELSE [] END | SET n:{KEPT} REMOVE n:{mark}, n.sbir_run, n.sbir_hash)
RETURN count(*), count(CASE WHEN kept THEN 1 END)
"""


def count_marked(node: Node, mark: str) -> str:
    """How many nodes of that label have the mark."""
    return f"MATCH (n:{node.label}:{mark}) RETURN count(*)"


def count_owned(relationship: Relationship) -> str:
    """How many relationships of that type are ours."""
    return f"MATCH (:{relationship.start})-[r:{relationship.type} WHERE r.sbir_owned]->() RETURN count(*)"
