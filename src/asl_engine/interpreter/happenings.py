"""What the world reports, turned into events. A report that comes late or twice makes none."""

from datetime import datetime
from typing import assert_never

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.headers import ROOT
from asl_engine.history.resources import Pattern
from asl_engine.interpreter.commands import Decision, Timer, TimerKind, Visit
from asl_engine.interpreter.failures import too_large
from asl_engine.interpreter.tasks import heartbeat_timer, shown_name, task_commands, task_of
from asl_engine.interpreter.turn import HistoryFull, Notebook
from asl_engine.language.values import Failure

TIMED_OUT = Failure("States.Timeout")
"""AWS gives time-outs an error and no cause."""


def in_flight(execution: Execution, visit: Visit) -> Frame | None:
    """The frame whose task this is, as long as it has not ended."""
    frame = frame_of(execution, visit)
    return None if frame is None or frame.phase not in (Phase.RUNNING, Phase.OFFERED) else frame


def frame_of(execution: Execution, visit: Visit) -> Frame | None:
    """The frame that is still at this visit of a state, as long as the execution has not ended."""
    frame = execution.frames.get(visit.frame)
    if frame is None or execution.ended is not None or not frame.state or Visit.of(frame) != visit:
        return None
    return frame


def task_started(execution: Execution, now: datetime, visit: Visit, worker_name: str | None) -> Decision:
    """A worker took the activity on."""
    frame = in_flight(execution, visit)
    if frame is None or frame.phase is not Phase.OFFERED:
        return Decision()
    notes = Notebook(execution, now)
    record(notes, e.TaskStarted(**notes.visible(frame), resource=task_of(frame).resource, worker_name=worker_name))
    return notes.decision()


def task_submitted(execution: Execution, now: datetime, visit: Visit, output: Document) -> Decision:
    """The service accepted the request. What is left to do for the task is asked for again."""
    frame = in_flight(execution, visit)
    if frame is None or frame.submitted is not None:
        return Decision()
    notes = Notebook(execution, now)
    record(notes, e.TaskSubmitted(**notes.visible(frame), resource=task_of(frame).resource, output=output))
    if execution.ended is None:
        notes.commands.extend(task_commands(execution, frame))
    return notes.decision()


def task_succeeded(execution: Execution, now: datetime, visit: Visit, output: Document) -> Decision:
    frame = in_flight(execution, visit)
    if frame is None:
        return Decision()
    if output.exceeds_limit():
        return task_failed(execution, now, visit, too_large(shown_name(task_of(frame).resource)))
    notes = _ending(execution, now, frame)
    record(notes, e.TaskSucceeded(**notes.visible(frame), resource=task_of(frame).resource, output=output))
    return notes.decision()


def task_failed(
    execution: Execution, now: datetime, visit: Visit, failure: Failure, *, by_service: bool = False
) -> Decision:
    """`by_service` tells the service's own answer from what a worker or the holder of the token says."""
    frame = in_flight(execution, visit)
    if frame is None:
        return Decision()
    resource = task_of(frame).resource
    unsubmitted = by_service and frame.submitted is None and resource.pattern is not Pattern.REQUEST_RESPONSE
    notes = _ending(execution, now, frame)
    record(notes, e.TaskFailed(**notes.visible(frame), resource=resource, failure=failure, unsubmitted=unsubmitted))
    return notes.decision()


def heartbeat_received(execution: Execution, now: datetime, visit: Visit) -> Decision:
    """The task is alive; its timer finds that out when it fires."""
    frame = in_flight(execution, visit)
    if frame is None:
        return Decision()
    notes = Notebook(execution, now)
    notes.record(e.HeartbeatReceived(**notes.internal(frame)))
    return notes.decision()


def timer_fired(execution: Execution, now: datetime, timer: Timer) -> Decision:
    """A timer's time has come; what that means is up to its kind."""
    match timer.kind:
        case TimerKind.WAIT | TimerKind.RETRY:
            return _pause_over(execution, now, timer.visit)
        case TimerKind.TIMEOUT:
            return _task_timed_out(execution, now, timer.visit)
        case TimerKind.HEARTBEAT:
            return _heartbeat_due(execution, now, timer.visit)
        case TimerKind.EXECUTION:
            if timer.visit.attempt != execution.redrive_count:
                return Decision()
            return _end(execution, now, e.ExecutionTimedOut, Failure(None))
        case _:
            assert_never(timer.kind)


def stopped(execution: Execution, now: datetime, failure: Failure) -> Decision:
    """Somebody asked for the execution to be stopped."""
    return _end(execution, now, e.ExecutionAborted, failure)


def _pause_over(execution: Execution, now: datetime, visit: Visit) -> Decision:
    frame = frame_of(execution, visit)
    if frame is None or frame.phase not in (Phase.WAITING, Phase.RETRYING):
        return Decision()
    notes = _ending(execution, now, frame)
    notes.record(e.TimerFired(**notes.internal(frame)))
    return notes.decision()


def _task_timed_out(execution: Execution, now: datetime, visit: Visit, *, missed_heartbeat: bool = False) -> Decision:
    frame = in_flight(execution, visit)
    if frame is None:
        return Decision()
    resource = task_of(frame).resource
    notes = _ending(execution, now, frame)
    timed_out = e.TaskTimedOut(
        **notes.visible(frame), resource=resource, failure=TIMED_OUT, missed_heartbeat=missed_heartbeat
    )
    record(notes, timed_out)
    return notes.decision()


def _heartbeat_due(execution: Execution, now: datetime, visit: Visit) -> Decision:
    frame = in_flight(execution, visit)
    if frame is None:
        return Decision()
    timer = heartbeat_timer(frame)
    if now < timer.due:
        return Decision(commands=(timer,))
    return _task_timed_out(execution, now, visit, missed_heartbeat=True)


def _end(
    execution: Execution, now: datetime, kind: type[e.ExecutionAborted | e.ExecutionTimedOut], failure: Failure
) -> Decision:
    """Nothing leads to an end from outside, so it has no previous event."""
    if execution.ended is not None:
        return Decision()
    notes = Notebook(execution, now)
    notes.record(kind(**notes.visible(execution.frames[ROOT], previous=0), failure=failure))
    return notes.decision()


def _ending(execution: Execution, now: datetime, frame: Frame) -> Notebook:
    """A notebook for what ends this visit's wait; its runner and timers are no longer wanted."""
    notes = Notebook(execution, now)
    notes.cancel(frame)
    return notes


def record(notes: Notebook, event: e.HistoryEvent) -> None:
    """Records what comes from outside; a history that is full ends the execution."""
    try:
        notes.record(event)
    except HistoryFull:
        notes.record_full()
