"""Which awards belong to one company: UEI, DUNS and normalised name, bridged by the rows that carry two of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sbir_etl.awards import parquet
from sbir_etl.companies.resolution import MEMORY, resolve
from sbir_etl.database import connect, quoted

_SOURCE: Final = """
CREATE VIEW sighting_source AS
SELECT award_id AS id, company AS label, uei, duns, state, city, zip, company_website AS website,
    award_amount_dollars AS dollars, coalesce(award_year_number, 0) * 10_000_000_000 - row_number AS recency
FROM read_parquet({awards})
"""

_COMPANIES: Final = """
SELECT firm_id AS company_id, name, normalized_name, uei, duns, state, city, zip, website,
    sightings AS award_count, dollars, all_names, all_duns, all_states, all_places
FROM firms ORDER BY company_id
"""


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How many companies the awards resolved to, by what their id is made of (uei, duns, name)."""

    awards: int
    companies: int
    by_identifier: Mapping[str, int]


def resolve_companies(
    awards: Path, *, companies: Path, award_companies: Path, scratch: Path | None = None
) -> Resolution:
    """Write `companies` and `award_companies` (Parquet) from the accepted awards' Parquet file.

    companies: company_id ('UEI:…' | 'DUNS:…' | 'NAME:…'), name (the spelling used most), normalized_name, uei, duns,
    state, city, zip, website (the latest known), award_count, dollars, and under whatever else it was seen: all_names
    (normalised), all_duns, all_states, all_places ("MA WOBURN"). award_companies: award_id, company_id;
    exactly one company per award.
    """
    with connect(scratch, memory_limit=MEMORY, threads=1) as connection:
        connection.execute(_SOURCE.format(awards=quoted(awards)))
        resolve(connection)
        parquet.write(connection, _COMPANIES, companies)
        parquet.write(
            connection, "SELECT id AS award_id, firm_id AS company_id FROM assigned ORDER BY award_id", award_companies
        )
        counts = connection.execute(
            "SELECT lower(split_part(firm_id, ':', 1)) AS kind, count(*), sum(sightings)::BIGINT FROM firms "
            "GROUP BY kind ORDER BY kind"
        ).fetchall()
    return Resolution(
        awards=sum(awards for _, _, awards in counts),
        companies=sum(firms for _, firms, _ in counts),
        by_identifier={kind: firms for kind, firms, _ in counts},
    )
