"""One line of control: the execution itself, a Parallel's branch or a Map's iteration."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Final

from asl_engine.history.documents import Document
from asl_engine.history.events import TaskScheduled
from asl_engine.history.map_runs import MapRun
from asl_engine.language.values import JSON, Failure


class Phase(Enum):
    """What happens next to a frame; the interpreter has one step for each in which something can be done."""

    STARTING = auto()  # a state is about to be entered
    ENTERED = auto()  # its work is about to begin, or to begin again
    SCHEDULED = auto()  # a task is about to be handed out
    OFFERED = auto()  # an activity waits for a worker
    RUNNING = auto()  # a task is out
    WAITING = auto()  # a Wait state's time runs
    ELAPSED = auto()  # it is over
    RETRYING = auto()  # the pause before a retry runs
    CHILDREN = auto()  # branches, iterations or child executions run
    RUN_DUE = auto()  # a distributed Map is about to begin its map run
    REDRIVE_DUE = auto()  # it is about to go on with the items that failed
    READING = auto()  # its items are being read
    BATCHING = auto()  # its items are there, its batches not
    WRITING = auto()  # its results are being written
    RUN_OVER = auto()  # its map run has succeeded
    RUN_ABORTED = auto()  # its map run was stopped by a failure elsewhere, and so will the state be
    SUCCEEDED = auto()  # the state's result is there
    FAILED = auto()  # the state failed; Retry and Catch have not been asked
    FINISHED = auto()  # the last state was left
    ABORTED = auto()  # stopped by a failure elsewhere


_IDLE: Final = frozenset(
    {
        Phase.OFFERED,
        Phase.RUNNING,
        Phase.WAITING,
        Phase.RETRYING,
        Phase.ABORTED,
        Phase.READING,
        Phase.WRITING,
        Phase.RUN_ABORTED,
    }
)


class Frame:
    """Where one line of control stands. Changed by the fold alone.

    `last_event_id` is what the frame's next event names as previous. `variables` is shared with the parent until the
    frame assigns its own, which is safe because a parent assigns nothing while its children run. `input` is the
    current state's raw input, and the last state's output once the frame is FINISHED. `tries` counts the attempts at
    this visit of the state, `retry_count` those since the last redrive.
    """

    __slots__ = (
        "attempts",
        "children",
        "due",
        "entered_at",
        "entered_event_id",
        "entered_previous_id",
        "failure",
        "failure_reported",
        "heartbeat_at",
        "id",
        "index",
        "input",
        "last_event_id",
        "map_run",
        "next_state",
        "parent",
        "phase",
        "result",
        "retry_count",
        "started_at",
        "state",
        "state_type",
        "submitted",
        "task",
        "tries",
        "variables",
    )

    entered_event_id: int
    entered_previous_id: int
    entered_at: datetime
    attempts: dict[int, int]
    retry_count: int
    tries: int
    due: datetime
    started_at: datetime
    heartbeat_at: datetime
    submitted: Document | None
    result: Document
    failure: Failure
    failure_reported: bool

    def __init__(self, *, id: int, parent: "Frame | None", index: int, input: Document, last_event_id: int) -> None:  # noqa: A002  # AWS's words
        self.id = id
        self.parent = parent
        self.index = index
        self.input = input
        self.last_event_id = last_event_id
        self.variables: Mapping[str, JSON] = {} if parent is None else parent.variables
        self.phase = Phase.STARTING
        self.next_state: str | None = None
        self.state = ""
        self.state_type = ""
        self.children: Children | None = None
        self.map_run: MapRun | None = None
        self.task: TaskScheduled | None = None

    @property
    def can_go_on(self) -> bool:
        """Whether there is something to decide, without anything new from outside."""
        if self.phase is Phase.CHILDREN:
            below = self.children or self.map_run
            return below is not None and (below.complete or below.can_start)
        return self.phase not in _IDLE


class Children:
    """The branches or iterations under a frame, and what the finished ones returned.

    `items` and `limit`, how many run at once, are a Map's. `last_success_id` is what the Succeeded and Exited events
    name as previous: the last MapIterationSucceeded, or the last event of the branch that finished last. `stopped`
    holds the frames that did not finish when one of them failed: a redrive goes on with them.
    """

    __slots__ = ("frames", "items", "last_success_id", "limit", "outputs", "started", "stopped", "succeeded", "total")

    def __init__(
        self, *, total: int, last_success_id: int, started: int = 0, limit: int = 0, items: Document | None = None
    ) -> None:
        self.total = total
        self.started = started
        self.limit = limit
        self.items = items
        self.last_success_id = last_success_id
        self.succeeded = 0
        self.frames: dict[int, Frame] = {}
        self.stopped: list[Frame] = []
        self.outputs: list[Document | None] = [None] * total

    @property
    def complete(self) -> bool:
        return self.succeeded == self.total

    @property
    def can_start(self) -> bool:
        """Whether another iteration may begin now."""
        return self.started < self.total and len(self.frames) < self.limit

    def succeed(self, index: int, output: Document) -> None:
        self.outputs[index] = output
        self.succeeded += 1

    def result(self) -> Document:
        """The outputs in the order of branches or items."""
        return Document.array([output for output in self.outputs if output is not None])
