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


@dataclass(slots=True, eq=False)
class Offer:
    """A task that a worker may take, once."""

    execution_arn: str
    command: RunTask
    withdrawn: bool = False

    def cancel(self) -> None:
        self.withdrawn = True


class ActivityQueues:
    """First come, first served, on both sides."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offers: dict[str, deque[Offer]] = {}
        self._workers: dict[str, deque[asyncio.Future[Offer | None]]] = {}

    def offer(self, execution_arn: str, command: RunTask) -> Offer:
        """Hands the task to the worker who has waited longest, or keeps it for the next."""
        offer = Offer(execution_arn, command)
        workers = self._workers.get(command.resource.arn, deque())
        while workers:
            worker = workers.popleft()
            if not worker.done():
                worker.set_result(offer)
                return offer
        waiting = self._offers.setdefault(command.resource.arn, deque())
        while waiting and waiting[0].withdrawn:
            waiting.popleft()
        waiting.append(offer)
        return offer

    def put_back(self, offer: Offer) -> None:
        """The worker has gone without it."""
        self._offers.setdefault(offer.command.resource.arn, deque()).appendleft(offer)

    async def take(self, activity_arn: str) -> Offer | None:
        """The next task; None when there was none for a minute."""
        waiting = self._offers.get(activity_arn, deque())
        while waiting:
            offer = waiting.popleft()
            if not offer.withdrawn:
                return offer
        self._offers.pop(activity_arn, None)
        return await self._wait(activity_arn)

    async def _wait(self, activity_arn: str) -> Offer | None:
        worker: asyncio.Future[Offer | None] = asyncio.get_running_loop().create_future()
        workers = self._workers.setdefault(activity_arn, deque())
        workers.append(worker)
        alarm = self._clock.call_at(self._clock.now() + LONG_POLL, lambda: _dismiss(worker))
        try:
            return await worker
        except asyncio.CancelledError:
            if worker.done() and not worker.cancelled() and (offer := worker.result()) is not None:
                self.put_back(offer)
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
