"""The fold: what each event means for an execution.

Each event costs the same however long the history is: a Map over a thousand items folds in linear time.
"""

from collections.abc import Callable
from typing import Any, Final

from asl_engine.history import events as e
from asl_engine.history.execution import Execution, children_of
from asl_engine.history.frames import Children, Frame, Phase
from asl_engine.history.headers import ROOT, Event
from asl_engine.history.map_run_fold import MAP_RUN_FOLDS
from asl_engine.history.map_runs import MapRun
from asl_engine.history.resources import Manner
from asl_engine.history.timestamps import iso_milliseconds
from asl_engine.language.values import JSON, MissedHeartbeat


def apply(execution: Execution, event: e.HistoryEvent) -> None:
    """Takes in the event that follows."""
    _FOLDS[event.__class__](execution, event)
    execution.last_id = event.id
    execution.last_ordinal = event.ordinal


# --- the execution ---------------------------------------------------------------------------------------------


_REDRIVES: Final[dict[bool, dict[str, JSON]]] = {True: {}, False: {"RedriveCount": 0}}


def _execution_started(execution: Execution, event: e.ExecutionStarted) -> None:
    execution.started = event
    execution.began_at = event.timestamp
    identity = execution.identity
    # The order of keys is AWS's, as `$$` shows it.
    execution.context = {
        "Execution": {
            "Id": identity.arn,
            "Input": event.input.value,
            "StartTime": iso_milliseconds(event.timestamp),
            "Name": identity.name,
            "RoleArn": event.role_arn,
            **_REDRIVES[identity.express],
        },
        "StateMachine": {"Id": identity.state_machine_arn, "Name": identity.state_machine_name},
    }
    execution.add(Frame(id=ROOT, parent=None, index=0, input=event.input, last_event_id=0))


def _execution_ended(execution: Execution, event: e.Terminal) -> None:
    execution.ended = event
    execution.ready.clear()


def _execution_redriven(execution: Execution, event: e.ExecutionRedriven) -> None:
    execution.ended = None
    execution.began_at = event.timestamp
    execution.redrive_count = event.redrive_count
    shown = execution.context["Execution"]
    assert isinstance(shown, dict)
    redriven: dict[str, JSON] = {
        "RedriveCount": event.redrive_count,
        "RedriveTime": iso_milliseconds(event.timestamp),
    }
    execution.context = {**execution.context, "Execution": {**shown, **redriven}}
    execution.revive(execution.frames[ROOT])


# --- states ----------------------------------------------------------------------------------------------------


def _state_entered(execution: Execution, event: e.StateEntered) -> None:
    frame = execution.frames[event.frame]
    frame.state = event.name
    frame.state_type = event.state_type
    frame.input = event.input
    frame.entered_event_id = frame.last_event_id = event.id
    frame.entered_previous_id = event.previous_event_id
    frame.entered_at = event.timestamp
    frame.attempts = {}
    frame.retry_count = frame.tries = 0
    frame.children = frame.map_run = None
    execution.move(frame, Phase.ENTERED)


def _state_exited(execution: Execution, event: e.StateExited) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.input = event.output
    frame.next_state = event.next
    frame.children = frame.map_run = None
    if event.assigned:
        frame.variables = {**frame.variables, **{name: text.value for name, text in event.assigned.items()}}
    if event.next is not None:
        execution.move(frame, Phase.STARTING)
    elif frame.parent is not None and frame.parent.state_type == "Parallel":
        _branch_finished(execution, frame, frame.parent)
    else:
        execution.move(frame, Phase.FINISHED)


def _state_aborted(execution: Execution, event: e.StateAborted) -> None:
    frame = execution.frames[event.frame]
    execution.stop_children(frame)
    execution.move(frame, Phase.ABORTED)


def _state_failed(execution: Execution, event: e.EvaluationFailed | e.TaskFailed | e.TaskTimedOut) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    failure = event.failure
    if isinstance(event, e.TaskTimedOut) and event.missed_heartbeat:
        failure = MissedHeartbeat(failure.error, failure.cause)
    execution.fail(frame, failure, reported=False)


# --- tasks -----------------------------------------------------------------------------------------------------


def _task_scheduled(execution: Execution, event: e.TaskScheduled) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.task = event
    frame.submitted = None
    frame.started_at = frame.heartbeat_at = event.timestamp
    execution.move(frame, Phase.OFFERED if event.resource.manner is Manner.ACTIVITY else Phase.SCHEDULED)


def _task_started(execution: Execution, event: e.TaskStarted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.started_at = frame.heartbeat_at = event.timestamp
    execution.move(frame, Phase.RUNNING)


def _task_submitted(execution: Execution, event: e.TaskSubmitted) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    frame.submitted = event.output


def _task_succeeded(execution: Execution, event: e.TaskSucceeded) -> None:
    frame = execution.frames[event.frame]
    frame.last_event_id = event.id
    execution.succeed(frame, event.output)


def _heartbeat_received(execution: Execution, event: e.HeartbeatReceived) -> None:
    execution.frames[event.frame].heartbeat_at = event.timestamp


# --- timers ----------------------------------------------------------------------------------------------------


def _wait_armed(execution: Execution, event: e.WaitArmed) -> None:
    frame = execution.frames[event.frame]
    frame.due = event.due
    execution.move(frame, Phase.WAITING)


def _retry_scheduled(execution: Execution, event: e.RetryScheduled) -> None:
    frame = execution.frames[event.frame]
    execution.stop_children(frame)
    frame.children = frame.map_run = None
    frame.last_event_id = event.previous_event_id
    frame.attempts[event.retrier] = frame.attempts.get(event.retrier, 0) + 1
    frame.retry_count += 1
    frame.tries += 1
    frame.due = event.due
    execution.move(frame, Phase.RETRYING)


def _timer_fired(execution: Execution, event: e.TimerFired) -> None:
    frame = execution.frames[event.frame]
    execution.move(frame, Phase.ELAPSED if frame.phase is Phase.WAITING else Phase.ENTERED)


# --- Parallel and Map ------------------------------------------------------------------------------------------


def _parallel_started(execution: Execution, event: e.ParallelStateStarted) -> None:
    parent = execution.frames[event.frame]
    parent.last_event_id = event.id
    parent.children = Children(total=event.branch_count, started=event.branch_count, last_success_id=event.id)
    execution.move(parent, Phase.CHILDREN)
    for index in range(event.branch_count):
        execution.add(
            Frame(
                id=event.first_branch + index,
                parent=parent,
                index=index,
                input=event.input,
                last_event_id=event.id,
            )
        )


def _branch_finished(execution: Execution, branch: Frame, parent: Frame) -> None:
    children = children_of(parent)
    children.succeed(branch.index, branch.input)
    parent.last_event_id = children.last_success_id = branch.last_event_id
    execution.remove(branch)
    execution.refresh(parent)


def _map_started(execution: Execution, event: e.MapStateStarted) -> None:
    parent = execution.frames[event.frame]
    parent.last_event_id = event.id
    if event.distributed:
        parent.map_run = MapRun(event.items)
        execution.move(parent, Phase.RUN_DUE)
        return
    parent.children = Children(total=event.length, limit=event.concurrency, items=event.items, last_success_id=event.id)
    execution.move(parent, Phase.CHILDREN)


def _iteration_started(execution: Execution, event: e.MapIterationStarted) -> None:
    parent = execution.frames[event.parent]
    children_of(parent).started += 1
    execution.add(Frame(id=event.frame, parent=parent, index=event.index, input=event.input, last_event_id=event.id))
    execution.refresh(parent)


def _iteration_succeeded(execution: Execution, event: e.MapIterationSucceeded) -> None:
    iteration, parent = _iteration(execution, event.frame)
    execution.remove(iteration)
    children = children_of(parent)
    children.succeed(iteration.index, iteration.input)
    children.last_success_id = event.id
    parent.last_event_id = iteration.last_event_id
    execution.refresh(parent)


def _iteration_failed(execution: Execution, event: e.MapIterationFailed) -> None:
    iteration, parent = _iteration(execution, event.frame)
    execution.stop(iteration)
    parent.last_event_id = iteration.last_event_id
    if parent.phase is not Phase.FAILED:  # the first one says why
        execution.fail(parent, event.failure, reported=False)


def _iteration_aborted(execution: Execution, event: e.MapIterationAborted) -> None:
    execution.stop(execution.frames[event.frame])


def _iteration(execution: Execution, frame: int) -> tuple[Frame, Frame]:
    iteration = execution.frames[frame]
    assert iteration.parent is not None
    return iteration, iteration.parent


def _children_succeeded(execution: Execution, event: e.ParallelStateSucceeded | e.MapStateSucceeded) -> None:
    frame = execution.frames[event.frame]
    if frame.map_run is not None:
        execution.succeed(frame, frame.map_run.gathered())
        return
    children = children_of(frame)
    frame.last_event_id = children.last_success_id
    frame.children = None
    execution.succeed(frame, children.result())


def _children_failed(execution: Execution, event: e.ParallelStateFailed | e.MapStateFailed) -> None:
    frame = execution.frames[event.frame]
    execution.stop_children(frame)
    frame.last_event_id = event.id
    execution.fail(frame, event.failure, reported=True)


_FOLDS: Final[dict[type[Event], Callable[[Execution, Any], None]]] = {  # each function takes its key's event
    e.ExecutionStarted: _execution_started,
    e.ExecutionSucceeded: _execution_ended,
    e.ExecutionFailed: _execution_ended,
    e.ExecutionAborted: _execution_ended,
    e.ExecutionTimedOut: _execution_ended,
    e.ExecutionRedriven: _execution_redriven,
    e.StateEntered: _state_entered,
    e.StateExited: _state_exited,
    e.StateAborted: _state_aborted,
    e.EvaluationFailed: _state_failed,
    e.TaskScheduled: _task_scheduled,
    e.TaskStarted: _task_started,
    e.TaskSubmitted: _task_submitted,
    e.TaskSucceeded: _task_succeeded,
    e.TaskFailed: _state_failed,
    e.TaskTimedOut: _state_failed,
    e.ParallelStateStarted: _parallel_started,
    e.ParallelStateSucceeded: _children_succeeded,
    e.ParallelStateFailed: _children_failed,
    e.MapStateStarted: _map_started,
    e.MapStateSucceeded: _children_succeeded,
    e.MapStateFailed: _children_failed,
    e.MapIterationStarted: _iteration_started,
    e.MapIterationSucceeded: _iteration_succeeded,
    e.MapIterationFailed: _iteration_failed,
    e.MapIterationAborted: _iteration_aborted,
    e.WaitArmed: _wait_armed,
    e.RetryScheduled: _retry_scheduled,
    e.TimerFired: _timer_fired,
    e.HeartbeatReceived: _heartbeat_received,
    **MAP_RUN_FOLDS,
}
