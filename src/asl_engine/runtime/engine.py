"""The engine: starts executions, carries their decisions out and survives being killed.

One loop does the work: it decides for every execution that can go on, commits all of that at once, and only then lets
the world see it: tasks run, timers start, callers get their answer. Whatever comes in meanwhile waits for the next
round, so executions that run at the same time share their commits.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias, assert_never

from asl_engine.history.documents import Document, storable
from asl_engine.history.events import HistoryEvent
from asl_engine.history.execution import Execution
from asl_engine.integrations.port import Failed, Resolve, Started, Submitted, Succeeded, TaskOutcome
from asl_engine.interpreter import happenings
from asl_engine.interpreter.commands import Decision, Timer, Visit
from asl_engine.interpreter.tokens import read_token
from asl_engine.journal.port import ExecutionRecord, Journal, StateMachineRecord
from asl_engine.language.values import JSON, Failure
from asl_engine.runtime.clock import Clock
from asl_engine.runtime.dispatch import Dispatcher
from asl_engine.runtime.errors import (
    EngineStopped,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidToken,
    TaskDoesNotExist,
    TaskTimedOut,
)
from asl_engine.runtime.running import Advance, Running

Listener: TypeAlias = Callable[[str, Sequence[HistoryEvent]], None]
"""Called with an execution's ARN and its new events, after they were committed."""

EVENTS_PER_TURN: Final = 1000
"""How far one execution goes before others get their turn."""
EVENTS_PER_COMMIT: Final = 4000
"""When a commit is full, so that it never blocks the loop for long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """`input` is a JSON text that the caller has checked; `state_machine` is the revision to run."""

    arn: str
    name: str
    state_machine: StateMachineRecord
    input: str = "{}"
    trace_header: str | None = None
    test_case: str | None = None


class Engine:
    """One per journal, on one event loop."""

    def __init__(
        self, *, journal: Journal, resolve: Resolve, clock: Clock, seed: Callable[[], str], wait_time_scale: float = 1.0
    ) -> None:
        """`seed` gives each new execution its own stream of chance."""
        self._journal = journal
        self._clock = clock
        self._seed = seed
        self._dispatcher = Dispatcher(resolve=resolve, clock=clock, reports=self, wait_time_scale=wait_time_scale)
        self._running: dict[str, Running] = {}
        self._due: dict[str, Running] = {}
        self._advances: list[Advance] = []
        self._work = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None
        self._listeners: list[Listener] = []

    @property
    def journal(self) -> Journal:
        """Read from it freely; state machines are saved through its `commit`."""
        return self._journal

    # --- life ---

    async def open(self) -> None:
        """Resumes every execution that has not ended: tasks are dispatched again, timers armed again."""
        self._loop = asyncio.get_running_loop().create_task(self._work_on())
        for record in self._journal.executions.unfinished():
            self._add(Running.resume(record, self._journal))

    async def close(self) -> None:
        """Stops working and closes the journal; what is running goes on at the next `open`."""
        if self._loop is not None:
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
        await self._dispatcher.close()
        self._give_up(EngineStopped("the engine was closed"))
        self._journal.close()

    # --- requests ---

    async def start_execution(self, new: NewExecution) -> ExecutionRecord:
        """Returns once the start is committed. The same name and input as a running execution returns that one.

        Raises:
            ExecutionAlreadyExists: the name was used before, with another input or by an execution that has ended.
        """
        running = self._running.get(new.arn)
        if running is None:
            if self._journal.executions.find(new.arn) is not None:
                raise ExecutionAlreadyExists(new.arn)
            running = Running.begin(self._record(new), new.state_machine, seed=self._seed())
            self._add(running)
        elif running.record.input != storable(new.input) or running.execution.ended is not None:
            raise ExecutionAlreadyExists(new.arn)
        started = running.record
        await self._committed(running)
        return started

    async def stop_execution(self, arn: str, failure: Failure) -> datetime:
        """Aborts it and returns when; for one that has ended, when it ended.

        Raises:
            ExecutionDoesNotExist
        """
        running = self._running.get(arn)
        if running is not None:
            self._happen(running, happenings.stopped(running.execution, self._clock.now(), failure))
        ended = await self.settled(arn)
        assert ended.stopped_at is not None
        return ended.stopped_at

    async def settled(self, arn: str) -> ExecutionRecord:
        """Waits until the execution has ended.

        Raises:
            ExecutionDoesNotExist
        """
        running = self._running.get(arn)
        if running is not None:
            return await asyncio.shield(running.settled)
        record = self._journal.executions.find(arn)
        if record is None:
            raise ExecutionDoesNotExist(arn)
        return record

    async def send_task_success(self, token: str, output: str) -> None:
        """`output` is a JSON text that the caller has checked.

        Raises:
            InvalidToken, TaskDoesNotExist, TaskTimedOut
        """
        running, visit = self._task_of(token)
        document = Document(text=storable(output))
        self._happen(running, happenings.task_succeeded(running.execution, self._clock.now(), visit, document))
        await self._committed(running)

    async def send_task_failure(self, token: str, failure: Failure) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut."""
        running, visit = self._task_of(token)
        self._happen(running, happenings.task_failed(running.execution, self._clock.now(), visit, failure))
        await self._committed(running)

    async def send_task_heartbeat(self, token: str) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut."""
        running, visit = self._task_of(token)
        self._happen(running, happenings.heartbeat_received(running.execution, self._clock.now(), visit))
        await self._committed(running)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls the listener after every commit; returns the function that ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    # --- what the dispatcher reports ---

    def task_ended(self, execution_arn: str, visit: Visit, outcome: TaskOutcome) -> None:
        running = self._running.get(execution_arn)
        if running is not None:
            self._happen(running, _outcome(running.execution, self._clock.now(), visit, outcome))

    def timer_fired(self, execution_arn: str, timer: Timer) -> None:
        running = self._running.get(execution_arn)
        if running is not None:
            self._happen(running, happenings.timer_fired(running.execution, self._clock.now(), timer))

    # --- the loop ---

    async def _work_on(self) -> None:
        try:
            while True:
                await self._work.wait()
                self._work.clear()
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
            await self._journal.commit(writes)
        for advance in self._advances:
            self._follow_up(advance)
        self._advances = []
        await asyncio.sleep(0)  # requests that came in meanwhile join the next round

    def _advance_due(self) -> list[Advance]:
        advances: list[Advance] = []
        event_count = 0
        now = self._clock.now()
        while self._due and event_count < EVENTS_PER_COMMIT:
            running = self._due.pop(next(iter(self._due)))
            advance = running.advance(now, limit=EVENTS_PER_TURN)
            advances.append(advance)
            event_count += len(advance.events)
        return advances

    def _follow_up(self, advance: Advance) -> None:
        running = advance.running
        arn = running.record.arn
        for listener in self._listeners:
            listener(arn, advance.events)
        for command in advance.commands:
            self._dispatcher.carry_out(arn, command)
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
        _release(running.waiters)

    def _add(self, running: Running) -> None:
        self._running[running.record.arn] = running
        self._wake(running)

    def _happen(self, running: Running, decision: Decision) -> None:
        running.happen(decision)
        self._wake(running)

    def _wake(self, running: Running) -> None:
        if self._loop is None or self._loop.done():
            raise EngineStopped(running.record.arn)
        self._due[running.record.arn] = running
        self._work.set()

    async def _committed(self, running: Running) -> None:
        """Waits until all that has happened to the execution so far is committed."""
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        running.waiters.append(waiter)
        self._wake(running)
        await waiter

    def _record(self, new: NewExecution) -> ExecutionRecord:
        return ExecutionRecord(
            arn=new.arn,
            name=new.name,
            state_machine_arn=new.state_machine.arn,
            revision_id=new.state_machine.revision_id,
            input=storable(new.input),
            started_at=self._clock.now(),
            trace_header=new.trace_header,
            test_case=new.test_case,
        )

    def _task_of(self, token: str) -> tuple[Running, Visit]:
        named = read_token(token)
        if named is None:
            raise InvalidToken(token)
        arn, visit = named
        running = self._running.get(arn)
        if running is not None and happenings.in_flight(running.execution, visit) is not None:
            return running, visit
        if running is None and self._journal.executions.find(arn) is None:
            raise TaskDoesNotExist(token)
        raise TaskTimedOut(token)

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


def _outcome(execution: Execution, now: datetime, visit: Visit, outcome: TaskOutcome) -> Decision:
    match outcome:
        case Succeeded(output):
            return _with_output(happenings.task_succeeded, execution, now, visit, output)
        case Submitted(output):
            return _with_output(happenings.task_submitted, execution, now, visit, output)
        case Failed(failure):
            return happenings.task_failed(execution, now, visit, failure)
        case Started(worker_name):
            return happenings.task_started(execution, now, visit, worker_name)
        case _:
            assert_never(outcome)


def _with_output(
    happen: Callable[[Execution, datetime, Visit, Document], Decision],
    execution: Execution,
    now: datetime,
    visit: Visit,
    output: JSON,
) -> Decision:
    """An output that no JSON can express fails the task."""
    try:
        document = Document.of(output)
    except (ValueError, RecursionError) as error:
        return happenings.task_failed(
            execution, now, visit, Failure("States.Runtime", f"The result is no JSON: {error}")
        )
    return happen(execution, now, visit, document)
