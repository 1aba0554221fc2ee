"""The figures by which a loaded graph is judged, and how they must agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class GraphFigures:
    """Counts and sums of one graph; dollars are decimal text with two places, years are text.

    `awards_by_year` has the key `unknown` for awards without a year, `dollars_by_agency` only agencies with awards.
    """

    run_id: str
    nodes: Mapping[str, int]
    relationships: Mapping[str, int]
    dollars: str
    dollars_by_agency: Mapping[str, str]
    awards_by_year: Mapping[str, int]
    awards_without_company: int
    awards_without_agency: int
    orphan_companies: int
    self_loops: int
    duplicate_keys: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure on which the graph and the run disagree, as in `nodes.Award: 6,879, expected 6,880`."""

    figure: str
    expected: str
    actual: str

    def __str__(self) -> str:
        """The sentence a person reads."""
        return f"{self.figure}: {self.actual}, expected {self.expected}"


def expected_figures(*, awards: Path, companies: Path, award_companies: Path, run_id: str) -> GraphFigures:
    """What the run's Parquet files say the graph must hold, computed without the loader's SQL."""
    raise NotImplementedError


def compare(expected: GraphFigures, actual: GraphFigures) -> tuple[Difference, ...]:
    """Every figure that differs; empty when the graph is what the run made."""
    raise NotImplementedError
