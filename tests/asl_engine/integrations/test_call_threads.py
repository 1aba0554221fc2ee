"""Threads for calls that block."""

import asyncio
import threading

import pytest

from asl_engine.integrations.call_threads import CallThreads


def test_calls_run_at_the_same_time_up_to_a_bound() -> None:
    running, most = 0, 0
    both = threading.Barrier(2, timeout=5)

    def call() -> str:
        nonlocal running, most
        running += 1
        most = max(most, running)
        both.wait()
        running -= 1
        return threading.current_thread().name

    async def work() -> list[str]:
        threads = CallThreads(size=2)
        names = await asyncio.gather(*(threads.run(call) for _ in range(4)))
        threads.close()
        return names

    assert asyncio.run(work()) == ["service-call"] * 4
    assert most == 2


def test_one_call_after_another_needs_one_thread() -> None:
    async def work() -> set[int]:
        threads = CallThreads()
        used = {await threads.run(threading.get_ident) for _ in range(3)}
        threads.close()
        return used

    assert len(asyncio.run(work())) == 1


def test_what_a_call_raises_reaches_who_waits() -> None:
    def call() -> None:
        raise KeyError("x")

    async def work() -> None:
        threads = CallThreads()
        try:
            await threads.run(call)
        finally:
            threads.close()

    with pytest.raises(KeyError):
        asyncio.run(work())


def test_a_call_that_was_called_off_ends_unheard_and_others_are_never_begun() -> None:
    release, begun = threading.Event(), threading.Event()
    late: list[str] = []

    def call() -> None:
        begun.set()
        release.wait(5)

    async def work() -> None:
        threads = CallThreads(size=1)
        first = asyncio.ensure_future(threads.run(call))
        await asyncio.to_thread(begun.wait, 5)
        second = asyncio.ensure_future(threads.run(lambda: late.append("begun")))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        release.set()
        assert await threads.run(lambda: "next") == "next"
        threads.close()

    asyncio.run(work())
    assert late == []


def test_a_call_that_outlives_its_loop_harms_nobody() -> None:
    begun, release = threading.Event(), threading.Event()
    threads_seen: list[threading.Thread] = []

    def call() -> None:
        threads_seen.append(threading.current_thread())
        begun.set()
        release.wait(5)

    async def work() -> None:
        threads = CallThreads()
        waiting = asyncio.ensure_future(threads.run(call))
        await asyncio.to_thread(begun.wait, 5)
        waiting.cancel()
        threads.close()

    asyncio.run(work())
    assert threads_seen[0].daemon  # so that the process may end before the call does
    release.set()
    threads_seen[0].join(5)
    assert not threads_seen[0].is_alive()


def test_a_call_nobody_waits_for_keeps_no_other_from_running() -> None:
    release = threading.Event()

    async def work() -> str:
        threads = CallThreads()
        stuck = asyncio.ensure_future(threads.run(lambda: release.wait(5)))
        await asyncio.sleep(0)
        stuck.cancel()
        try:
            return await asyncio.wait_for(threads.run(lambda: "done"), 2)
        finally:
            release.set()
            threads.close()

    assert asyncio.run(work()) == "done"
