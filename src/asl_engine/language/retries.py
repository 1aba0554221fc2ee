"""Retry and Catch: which retrier or catcher an error meets, and how long to wait before the next attempt."""

from collections.abc import Sequence
from dataclasses import dataclass

from asl_engine.language.definition import Catcher, Retrier
from asl_engine.language.values import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`retrier` is the index of the retrier that matched, whose attempt counter the caller raises by one."""

    retrier: int
    delay_seconds: float


def matches(error_equals: Sequence[str], error: str | None) -> bool:
    """Whether one of the names covers the error; `States.ALL` and `States.TaskFailed` cover what AWS says."""
    raise NotImplementedError


def next_retry(retriers: Sequence[Retrier], failure: Failure, attempts: Sequence[int], jitter: float) -> Retry | None:
    """The retry due after a failure, or None when no retrier matches or the matching one is used up.

    `attempts` counts the retries each retrier has already made for this state. `jitter` (0 <= x < 1) chooses a
    point between no delay and the full one where the retrier asks for JitterStrategy FULL.
    """
    raise NotImplementedError


def next_catcher(catchers: Sequence[Catcher], failure: Failure) -> Catcher | None:
    """The first catcher that covers the failure."""
    raise NotImplementedError
