"""Rows made in Python, handed over to DuckDB."""

import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import duckdb

_ROWS_AT_A_TIME: Final = 10_000
# As one text in a table: of a list that is a parameter DuckDB makes a value of its own for every cell, at twice the
# CPU, and of a list in a text that is a parameter too. A function in SQL would import numpy.
_TAKE: Final = "CREATE TABLE handed_over AS SELECT $rows::VARCHAR AS rows"
_INSERT: Final = """
INSERT INTO {table}
SELECT {cells} FROM (SELECT unnest(from_json(rows, '[["VARCHAR"]]')) AS cells FROM handed_over);
DROP TABLE handed_over;
"""


def add_rows(connection: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Sequence[str | float | None]]) -> int:
    """Insert `rows` into `table`, whose columns they have, some at a time; the number of rows."""
    count = 0
    left = iter(rows)
    while some := list(islice(left, _ROWS_AT_A_TIME)):
        cells = ", ".join(f"cells[{place}]" for place in range(1, len(some[0]) + 1))
        connection.execute(_TAKE, {"rows": json.dumps(some)})
        connection.execute(_INSERT.format(table=table, cells=cells))
        count += len(some)
    return count
