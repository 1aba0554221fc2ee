"""From the run's Parquet files to one Parquet file per label and relationship, ready to load.

Every file is sorted and without duplicates, and every end of a relationship is a node that is there: stores copy the
files in as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sbir_etl.awards import parquet
from sbir_etl.database import quoted
from sbir_etl.errors import GateFailed
from sbir_etl.graph.schema import NODES, RELATIONSHIPS, Node, Property, Relationship, node

# A phase II award under a topic that the agency opens again and again may belong to any older phase I award;
# within this many years, a single candidate is taken for its predecessor.
YEARS_UNDER_ONE_TOPIC = 5

# The stores read the tables at once, and then they go.
_COMPRESSION = "snappy"
_TYPES = {"TEXT": "VARCHAR", "INTEGER": "BIGINT", "FLOAT": "DOUBLE", "DATE": "DATE"}

_PEOPLE = """
CREATE TEMP VIEW sighting AS
SELECT award_id, company_id, person, email, pi_name FROM identified WHERE person IS NOT NULL AND company_id IS NOT NULL;

-- Companies in which a name is one person, because it stands beside the same e-mail address in both.
CREATE TEMP TABLE colleague AS
WITH known AS (SELECT DISTINCT person, email, company_id FROM sighting WHERE email IS NOT NULL)
SELECT DISTINCT person, one.company_id AS here, other.company_id AS there
FROM known AS one JOIN known AS other USING (person, email)
WHERE one.company_id <> other.company_id;

-- For those, the first of all companies that can be reached from one stands for them all.
CREATE TEMP TABLE home AS
WITH RECURSIVE reached AS (
    SELECT DISTINCT person, here AS company_id, here AS hop FROM colleague
    UNION
    SELECT person, company_id, there FROM reached JOIN colleague USING (person) WHERE here = hop
)
SELECT person, company_id, min(hop) AS home FROM reached GROUP BY ALL;

CREATE TEMP TABLE led AS
SELECT award_id, coalesce(home, company_id) || ' / ' || person AS investigator_id, person, email, pi_name
FROM sighting LEFT JOIN home USING (person, company_id);
"""

_NODES: Mapping[str, str] = {
    "Award": """
        SELECT * REPLACE (
            award_year_number AS award_year,
            award_amount_dollars AS award_amount,
            proposal_awarded_on AS proposal_award_date,
            contract_ends_on AS contract_end_date),
            award_amount_dollars * 100 AS award_amount_cents
        FROM award""",
    "Company": "FROM company",
    "Agency": """
        SELECT agency_id, any_value(agency) AS name, any_value(branch) AS branch FROM identified GROUP BY agency_id""",
    "Investigator": """
        WITH name AS (
            SELECT investigator_id, pi_name, count(*) AS times FROM led GROUP BY ALL
        ), chosen AS (
            SELECT investigator_id, first(pi_name ORDER BY times DESC, pi_name) AS name FROM name GROUP BY ALL
        )
        SELECT investigator_id, chosen.name, any_value(person) AS normalized_name, min(email) AS email
        FROM led JOIN chosen USING (investigator_id) GROUP BY ALL""",
    "ResearchInstitution": """
        WITH name AS (
            SELECT institution_id, ri_name, count(*) AS times FROM identified GROUP BY ALL
        )
        SELECT institution_id, first(ri_name ORDER BY times DESC, ri_name) AS name FROM name GROUP BY ALL""",
    "Topic": """
        SELECT topic_id, any_value(agency) AS agency, any_value(topic_code) AS topic_code
        FROM identified GROUP BY topic_id""",
}

_RELATIONSHIPS: Mapping[str, str] = {
    "AWARDED_TO": 'SELECT award_id AS "start", company_id AS "end" FROM award_company',
    "FUNDED_BY": 'SELECT award_id AS "start", agency_id AS "end" FROM identified',
    "LED_BY": 'SELECT award_id AS "start", investigator_id AS "end" FROM led',
    "CONDUCTED_WITH": 'SELECT award_id AS "start", institution_id AS "end" FROM identified',
    "UNDER": 'SELECT award_id AS "start", topic_id AS "end" FROM identified',
    # A phase II award follows the one phase I award of the same company, agency, branch and program that came before
    # it with the same tracking number or title; failing that, the only one under the same topic within some years.
    # Where several fit equally, none is taken.
    "FOLLOWS": f"""
        WITH pair AS (
            SELECT later.award_id AS "start", earlier.award_id AS "end",
                CASE
                    WHEN later.agency_tracking_number = earlier.agency_tracking_number THEN 'tracking number'
                    WHEN later.title = earlier.title THEN 'title'
                    WHEN later.topic_code = earlier.topic_code
                        AND later.award_year_number - earlier.award_year_number <= {YEARS_UNDER_ONE_TOPIC} THEN 'topic'
                END AS evidence
            FROM identified AS later JOIN identified AS earlier
                ON later.company_id = earlier.company_id AND later.agency = earlier.agency
                AND later.program = earlier.program AND later.branch IS NOT DISTINCT FROM earlier.branch
            WHERE later.phase_number = 2 AND earlier.phase_number = 1
                AND coalesce(later.proposal_awarded_on > earlier.proposal_awarded_on,
                             later.award_year_number > earlier.award_year_number)
        ), best AS (
            SELECT * FROM pair WHERE evidence IS NOT NULL
            QUALIFY (evidence = 'topic') = min(evidence = 'topic') OVER (PARTITION BY "start")
        )
        SELECT * FROM best QUALIFY count(*) OVER (PARTITION BY "start") = 1""",
}


@dataclass(frozen=True, kw_only=True)
class TableCounts:
    """Rows per label and relationship type."""

    nodes: Mapping[str, int]
    relationships: Mapping[str, int]


def write_tables(database: duckdb.DuckDBPyConnection, into: Path) -> TableCounts:
    """Writes `<Label>.parquet` and `<TYPE>.parquet` into the directory `into`, of a run that `sources.opened` opened.

    A label's columns are its declared properties; a relationship's are `start` and `end` (keys), then its properties.
    Raises: GateFailed when a key occurs twice, or a relationship would point at a node that is not there.
    """
    into.mkdir(parents=True, exist_ok=True)
    database.execute(_PEOPLE)
    nodes = {node.label: _write_node(database, node, into) for node in NODES}
    relationships = {each.type: _write_relationship(database, each, into) for each in RELATIONSHIPS}
    return TableCounts(nodes=nodes, relationships=relationships)


def _write_node(database: duckdb.DuckDBPyConnection, node: Node, into: Path) -> int:
    query = (
        f"SELECT {_cast(node.properties)} FROM ({_NODES[node.label]}) WHERE {node.key} IS NOT NULL ORDER BY {node.key}"
    )
    path = into / f"{node.label}.parquet"
    written = parquet.write(database, query, path, compression=_COMPRESSION)
    twice = f"SELECT {node.key} FROM {quoted(path)} GROUP BY ALL HAVING count(*) > 1"
    repeated, sample = database.execute(f"SELECT count(*), min({node.key}) FROM ({twice})").fetchall()[0]
    if repeated:
        raise GateFailed(f"graph tables: {repeated:,} {node.label} keys occur twice, the first {sample!r}; wanted none")
    return written


def _write_relationship(database: duckdb.DuckDBPyConnection, relationship: Relationship, into: Path) -> int:
    database.execute(
        "CREATE OR REPLACE TEMP TABLE relation AS "
        f'SELECT DISTINCT * FROM ({_RELATIONSHIPS[relationship.type]}) WHERE "end" IS NOT NULL'
    )
    for side, label in (("start", relationship.start), ("end", relationship.end)):
        _prove(database, relationship.type, f'relation."{side}"', node(label), into)
    ends = (Property(name='"start"'), Property(name='"end"'))
    query = f'SELECT {_cast(ends + relationship.properties)} FROM relation ORDER BY "start", "end"'
    return parquet.write(database, query, into / f"{relationship.type}.parquet", compression=_COMPRESSION)


def _prove(database: duckdb.DuckDBPyConnection, relationship: str, side: str, end: Node, into: Path) -> None:
    there = f"read_parquet({quoted(into / f'{end.label}.parquet')})"
    missing, sample = database.execute(
        f"SELECT count(*), min({side}) FROM relation ANTI JOIN {there} AS node ON {side} = node.{end.key}"
    ).fetchall()[0]
    if missing:
        raise GateFailed(
            f"graph tables: {missing:,} {relationship} relationships have no {end.label}, the first {sample!r}; "
            "wanted none: awards, companies and award_companies are not of one run"
        )


def _cast(properties: tuple[Property, ...]) -> str:
    return ", ".join(f"CAST({each.name} AS {_TYPES[each.kind]}) AS {each.name}" for each in properties)
