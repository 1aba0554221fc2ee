"""The engine: starts executions, answers requests about them, and survives being killed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asl_engine.history.documents import Document, storable
from asl_engine.history.frames import Phase
from asl_engine.history.resources import Pattern
from asl_engine.integrations.port import MapStorage, Resolve, TaskRequest
from asl_engine.interpreter import happenings, map_happenings
from asl_engine.interpreter.commands import Visit
from asl_engine.interpreter.map_happenings import MapRunLimits
from asl_engine.interpreter.map_runs import DISTRIBUTED_CONCURRENCY
from asl_engine.interpreter.tokens import read_token
from asl_engine.interpreter.turn import Refuse
from asl_engine.journal.port import ExecutionRecord, Journal, StateMachineRecord
from asl_engine.language.values import Failure
from asl_engine.runtime.activities import ActivityTask, Offer
from asl_engine.runtime.clock import Clock
from asl_engine.runtime.errors import (
    ActivityDoesNotExist,
    EngineStopped,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    ExecutionNotRedrivable,
    InvalidToken,
    MapRunDoesNotExist,
    TaskDoesNotExist,
    TaskTimedOut,
)
from asl_engine.runtime.nested import Target
from asl_engine.runtime.redrives import is_full, refusal
from asl_engine.runtime.running import Running
from asl_engine.runtime.storage import NoMapStorage
from asl_engine.runtime.work import EVENTS_PER_COMMIT, EVENTS_PER_TURN, Listener, Surroundings, Work

__all__ = [
    "EVENTS_PER_COMMIT",
    "EVENTS_PER_TURN",
    "ActivityTask",
    "Engine",
    "EngineStopped",
    "Listener",
    "MapRunLimits",
    "NewExecution",
    "Target",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """`input` is a JSON text that the caller has checked; `state_machine` is the revision to run.

    `started_by` is the task that asks for it, which may ask again after a crash; an `awaited` execution is stopped
    when that task is over.
    """

    arn: str
    name: str
    state_machine: StateMachineRecord
    input: str = "{}"
    trace_header: str | None = None
    test_case: str | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    started_by: str | None = None
    awaited: bool = False


class Engine:
    """One per journal, on one event loop. Without `open` it only looks at its journal."""

    def __init__(  # noqa: PLR0913  # what the engine is made of, each by its name
        self,
        *,
        journal: Journal,
        resolve: Resolve,
        clock: Clock,
        seed: Callable[[], str],
        wait_time_scale: float = 1.0,
        map_storage: MapStorage | None = None,
        refuse: Refuse = lambda *_: (),
    ) -> None:
        """`seed` gives each new execution its own stream of chance."""
        self._journal = journal
        self._clock = clock
        self._seed = seed
        self._work = Work(
            Surroundings(
                journal=journal,
                resolve=resolve,
                refuse=refuse,
                storage=map_storage or NoMapStorage(),
                clock=clock,
                seed=seed,
                wait_time_scale=wait_time_scale,
            )
        )

    @property
    def journal(self) -> Journal:
        """Read from it freely; state machines and records are saved through its `commit`."""
        return self._journal

    # --- life ---

    async def open(self) -> None:
        """Resumes every execution that has not ended: tasks are dispatched again, timers armed again."""
        await self._work.open()

    async def close(self) -> None:
        """Stops working and closes the journal; what is running goes on at the next `open`."""
        await self._work.close()
        self._journal.close()

    # --- executions ---

    async def start_execution(self, new: NewExecution) -> ExecutionRecord:
        """Returns once the start is committed. The same name and input as a running execution returns that one.

        Of an execution of an Express workflow nothing is kept beyond its end.

        Raises:
            ExecutionAlreadyExists: the name was used before, with another input or by an execution that has ended.
            ReadOnly
        """
        self._work.check_open(new.arn)
        running = self._work.find(new.arn)
        if running is None:
            known = self._journal.executions.find(new.arn)
            if known is not None and (new.started_by is None or known.started_by != new.started_by):
                raise ExecutionAlreadyExists(new.arn)
            if known is not None:
                return known
            running = self._begin(new)
        elif running.record.input != storable(new.input) or running.execution.ended is not None:
            raise ExecutionAlreadyExists(new.arn)
        started = running.record
        await self._work.committed(running)
        return started

    async def run_express(self, new: NewExecution) -> ExecutionRecord:
        """Runs an execution of an Express workflow to its end and keeps nothing of it.

        Raises:
            ReadOnly
        """
        self._work.check_open(new.arn)
        return await asyncio.shield(self._begin(new, ephemeral=True).settled)

    async def stop_execution(self, arn: str, failure: Failure) -> datetime:
        """Aborts it and returns when; for one that has ended, when it ended.

        Raises:
            ExecutionDoesNotExist, ReadOnly
        """
        self._work.check_open(arn)
        running = self._work.find(arn)
        if running is not None:
            self._work.happen(running, happenings.stopped(running.execution, self._clock.now(), failure))
        ended = await self.settled(arn)
        assert ended.stopped_at is not None
        return ended.stopped_at

    async def redrive_execution(self, arn: str) -> datetime:
        """Lets an execution that ended without success go on where it failed; returns when.

        Raises:
            ExecutionDoesNotExist, ExecutionNotRedrivable, ReadOnly
        """
        self._work.check_open(arn)
        record = self._journal.executions.find(arn)
        if record is None:
            raise ExecutionDoesNotExist(arn)
        now = self._clock.now()
        reason = refusal(record, now)
        if reason is None and is_full(self._journal, arn):
            reason = "Execution history event limit exceeded"
        if reason is not None or self._work.find(arn) is not None:
            raise ExecutionNotRedrivable(arn, reason or "Execution is RUNNING and cannot be redriven")
        running = Running.redrive(record, self._journal, now)
        self._work.launch(running)
        await self._work.committed(running)
        return now

    async def settled(self, arn: str) -> ExecutionRecord:
        """Waits until the execution has ended.

        Raises:
            ExecutionDoesNotExist
        """
        running = self._work.find(arn)
        if running is not None:
            return await asyncio.shield(running.settled)
        record = self._journal.executions.find(arn)
        if record is None:
            raise ExecutionDoesNotExist(arn)
        return record

    async def start_nested(
        self, target: Target, *, arn: str, name: str, given: str, request: TaskRequest
    ) -> ExecutionRecord:
        """Starts an execution for a task, which may ask for the same again after a crash.

        Raises:
            ExecutionAlreadyExists
        """
        return await self.start_execution(
            NewExecution(
                arn=arn,
                name=name,
                state_machine=target.state_machine,
                input=given,
                version_arn=target.version_arn,
                alias_arn=target.alias_arn,
                started_by=request.task_id,
                awaited=request.resource.pattern in (Pattern.SYNC, Pattern.SYNC_2),
            )
        )

    # --- tasks ---

    async def send_task_success(self, token: str, output: str) -> None:
        """`output` is a JSON text that the caller has checked.

        Raises:
            InvalidToken, TaskDoesNotExist, TaskTimedOut, ReadOnly
        """
        running, visit = self._task_of(token)
        document = Document(text=storable(output))
        self._work.happen(running, happenings.task_succeeded(running.execution, self._clock.now(), visit, document))
        await self._work.committed(running)

    async def send_task_failure(self, token: str, failure: Failure) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut, ReadOnly."""
        running, visit = self._task_of(token)
        self._work.happen(running, happenings.task_failed(running.execution, self._clock.now(), visit, failure))
        await self._work.committed(running)

    async def send_task_heartbeat(self, token: str) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut, ReadOnly."""
        running, visit = self._task_of(token)
        self._work.happen(running, happenings.heartbeat_received(running.execution, self._clock.now(), visit))
        await self._work.committed(running)

    async def get_activity_task(self, activity_arn: str, worker_name: str | None = None) -> ActivityTask | None:
        """The activity's next task, for which it waits a minute; None when there was none.

        Cancel it when the worker has gone: a task that was just assigned is kept for the next one.

        Raises:
            ActivityDoesNotExist, ReadOnly
        """
        self._work.check_open(activity_arn)
        if self._journal.activities.find(activity_arn) is None:
            raise ActivityDoesNotExist(activity_arn)
        while (offer := await self._work.activities.take(activity_arn)) is not None:
            if await self._assign(offer, worker_name):
                return ActivityTask(token=offer.command.token, input=offer.command.arguments.text)
        return None

    # --- map runs ---

    async def update_map_run(self, map_run_arn: str, limits: MapRunLimits) -> None:
        """Changes what holds for a map run; one that is over keeps its limits.

        Raises:
            MapRunDoesNotExist, ReadOnly
        """
        self._work.check_open(map_run_arn)
        record = self._journal.map_runs.find(map_run_arn)
        if record is None:
            raise MapRunDoesNotExist(map_run_arn)
        running = self._work.find(record.execution_arn)
        if running is not None:
            now = self._clock.now()
            decision = map_happenings.map_run_updated(
                running.execution, now, map_run_arn, limits, DISTRIBUTED_CONCURRENCY
            )
            self._work.happen(running, decision)
            await self._work.committed(running)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls the listener after every commit; returns the function that ends it."""
        self._work.listeners.append(listener)
        return lambda: self._work.listeners.remove(listener)

    # --- below ---

    def _begin(self, new: NewExecution, *, ephemeral: bool = False) -> Running:
        record = ExecutionRecord(
            arn=new.arn,
            name=new.name,
            state_machine_arn=new.state_machine.arn,
            revision_id=new.state_machine.revision_id,
            input=storable(new.input),
            started_at=self._clock.now(),
            trace_header=new.trace_header,
            test_case=new.test_case,
            type=new.state_machine.type,
            version_arn=new.version_arn,
            alias_arn=new.alias_arn,
            started_by=new.started_by,
            awaited=new.awaited,
        )
        running = Running.begin(record, new.state_machine, seed=self._seed(), ephemeral=ephemeral)
        self._work.launch(running)
        return running

    async def _assign(self, offer: Offer, worker_name: str | None) -> bool:
        """Notes that the worker has the task; False when the task is no longer wanted.

        The note comes first: after a kill in between the task waits for its timeout, but no two workers ever have it.
        """
        running = self._work.find(offer.execution_arn)
        if running is None:
            return False
        frame = happenings.in_flight(running.execution, offer.command.visit)
        if frame is None or frame.phase is not Phase.OFFERED:
            return False
        now = self._clock.now()
        self._work.happen(running, happenings.task_started(running.execution, now, offer.command.visit, worker_name))
        await self._work.committed(running)
        return True

    def _task_of(self, token: str) -> tuple[Running, Visit]:
        named = read_token(token)
        if named is None:
            raise InvalidToken(token)
        arn, visit = named
        self._work.check_open(arn)
        running = self._work.find(arn)
        if running is not None and happenings.in_flight(running.execution, visit) is not None:
            return running, visit
        if running is None and self._journal.executions.find(arn) is None:
            raise TaskDoesNotExist(token)
        raise TaskTimedOut(token)
