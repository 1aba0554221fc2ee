"""The only place of the engine that reads the clock, and a clock that tests turn by hand."""

import asyncio
import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol


class Alarm(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The time in UTC."""

    def call_at(self, due: datetime, ring: Callable[[], None]) -> Alarm:
        """Calls `ring` once, on the event loop, when the time has come; at once when it has passed."""


class SystemClock:
    """The machine's clock, with the running event loop's timers."""

    def now(self) -> datetime:
        """Whole milliseconds, as AWS's times are, so that a time reads the same wherever it is shown."""
        now = datetime.now(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def call_at(self, due: datetime, ring: Callable[[], None]) -> Alarm:
        delay = (due - self.now()).total_seconds()
        return asyncio.get_running_loop().call_later(max(0.0, delay), ring)


class TurnedClock:
    """Stands still until it is turned; what falls due on the way rings in order."""

    def __init__(self, start: datetime = datetime(2026, 1, 5, 6, tzinfo=UTC)) -> None:
        self._now = start
        self._order = count()
        self._alarms: list[tuple[datetime, int, _TurnedAlarm]] = []

    def now(self) -> datetime:
        return self._now

    def call_at(self, due: datetime, ring: Callable[[], None]) -> Alarm:
        alarm = _TurnedAlarm(ring)
        heapq.heappush(self._alarms, (due, next(self._order), alarm))
        return alarm

    def turn(self, seconds: float) -> None:
        """Moves the time on."""
        end = self._now + timedelta(seconds=seconds)
        while self._alarms and self._alarms[0][0] <= end:
            due, _, alarm = heapq.heappop(self._alarms)
            self._now = max(self._now, due)
            alarm.ring()
        self._now = end

    def turn_to_next(self) -> bool:
        """Moves the time on to the next alarm and rings it; False when nothing is set."""
        while self._alarms and self._alarms[0][2].cancelled:
            heapq.heappop(self._alarms)
        if not self._alarms:
            return False
        self.turn(max(0.0, (self._alarms[0][0] - self._now).total_seconds()))
        return True


class _TurnedAlarm:
    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self.cancelled = False

    def ring(self) -> None:
        if not self.cancelled:
            self._ring()

    def cancel(self) -> None:
        self.cancelled = True
