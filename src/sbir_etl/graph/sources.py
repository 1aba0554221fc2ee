"""A run's files, opened for all who make a graph of them or judge one, with what identifies a node worked out once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sbir_etl.database import connect, quoted
from sbir_etl.graph import keys

# Awards with the keys of what they belong to. Names and titles are normalised here and nowhere else: the regular
# expressions were half of what tables and figures cost.
_IDENTIFIED = f"""
CREATE TEMP TABLE identified AS
SELECT award_id, company_id, agency, branch, program, phase_number, award_year_number, proposal_awarded_on,
    agency_tracking_number, topic_code, pi_name, ri_name, {keys.AGENCY} AS agency_id, {keys.TOPIC} AS topic_id,
    {keys.INSTITUTION} AS institution_id, {keys.PERSON} AS person, {keys.EMAIL} AS email, {keys.TITLE} AS title
FROM award LEFT JOIN award_company USING (award_id)
"""


@contextmanager
def opened(
    *, awards: Path, companies: Path, award_companies: Path, scratch: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the views `award`, `company` and `award_company`, and the table `identified` (see there).

    One thread: a second one costs a tenth more CPU and 120 MB, for a second of an award's many columns being sorted.
    """
    with connect(scratch, memory_limit="200MB", threads=1) as database:
        for name, path in (("award", awards), ("company", companies), ("award_company", award_companies)):
            database.execute(f"CREATE VIEW {name} AS FROM read_parquet({quoted(path)})")
        database.execute(_IDENTIFIED)
        yield database
