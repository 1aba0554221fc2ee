"""Rows made in Python, handed over to DuckDB."""

import json
from collections.abc import Sequence
from typing import Final

import duckdb

# As one text in a table: of a parameter's lists DuckDB makes a value of its own for every cell, at twice the CPU, and
# of a parameter's text too, where nothing stands between. A function in SQL would import numpy.
_TAKE: Final = "CREATE OR REPLACE TABLE handed_over AS SELECT $rows::VARCHAR AS rows"
_INSERT: Final = """
INSERT INTO {table}
SELECT {cells} FROM (SELECT unnest(from_json(rows, '[["VARCHAR"]]')) AS cells FROM handed_over)
"""


def add_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[str | float | None]]) -> None:
    """Insert `rows` into `table`, whose columns they have."""
    if rows:
        cells = ", ".join(f"cells[{place}]" for place in range(1, len(rows[0]) + 1))
        connection.execute(_TAKE, {"rows": json.dumps(rows)})
        connection.execute(_INSERT.format(table=table, cells=cells))
