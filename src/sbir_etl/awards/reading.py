"""Reading the award CSV once: every record becomes a row of raw.parquet or, with its bytes, of unreadable.parquet.

Two readers that share no code must agree. `records` walks the bytes as csv.reader would, counts the records and sets
the damaged ones aside; DuckDB then parses what is left in strict mode. Their counts are reconciled, always.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

RowEnds = Literal["\\n", "\\r\\n", "mixed", "none"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read; `rows` is the independent count, `readable + unreadable == rows` holds by construction.

    `blank_lines` are empty lines between records: no records, but counted. `physical_lines` includes the header's.
    """

    bytes: int
    rows: int
    readable: int
    unreadable: int
    physical_lines: int
    blank_lines: int
    byte_order_mark: bool
    row_ends: RowEnds


def check_header(csv_path: Path) -> None:
    """Raises: SourceRejected that says which columns are missing, extra or moved, or that the file is empty or HTML."""
    raise NotImplementedError


def read_csv(csv_path: Path, raw_path: Path, unreadable_path: Path, *, scratch: Path) -> Reading:
    """Parse the file into raw.parquet and unreadable.parquet.

    raw.parquet: row_number BIGINT (1 = first record after the header), then the 42 columns of `schema.NAMES`, VARCHAR,
    verbatim, '' for empty. unreadable.parquet: row_number, byte_offset, line (physical, header = 1), raw BLOB, reason.
    Raises: SourceRejected for a wrong header, GateFailed when the two counts do not agree.
    """
    raise NotImplementedError
