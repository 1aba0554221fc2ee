"""Parquet files of award rows: fixed options, under a temporary name until they are whole."""

from pathlib import Path
from typing import Final

import duckdb

from sbir_etl.database import quoted_target

# Readers and writers hold a row group per thread, and an award is nearly 2 kB: larger groups cost memory, smaller ones
# CPU (measured on 220,000 awards: 10,240 rows take no more time than 30,000, and a third of the memory). Level 1 makes
# files 1 % larger than the default in two thirds of the time.
_OPTIONS: Final = "FORMAT parquet, ROW_GROUP_SIZE 10240, COMPRESSION"
_ZSTD: Final = "zstd, COMPRESSION_LEVEL 1"


def write(database: duckdb.DuckDBPyConnection, query: str, path: Path, *, compression: str = _ZSTD) -> int:
    """Write the rows of `query`, in its order, to `path`; the number of rows.

    `compression`: what is kept is worth zstd's CPU; what is read once on the same machine takes snappy.
    """
    unfinished = path.with_name(path.name + ".part")
    written = database.execute(f"COPY ({query}) TO {quoted_target(unfinished)} ({_OPTIONS} {compression})").fetchone()
    unfinished.replace(path)
    assert written is not None
    return int(written[0])
