"""The fold of a distributed Map's events."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from asl_engine.history import map_events as m
from asl_engine.history.execution import Execution
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.headers import Event
from asl_engine.history.map_runs import MapRun


def map_run_of(frame: Frame) -> MapRun:
    """The map run of a frame that is known to have one."""
    assert frame.map_run is not None
    return frame.map_run


def _started(execution: Execution, event: m.MapRunStarted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    run = map_run_of(frame)
    run.begin(event)
    execution.move(frame, Phase.READING if "ItemReader" in run.plan else _with_items(run))


def _redriven(execution: Execution, event: m.MapRunRedriven) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.started_at = event.timestamp
    run = map_run_of(frame)
    run.redrive(event.redrive_count)
    unread = "ItemReader" in run.plan and not run.items_are_read
    execution.move(frame, Phase.READING if unread else _with_items(run))


def _items_read(execution: Execution, event: m.ItemsRead) -> None:
    frame = execution.frames[event.frame]
    run = map_run_of(frame)
    run.read(event.items)
    execution.move(frame, _with_items(run))


def _batches_made(execution: Execution, event: m.BatchesMade) -> None:
    frame = execution.frames[event.frame]
    sizes: Any = event.sizes.value
    map_run_of(frame).divide(sizes)
    execution.move(frame, Phase.CHILDREN)


def _children_started(execution: Execution, event: m.ChildrenStarted) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).start(event.count)
    execution.refresh(frame)


def _child_succeeded(execution: Execution, event: m.ChildSucceeded) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).succeed(event.index, event.output)
    execution.refresh(frame)


def _child_failed(execution: Execution, event: m.ChildFailed) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).fail(event.index)
    execution.refresh(frame)


def _results_due(execution: Execution, event: m.ResultsDue) -> None:
    execution.move(execution.frames[event.frame], Phase.WRITING)


def _results_written(execution: Execution, event: m.ResultsWritten) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).result = event.output
    execution.move(frame, Phase.CHILDREN)


def _updated(execution: Execution, event: m.MapRunUpdated) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).limit(event.concurrency, event.tolerated_count, event.tolerated_percentage)
    execution.refresh(frame)


def _succeeded(execution: Execution, event: m.MapRunSucceeded) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.move(frame, Phase.RUN_OVER)


def _failed(execution: Execution, event: m.MapRunFailed) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.fail(frame, event.failure, reported=False)


def _aborted(execution: Execution, event: m.MapRunAborted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.move(frame, Phase.RUN_ABORTED)


def _with_items(run: MapRun) -> Phase:
    return Phase.BATCHING if "ItemBatcher" in run.plan and run.offsets is None else Phase.CHILDREN


MAP_RUN_FOLDS: Final[Mapping[type[Event], Callable[[Execution, Any], None]]] = {
    m.MapRunStarted: _started,
    m.MapRunSucceeded: _succeeded,
    m.MapRunFailed: _failed,
    m.MapRunAborted: _aborted,
    m.MapRunRedriven: _redriven,
    m.ItemsRead: _items_read,
    m.BatchesMade: _batches_made,
    m.ChildrenStarted: _children_started,
    m.ChildSucceeded: _child_succeeded,
    m.ChildFailed: _child_failed,
    m.ResultsDue: _results_due,
    m.ResultsWritten: _results_written,
    m.MapRunUpdated: _updated,
}
