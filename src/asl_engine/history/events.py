"""What can happen to an execution: a closed union of frozen events, named and numbered as AWS shows them.

Visible events are those of GetExecutionHistory; internal ones (`WaitArmed`, `RetryScheduled`, `TimerFired`, those of
a distributed Map's items) ride behind the visible event before them and record what a restart must know. Fields that
AWS does not show are marked so; they let the fold work without the definition.
See https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from asl_engine.history.documents import Document
from asl_engine.history.headers import Event
from asl_engine.history.map_events import InternalOfMapRun, VisibleOfMapRun
from asl_engine.history.resources import Resource
from asl_engine.language.values import Failure

# --- the execution ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionStarted(Event):
    """Not shown: `seed`, from which this execution's identifiers, jitter and random numbers are drawn."""

    input: Document
    role_arn: str | None = None
    seed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSucceeded(Event):
    output: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFailed(Event):
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionAborted(Event):
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionTimedOut(Event):
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRedriven(Event):
    """The execution, which had ended without success, goes on where it failed."""

    redrive_count: int


# --- states ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEntered(Event):
    """`state_type` is the definition's `Type`; AWS makes PassStateEntered and the like of it."""

    state_type: str
    name: str
    input: Document

    @property
    def type(self) -> str:
        return f"{self.state_type}StateEntered"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateExited(Event):
    """Not shown: `next`, the state that follows; None ends the frame."""

    state_type: str
    name: str
    output: Document
    assigned: Mapping[str, Document] | None = None
    next: str | None = None

    @property
    def type(self) -> str:
        return f"{self.state_type}StateExited"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateAborted(Event):
    """A state in flight (Task, Wait, Map, Parallel) whose branch was stopped by a failure elsewhere."""

    state_type: str

    @property
    def type(self) -> str:
        return f"{self.state_type}StateAborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFailed(Event):
    """A JSONata expression failed; `location` is the field it stands in."""

    failure: Failure
    state: str
    location: str | None = None


# --- tasks -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskScheduled(Event):
    """`parameters` is what the task is given. Not shown: `attempt`, the number of retries before this one."""

    resource: Resource
    parameters: Document
    region: str | None = None
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    credentials: Document | None = None
    attempt: int = 0

    @property
    def type(self) -> str:
        return f"{self.resource.manner}Scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """`worker_name` is the activity worker's."""

    resource: Resource
    worker_name: str | None = None

    @property
    def type(self) -> str:
        return f"{self.resource.manner}Started"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSubmitted(Event):
    """The request was accepted; the end comes with the job or the token."""

    resource: Resource
    output: Document

    @property
    def type(self) -> str:
        return f"{self.resource.manner}Submitted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSucceeded(Event):
    resource: Resource
    output: Document

    @property
    def type(self) -> str:
        return f"{self.resource.manner}Succeeded"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailed(Event):
    """`unsubmitted`: the request was refused, so there is no job and nobody who would use the token.

    AWS has a type of its own for that (ASFHyP3/hyp3, pull request 805).
    """

    resource: Resource
    failure: Failure
    unsubmitted: bool = False

    @property
    def type(self) -> str:
        return f"{self.resource.manner}{'Submit' if self.unsubmitted else ''}Failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskTimedOut(Event):
    """Not shown: `missed_heartbeat`, whether it was the heartbeat that did not come in time."""

    resource: Resource
    failure: Failure
    missed_heartbeat: bool = False

    @property
    def type(self) -> str:
        return f"{self.resource.manner}TimedOut"


# --- Parallel and Map ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStateStarted(Event):
    """Not shown: `branch_count` and `input`, what every branch is given; `first_branch`, the first branch's frame."""

    branch_count: int
    first_branch: int
    input: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStateSucceeded(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ParallelStateFailed(Event):
    """Not shown: `failure`, the branch's."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStateStarted(Event):
    """Not shown: the `items` themselves and how many of them run at once; whether a map run is to follow.

    `length` is 0 when an ItemReader is to find the items.
    """

    length: int
    items: Document
    concurrency: int
    distributed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStateSucceeded(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStateFailed(Event):
    """Not shown: `failure`, the iteration's or the Map's own."""

    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapIterationStarted(Event):
    """`frame` is the iteration's. Not shown: `parent`, the Map's frame, and `input`, what the iteration is given."""

    name: str
    index: int
    parent: int
    input: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class MapIterationSucceeded(Event):
    name: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MapIterationFailed(Event):
    """Not shown: `failure`."""

    name: str
    index: int
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapIterationAborted(Event):
    name: str
    index: int


# --- internal: never shown, needed to resume -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitArmed(Event):
    """A Wait state's time was found."""

    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled(Event):
    """`retrier` is the index of the one that takes this failure."""

    retrier: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Event):
    """A Wait or the pause before a retry is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatReceived(Event):
    """The task in this frame is alive."""


Terminal: TypeAlias = ExecutionSucceeded | ExecutionFailed | ExecutionAborted | ExecutionTimedOut
Internal: TypeAlias = WaitArmed | RetryScheduled | TimerFired | HeartbeatReceived | InternalOfMapRun
Visible: TypeAlias = (
    ExecutionStarted
    | Terminal
    | ExecutionRedriven
    | StateEntered
    | StateExited
    | StateAborted
    | EvaluationFailed
    | TaskScheduled
    | TaskStarted
    | TaskSubmitted
    | TaskSucceeded
    | TaskFailed
    | TaskTimedOut
    | ParallelStateStarted
    | ParallelStateSucceeded
    | ParallelStateFailed
    | MapStateStarted
    | MapStateSucceeded
    | MapStateFailed
    | MapIterationStarted
    | MapIterationSucceeded
    | MapIterationFailed
    | MapIterationAborted
    | VisibleOfMapRun
)
HistoryEvent: TypeAlias = Visible | Internal
