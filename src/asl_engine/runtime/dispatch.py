"""Carrying commands out: tasks run by integrations, timers set on the clock, and both called off again."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol, assert_never

from asl_engine.history.resources import Manner
from asl_engine.integrations.port import Failed, ItemsRead, Resolve, Succeeded, TaskOutcome, TaskRequest
from asl_engine.interpreter.commands import (
    Cancel,
    Command,
    ReadItems,
    RunTask,
    StartChild,
    StartTimer,
    Timer,
    TimerKind,
    Visit,
    WriteResults,
)
from asl_engine.language.values import Failure
from asl_engine.runtime.clock import Alarm, Clock
from asl_engine.runtime.storage import StorageRequests

log: Final = logging.getLogger(__name__)


class Reports(Protocol):
    """Who is told what came of the commands."""

    def task_ended(self, execution_arn: str, visit: Visit, outcome: TaskOutcome) -> None: ...

    def timer_fired(self, execution_arn: str, timer: Timer) -> None: ...

    def storage_answered(self, execution_arn: str, visit: Visit, outcome: ItemsRead | Succeeded | Failed) -> None: ...

    def child_wanted(self, execution_arn: str, command: StartChild) -> None: ...

    def activity_offered(self, execution_arn: str, command: RunTask) -> Alarm: ...


class Dispatcher:
    def __init__(
        self, *, resolve: Resolve, storage: StorageRequests, clock: Clock, reports: Reports, wait_time_scale: float
    ) -> None:
        self._resolve = resolve
        self._storage = storage
        self._clock = clock
        self._reports = reports
        self._wait_time_scale = wait_time_scale
        self._wanted: dict[str, dict[Visit, _Errands]] = {}

    def carry_out(self, execution_arn: str, command: Command) -> None:
        match command:
            case RunTask():
                self._run(execution_arn, command)
            case StartTimer():
                self._set(execution_arn, command)
            case ReadItems() | WriteResults():
                task = asyncio.get_running_loop().create_task(self._store(execution_arn, command))
                self._errands(execution_arn, command.visit).task = task
            case StartChild():
                self._reports.child_wanted(execution_arn, command)
            case Cancel(visit):
                errands = self._wanted.get(execution_arn, {}).pop(visit, None)
                if errands is not None:
                    errands.cancel()
            case _:
                assert_never(command)

    def forget(self, execution_arn: str) -> None:
        """Calls off everything for an execution that has ended."""
        for errands in self._wanted.pop(execution_arn, {}).values():
            errands.cancel()

    async def close(self) -> None:
        """Calls off everything and waits until the tasks have stopped."""
        running = [errands.task for visits in self._wanted.values() for errands in visits.values() if errands.task]
        for execution_arn in list(self._wanted):
            self.forget(execution_arn)
        await asyncio.gather(*running, return_exceptions=True)

    def _errands(self, execution_arn: str, visit: Visit) -> "_Errands":
        return self._wanted.setdefault(execution_arn, {}).setdefault(visit, _Errands())

    def _set(self, execution_arn: str, command: StartTimer) -> None:
        timer, due = command.timer, command.due
        if timer.kind is TimerKind.WAIT:
            now = self._clock.now()
            due = now + (due - now) * self._wait_time_scale
        ring: Callable[[], None] = lambda: self._reports.timer_fired(execution_arn, timer)  # noqa: E731
        self._errands(execution_arn, timer.visit).set(timer.kind, self._clock.call_at(due, ring))

    def _run(self, execution_arn: str, command: RunTask) -> None:
        if command.resource.manner is Manner.ACTIVITY:
            offer = self._reports.activity_offered(execution_arn, command)
            self._errands(execution_arn, command.visit).offer = offer
            return
        task = asyncio.get_running_loop().create_task(self._answer(execution_arn, command))
        self._errands(execution_arn, command.visit).task = task

    async def _store(self, execution_arn: str, command: ReadItems | WriteResults) -> None:
        try:
            outcome = await self._storage.carry_out(execution_arn, command)
        except Exception as error:
            log.exception("map storage failed", extra={"map_run": command.map_run_arn})
            outcome = Failed(Failure("States.Runtime", f"{type(error).__name__}: {error}"))
        self._reports.storage_answered(execution_arn, command.visit, outcome)

    async def _answer(self, execution_arn: str, command: RunTask) -> None:
        request = TaskRequest(
            task_id=f"{execution_arn}/{command.visit}",
            execution_arn=execution_arn,
            state_name=command.state,
            resource=command.resource,
            arguments=command.arguments.value,
            token=command.token,
            attempt=command.visit.attempt,
            credentials=None if command.credentials is None else command.credentials.value,
            timeout_seconds=command.timeout_seconds,
            heartbeat_seconds=command.heartbeat_seconds,
            submitted=None if command.submitted is None else command.submitted.value,
        )
        try:
            outcome = await self._resolve(command.resource).run(request)
        except Exception as error:
            log.exception("integration failed", extra={"resource": command.resource.arn})
            outcome = Failed(Failure("States.Runtime", f"{type(error).__name__}: {error}"))
        self._reports.task_ended(execution_arn, command.visit, outcome)


class _Errands:
    """What is under way for one visit: at most one task or offer to workers, and a timer of each kind."""

    __slots__ = ("_alarms", "offer", "task")

    def __init__(self) -> None:
        self.offer: Alarm | None = None
        self.task: asyncio.Task[None] | None = None
        self._alarms: dict[TimerKind, Alarm] = {}

    def set(self, kind: TimerKind, alarm: Alarm) -> None:
        """A timer that is set again replaces the one before."""
        if kind in self._alarms:
            self._alarms[kind].cancel()
        self._alarms[kind] = alarm

    def cancel(self) -> None:
        if self.task is not None:
            self.task.cancel()
        if self.offer is not None:
            self.offer.cancel()
        for alarm in self._alarms.values():
            alarm.cancel()
