"""The awards' companies against the catalogue: exact identifiers, then names, then names that are nearly the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """Scores are between 0 and 1; from `accepted` on a fuzzy match counts, from `candidate` on it is for review."""

    accepted: float = 0.92
    candidate: float = 0.80


@dataclass(frozen=True, kw_only=True)
class MethodCount:
    """What one method (uei, duns, name, fuzzy) accepted."""

    companies: int
    awards: int


@dataclass(frozen=True, kw_only=True)
class IdentifierCoverage:
    """Share of the awards that carry an identifier."""

    uei: float
    duns: float
    either: float


@dataclass(frozen=True, kw_only=True)
class EnrichmentSummary:
    """How well the awards' companies are known; `match_rate` = accepted awards / awards, None without a catalogue."""

    companies: int
    awards: int
    catalogue_rows: int
    by_method: Mapping[str, MethodCount]
    accepted_companies: int
    candidate_companies: int
    unmatched_companies: int
    match_rate: float | None
    identifier_coverage: IdentifierCoverage


def match_companies(  # noqa: PLR0913 - two tables in, one optional, two files out
    *,
    awards: Path,
    companies: Path,
    catalogue: Path | None,
    matches: Path,
    candidates: Path,
    settings: MatchSettings = MatchSettings(),
    scratch: Path | None = None,
) -> EnrichmentSummary:
    """Write `matches` (Parquet) and `candidates` (CSV, for review); the inputs are the Parquet files of the other modules.

    matches: company_id, catalogue_id, method (uei | duns | name | fuzzy), status (accepted | candidate | unmatched),
    score 0..1, reason. Without a catalogue every company is unmatched, and only the coverage says anything.
    """
    raise NotImplementedError
