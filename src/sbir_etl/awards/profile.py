"""What the 42 columns hold: nulls, placeholders, distinct values, lengths, ranges, groups, and drift."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column; lengths in characters over the non-blank values, `distinct` is approximate (HyperLogLog).

    `minimum` and `maximum` are of the typed value where the column has a type, else of the text.
    """

    name: str
    header: str
    nulls: int
    placeholders: int
    distinct: int
    min_length: int | None
    max_length: int | None
    mean_length: float | None
    top: tuple[tuple[str, int], ...]
    minimum: str | None
    maximum: str | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Awards and dollars (a decimal as text, exact) of one year, agency, phase or state."""

    label: str
    awards: int
    dollars: str


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A measure of a column that moved further than the drift limits allow."""

    column: str
    measure: str
    before: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    rows: int
    columns: tuple[ColumnProfile, ...]
    by_year: tuple[Group, ...]
    by_agency: tuple[Group, ...]
    by_phase: tuple[Group, ...]
    by_state: tuple[Group, ...]
    drift: tuple[Drift, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DriftLimits:
    """How far a measure may move before it is reported: shares in absolute points, lengths and distinct relatively."""

    share: float = 0.02
    relative: float = 0.10


def profile(raw_path: Path, *, before: Profile | None = None, limits: DriftLimits, scratch: Path) -> Profile:
    """Profile raw.parquet in one pass; drift is measured against `before`, the live run's profile."""
    raise NotImplementedError
