"""The bounds that numbers and moments found while a state runs must keep, in either query language."""

import re
from datetime import datetime, timedelta
from typing import Final

from asl_engine.language.values import JSON, Failure, StateFailed

_LONGEST_WAIT_SECONDS: Final = 2**31
_INTEGER: Final = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,18}(?:\.\d+)?", re.ASCII)


def whole(found: JSON) -> int | None:
    """The integer that a path has found, which may be written as text: AWS runs a Map with MaxConcurrency "1"."""
    if isinstance(found, str) and _INTEGER.fullmatch(found):
        return int(found)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def fraction(found: JSON) -> float | None:
    """The number that a path has found, which may be written as text."""
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        return float(found)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def end_of_wait(entered_at: datetime, seconds: int) -> datetime:
    """When a wait of so many seconds is over."""
    if seconds >= _LONGEST_WAIT_SECONDS:
        raise _too_long()
    return entered_at + timedelta(seconds=seconds)


def checked_end(entered_at: datetime, end: datetime) -> datetime:
    """The end of a wait until a moment, when it is not too far away."""
    if (end - entered_at).total_seconds() >= _LONGEST_WAIT_SECONDS:
        raise _too_long()
    return end


def not_negative(name: str, number: int, error: str) -> int:
    """The number, unless it is negative, which fails the state with `error`."""
    if number < 0:
        raise StateFailed(Failure(error, f"{name} cannot be negative."))
    return number


def percentage(name: str, number: float, error: str) -> float:
    """The number, unless it is no percentage, which fails the state with `error`."""
    if not 0 <= number <= 100:
        raise StateFailed(Failure(error, f"{name} must be between 0 and 100."))
    return float(number)


def _too_long() -> StateFailed:
    return StateFailed(Failure("States.Runtime", "Wait state delay is too long."))
