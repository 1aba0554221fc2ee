"""Task states: scheduling a task, handing it out, and handing it out again after a restart."""

from collections.abc import Iterator
from datetime import timedelta

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.resources import Manner, Resource, parse_resource
from asl_engine.interpreter.commands import Command, RunTask, StartTimer, Timer, TimerKind, Visit
from asl_engine.interpreter.failures import handle, not_started, too_large
from asl_engine.interpreter.scopes import scope_of
from asl_engine.interpreter.tokens import token_of
from asl_engine.interpreter.turn import Turn, document
from asl_engine.language import dataflow
from asl_engine.language.definition import QueryLanguage, Task
from asl_engine.language.errors import Severity
from asl_engine.language.rules.checks import Place, template
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import Absent, StateFailed


def schedule(turn: Turn, frame: Frame, state: Task) -> None:
    """Evaluates what the task is given. An activity is offered to workers at once."""
    scope = scope_of(turn, frame, state)
    resource = parse_resource(state.resource)
    credentials = dataflow.credentials(state, scope)
    parameters = document(dataflow.arguments(state, scope), frame.input)
    if parameters.exceeds_limit():
        handle(turn, frame, too_large(shown_name(resource)))
        return
    if problems := [*_left_open(state, resource, parameters), *turn.refuse(resource, parameters.value)]:
        raise StateFailed(not_started(parameters.text, problems))
    turn.record(
        e.TaskScheduled(
            **turn.visible(frame),
            resource=resource,
            parameters=parameters,
            region=_region(turn.execution) if resource.manner is Manner.SERVICE else None,
            timeout_seconds=dataflow.timeout_seconds(state, scope),
            heartbeat_seconds=dataflow.heartbeat_seconds(state, scope),
            credentials=None if isinstance(credentials, Absent) else Document.of(credentials),
            attempt=frame.retry_count,
        )
    )
    if resource.manner is Manner.ACTIVITY:
        turn.commands.extend(task_commands(turn.execution, frame))


def _left_open(state: Task, resource: Resource, parameters: Document) -> Iterator[str]:
    """AWS takes a key ending in `.$` for one of a template also where the input brought it (seen on AWS)."""
    if state.query_language is QueryLanguage.JSONATA or resource.manner is not Manner.SERVICE:
        return
    if f'{DYNAMIC}"' in parameters.text:
        yield from (found.message for found in template(parameters.value, Place()) if found.severity is Severity.ERROR)


def start(turn: Turn, frame: Frame) -> None:
    """Hands the task out, once the event that says so is committed."""
    turn.record(e.TaskStarted(**turn.visible(frame), resource=task_of(frame).resource))
    turn.commands.extend(task_commands(turn.execution, frame))


def task_of(frame: Frame) -> e.TaskScheduled:
    """The task of a frame that is known to have one in flight."""
    assert frame.task is not None
    return frame.task


def task_commands(execution: Execution, frame: Frame) -> Iterator[Command]:
    """What a task in flight needs: somebody who runs it, unless only its token can end it, and its timers."""
    task = task_of(frame)
    visit = Visit.of(frame)
    if _is_to_be_run(frame, task.resource):
        yield RunTask(
            visit=visit,
            state=frame.state,
            resource=task.resource,
            arguments=task.parameters,
            token=token_of(execution.identity.arn, visit),
            credentials=task.credentials,
            timeout_seconds=task.timeout_seconds,
            heartbeat_seconds=task.heartbeat_seconds,
            submitted=frame.submitted,
        )
    if task.timeout_seconds is not None:
        yield StartTimer(Timer(TimerKind.TIMEOUT, visit), frame.started_at + timedelta(seconds=task.timeout_seconds))
    if task.heartbeat_seconds is not None and task.resource.returned_by_token:  # nobody else can give a sign of life
        yield heartbeat_timer(frame)


def _is_to_be_run(frame: Frame, resource: Resource) -> bool:
    """Whether somebody must see to the task, rather than wait for its token."""
    if resource.manner is Manner.ACTIVITY:
        return frame.phase is Phase.OFFERED
    return frame.submitted is None or not resource.returned_by_token


def heartbeat_timer(frame: Frame) -> StartTimer:
    """The timer by which the task must give its next sign of life."""
    pause = timedelta(seconds=task_of(frame).heartbeat_seconds or 0)
    return StartTimer(Timer(TimerKind.HEARTBEAT, Visit.of(frame)), frame.heartbeat_at + pause)


def shown_name(resource: Resource) -> str:
    """What AWS calls a task by: its service, or the function's or activity's ARN."""
    return resource.service if resource.manner is Manner.SERVICE else resource.arn


def _region(execution: Execution) -> str:
    """The state machine's own region."""
    return execution.identity.state_machine_arn.split(":")[3]
