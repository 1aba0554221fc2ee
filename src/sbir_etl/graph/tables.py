"""From the run's Parquet files to one Parquet file per label and relationship, ready to load."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class TableCounts:
    """Rows per label and relationship, and what was left out (must be 0 for the load to go on)."""

    nodes: Mapping[str, int]
    relationships: Mapping[str, int]
    missing_endpoints: Mapping[str, int]


def write_tables(
    *, awards: Path, companies: Path, award_companies: Path, into: Path, scratch: Path | None = None
) -> TableCounts:
    """Writes `<Label>.parquet` and `<TYPE>.parquet` into the directory `into`, sorted and without duplicates.

    Raises: GateFailed when a relationship would point at a node that is not there.
    """
    raise NotImplementedError
