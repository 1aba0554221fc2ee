"""What changed since the live run: awards added, changed field by field, rewritten without meaning, removed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Kind = Literal["added", "changed", "cosmetic", "removed"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One award's change, or for kind 'changed' and 'cosmetic' the change of one of its fields."""

    award_id: str
    kind: Kind
    company: str | None
    title: str | None
    field: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeSummary:
    """Counts of awards; `against` is the run compared with, None for the first one (then everything is added).

    `cosmetic` counts awards whose only differences mean nothing (case, punctuation, number formats); `by_field` counts
    meaningful changes per field; `samples` holds up to 50.
    """

    against: str | None
    added: int
    changed: int
    cosmetic: int
    removed: int
    unchanged: int
    by_field: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[Change, ...] = ()


def compare(
    awards_path: Path, changes_path: Path, *, live_path: Path | None, against: str | None, scratch: Path
) -> ChangeSummary:
    """Compare awards.parquet with the live run's, by award_id.

    changes.parquet: award_id, kind, company, award_title, fields VARCHAR[], before VARCHAR[], after VARCHAR[] (parallel
    lists, empty for added and removed).
    """
    raise NotImplementedError
