"""One execution while it runs: where it stands, and what has happened but is not committed yet."""

import asyncio
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, assert_never

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution, Identity
from asl_engine.history.fold import apply
from asl_engine.history.resources import Manner
from asl_engine.interpreter.commands import Command, Decision, RunTask, StartTimer, TimerKind
from asl_engine.interpreter.decide import decide, outstanding, redrive, start
from asl_engine.interpreter.map_runs import processor_at
from asl_engine.interpreter.pace import Pace
from asl_engine.interpreter.turn import Refuse
from asl_engine.journal.port import (
    AppendEvents,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    Journal,
    SaveRecord,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)
from asl_engine.language.definition import StateMachine
from asl_engine.language.parse import parse
from asl_engine.runtime.map_runs import Ledger

log: Final = logging.getLogger(__name__)

EXPRESS_SECONDS: Final = 300
"""How long an express execution may take (service quotas)."""

_parsed = lru_cache(maxsize=256)(parse)


@dataclass(slots=True)
class Advance:
    """What one execution brings to a commit, and what follows from it."""

    running: "Running"
    writes: Sequence[Write]
    events: Sequence[e.HistoryEvent]
    commands: Sequence[Command]
    waiters: Sequence[asyncio.Future[None]]
    map_runs_over: Sequence[str]
    ended: bool


@dataclass(slots=True)
class Running:
    """`waiters` are told when what has happened so far is committed; `settled` when the execution's end is."""

    record: ExecutionRecord
    machine: StateMachine
    execution: Execution
    map_runs: Ledger
    state_machine: StateMachineRecord
    settled: asyncio.Future[ExecutionRecord]
    writes: list[Write] = field(default_factory=list)
    events: list[e.HistoryEvent] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)
    ephemeral: bool = False

    @classmethod
    def begin(
        cls,
        record: ExecutionRecord,
        state_machine: StateMachineRecord,
        *,
        seed: str,
        replaces: bool = False,
        ephemeral: bool = False,
    ) -> "Running":
        """A new execution: in place of the one before with its ARN, or one of which nothing is kept."""
        running = cls._of(record, state_machine)
        running.ephemeral = ephemeral
        if replaces:
            running.writes.append(ForgetExecution(record.arn))
        running.writes.append(StartExecution(record))
        given = Document(text=record.input)
        role_arn = state_machine.role_arn
        running.happen(start(running.execution, record.started_at, input=given, role_arn=role_arn, seed=seed))
        running.commands.extend(outstanding(running.machine, running.execution))
        return running

    @classmethod
    def resume(cls, record: ExecutionRecord, journal: Journal, now: datetime) -> "Running":
        """From the events in the journal; the commands are those that were not answered."""
        running = cls._folded(record, journal)
        commands = tuple(outstanding(running.machine, running.execution))
        running.commands.extend(_with_all_their_time(commands, now))
        return running

    @classmethod
    def redrive(cls, record: ExecutionRecord, journal: Journal, now: datetime) -> "Running":
        """From the events of an execution that ended without success."""
        running = cls._folded(record, journal)
        decision = redrive(running.execution, now)
        running.record = replace(
            record,
            status=Status.RUNNING,
            output=None,
            failure=None,
            stopped_at=None,
            redrive_count=running.execution.redrive_count,
            redriven_at=now,
            awaited=False,
        )
        running.writes.append(FinishExecution(running.record))
        running.happen(decision)
        running.commands.extend(outstanding(running.machine, running.execution))
        return running

    @classmethod
    def _folded(cls, record: ExecutionRecord, journal: Journal) -> "Running":
        machine_arn = record.state_machine_arn.partition("/")[0]
        state_machine = journal.state_machines.revision(machine_arn, record.revision_id)
        assert state_machine is not None
        running = cls._of(record, state_machine)
        for event in journal.executions.events(record.arn):
            apply(running.execution, event)
            running.map_runs.note((event,))
        running.map_runs.changed.clear()
        return running

    @classmethod
    def _of(cls, record: ExecutionRecord, state_machine: StateMachineRecord) -> "Running":
        label = record.state_machine_arn.partition("/")[2]
        identity = Identity(
            arn=record.arn,
            name=record.name,
            state_machine_arn=record.state_machine_arn,
            state_machine_name=f"{state_machine.name}/{label}" if label else state_machine.name,
            express=record.type == "EXPRESS",
        )
        return cls(
            record,
            _machine_of(record, state_machine),
            Execution(identity),
            Ledger(record),
            state_machine,
            asyncio.get_running_loop().create_future(),
        )

    @property
    def can_go_on(self) -> bool:
        return bool(self.execution.ready)

    def happen(self, decision: Decision) -> None:
        """Notes what is to be committed and done next."""
        self.events.extend(decision.events)
        self.commands.extend(decision.commands)

    def advance(self, now: datetime, *, limit: int, pace: Pace, refuse: Refuse) -> Advance:
        """Decides, and hands over everything that is to be committed. Mocked tasks are not refused."""
        refuse = refuse if self.record.test_case is None else lambda *_: ()
        decision = decide(self.machine, self.execution, now, limit=limit, pace=pace, refuse=refuse)
        if decision.fault is not None:
            log.error("execution cannot be decided", exc_info=decision.fault, extra={"execution": self.record.arn})
        self.happen(decision)
        self.map_runs.note(self.events)
        ended = self.execution.ended
        if ended is not None:
            self.record = _ended(self.record, ended)
        advance = Advance(
            running=self,
            writes=[] if self.ephemeral else self._writes(),
            events=self.events,
            commands=self.commands,
            waiters=self.waiters,
            map_runs_over=[arn for arn, run in self.map_runs.changed.items() if run.status != Status.RUNNING],
            ended=ended is not None,
        )
        self.map_runs.changed.clear()
        self.writes, self.events, self.commands, self.waiters = [], [], [], []
        return advance

    def _writes(self) -> list[Write]:
        """What an express execution was is forgotten with its end; a map run still counts its own."""
        writes = [*self.writes, *map(SaveRecord, self.map_runs.changed.values())]
        if self.events:
            writes.append(AppendEvents(self.record.arn, self.events))
        if self.execution.ended is None:
            return writes
        if self.record.type == "EXPRESS" and self.record.map_run_arn is None:
            return [*writes, ForgetExecution(self.record.arn)]
        if any(isinstance(write, StartExecution) for write in writes):  # it began and ended between two commits
            return [StartExecution(self.record) if isinstance(write, StartExecution) else write for write in writes]
        return [*writes, FinishExecution(self.record)]


def _with_all_their_time(commands: Sequence[Command], now: datetime) -> Iterator[Command]:
    """A task that is run again has its time again: it could do nothing while the engine was away, however long."""
    again = {
        command.visit: command
        for command in commands
        if isinstance(command, RunTask) and command.resource.manner is not Manner.ACTIVITY  # its workers were not away
    }
    for command in commands:
        match command:
            case StartTimer(timer, _) if timer.visit in again:
                task = again[timer.visit]
                seconds = task.timeout_seconds if timer.kind is TimerKind.TIMEOUT else task.heartbeat_seconds
                yield StartTimer(timer, now + timedelta(seconds=seconds or 0))
            case _:
                yield command


def _machine_of(record: ExecutionRecord, state_machine: StateMachineRecord) -> StateMachine:
    machine = processor_at(_parsed(state_machine.definition), record.definition_path)
    if record.type != "EXPRESS":
        return machine
    return replace(machine, timeout_seconds=min(machine.timeout_seconds or EXPRESS_SECONDS, EXPRESS_SECONDS))


def _ended(record: ExecutionRecord, end: e.Terminal) -> ExecutionRecord:
    match end:
        case e.ExecutionSucceeded():
            return replace(record, status=Status.SUCCEEDED, output=end.output.text, stopped_at=end.timestamp)
        case e.ExecutionFailed():
            status = Status.FAILED
        case e.ExecutionAborted():
            status = Status.ABORTED
        case e.ExecutionTimedOut():
            status = Status.TIMED_OUT
        case _:
            assert_never(end)
    return replace(record, status=status, failure=end.failure, stopped_at=end.timestamp)
