"""An execution's history as a person follows it: one line a state, with its time, retries and what it reported."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HistoryEvent = Mapping[str, Any]


@dataclass(kw_only=True)
class Line:
    """A state that was entered; `report` is what its function said it did."""

    state: str
    kind: str
    started_at: datetime
    ended_at: datetime | None = None
    retries: int = 0
    failed: bool = False
    trouble: str | None = None
    report: dict[str, Any] = field(default_factory=dict)

    def seconds(self, now: datetime) -> float:
        """How long the state has taken until it ended, or until `now`."""
        return max(0.0, ((self.ended_at or now) - self.started_at).total_seconds())


def lines(events: Iterable[HistoryEvent]) -> list[Line]:
    """The states in the order they were entered; `events` as GetExecutionHistory returns them, oldest first."""
    timeline = _Timeline()
    for event in events:
        timeline.add(event)
    return timeline.lines


class _Timeline:
    """Follows previousEventId back to the state an event belongs to, so that parallel branches stay apart."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._line_of: dict[int, Line] = {}

    def add(self, event: HistoryEvent) -> None:
        kind: str = event["type"]
        if kind.endswith("StateEntered"):
            self._enter(event, kind.removesuffix("StateEntered"))
        elif kind.endswith("StateExited"):
            self._exit(event)
        elif line := self._line_of.get(event["previousEventId"]):
            self._line_of[event["id"]] = line
            self._note(line, event, kind)

    def _enter(self, event: HistoryEvent, kind: str) -> None:
        line = Line(state=event["stateEnteredEventDetails"]["name"], kind=kind, started_at=event["timestamp"])
        if kind == "Fail":
            line.failed, line.ended_at = True, event["timestamp"]
        self.lines.append(line)
        self._line_of[event["id"]] = line

    def _exit(self, event: HistoryEvent) -> None:
        name = event["stateExitedEventDetails"]["name"]
        line = next(line for line in reversed(self.lines) if line.state == name and line.ended_at is None)
        line.ended_at = event["timestamp"]
        self._line_of[event["id"]] = line

    def _note(self, line: Line, event: HistoryEvent, kind: str) -> None:
        if kind in ("TaskFailed", "TaskTimedOut", "ParallelStateFailed", "ExecutionFailed"):
            details: Mapping[str, Any] = next(
                (value for key, value in event.items() if key.endswith("EventDetails")), {}
            )
            line.failed = True
            line.trouble = trouble(details.get("error"), details.get("cause")) or line.trouble
        elif kind == "TaskScheduled" and line.failed:
            line.failed = False
            line.retries += 1
        elif kind == "TaskSucceeded":
            line.failed, line.report = False, payload(event["taskSucceededEventDetails"].get("output"))


def payload(output: str | None) -> dict[str, Any]:
    """What a Lambda returned, out of the output of `lambda:invoke`."""
    document = json.loads(output or "{}")
    returned = document.get("Payload") if isinstance(document, dict) else None
    return returned if isinstance(returned, dict) else {}


def trouble(error: str | None, cause: str | None) -> str | None:
    """An error and its cause as one readable line; a Lambda's JSON cause gives its message only."""
    if error is None and cause is None:
        return None
    return f"{error}: {message}" if (message := message_of(cause)) else error


def message_of(cause: str | None) -> str | None:
    """The sentence in a cause: Lambda wraps it as `errorMessage` in a JSON object."""
    try:
        document = json.loads(cause or "")
    except ValueError:
        return cause
    return document.get("errorMessage", cause) if isinstance(document, dict) else cause
