"""Clocks: the machine's, and one that is turned by hand."""

import asyncio
from datetime import UTC, datetime, timedelta

from asl_engine.runtime.clock import SystemClock, TurnedClock


def test_the_systems_clock_tells_utc_in_whole_milliseconds() -> None:
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert now.microsecond % 1000 == 0
    assert abs(datetime.now(UTC) - now) < timedelta(seconds=10)


def test_the_systems_clock_rings_at_once_when_the_time_has_passed() -> None:
    async def scene() -> None:
        rung = asyncio.Event()
        SystemClock().call_at(datetime(2000, 1, 1, tzinfo=UTC), rung.set)
        await asyncio.wait_for(rung.wait(), 5)

    asyncio.run(scene())


def test_a_turned_clock_rings_in_order_and_at_the_right_time() -> None:
    clock = TurnedClock()
    began = clock.now()
    heard: list[tuple[str, float]] = []

    def bell(name: str) -> None:
        heard.append((name, (clock.now() - began).total_seconds()))

    clock.call_at(began + timedelta(seconds=5), lambda: bell("second"))
    clock.call_at(began + timedelta(seconds=2), lambda: bell("first"))
    cancelled = clock.call_at(began + timedelta(seconds=3), lambda: bell("never"))
    clock.call_at(began + timedelta(seconds=11), lambda: bell("too late"))
    cancelled.cancel()
    clock.turn(10)
    assert heard == [("first", 2.0), ("second", 5.0)]
    assert clock.now() == began + timedelta(seconds=10)


def test_a_turned_clock_can_be_turned_to_its_next_alarm() -> None:
    clock = TurnedClock()
    began = clock.now()
    clock.call_at(began + timedelta(seconds=1), lambda: None).cancel()
    clock.call_at(began + timedelta(seconds=2), lambda: None)
    assert clock.turn_to_next()
    assert clock.now() == began + timedelta(seconds=2)
    assert not clock.turn_to_next()


def test_an_alarm_for_the_past_rings_at_the_next_turn() -> None:
    clock = TurnedClock()
    began = clock.now()
    clock.call_at(began - timedelta(seconds=9), lambda: None)
    assert clock.turn_to_next()
    assert clock.now() == began
