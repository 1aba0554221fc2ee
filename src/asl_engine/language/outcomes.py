"""What evaluating a state's fields leads to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asl_engine.language.values import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """What a state leaves behind: its output, and the variables it assigns (all seen only by later states)."""

    output: JSON
    assigned: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Where a Choice goes, and what it leaves behind."""

    next: str
    exit: Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How many failed items a Map bears; 0 and 0.0 bear none."""

    count: int = 0
    percentage: float = 0.0

    def is_exceeded(self, failed: int, total: int) -> bool:
        """Whether more of all items failed than that; a limit of 0 beside another one says nothing."""
        if self.count == 0 == self.percentage:
            return failed > 0
        return 0 < self.count < failed or 0 < self.percentage < 100 * failed / max(1, total)
