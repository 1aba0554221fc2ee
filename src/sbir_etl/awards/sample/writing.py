"""Writing a sample: the award file and the company-search exports beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Mutations:
    """What a next vintage did to the file it came from; `by_field` counts changed awards per column name."""

    added: int
    removed: int
    changed: int
    by_field: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class SampleSummary:
    """What was written: `rows` and `size` (bytes) are of the award file."""

    awards_path: Path
    company_paths: tuple[Path, ...]
    rows: int
    size: int
    mutations: Mutations | None = None


def write_sample(
    out_dir: Path,
    *,
    rows: int,
    seed: int,
    next_vintage_of: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> SampleSummary:
    """Write `award_data.csv` and `companies/*company_search*.csv` under `out_dir`; `progress` hears the rows so far.

    With `next_vintage_of` the award file is that one as it might look some months later, and `rows` plays no part.
    """
    raise NotImplementedError
