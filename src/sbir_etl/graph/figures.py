"""The figures by which a loaded graph is judged, what the run says they must be, and how they must agree."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import duckdb

from sbir_etl.graph.recount import Project, count_people, count_successions
from sbir_etl.graph.schema import AWARD

SAMPLED_AWARDS = 20


@dataclass(frozen=True, kw_only=True)
class GraphFigures:
    """Counts and sums of one graph; dollars are decimal text with two places, years are text.

    `awards_by_year` has the key `unknown` for awards without a year; an agency's dollars are those of all its branches.
    What must not be (`awards_without_company` to `duplicate_keys`) is expected to be 0. `sample` has every property, as
    text, of the awards with the lowest content hashes: picked as if by chance, and the same ones on every side.
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
    dollars_by_agency_and_year: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure on which the graph and the run disagree, as in `nodes.Award: 6,879, expected 6,880`."""

    figure: str
    expected: str
    actual: str

    def __str__(self) -> str:
        """The sentence a person reads."""
        return f"{self.figure}: {self.actual}, expected {self.expected}"


_COUNTS = """
SELECT count(*), (SELECT count(*) FROM company), count(agency_id), count(DISTINCT agency_id), count(institution_id),
    count(DISTINCT institution_id), count(topic_id), count(DISTINCT topic_id), count(person)
FROM identified
"""
_DOLLARS = "SELECT CAST(coalesce(sum(award_amount_dollars), 0) AS DECIMAL(38, 2)) FROM award"
_BY_AGENCY = """
SELECT agency, CAST(coalesce(sum(award_amount_dollars), 0) AS DECIMAL(38, 2))
FROM award WHERE agency IS NOT NULL GROUP BY agency ORDER BY agency
"""
_BY_AGENCY_AND_YEAR = """
SELECT agency, award_year_number, CAST(coalesce(sum(award_amount_dollars), 0) AS DECIMAL(38, 2))
FROM award WHERE agency IS NOT NULL GROUP BY ALL
"""
_SAMPLE = f"""
WITH sample AS (
    SELECT content_hash, award_id FROM award WHERE content_hash IS NOT NULL
    ORDER BY content_hash, award_id LIMIT {SAMPLED_AWARDS}
)
SELECT * REPLACE (proposal_awarded_on AS proposal_award_date, contract_ends_on AS contract_end_date,
        CAST(award_amount_dollars AS DOUBLE) AS award_amount, award_year_number AS award_year),
    CAST(award_amount_dollars * 100 AS BIGINT) AS award_amount_cents
FROM award SEMI JOIN sample USING (award_id) ORDER BY content_hash, award_id
"""
_BY_YEAR = "SELECT award_year_number, count(*) FROM award GROUP BY ALL"
# Only lines of work that have both: elsewhere nothing can follow anything.
_PROJECTS = """
SELECT company_id, agency, branch, program, phase_number, award_year_number, proposal_awarded_on,
    agency_tracking_number, title, topic_code
FROM identified WHERE phase_number IN (1, 2) AND company_id IS NOT NULL AND agency IS NOT NULL AND program IS NOT NULL
WINDOW line AS (PARTITION BY company_id, agency, branch, program)
QUALIFY min(phase_number) OVER line < max(phase_number) OVER line
ORDER BY company_id, agency, branch, program
"""
_PEOPLE = """
SELECT DISTINCT person, company_id, email
FROM identified WHERE person IS NOT NULL AND company_id IS NOT NULL ORDER BY person
"""


def expected_figures(database: duckdb.DuckDBPyConnection, run_id: str) -> GraphFigures:
    """What the run's files, opened by `sources.opened`, say the graph must hold.

    Found without the loader's SQL: awards are counted as they come, and people and successions in Python. Only what
    identifies a node is worked out once for both.
    """
    total, companies, funded, agencies, conducted, institutions, under, topics, led = next(_rows(database, _COUNTS))
    (dollars,) = next(_rows(database, _DOLLARS))
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
            "FOLLOWS": count_successions(Project._make(row) for row in _rows(database, _PROJECTS)),
        },
        dollars=str(dollars),
        dollars_by_agency={agency: str(amount) for agency, amount in _rows(database, _BY_AGENCY)},
        dollars_by_agency_and_year=named_by_agency_and_year(_rows(database, _BY_AGENCY_AND_YEAR)),
        awards_by_year=named_by_year(_rows(database, _BY_YEAR)),
        sample=_sample(database),
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


def _sample(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    cursor = database.execute(_SAMPLE)
    names = [name for name, *_ in cursor.description]
    return sampled(tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall()))


def sampled(awards: Sequence[Mapping[str, object]]) -> dict[str, dict[str, str]]:
    """The declared properties of awards as text, by award id; None is `nothing`."""
    names = [each.name for each in AWARD.properties]
    return {
        str(award[AWARD.key]): {name: "nothing" if award[name] is None else str(award[name]) for name in names}
        for award in awards
    }


def named_by_year(counts: Iterable[Sequence[Any]]) -> dict[str, int]:
    """Pairs of year and count, as a mapping in the order of the years; a missing year is `unknown`."""
    return dict(sorted((_year(year), int(count)) for year, count in counts))


def named_by_agency_and_year(dollars: Iterable[Sequence[Any]]) -> dict[str, str]:
    """Triples of agency, year and dollars, as in `NASA, 2019` → `1234.50`, in that order."""
    return dict(sorted((f"{agency}, {_year(year)}", str(amount)) for agency, year, amount in dollars))


def _year(year: object) -> str:
    return "unknown" if year is None else str(year)


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
