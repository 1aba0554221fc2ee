"""DuckDB connections as every step uses them: bounded memory, bounded threads, no files but those asked for."""

import glob
from pathlib import Path

import duckdb


def connect(scratch: Path | None = None, *, memory_limit: str = "400MB", threads: int = 2) -> duckdb.DuckDBPyConnection:
    """An in-memory database; `scratch` is where it may spill what does not fit into `memory_limit`."""
    connection = duckdb.connect(":memory:")
    connection.execute(f"SET memory_limit = '{memory_limit}'")
    connection.execute(f"SET threads = {threads}")
    # Extensions must never be fetched at run time: a step has no business on the network.
    connection.execute("SET autoinstall_known_extensions = false")
    if scratch is not None:
        connection.execute("SET temp_directory = ?", [str(scratch)])
    return connection


def quoted(path: Path) -> str:
    """`path` as a SQL string literal to read from, for the places where DuckDB takes no parameters.

    DuckDB would take `*`, `?` and `[` in the name of a folder for a pattern, and read its neighbours too.
    """
    return _literal(glob.escape(str(path)))


def quoted_target(path: Path) -> str:
    """`path` as a SQL string literal to write to: there DuckDB knows no patterns."""
    return _literal(str(path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
