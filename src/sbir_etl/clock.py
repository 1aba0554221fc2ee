"""The only module that reads the clock; steps get their times from the execution instead."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


def now() -> datetime:
    """The current moment in UTC."""
    return datetime.now(UTC)


def stopwatch() -> Callable[[], float]:
    """Tells how many seconds have passed since it was made."""
    began = time.perf_counter()
    return lambda: time.perf_counter() - began
