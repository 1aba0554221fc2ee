"""The figures by which a loaded graph is judged, and how they must agree."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

import duckdb

from sbir_etl.database import connect, quoted
from sbir_etl.graph import keys
from sbir_etl.graph.recount import Project, count_people, count_successions
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, STAMP, node

Ask: TypeAlias = Callable[[str], Sequence[Sequence[object]]]


@dataclass(frozen=True, kw_only=True)
class GraphFigures:
    """Counts and sums of one graph; dollars are decimal text with two places, years are text.

    `awards_by_year` has the key `unknown` for awards without a year; an agency's dollars are those of all its branches.
    What must not be (from `awards_without_company` on) is expected to be 0.
    """

    run_id: str
    nodes: Mapping[str, int]
    relationships: Mapping[str, int]
    dollars: str
    dollars_by_agency: Mapping[str, str]
    awards_by_year: Mapping[str, int]
    awards_without_company: int
    awards_without_agency: int
    orphan_companies: int
    self_loops: int
    duplicate_keys: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure on which the graph and the run disagree, as in `nodes.Award: 6,879, expected 6,880`."""

    figure: str
    expected: str
    actual: str

    def __str__(self) -> str:
        """The sentence a person reads."""
        return f"{self.figure}: {self.actual}, expected {self.expected}"


_COUNTS = f"""
SELECT count(*), (SELECT count(*) FROM company), count({keys.AGENCY}), count(DISTINCT {keys.AGENCY}),
    count({keys.INSTITUTION}), count(DISTINCT {keys.INSTITUTION}), count({keys.TOPIC}), count(DISTINCT {keys.TOPIC}),
    count({keys.PERSON}), CAST(coalesce(sum(award_amount_dollars), 0) AS DECIMAL(38, 2))
FROM award
"""
_BY_AGENCY = """
SELECT agency, CAST(coalesce(sum(award_amount_dollars), 0) AS DECIMAL(38, 2))
FROM award WHERE agency IS NOT NULL GROUP BY agency ORDER BY agency
"""
_BY_YEAR = "SELECT award_year_number, count(*) FROM award GROUP BY ALL"
_PROJECTS = f"""
SELECT company_id, agency, branch, program, phase_number, award_year_number, proposal_awarded_on,
    agency_tracking_number, {keys.TITLE}, topic_code
FROM award JOIN award_company USING (award_id)
WHERE phase_number IN (1, 2) AND agency IS NOT NULL AND program IS NOT NULL
ORDER BY company_id, agency, branch, program
"""
_PEOPLE = f"""
SELECT DISTINCT {keys.PERSON} AS person, company_id, {keys.EMAIL} AS email
FROM award JOIN award_company USING (award_id) WHERE person IS NOT NULL ORDER BY person
"""


def expected_figures(*, awards: Path, companies: Path, award_companies: Path, run_id: str) -> GraphFigures:
    """What the run's Parquet files say the graph must hold.

    Found without the loader's SQL: awards are counted as they come, and people and successions in Python. Only what
    identifies a node is defined once for both.
    """
    with connect() as database:
        for name, path in (("award", awards), ("company", companies), ("award_company", award_companies)):
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({quoted(path)})")
        return _expected(database, run_id)


def _expected(database: duckdb.DuckDBPyConnection, run_id: str) -> GraphFigures:
    total, companies, funded, agencies, conducted, institutions, under, topics, led, dollars = next(
        _rows(database, _COUNTS)
    )
    return GraphFigures(
        run_id=run_id,
        nodes={
            "Award": total,
            "Company": companies,
            "Agency": agencies,
            "Investigator": count_people(_rows(database, _PEOPLE)),
            "ResearchInstitution": institutions,
            "Topic": topics,
        },
        relationships={
            "AWARDED_TO": total,
            "FUNDED_BY": funded,
            "LED_BY": led,
            "CONDUCTED_WITH": conducted,
            "UNDER": under,
            "FOLLOWS": count_successions(Project(*row) for row in _rows(database, _PROJECTS)),
        },
        dollars=str(dollars),
        dollars_by_agency={agency: str(amount) for agency, amount in _rows(database, _BY_AGENCY)},
        awards_by_year=_by_year(_rows(database, _BY_YEAR)),
        awards_without_company=0,
        awards_without_agency=0,
        orphan_companies=0,
        self_loops=0,
        duplicate_keys=0,
    )


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> Iterator[tuple[Any, ...]]:
    cursor = database.execute(query)
    while rows := cursor.fetchmany(10_000):
        yield from rows


def actual_figures(ask: Ask) -> GraphFigures:
    """What a store holds; `ask` answers a Cypher query with its rows.

    The queries keep to the Cypher that all our stores speak.
    """
    dollars = {str(name): _dollars(cents) for name, cents in ask(_DOLLARS_BY_AGENCY)}
    return GraphFigures(
        run_id=", ".join(sorted(str(row[0]) for row in ask(f"MATCH (r:{STAMP.label}) RETURN r.{STAMP.key}"))),
        nodes={node.label: _count(ask, f"MATCH (n:{node.label}) RETURN count(*)") for node in NODES},
        relationships={
            each.type: _count(ask, f"MATCH (:{each.start})-[r:{each.type}]->(:{each.end}) RETURN count(*)")
            for each in RELATIONSHIPS
        },
        dollars=_dollars(_count(ask, "MATCH (a:Award) RETURN sum(a.award_amount_cents)")),
        dollars_by_agency=dict(sorted(dollars.items())),
        awards_by_year=_by_year(ask("MATCH (a:Award) RETURN a.award_year, count(*)")),
        awards_without_company=_count(ask, _WITHOUT.format(relationship="AWARDED_TO", end="Company")),
        awards_without_agency=_count(ask, _WITHOUT.format(relationship="FUNDED_BY", end="Agency")),
        orphan_companies=_count(ask, _ORPHAN_COMPANIES),
        self_loops=sum(_count(ask, query) for query in _SELF_LOOPS),
        duplicate_keys=sum(_count(ask, query) for query in _DUPLICATE_KEYS),
    )


_DOLLARS_BY_AGENCY = """
MATCH (a:Award)-[:FUNDED_BY]->(g:Agency) RETURN g.name, sum(a.award_amount_cents)
"""
_WITHOUT = """
MATCH (a:Award) WHERE NOT EXISTS {{ MATCH (a)-[:{relationship}]->(:{end}) }} RETURN count(*)
"""
_ORPHAN_COMPANIES = """
MATCH (c:Company) WHERE NOT EXISTS { MATCH (:Award)-[:AWARDED_TO]->(c) } RETURN count(*)
"""
# By key, not by identity: two nodes of one key would be the same award all the same.
_SELF_LOOPS = tuple(
    f"MATCH (a:{each.start})-[r:{each.type}]->(b:{each.end}) WHERE a.{key} = b.{key} RETURN count(*)"
    for each in RELATIONSHIPS
    if each.start == each.end
    for key in (node(each.start).key,)
)
_DUPLICATE_KEYS = tuple(
    f"MATCH (n:{node.label}) WITH n.{node.key} AS key, count(*) AS times WHERE times > 1 RETURN count(*)"
    for node in NODES
)


def _by_year(counts: Iterable[Sequence[object]]) -> dict[str, int]:
    """Pairs of year and count, as a mapping in the order of the years; a missing year is `unknown`."""
    named = {"unknown" if year is None else str(year): _whole(count) for year, count in counts}
    return dict(sorted(named.items()))


def compare(expected: GraphFigures, actual: GraphFigures) -> tuple[Difference, ...]:
    """Every figure that differs; empty when the graph is what the run made."""
    wanted, found = _flat(asdict(expected)), _flat(asdict(actual))
    names = [*wanted, *(name for name in found if name not in wanted)]
    return tuple(
        Difference(figure=name, expected=wanted.get(name, "nothing"), actual=found.get(name, "nothing"))
        for name in names
        if wanted.get(name) != found.get(name)
    )


def _flat(figures: Mapping[str, object]) -> dict[str, str]:
    """One readable value per figure: `nodes.Award` → `6,880`."""
    flat: dict[str, str] = {}
    for name, value in figures.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": text for inner, text in _flat(value).items()}
        else:
            flat[name] = f"{value:,}" if isinstance(value, int) else f"{value}"
    return flat


def _count(ask: Ask, query: str) -> int:
    rows = ask(query)
    return _whole(rows[0][0]) if rows else 0


def _whole(value: object) -> int:
    return int(str(value or 0))


def _dollars(cents: object) -> str:
    return f"{Decimal(_whole(cents)) / 100:.2f}"
