"""What every event of a history begins with."""

from dataclasses import dataclass
from datetime import datetime

ROOT = 0
"""The frame of the execution itself; every branch and iteration has a frame of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`ordinal` is 0 for a visible event; an internal one has the `id` of the visible event before it and counts on."""

    id: int
    previous_event_id: int
    timestamp: datetime
    frame: int = ROOT
    ordinal: int = 0

    @property
    def type(self) -> str:
        """AWS's name of the event; an internal event's own name."""
        return self.__class__.__name__
