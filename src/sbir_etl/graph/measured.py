"""The figures of a graph as its store tells them, asked in the Cypher that all our stores speak."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from sbir_etl.graph.figures import SAMPLED_AWARDS, GraphFigures, named_by_agency_and_year, named_by_year, sampled
from sbir_etl.graph.schema import AWARD, NODES, RELATIONSHIPS, STAMP, Relationship, node

Ask: TypeAlias = Callable[[str], Sequence[Sequence[Any]]]


@dataclass(frozen=True, kw_only=True)
class Scope:
    """How a pattern says that it means what is live and ours, in a store that also holds something else.

    `live` follows a node's label, `ours` the type of the relationship `r`.
    """

    live: str = ""
    ours: str = ""


ALL = Scope()


def actual_figures(ask: Ask, scope: Scope = ALL) -> GraphFigures:
    """What a store holds; `ask` answers a Cypher query with its rows."""
    live = scope.live
    awards = f"MATCH (a:Award{live})"
    by_agency = f"{awards}-[r:FUNDED_BY{scope.ours}]->(g:Agency{live})"
    dollars = {
        str(name): _dollars(cents) for name, cents in ask(f"{by_agency} RETURN g.name, sum(a.award_amount_cents)")
    }
    by_agency_and_year = ask(f"{by_agency} RETURN g.name, a.award_year, sum(a.award_amount_cents)")
    return GraphFigures(
        run_id=", ".join(sorted(str(row[0]) for row in ask(f"MATCH (m:{STAMP.label}{live}) RETURN m.{STAMP.key}"))),
        nodes=count_nodes(ask, scope),
        relationships=count_relationships(ask, scope),
        dollars=_dollars(_count(ask, f"{awards} RETURN sum(a.award_amount_cents)")),
        dollars_by_agency=dict(sorted(dollars.items())),
        dollars_by_agency_and_year=named_by_agency_and_year(
            (agency, year, _dollars(cents)) for agency, year, cents in by_agency_and_year
        ),
        awards_by_year=named_by_year(ask(f"{awards} RETURN a.award_year, count(*)")),
        awards_without_company=_count(ask, _without("AWARDED_TO", scope)),
        awards_without_agency=_count(ask, _without("FUNDED_BY", scope)),
        orphan_companies=_count(ask, _orphans(scope)),
        self_loops=sum(_count(ask, _self_loops(each, scope)) for each in RELATIONSHIPS if each.start == each.end),
        duplicate_keys=sum(_count(ask, _duplicates(label, scope)) for label in (each.label for each in NODES)),
        sample=_sample(ask, scope),
    )


def count_nodes(ask: Ask, scope: Scope = ALL) -> dict[str, int]:
    """Nodes by label."""
    return {each.label: _count(ask, f"MATCH (n:{each.label}{scope.live}) RETURN count(*)") for each in NODES}


def count_relationships(ask: Ask, scope: Scope = ALL) -> dict[str, int]:
    """Relationships by type."""
    return {each.type: _count(ask, f"{_pattern(each, scope)} RETURN count(*)") for each in RELATIONSHIPS}


def _pattern(each: Relationship, scope: Scope) -> str:
    return f"MATCH (a:{each.start}{scope.live})-[r:{each.type}{scope.ours}]->(b:{each.end}{scope.live})"


def _without(relationship: str, scope: Scope) -> str:
    end = next(each.end for each in RELATIONSHIPS if each.type == relationship)
    pattern = f"(a)-[r:{relationship}{scope.ours}]->(:{end}{scope.live})"
    return f"MATCH (a:Award{scope.live}) WHERE NOT EXISTS {{ MATCH {pattern} }} RETURN count(*)"


def _orphans(scope: Scope) -> str:
    pattern = f"(:Award{scope.live})-[r:AWARDED_TO{scope.ours}]->(c)"
    return f"MATCH (c:Company{scope.live}) WHERE NOT EXISTS {{ MATCH {pattern} }} RETURN count(*)"


def _self_loops(each: Relationship, scope: Scope) -> str:
    """By key, not by identity: two nodes of one key would be the same award all the same."""
    key = node(each.start).key
    return f"{_pattern(each, scope)} WHERE a.{key} = b.{key} RETURN count(*)"


def _duplicates(label: str, scope: Scope) -> str:
    key = node(label).key
    return f"MATCH (n:{label}{scope.live}) WITH n.{key} AS key, count(*) AS times WHERE times > 1 RETURN count(*)"


def _sample(ask: Ask, scope: Scope) -> dict[str, dict[str, str]]:
    names = [each.name for each in AWARD.properties]
    values = ", ".join(f"a.{name}" for name in names)
    rows = ask(
        f"MATCH (a:Award{scope.live}) WHERE a.content_hash IS NOT NULL "
        f"RETURN {values} ORDER BY a.content_hash, a.award_id LIMIT {SAMPLED_AWARDS}"
    )
    return sampled([dict(zip(names, row, strict=True)) for row in rows])


def _count(ask: Ask, query: str) -> int:
    rows = ask(query)
    return _whole(rows[0][0]) if rows else 0


def _whole(value: object) -> int:
    return int(str(value or 0))


def _dollars(cents: object) -> str:
    return f"{Decimal(_whole(cents)) / 100:.2f}"
