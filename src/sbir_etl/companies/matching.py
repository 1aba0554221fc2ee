"""The awards' companies against the catalogue: exact identifiers, then names, then names that are nearly the same.

Accepted is what nothing speaks against; what something speaks for but not enough is a candidate, for a person to look
at. Only accepted companies count in the match rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from sbir_etl.awards import parquet
from sbir_etl.companies.match_settings import DEFAULTS, MatchSettings
from sbir_etl.companies.pairs import METHODS, find_pairs
from sbir_etl.companies.resolution import MEMORY
from sbir_etl.database import connect, quoted, quoted_target


@dataclass(frozen=True, kw_only=True)
class MethodCount:
    """What one method (uei, duns, name, fuzzy) accepted."""

    companies: int
    awards: int


@dataclass(frozen=True, kw_only=True)
class IdentifierCoverage:
    """Share of the awards that carry an identifier."""

    uei: float
    duns: float
    either: float


@dataclass(frozen=True, kw_only=True)
class EnrichmentSummary:
    """How well the awards' companies are known; `match_rate` = accepted awards / awards, None without a catalogue.

    `catalogue_rows` are the firms of the catalogue once copies are merged.
    """

    companies: int
    awards: int
    catalogue_rows: int
    by_method: Mapping[str, MethodCount]
    accepted_companies: int
    candidate_companies: int
    unmatched_companies: int
    match_rate: float | None
    identifier_coverage: IdentifierCoverage


_TABLES: Final = """
CREATE VIEW company AS SELECT company_id AS id, * FROM read_parquet({companies});
CREATE VIEW firm AS SELECT catalogue_id AS id, * FROM {catalogue};
"""
_NO_CATALOGUE: Final = """(
    SELECT catalogue_id: NULL::VARCHAR, name: NULL::VARCHAR, normalized_name: NULL::VARCHAR, uei: NULL::VARCHAR,
        state: NULL::VARCHAR, city: NULL::VARCHAR, all_names: NULL::VARCHAR[], all_duns: NULL::VARCHAR[],
        all_states: NULL::VARCHAR[], all_places: NULL::VARCHAR[]
    LIMIT 0
)"""

_BEST: Final = """
CREATE TABLE best AS
SELECT company.id AS company_id, catalogue_id, method, coalesce(status, 'unmatched') AS status,
    coalesce(score, 0) AS score, coalesce(reason, 'nothing in the catalogue is like it') AS reason, award_count
FROM company LEFT JOIN pairs ON pairs.company_id = company.id
QUALIFY row_number() OVER (
    PARTITION BY company.id
    ORDER BY status, list_position(['uei', 'duns', 'name', 'fuzzy'], method), score DESC, catalogue_id
) = 1;
"""

_MATCHES: Final = """
SELECT company_id, catalogue_id, method, status, score, reason FROM best ORDER BY company_id
"""

# A spreadsheet must show these names, never run them.
_CANDIDATES: Final = """
CREATE MACRO shown(text) AS CASE WHEN regexp_matches(text, '^[=+@-]') THEN '''' || text ELSE text END;
COPY (
    SELECT best.company_id, shown(company.name) AS company_name, company.state AS company_state,
        shown(company.city) AS company_city, best.award_count, best.catalogue_id, shown(firm.name) AS catalogue_name,
        firm.state AS catalogue_state, shown(firm.city) AS catalogue_city, method, round(score, 4) AS score, reason
    FROM best
    JOIN company ON company.id = best.company_id
    JOIN firm ON firm.id = best.catalogue_id
    WHERE status = 'candidate'
    ORDER BY best.award_count DESC, best.company_id
) TO {path} (FORMAT csv, HEADER);
"""

_COVERAGE: Final = """
SELECT count(*), coalesce(avg((uei IS NOT NULL)::INT), 0), coalesce(avg((duns IS NOT NULL)::INT), 0),
    coalesce(avg((uei IS NOT NULL OR duns IS NOT NULL)::INT), 0)
FROM read_parquet({awards})
"""


def match_companies(  # noqa: PLR0913 - three tables in, two files out, all named by the caller
    *,
    awards: Path,
    companies: Path,
    catalogue: Path | None,
    matches: Path,
    candidates: Path,
    settings: MatchSettings = DEFAULTS,
    scratch: Path | None = None,
) -> EnrichmentSummary:
    """Write `matches` (Parquet) and `candidates` (CSV, for review) from the Parquet files of the other modules.

    matches: company_id, catalogue_id, method (uei | duns | name | fuzzy), status (accepted | candidate | unmatched),
    score 0..1, reason; one row per company, its best. Without a catalogue every company is unmatched.
    """
    with connect(scratch, memory_limit=MEMORY, threads=1) as connection:
        connection.execute(
            _TABLES.format(
                companies=quoted(companies),
                catalogue=_NO_CATALOGUE if catalogue is None else f"read_parquet({quoted(catalogue)})",
            )
        )
        find_pairs(connection, settings)
        connection.execute(_BEST)
        parquet.write(connection, _MATCHES, matches)
        unfinished = candidates.with_name(candidates.name + ".part")
        connection.execute(_CANDIDATES.format(path=quoted_target(unfinished)))
        unfinished.replace(candidates)
        return _summary(connection, awards, has_catalogue=catalogue is not None)


def _summary(connection: duckdb.DuckDBPyConnection, awards: Path, *, has_catalogue: bool) -> EnrichmentSummary:
    award_count, *shares = _row(connection, _COVERAGE.format(awards=quoted(awards)))
    by_status = dict(connection.execute("SELECT status, count(*) FROM best GROUP BY status").fetchall())
    by_method = {
        method: MethodCount(companies=companies, awards=matched)
        for method, companies, matched in connection.execute(
            "SELECT method, count(*), sum(award_count)::BIGINT FROM best WHERE status = 'accepted' GROUP BY method"
        ).fetchall()
    }
    accepted_awards = sum(count.awards for count in by_method.values())
    return EnrichmentSummary(
        companies=sum(by_status.values()),
        awards=award_count,
        catalogue_rows=_row(connection, "SELECT count(*) FROM firm")[0],
        by_method={method: by_method.get(method, MethodCount(companies=0, awards=0)) for method in METHODS},
        accepted_companies=by_status.get("accepted", 0),
        candidate_companies=by_status.get("candidate", 0),
        unmatched_companies=by_status.get("unmatched", 0),
        match_rate=accepted_awards / award_count if has_catalogue and award_count else None,
        identifier_coverage=IdentifierCoverage(uei=shares[0], duns=shares[1], either=shares[2]),
    )


def _row(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row
