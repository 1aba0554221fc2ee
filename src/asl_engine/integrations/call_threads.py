"""Threads for calls that block, which never keep the process from ending.

The pool of `concurrent.futures` is waited for when the interpreter exits; a call that polls for a minute would hold a
stopped engine for as long. What a call started here leaves undone is done again by the next engine.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final, Generic, TypeVar

T = TypeVar("T")

THREADS: Final = 32


class CallThreads:
    """A bounded pool; threads are started as they are needed and wait for more work."""

    def __init__(self, size: int = THREADS) -> None:
        self._size = size
        self._waiting: SimpleQueue[Callable[[], Callable[[], None]] | None] = SimpleQueue()
        self._threads: list[Thread] = []
        self._lock = Lock()
        self._unfinished = 0

    async def run(self, call: Callable[[], T]) -> T:
        """Waits for the call's end; when nobody waits any more, the call still goes on."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._put(_Work(call, loop, done).do)
        return await done

    def close(self) -> None:
        """Threads end as soon as their calls do."""
        for _ in self._threads:
            self._waiting.put(None)
        self._threads.clear()

    def _put(self, work: Callable[[], Callable[[], None]]) -> None:
        with self._lock:
            self._unfinished += 1
            if len(self._threads) < min(self._size, self._unfinished):
                self._threads.append(Thread(target=self._serve, name="service-call", daemon=True))
                self._threads[-1].start()
        self._waiting.put(work)

    def _serve(self) -> None:
        while (work := self._waiting.get()) is not None:
            tell = work()
            with self._lock:  # first, so that whoever is told finds this thread free
                self._unfinished -= 1
            tell()


class _Work(Generic[T]):
    def __init__(self, call: Callable[[], T], loop: asyncio.AbstractEventLoop, done: asyncio.Future[T]) -> None:
        self._call = call
        self._loop = loop
        self._done = done

    def do(self) -> Callable[[], None]:
        """Makes the call and returns how to tell what came of it."""
        if self._done.cancelled():
            return lambda: None
        try:
            result = self._call()
        except Exception as error:  # noqa: BLE001 - whoever waits gets it
            return partial(self._tell, partial(self._done.set_exception, error))
        return partial(self._tell, partial(self._done.set_result, result))

    def _tell(self, settle: Callable[[], None]) -> None:
        def unless_called_off() -> None:
            if not self._done.done():
                settle()

        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(unless_called_off)
