"""Retry and Catch: which retrier or catcher an error meets, and how long to wait before the next attempt.

See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from asl_engine.language.definition import Catcher, Retrier
from asl_engine.language.values import Failure, MissedHeartbeat

_LONGEST_DELAY_SECONDS: Final = 31_622_400.0
"""The largest MaxDelaySeconds AWS accepts: a year and a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`retrier` is the index of the retrier that matched, whose attempt counter the caller raises by one."""

    retrier: int
    delay_seconds: float


def matches(error_equals: Sequence[str], error: str | None) -> bool:
    """Whether one of the names covers the error.

    Nothing covers States.Runtime. States.ALL covers the rest, States.DataLimitExceeded included (the documentation
    says otherwise, AWS's recorded executions do it); States.TaskFailed all but timeouts, and States.Timeout missed
    heartbeats too.

    >>> matches(["States.ALL"], "MyError"), matches(["States.ALL"], "States.Runtime")
    (True, False)
    """
    return error != "States.Runtime" and any(_covers(name, error) for name in error_equals)


def meets(error_equals: Sequence[str], failure: Failure) -> bool:
    """Whether one of the names covers the failure, by any of its own names."""
    return matches(error_equals, failure.error) or (
        isinstance(failure, MissedHeartbeat) and matches(error_equals, "States.HeartbeatTimeout")
    )


def _covers(name: str, error: str | None) -> bool:
    if name == "States.TaskFailed":
        return error not in {"States.Timeout", "States.HeartbeatTimeout"}
    if name == "States.Timeout":
        return error in {"States.Timeout", "States.HeartbeatTimeout"}
    return name in {"States.ALL", error}


def next_retry(retriers: Sequence[Retrier], failure: Failure, attempts: Sequence[int], jitter: float) -> Retry | None:
    """The retry due after a failure, or None when no retrier matches or the matching one is used up.

    `attempts` counts the retries each retrier has already made for this state. `jitter` (0 <= x < 1) chooses a
    point between no delay and the full one where the retrier asks for JitterStrategy FULL.
    """
    for index, retrier in enumerate(retriers):
        if meets(retrier.error_equals, failure):
            if attempts[index] >= retrier.max_attempts:
                return None
            delay_seconds = _delay_seconds(retrier, attempts[index])
            return Retry(retrier=index, delay_seconds=delay_seconds * jitter if retrier.full_jitter else delay_seconds)
    return None


def _delay_seconds(retrier: Retrier, attempts_made: int) -> float:
    longest = _LONGEST_DELAY_SECONDS if retrier.max_delay_seconds is None else float(retrier.max_delay_seconds)
    try:
        delay_seconds = retrier.interval_seconds * retrier.backoff_rate**attempts_made
    except OverflowError:
        return longest
    return min(delay_seconds, longest)


def next_catcher(catchers: Sequence[Catcher], failure: Failure) -> Catcher | None:
    """The first catcher that covers the failure."""
    return next((catcher for catcher in catchers if meets(catcher.error_equals, failure)), None)
