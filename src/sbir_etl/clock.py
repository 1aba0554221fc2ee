"""The only module that reads the clock; steps get their times from the execution instead."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current moment in UTC."""
    return datetime.now(UTC)
