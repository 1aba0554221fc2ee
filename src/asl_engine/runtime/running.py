"""One execution while it runs: where it stands, and what has happened but is not committed yet."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Final, assert_never

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution, Identity
from asl_engine.history.fold import apply
from asl_engine.interpreter.commands import Command, Decision
from asl_engine.interpreter.decide import decide, outstanding, start
from asl_engine.journal.port import (
    AppendEvents,
    ExecutionRecord,
    FinishExecution,
    Journal,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)
from asl_engine.language.definition import StateMachine
from asl_engine.language.parse import parse

log: Final = logging.getLogger(__name__)

_parsed = lru_cache(maxsize=256)(parse)


@dataclass(slots=True)
class Advance:
    """What one execution brings to a commit, and what follows from it."""

    running: "Running"
    writes: Sequence[Write]
    events: Sequence[e.HistoryEvent]
    commands: Sequence[Command]
    waiters: Sequence[asyncio.Future[None]]
    ended: bool


@dataclass(slots=True)
class Running:
    """`waiters` are told when what has happened so far is committed; `settled` when the execution's end is."""

    record: ExecutionRecord
    machine: StateMachine
    execution: Execution
    settled: asyncio.Future[ExecutionRecord]
    writes: list[Write] = field(default_factory=list)
    events: list[e.HistoryEvent] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    waiters: list[asyncio.Future[None]] = field(default_factory=list)

    @classmethod
    def begin(cls, record: ExecutionRecord, state_machine: StateMachineRecord, *, seed: str) -> "Running":
        running = cls._of(record, state_machine)
        running.writes.append(StartExecution(record))
        given = Document(text=record.input)
        running.happen(
            start(running.execution, record.started_at, input=given, role_arn=state_machine.role_arn, seed=seed)
        )
        running.commands.extend(outstanding(running.machine, running.execution))
        return running

    @classmethod
    def resume(cls, record: ExecutionRecord, journal: Journal) -> "Running":
        """From the events in the journal; the commands are those that were not answered."""
        state_machine = journal.state_machines.revision(record.state_machine_arn, record.revision_id)
        assert state_machine is not None
        running = cls._of(record, state_machine)
        for event in journal.executions.events(record.arn):
            apply(running.execution, event)
        running.commands.extend(outstanding(running.machine, running.execution))
        return running

    @classmethod
    def _of(cls, record: ExecutionRecord, state_machine: StateMachineRecord) -> "Running":
        identity = Identity(
            arn=record.arn,
            name=record.name,
            state_machine_arn=state_machine.arn,
            state_machine_name=state_machine.name,
        )
        return cls(
            record, _parsed(state_machine.definition), Execution(identity), asyncio.get_running_loop().create_future()
        )

    @property
    def can_go_on(self) -> bool:
        return bool(self.execution.ready)

    def happen(self, decision: Decision) -> None:
        """Notes what is to be committed and done next."""
        self.events.extend(decision.events)
        self.commands.extend(decision.commands)

    def advance(self, now: datetime, *, limit: int) -> Advance:
        """Decides, and hands over everything that is to be committed."""
        decision = decide(self.machine, self.execution, now, limit=limit)
        if decision.fault is not None:
            log.error("execution cannot be decided", exc_info=decision.fault, extra={"execution": self.record.arn})
        self.happen(decision)
        writes = self.writes
        if self.events:
            writes.append(AppendEvents(self.record.arn, self.events))
        ended = self.execution.ended
        if ended is not None:
            self.record = _ended(self.record, ended)
            writes.append(FinishExecution(self.record))
        advance = Advance(self, writes, self.events, self.commands, self.waiters, ended is not None)
        self.writes, self.events, self.commands, self.waiters = [], [], [], []
        return advance


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
