"""Activities: tasks that wait for a worker, and workers that wait for a task."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from asl_engine.interpreter.commands import RunTask
from asl_engine.runtime.clock import Clock

LONG_POLL: Final = timedelta(seconds=60)
"""How long GetActivityTask waits before it answers that there is nothing to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTask:
    """What a worker is given; `input` is a JSON text."""

    token: str
    input: str


class Offer:
    """A task that a worker may take, once."""

    __slots__ = ("_queue", "command", "execution_arn")

    def __init__(self, execution_arn: str, command: RunTask) -> None:
        self.execution_arn = execution_arn
        self.command = command
        self._queue: dict[Offer, None] = {}

    def wait_in(self, queue: "dict[Offer, None]") -> None:
        self._queue = queue

    def cancel(self) -> None:
        """The task is no longer wanted."""
        self._queue.pop(self, None)


class ActivityQueues:
    """First come, first served, on both sides."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offers: dict[str, dict[Offer, None]] = {}
        self._workers: dict[str, deque[asyncio.Future[Offer | None]]] = {}

    def offer(self, execution_arn: str, command: RunTask) -> Offer:
        """Hands the task to the worker who has waited longest, or keeps it for the next."""
        offer = Offer(execution_arn, command)
        self._hand_out(offer)
        return offer

    async def take(self, activity_arn: str) -> Offer | None:
        """The next task; None when there was none for a minute."""
        queue = self._offers.get(activity_arn)
        if queue:
            offer = next(iter(queue))
            del queue[offer]
            return offer
        self._offers.pop(activity_arn, None)
        return await self._wait(activity_arn)

    def _hand_out(self, offer: Offer) -> None:
        activity_arn = offer.command.resource.arn
        worker = next((worker for worker in self._workers.get(activity_arn, ()) if not worker.done()), None)
        if worker is not None:
            worker.set_result(offer)
            return
        queue = self._offers.setdefault(activity_arn, {})
        queue[offer] = None
        offer.wait_in(queue)

    async def _wait(self, activity_arn: str) -> Offer | None:
        worker: asyncio.Future[Offer | None] = asyncio.get_running_loop().create_future()
        workers = self._workers.setdefault(activity_arn, deque())
        workers.append(worker)
        alarm = self._clock.call_at(self._clock.now() + LONG_POLL, lambda: _dismiss(worker))
        try:
            return await worker
        except asyncio.CancelledError:
            if worker.done() and not worker.cancelled() and (offer := worker.result()) is not None:
                self._hand_out(offer)
            raise
        finally:
            alarm.cancel()
            if worker in workers:
                workers.remove(worker)
            if not workers:
                self._workers.pop(activity_arn, None)


def _dismiss(worker: "asyncio.Future[Offer | None]") -> None:
    if not worker.done():
        worker.set_result(None)
