"""Timestamps as the States Language writes them: RFC 3339 with an upper-case T, and Z or an offset."""

import re
from datetime import datetime
from typing import Final

_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def instant(text: str) -> datetime | None:
    """The moment a timestamp names; None when the text is not one.

    >>> instant("2016-03-14T01:59:00Z")
    datetime.datetime(2016, 3, 14, 1, 59, tzinfo=datetime.timezone.utc)
    """
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:  # a thirteenth month, a twenty-fifth hour
        return None
