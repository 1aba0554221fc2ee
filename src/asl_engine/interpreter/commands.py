"""What a decision asks the world to do, and how the world says what it is talking about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from asl_engine.history.documents import Document
from asl_engine.history.events import HistoryEvent
from asl_engine.history.frames import Frame
from asl_engine.history.resources import Resource
from asl_engine.language.values import JSON


class Visit(NamedTuple):
    """One attempt at one visit of a state: what a task or timer belongs to.

    It follows from the history alone, so that a late or repeated answer is recognised, also after a restart.
    """

    frame: int
    entered_event_id: int
    attempt: int

    @classmethod
    def of(cls, frame: Frame) -> "Visit":
        return cls(frame.id, frame.entered_event_id, frame.tries)

    def __str__(self) -> str:
        return f"{self.frame}-{self.entered_event_id}-{self.attempt}"


class TimerKind(StrEnum):
    WAIT = "wait"  # a Wait state
    RETRY = "retry"  # the pause before a retry
    TIMEOUT = "timeout"  # a task's TimeoutSeconds
    HEARTBEAT = "heartbeat"  # a task's HeartbeatSeconds
    EXECUTION = "execution"  # the state machine's TimeoutSeconds


class Timer(NamedTuple):
    kind: TimerKind
    visit: Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """`submitted` is set when the request was made before and its job is to be followed."""

    visit: Visit
    state: str
    resource: Resource
    arguments: Document
    token: str
    credentials: Document | None = None
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    submitted: Document | None = None


@dataclass(frozen=True, slots=True)
class StartTimer:
    timer: Timer
    due: datetime


@dataclass(frozen=True, slots=True)
class Cancel:
    """The task and the timers of this visit are no longer wanted."""

    visit: Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadItems:
    """A distributed Map's ItemReader, evaluated."""

    visit: Visit
    map_run_arn: str
    reader: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteResults:
    """A distributed Map's ResultWriter, evaluated."""

    visit: Visit
    map_run_arn: str
    writer: Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChild:
    """One execution of a distributed Map's processor.

    `index` counts the children of the map run; the execution's `name` follows from both, so that a child that was
    asked for before is found again. Of a child that ended in vain before `since`, the map run's redrive, another try
    is wanted.
    """

    visit: Visit
    map_run_arn: str
    index: int
    name: str
    label: str
    type: str
    input: Document
    item_count: int
    definition_path: tuple[str | int, ...]
    since: datetime | None = None


Command: TypeAlias = RunTask | StartTimer | Cancel | ReadItems | WriteResults | StartChild


@dataclass(frozen=True, slots=True)
class Decision:
    """New events, which the execution has already taken in, and what to do once they are committed.

    `fault` is what went wrong in deciding itself and ended the execution; somebody should look at it.
    """

    events: tuple[HistoryEvent, ...] = ()
    commands: tuple[Command, ...] = ()
    fault: Exception | None = None
