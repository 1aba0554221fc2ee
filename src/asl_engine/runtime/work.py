"""The work: decides for every execution that can go on, commits all of that at once, then lets the world see it.

Only after the commit do tasks run, timers start and callers get their answer. Whatever comes in meanwhile waits for the
next round, so executions that run at the same time share their commits.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeAlias

from asl_engine.history.events import HistoryEvent
from asl_engine.integrations.port import Failed, ItemsRead, MapStorage, Resolve, Succeeded, TaskOutcome
from asl_engine.interpreter import happenings
from asl_engine.interpreter.commands import Cancel, Decision, RunTask, StartChild, Timer, Visit
from asl_engine.interpreter.turn import Refuse
from asl_engine.journal.port import ExecutionRecord, Journal, Prune, Write
from asl_engine.runtime import outcomes
from asl_engine.runtime.activities import ActivityQueues, Offer
from asl_engine.runtime.awaited import AwaitedExecutions
from asl_engine.runtime.children import ChildExecutions
from asl_engine.runtime.clock import Clock
from asl_engine.runtime.dispatch import Dispatcher
from asl_engine.runtime.errors import EngineStopped, ReadOnly
from asl_engine.runtime.pace import Rounds
from asl_engine.runtime.running import Advance, Running
from asl_engine.runtime.storage import StorageRequests

log: Final = logging.getLogger(__name__)

Listener: TypeAlias = Callable[[str, Sequence[HistoryEvent]], None]
"""Called with an execution's ARN and its new events, after they were committed."""

EVENTS_PER_TURN: Final = 1000
"""How far one execution goes before others get their turn."""
EVENTS_PER_COMMIT: Final = 4000
"""When a commit is full, so that it never blocks the loop for long."""
KEPT_FOR: Final = timedelta(days=90)
"""How long an execution that has ended can be looked at (service quotas)."""
PRUNED_AT_ONCE: Final = 200
PRUNED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the engine works with. `seed` gives each new execution its own stream of chance."""

    journal: Journal
    resolve: Resolve
    refuse: Refuse
    storage: MapStorage
    clock: Clock
    seed: Callable[[], str]
    wait_time_scale: float


class Work:
    """The executions that run, and the loop that takes them further."""

    def __init__(self, around: Surroundings) -> None:
        self._journal = around.journal
        self._clock = around.clock
        self._refuse = around.refuse
        self._dispatcher = Dispatcher(
            resolve=around.resolve,
            storage=StorageRequests(journal=around.journal, storage=around.storage, now=around.clock.now),
            clock=around.clock,
            reports=self,
            wait_time_scale=around.wait_time_scale,
        )
        self.activities = ActivityQueues(around.clock)
        self._children = ChildExecutions(journal=around.journal, works=self, now=around.clock.now, seed=around.seed)
        self._awaited = AwaitedExecutions(works=self, now=around.clock.now)
        self._running: dict[str, Running] = {}
        self._due: dict[str, Running] = {}
        self._advances: list[Advance] = []
        self._rounds: Rounds
        self._awake = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._next_pruning = around.clock.now()
        self.listeners: list[Listener] = []

    # --- life ---

    async def open(self) -> None:
        """Resumes every execution that has not ended: tasks are dispatched again, timers armed again."""
        self._rounds = Rounds()
        self._loop = asyncio.get_running_loop().create_task(self._work_on())
        unfinished = self._journal.executions.unfinished()
        resumed = [running for record in unfinished if (running := self._resumed(record))]
        for running in resumed:
            self._take_on(running)
        self._children.stop_orphans(resumed)
        self._awaited.stop_forsaken(resumed)

    def _resumed(self, record: ExecutionRecord) -> Running | None:
        """None when what the journal has of it is damaged: it stays there as it is, and the others go on."""
        try:
            return Running.resume(record, self._journal, self._clock.now())
        except Exception:
            log.exception("execution is damaged in the journal and not resumed", extra={"execution": record.arn})
            return None

    async def close(self) -> None:
        """Stops working; what is running goes on at the next `open`."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._dispatcher.close()
        self._give_up(EngineStopped("the engine was closed"))

    # --- executions ---

    def find(self, arn: str) -> Running | None:
        """The execution, while it runs."""
        return self._running.get(arn)

    def launch(self, running: Running) -> None:
        """Takes on an execution that was started, resumed or redriven.

        Raises:
            ReadOnly, EngineStopped
        """
        self.check_open(running.record.arn)
        self._take_on(running)
        self._awaited.stop_forsaken([running])

    def happen(self, running: Running, decision: Decision) -> None:
        """Takes in what has happened to it."""
        running.happen(decision)
        self._wake(running)

    async def committed(self, running: Running) -> None:
        """Waits until all that has happened to the execution so far is committed."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        running.waiters.append(waiter)
        self._wake(running)
        await waiter

    def check_open(self, arn: str) -> None:
        """Raises: ReadOnly, EngineStopped."""
        if self._loop is None:
            raise ReadOnly(arn)
        if self._loop.done():
            raise EngineStopped(arn)

    # --- what the dispatcher reports ---

    def task_ended(self, execution_arn: str, visit: Visit, outcome: TaskOutcome) -> None:
        running = self._running.get(execution_arn)
        if running is not None:
            self.happen(running, outcomes.of_task(running.execution, self._clock.now(), visit, outcome))

    def timer_fired(self, execution_arn: str, timer: Timer) -> None:
        running = self._running.get(execution_arn)
        if running is not None:
            self.happen(running, happenings.timer_fired(running.execution, self._clock.now(), timer))

    def storage_answered(self, execution_arn: str, visit: Visit, outcome: ItemsRead | Succeeded | Failed) -> None:
        running = self._running.get(execution_arn)
        if running is not None:
            self.happen(running, outcomes.of_storage(running.execution, self._clock.now(), visit, outcome))

    def child_wanted(self, execution_arn: str, command: StartChild) -> None:
        self._children.start(execution_arn, command)

    def activity_offered(self, execution_arn: str, command: RunTask) -> Offer:
        return self.activities.offer(execution_arn, command)

    # --- the loop ---

    async def _work_on(self) -> None:
        try:
            while True:
                await self._awake.wait()
                self._awake.clear()
                while self._due:
                    await self._round()
        except Exception as error:
            self._give_up(error)
            raise

    async def _round(self) -> None:
        """Decides for those that are due, commits, and carries out what follows."""
        self._advances = self._advance_due()
        writes = [write for advance in self._advances for write in advance.writes]
        if writes:
            await self._journal.commit([*writes, *self._pruning()])
        for advance in self._advances:
            self._follow_up(advance)
        self._advances = []
        await asyncio.sleep(0)  # requests that came in meanwhile join the next round

    def _advance_due(self) -> list[Advance]:
        advances: list[Advance] = []
        event_count = 0
        now = self._clock.now()
        self._rounds.begin()
        while self._due and event_count < EVENTS_PER_COMMIT:
            running = self._due.pop(next(iter(self._due)))
            advance = running.advance(now, limit=EVENTS_PER_TURN, pace=self._rounds, refuse=self._refuse)
            advances.append(advance)
            event_count += len(advance.events)
            if not self._rounds.goes_on():
                break
        return advances

    def _pruning(self) -> Iterable[Write]:
        """Now and then, as long as there is work that makes the journal grow."""
        now = self._clock.now()
        if now >= self._next_pruning:
            self._next_pruning = now + PRUNED_EVERY
            yield Prune(now - KEPT_FOR, PRUNED_AT_ONCE)

    def _follow_up(self, advance: Advance) -> None:
        running = advance.running
        arn = running.record.arn
        for listener in self.listeners:
            listener(arn, advance.events)
        for command in advance.commands:
            self._dispatcher.carry_out(arn, command)
            if isinstance(command, Cancel):
                self._awaited.task_over(arn, command.visit)
        for map_run_arn in advance.map_runs_over:
            self._children.stop(map_run_arn)
        if advance.ended:
            self._settle(running)
        elif running.can_go_on:
            self._due[arn] = running
        _release(advance.waiters)

    def _settle(self, running: Running) -> None:
        arn = running.record.arn
        self._dispatcher.forget(arn)
        self._running.pop(arn, None)
        self._due.pop(arn, None)
        running.settled.set_result(running.record)
        self._children.ended(running.record)
        self._awaited.ended(running)
        _release(running.waiters)

    def _take_on(self, running: Running) -> None:
        self._running[running.record.arn] = running
        self._awaited.began(running)
        self._wake(running)

    def _wake(self, running: Running) -> None:
        self.check_open(running.record.arn)
        self._due[running.record.arn] = running
        self._awake.set()

    def _give_up(self, error: Exception) -> None:
        """Tells everybody who waits that nothing more will come."""
        for advance in self._advances:
            _abandon(advance.waiters, error)
        for running in self._running.values():
            _abandon((*running.waiters, running.settled), error)
        self._running.clear()
        self._due.clear()


def _abandon(futures: Iterable[asyncio.Future[Any]], error: Exception) -> None:
    for future in futures:
        if not future.done():
            future.set_exception(error)
            future.exception()  # seen, whether or not somebody waits for it


def _release(waiters: Sequence[asyncio.Future[None]]) -> None:
    """A waiter is done before only when its request was called off."""
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
