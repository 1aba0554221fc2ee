"""What a decision writes into, and the definition it reads from."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeAlias, TypedDict

from asl_engine.history.documents import Document
from asl_engine.history.events import (
    ExecutionAborted,
    ExecutionFailed,
    ExecutionSucceeded,
    ExecutionTimedOut,
    HistoryEvent,
)
from asl_engine.history.execution import Execution
from asl_engine.history.fold import apply
from asl_engine.history.frames import Frame
from asl_engine.history.headers import ROOT
from asl_engine.history.resources import Resource
from asl_engine.interpreter.commands import Cancel, Command, Decision, Visit
from asl_engine.language.definition import Map, Parallel, State, StateMachine
from asl_engine.language.values import JSON, UNLIMITED, Failure, Limit

EVENT_LIMIT: Final = 25_000
"""The most events a standard execution may have (service quotas of Step Functions)."""

_TERMINAL: Final = (ExecutionSucceeded, ExecutionFailed, ExecutionAborted, ExecutionTimedOut)


class HistoryFull(Exception):
    """The next event would be the last one allowed, and does not end the execution."""


class VisibleHeader(TypedDict):
    id: int
    previous_event_id: int
    timestamp: datetime
    frame: int


class InternalHeader(VisibleHeader):
    ordinal: int


class Notebook:
    """Numbers events, has the execution take them in, and collects commands."""

    def __init__(self, execution: Execution, now: datetime) -> None:
        self.execution = execution
        self.now = now
        self.events: list[HistoryEvent] = []
        self.commands: list[Command] = []

    def decision(self, fault: Exception | None = None) -> Decision:
        return Decision(tuple(self.events), tuple(self.commands), fault)

    def visible(self, frame: Frame, previous: int | None = None) -> VisibleHeader:
        """The header of the frame's next visible event."""
        return {
            "id": self.execution.last_id + 1,
            "previous_event_id": frame.last_event_id if previous is None else previous,
            "timestamp": self.now,
            "frame": frame.id,
        }

    def internal(self, frame: Frame, previous: int | None = None) -> InternalHeader:
        """The header of the frame's next internal event."""
        return {
            "id": self.execution.last_id,
            "previous_event_id": frame.last_event_id if previous is None else previous,
            "timestamp": self.now,
            "frame": frame.id,
            "ordinal": self.execution.last_ordinal + 1,
        }

    def record(self, event: HistoryEvent) -> None:
        """Appends the event and has the execution take it in.

        Raises:
            HistoryFull
        """
        if event.id >= EVENT_LIMIT and event.ordinal == 0 and not isinstance(event, _TERMINAL):
            raise HistoryFull
        apply(self.execution, event)
        self.events.append(event)

    def record_full(self) -> None:
        """Ends an execution whose history is full."""
        cause = f"The execution reached the maximum number of history events ({EVENT_LIMIT})."
        header = self.visible(self.execution.frames[ROOT])
        self.record(ExecutionFailed(**header, failure=Failure("States.Runtime", cause)))

    def record_fault(self, fault: Exception) -> None:
        """Ends an execution that cannot be decided, by a fault of this program or of what it was given."""
        header = self.visible(self.execution.frames[ROOT])
        cause = f"The execution could not be continued: {type(fault).__name__}: {fault}"
        self.record(ExecutionFailed(**header, failure=Failure("States.Runtime", cause)))

    def cancel(self, frame: Frame) -> None:
        self.commands.append(Cancel(Visit.of(frame)))


Refuse: TypeAlias = Callable[[Resource, JSON], Sequence[str]]
"""What is wrong with the parameters of a task, in AWS's words; nothing, when it may be started."""


class Turn(Notebook):
    """A decision: a notebook beside the definition, and the limit of what is evaluated for it."""

    def __init__(
        self,
        machine: StateMachine,
        execution: Execution,
        now: datetime,
        limit: Limit = UNLIMITED,
        refuse: Refuse = lambda *_: (),
    ) -> None:
        super().__init__(execution, now)
        self.machine = machine
        self.limit = limit
        self.refuse = refuse

    def definition(self, frame: Frame) -> StateMachine:
        """The (part of the) definition the frame runs through."""
        if frame.parent is None:
            return self.machine
        state = self.state(frame.parent)
        if isinstance(state, Map):
            return state.item_processor
        assert isinstance(state, Parallel)
        return state.branches[frame.index]

    def state(self, frame: Frame) -> State:
        """The state the frame is in."""
        return self.definition(frame).states[frame.state]


def document(value: JSON, *known: Document) -> Document:
    """The document of a value; one of the known ones when it is theirs, which saves serialising it again."""
    for candidate in known:
        if candidate.value is value:
            return candidate
    return Document.of(value)
