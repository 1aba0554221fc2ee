"""Parquet files as this package writes them: fixed options, under a temporary name until they are whole."""

from pathlib import Path

import duckdb

from sbir_etl.database import PARQUET_OPTIONS, quoted


def write(database: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write the rows of `query`, in its order, to `path`; the number of rows."""
    unfinished = path.with_name(path.name + ".part")
    written = database.execute(f"COPY ({query}) TO {quoted(unfinished)} ({PARQUET_OPTIONS})").fetchone()
    unfinished.replace(path)
    assert written is not None
    return int(written[0])
