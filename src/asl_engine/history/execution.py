"""Where an execution stands. `fold.apply` alone changes it, so every prefix of a journal gives a valid one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asl_engine.history.documents import Document
from asl_engine.history.events import ExecutionStarted, Terminal
from asl_engine.history.frames import Children, Frame, Phase
from asl_engine.language.values import JSON, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What the context object says about an execution besides its start; only of standard ones it counts redrives."""

    arn: str
    name: str
    state_machine_arn: str
    state_machine_name: str
    express: bool = False


class Execution:
    """`ready` holds the frames in which something can be done, in the order in which they became so.

    A frame keeps its place while it can go on, so a branch runs until it has to wait for something. `last_id` and
    `last_ordinal` number the last event; `context` is what `$$` says of execution and state machine. `began_at` is
    when its time began to run: at its start or its last redrive. The frames stay when it has ended, for a redrive.
    """

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.last_id = 0
        self.last_ordinal = 0
        self.next_frame = 0
        self.frames: dict[int, Frame] = {}
        self.ready: dict[int, Frame] = {}
        self.started: ExecutionStarted | None = None
        self.began_at: datetime | None = None
        self.redrive_count = 0
        self.ended: Terminal | None = None
        self.context: dict[str, JSON] = {}

    def add(self, frame: Frame) -> None:
        """Takes in a new frame, which is ready for its first state."""
        self.frames[frame.id] = self.ready[frame.id] = frame
        self.next_frame = frame.id + 1
        if frame.parent is not None:
            children_of(frame.parent).frames[frame.id] = frame

    def move(self, frame: Frame, phase: Phase) -> None:
        frame.phase = phase
        self.refresh(frame)

    def refresh(self, frame: Frame) -> None:
        """Enters or strikes the frame among the ready ones, as its phase and children say."""
        if frame.can_go_on:
            self.ready[frame.id] = frame
        else:
            self.ready.pop(frame.id, None)

    def succeed(self, frame: Frame, result: Document) -> None:
        frame.task = None
        frame.result = result
        self.move(frame, Phase.SUCCEEDED)

    def fail(self, frame: Frame, failure: Failure, *, reported: bool) -> None:
        frame.task = None
        frame.failure = failure
        frame.failure_reported = reported
        self.move(frame, Phase.FAILED)

    def remove(self, frame: Frame) -> None:
        """Forgets a branch or iteration that has finished."""
        assert frame.parent is not None
        del children_of(frame.parent).frames[frame.id]
        self.ready.pop(frame.id, None)
        del self.frames[frame.id]

    def stop(self, frame: Frame) -> None:
        """Sets aside a branch or iteration that did not finish, with all below it."""
        self.stop_children(frame)
        assert frame.parent is not None
        children_of(frame.parent).stopped.append(frame)
        self.remove(frame)

    def stop_children(self, frame: Frame) -> None:
        if frame.children is not None:
            for child in list(frame.children.frames.values()):
                self.stop(child)

    def revive(self, frame: Frame) -> None:
        """Has the frame go on where it failed or was stopped; what had succeeded below it stays so."""
        self.frames[frame.id] = frame
        if frame.children is not None:
            self._revive_children(frame, frame.children)
        elif frame.map_run is not None and frame.map_run.arn and frame.phase not in _WHEN_RUN_IS_OVER:
            self.move(frame, Phase.REDRIVE_DUE)
        elif frame.phase in _REPEATED:
            frame.task = None
            frame.attempts = {}
            frame.retry_count = 0
            frame.tries += 1
            frame.entered_at = self.began_at or frame.entered_at
            self.move(frame, Phase.ENTERED)
        else:
            self.refresh(frame)

    def _revive_children(self, frame: Frame, children: Children) -> None:
        unfinished = sorted([*children.frames.values(), *children.stopped], key=lambda child: child.id)
        children.stopped.clear()
        children.frames = {child.id: child for child in unfinished}
        for child in unfinished:
            self.revive(child)
        self.move(frame, Phase.CHILDREN)


_WHEN_RUN_IS_OVER: Final = frozenset({Phase.RUN_OVER, Phase.SUCCEEDED})

_REPEATED: Final = frozenset(
    {
        Phase.ENTERED,
        Phase.SCHEDULED,
        Phase.OFFERED,
        Phase.RUNNING,
        Phase.WAITING,
        Phase.RETRYING,
        Phase.FAILED,
        Phase.ABORTED,
        Phase.RUN_DUE,
    }
)
"""Phases of a state whose work a redrive begins again."""


def children_of(frame: Frame) -> Children:
    """The children of a frame that is known to have some."""
    assert frame.children is not None
    return frame.children
