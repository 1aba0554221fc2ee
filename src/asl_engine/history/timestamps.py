"""Times as the States Language writes them."""

from datetime import datetime


def iso_milliseconds(moment: datetime) -> str:
    """A UTC time as `$$.State.EnteredTime` shows it.

    >>> from datetime import UTC
    >>> iso_milliseconds(datetime(2026, 1, 5, 6, 7, 8, 9000, tzinfo=UTC))
    '2026-01-05T06:07:08.009Z'
    """
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
