"""A run's Parquet files, made from a few awards of which a test says only what matters to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pytest
from neo4j import GraphDatabase

from sbir_etl.awards.schema import COLUMNS
from sbir_etl.graph.neo4j import Neo4jConfig
from sbir_etl.graph.sources import opened
from sbir_etl.graph.tables import write_tables

AwardFields: TypeAlias = dict[str, object]

TYPED = {
    "row_number": "BIGINT",
    "award_amount_dollars": "DECIMAL(18,2)",
    "award_year_number": "INTEGER",
    "phase_number": "INTEGER",
    "proposal_awarded_on": "DATE",
    "contract_ends_on": "DATE",
    "award_id": "VARCHAR",
    "content_hash": "VARCHAR",
    "company_id": "VARCHAR",
}
DEFAULTS: AwardFields = {
    "company": "Acme Rockets, Inc.",
    "company_id": "UEI:ACMEACMEACME",
    "agency": "Department of Defense",
    "branch": "Navy",
    "program": "SBIR",
    "phase_number": 1,
    "award_year_number": 2020,
    "award_amount_dollars": "100000.10",
    "duns": "012345678",
    "zip": "02139",
}


@dataclass(frozen=True, kw_only=True)
class Run:
    """The three files of a run."""

    awards: Path
    companies: Path
    award_companies: Path


WriteRun: TypeAlias = Callable[..., Run]


@pytest.fixture
def write_run(tmp_path: Path) -> WriteRun:
    """`write_run({"award_id": "a", …}, …)` writes a run of these awards."""
    numbers = iter(range(100))

    def write(*awards: AwardFields) -> Run:
        folder = tmp_path / f"run {next(numbers)}"
        folder.mkdir()
        run = Run(
            awards=folder / "awards.parquet",
            companies=folder / "companies.parquet",
            award_companies=folder / "award_companies.parquet",
        )
        types = {column.name: "VARCHAR" for column in COLUMNS} | TYPED
        with duckdb.connect() as database:
            database.execute(f"CREATE TABLE award ({', '.join(f'{name} {kind}' for name, kind in types.items())})")
            for number, given in enumerate(awards, start=1):
                fields = {"row_number": number, "award_id": f"a{number}"} | DEFAULTS | given
                marks = ", ".join(f"${name}" for name in fields)
                database.execute(f"INSERT INTO award ({', '.join(fields)}) VALUES ({marks})", fields)
            database.execute(f"COPY (SELECT * EXCLUDE company_id FROM award) TO '{run.awards}'")
            database.execute(
                "COPY (SELECT DISTINCT ON (company_id) company_id, company AS name, upper(company) AS normalized_name,"
                " uei, duns, state, city, zip, company_website AS website, 1 AS award_count, 0 AS dollars FROM award"
                f" WHERE company_id IS NOT NULL ORDER BY company_id) TO '{run.companies}'"
            )
            database.execute(
                f"COPY (SELECT award_id, company_id FROM award WHERE company_id IS NOT NULL) TO '{run.award_companies}'"
            )
        return run

    return write


EmptyNeo4j: TypeAlias = Callable[[], Neo4jConfig]


@pytest.fixture(scope="session")
def empty_neo4j(neo4j_server: Any) -> EmptyNeo4j:
    """`empty_neo4j()` removes every node from the server that all tests share."""
    config = Neo4jConfig(uri=neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)

    def empty() -> Neo4jConfig:
        with GraphDatabase.driver(config.uri, auth=(config.user, config.password)) as driver:
            driver.execute_query("MATCH (n) DETACH DELETE n")
        return config

    return empty


@pytest.fixture
def neo4j_config(empty_neo4j: EmptyNeo4j) -> Neo4jConfig:
    return empty_neo4j()


Tables: TypeAlias = Callable[..., Path]


@pytest.fixture
def tables(tmp_path: Path, write_run: WriteRun) -> Tables:
    """`tables({"award_id": "a", …}, …)` writes the tables of a run of these awards; their folder."""

    def write(*awards: AwardFields) -> Path:
        with opened(**vars(write_run(*awards))) as database:
            write_tables(database, tmp_path / "tables")
        return tmp_path / "tables"

    return write
