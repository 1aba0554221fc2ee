"""The fold of a distributed Map's events."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from asl_engine.history import events as e
from asl_engine.history.execution import Execution
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.map_runs import MapRun


def map_run_of(frame: Frame) -> MapRun:
    """The map run of a frame that is known to have one."""
    assert frame.map_run is not None
    return frame.map_run


def _started(execution: Execution, event: e.MapRunStarted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    run = map_run_of(frame)
    run.begin(event)
    execution.move(frame, Phase.READING if "ItemReader" in run.plan else _with_items(run))


def _redriven(execution: Execution, event: e.MapRunRedriven) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.started_at = event.timestamp
    run = map_run_of(frame)
    run.redrive(event.redrive_count)
    unread = "ItemReader" in run.plan and not run.items_are_read
    execution.move(frame, Phase.READING if unread else _with_items(run))


def _items_read(execution: Execution, event: e.ItemsRead) -> None:
    frame = execution.frames[event.frame]
    run = map_run_of(frame)
    run.read(event.items)
    execution.move(frame, _with_items(run))


def _batches_made(execution: Execution, event: e.BatchesMade) -> None:
    frame = execution.frames[event.frame]
    sizes: Any = event.sizes.value
    map_run_of(frame).divide(sizes)
    execution.move(frame, Phase.CHILDREN)


def _children_started(execution: Execution, event: e.ChildrenStarted) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).start(event.count)
    execution.refresh(frame)


def _child_succeeded(execution: Execution, event: e.ChildSucceeded) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).succeed(event.index, event.output)
    execution.refresh(frame)


def _child_failed(execution: Execution, event: e.ChildFailed) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).fail(event.index)
    execution.refresh(frame)


def _results_due(execution: Execution, event: e.ResultsDue) -> None:
    execution.move(execution.frames[event.frame], Phase.WRITING)


def _results_written(execution: Execution, event: e.ResultsWritten) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).result = event.output
    execution.move(frame, Phase.CHILDREN)


def _updated(execution: Execution, event: e.MapRunUpdated) -> None:
    frame = execution.frames[event.frame]
    map_run_of(frame).limit(event.concurrency, event.tolerated_count, event.tolerated_percentage)
    execution.refresh(frame)


def _succeeded(execution: Execution, event: e.MapRunSucceeded) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.move(frame, Phase.RUN_OVER)


def _failed(execution: Execution, event: e.MapRunFailed) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.fail(frame, event.failure, reported=False)


def _aborted(execution: Execution, event: e.MapRunAborted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.move(frame, Phase.RUN_ABORTED)


def _with_items(run: MapRun) -> Phase:
    return Phase.BATCHING if "ItemBatcher" in run.plan and run.offsets is None else Phase.CHILDREN


MAP_RUN_FOLDS: Final[Mapping[type[e.Event], Callable[[Execution, Any], None]]] = {
    e.MapRunStarted: _started,
    e.MapRunSucceeded: _succeeded,
    e.MapRunFailed: _failed,
    e.MapRunAborted: _aborted,
    e.MapRunRedriven: _redriven,
    e.ItemsRead: _items_read,
    e.BatchesMade: _batches_made,
    e.ChildrenStarted: _children_started,
    e.ChildSucceeded: _child_succeeded,
    e.ChildFailed: _child_failed,
    e.ResultsDue: _results_due,
    e.ResultsWritten: _results_written,
    e.MapRunUpdated: _updated,
}
