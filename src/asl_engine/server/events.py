"""The events of a history as GetExecutionHistory shows them: which details stand beside each type of event."""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.documents import Document
from asl_engine.history.headers import Event
from asl_engine.history.resources import Manner
from asl_engine.language.values import Failure
from asl_engine.server.model import python_name
from asl_engine.server.wire import Answer

Details: TypeAlias = dict[str, object]

_COMPLETE: Final = {"truncated": False}
_EXECUTION_DATA: Final = frozenset({"input", "output", "assigned_variables"})


def describe(event: e.Visible, *, include_data: bool = True) -> Answer:
    """One event; `include_data` False leaves out what went in and came out of states."""
    described: dict[str, object] = {
        "timestamp": event.timestamp,
        "type": event.type,
        "id": event.id,
        "previous_event_id": event.previous_event_id,
    }
    find_details = _DETAILS[type(event)]
    if find_details is not None and (details := find_details(event)) is not None:
        described[_details_name(event)] = details if include_data else _without_data(details)
    return described


def _details_name(event: e.Visible) -> str:
    match event:
        case e.StateEntered():
            return "state_entered_event_details"
        case e.StateExited():
            return "state_exited_event_details"
        case _:
            return f"{python_name(event.type)}_event_details"


def _without_data(details: Details) -> Details:
    hidden = _EXECUTION_DATA | {f"{name}_details" for name in _EXECUTION_DATA}
    shown = {name: value for name, value in details.items() if name not in hidden}
    # The service model requires this text where there is one, so it is emptied and not left out.
    return {**shown, "parameters": ""} if "parameters" in shown else shown


def _carrying(name: str, document: Document) -> Details:
    return {name: document.text, f"{name}_details": _COMPLETE}


def _failure(failure: Failure) -> Details:
    return {"error": failure.error, "cause": failure.cause}


def _execution_started(event: e.ExecutionStarted) -> Details:
    return {**_carrying("input", event.input), "role_arn": event.role_arn}


def _execution_succeeded(event: e.ExecutionSucceeded) -> Details:
    return _carrying("output", event.output)


def _execution_ended(
    event: e.ExecutionFailed | e.ExecutionAborted | e.ExecutionTimedOut | m.MapRunFailed,
) -> Details:
    return _failure(event.failure)


def _state_entered(event: e.StateEntered) -> Details:
    return {"name": event.name, **_carrying("input", event.input)}


def _state_exited(event: e.StateExited) -> Details:
    details: Details = {"name": event.name, **_carrying("output", event.output)}
    if event.assigned:
        details["assigned_variables"] = {name: value.text for name, value in event.assigned.items()}
        details["assigned_variables_details"] = _COMPLETE
    return details


def _evaluation_failed(event: e.EvaluationFailed) -> Details:
    return {**_failure(event.failure), "location": event.location, "state": event.state}


def _task_scheduled(event: e.TaskScheduled) -> Details:
    details: Details = {"timeout_in_seconds": event.timeout_seconds, "task_credentials": _credentials(event)}
    resource = event.resource
    if resource.manner is Manner.SERVICE:
        details |= _service(event) | {"region": event.region, "parameters": event.parameters.text}
    else:
        details |= {"resource": resource.arn, **_carrying("input", event.parameters)}
    if resource.manner is not Manner.LAMBDA_FUNCTION:
        details["heartbeat_in_seconds"] = event.heartbeat_seconds
    return details


def _credentials(event: e.TaskScheduled) -> Details | None:
    if event.credentials is None or not isinstance(event.credentials.value, dict):
        return None
    return {"role_arn": event.credentials.value.get("RoleArn")}


def _service(
    event: e.TaskScheduled | e.TaskStarted | e.TaskSubmitted | e.TaskSucceeded | e.TaskFailed | e.TaskTimedOut,
) -> Details:
    """Events of a service task name service and action; those of functions and activities need not."""
    if event.resource.manner is not Manner.SERVICE:
        return {}
    return {"resource_type": event.resource.service, "resource": event.resource.action}


def _task_started(event: e.TaskStarted) -> Details | None:
    match event.resource.manner:
        case Manner.LAMBDA_FUNCTION:
            return None
        case Manner.ACTIVITY:
            return {"worker_name": event.worker_name}
        case Manner.SERVICE:
            return _service(event)


def _task_output(event: e.TaskSubmitted | e.TaskSucceeded) -> Details:
    return _service(event) | _carrying("output", event.output)


def _task_ended(event: e.TaskFailed | e.TaskTimedOut) -> Details:
    return _service(event) | _failure(event.failure)


def _map_started(event: e.MapStateStarted) -> Details:
    return {"length": event.length}


def _map_iteration(
    event: e.MapIterationStarted | e.MapIterationSucceeded | e.MapIterationFailed | e.MapIterationAborted,
) -> Details:
    return {"name": event.name, "index": event.index}


def _map_run_started(event: m.MapRunStarted) -> Details:
    return {"map_run_arn": event.map_run_arn}


def _map_run_redriven(event: m.MapRunRedriven) -> Details:
    return {"map_run_arn": event.map_run_arn, "redrive_count": event.redrive_count}


def _execution_redriven(event: e.ExecutionRedriven) -> Details:
    return {"redrive_count": event.redrive_count}


_DETAILS: Final[Mapping[type[Event], Callable[[Any], Details | None] | None]] = {
    e.ExecutionStarted: _execution_started,
    e.ExecutionSucceeded: _execution_succeeded,
    e.ExecutionFailed: _execution_ended,
    e.ExecutionAborted: _execution_ended,
    e.ExecutionTimedOut: _execution_ended,
    e.StateEntered: _state_entered,
    e.StateExited: _state_exited,
    e.StateAborted: None,
    e.EvaluationFailed: _evaluation_failed,
    e.TaskScheduled: _task_scheduled,
    e.TaskStarted: _task_started,
    e.TaskSubmitted: _task_output,
    e.TaskSucceeded: _task_output,
    e.TaskFailed: _task_ended,
    e.TaskTimedOut: _task_ended,
    e.ParallelStateStarted: None,
    e.ParallelStateSucceeded: None,
    e.ParallelStateFailed: None,
    e.MapStateStarted: _map_started,
    e.MapStateSucceeded: None,
    e.MapStateFailed: None,
    e.MapIterationStarted: _map_iteration,
    e.MapIterationSucceeded: _map_iteration,
    e.MapIterationFailed: _map_iteration,
    e.MapIterationAborted: _map_iteration,
    m.MapRunStarted: _map_run_started,
    m.MapRunSucceeded: None,
    m.MapRunFailed: _execution_ended,
    m.MapRunAborted: None,
    m.MapRunRedriven: _map_run_redriven,
    e.ExecutionRedriven: _execution_redriven,
}
