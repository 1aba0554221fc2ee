"""What follows a failure: a retry, a catch, or the failure of what is around it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.frames import Frame, Phase
from asl_engine.interpreter.commands import StartTimer, Timer, TimerKind, Visit
from asl_engine.interpreter.exits import leave
from asl_engine.interpreter.scopes import entropy_of, scope_of
from asl_engine.interpreter.turn import Turn
from asl_engine.language import dataflow
from asl_engine.language.definition import Catcher, Map, Parallel, State, Task
from asl_engine.language.retries import next_catcher, next_retry
from asl_engine.language.values import EvaluationFailure, Failure, StateFailed


def too_large(name: str) -> Failure:
    """The failure of a result above 256 KiB; `name` is the state's or what AWS calls the task by."""
    return Failure(
        "States.DataLimitExceeded",
        f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes service limit.",
    )


def not_started(parameters: str, problems: Sequence[str]) -> Failure:
    """The failure of a task whose parameters Step Functions refuses itself; both are texts."""
    reasons = ", ".join(problems)
    return Failure("States.Runtime", f"The Parameters '{parameters}' could not be used to start the Task: [{reasons}]")


def evaluation_failed(turn: Turn, frame: Frame, failure: Failure) -> None:
    """One of the state's expressions failed. JSONata leaves an EvaluationFailed event, JSONPath none.

    States.Runtime ends the execution at once, however deep in it and whatever Retry and Catch say: no MapStateFailed in
    AWS's recordings of tolerated failures that are no numbers, no ParallelStateFailed in a run on AWS that
    https://github.com/floci-io/floci/issues/2868 shows.
    """
    framed = framed_failure(frame, failure)
    if framed.error == "States.Runtime":
        turn.record(e.ExecutionFailed(**turn.visible(frame), failure=framed))
        return
    if not isinstance(failure, EvaluationFailure):
        handle(turn, frame, framed)
        return
    turn.record(
        e.EvaluationFailed(
            **turn.visible(frame, _previous_of_evaluation(frame)),
            failure=framed,
            state=frame.state,
            location=failure.location,
        )
    )


def handle(turn: Turn, frame: Frame, failure: Failure) -> None:
    """Retries or catches the failure of the frame's state, or fails the frame."""
    state = turn.state(frame)
    abort_children(turn, frame)
    if _retry(turn, frame, state, failure, previous=frame.last_event_id):
        return
    catcher = next_catcher(state.catch, failure) if isinstance(state, Task | Parallel | Map) else None
    if catcher is None:
        fail_frame(turn, frame, Failure(failure.error, failure.cause))  # only the state itself knows its own kinds
    else:
        _catch(turn, frame, state, catcher, failure)


def handle_failed(turn: Turn, frame: Frame) -> None:
    """The step of a frame that an event says has FAILED."""
    state = turn.state(frame)
    if frame.failure_reported or not isinstance(state, Parallel | Map):
        handle(turn, frame, frame.failure)
    else:
        _report(turn, frame, state, frame.failure, previous=frame.last_event_id)


def fail_frame(turn: Turn, frame: Frame, failure: Failure) -> None:
    """Ends the frame with a failure that nothing inside it caught."""
    parent = frame.parent
    if parent is None:
        turn.record(e.ExecutionFailed(**turn.visible(frame), failure=failure))
    elif parent.state_type == "Map":
        turn.record(e.MapIterationFailed(**turn.visible(frame), name=parent.state, index=frame.index, failure=failure))
    else:
        _report(turn, parent, turn.state(parent), failure, previous=frame.last_event_id)


def abort_children(turn: Turn, frame: Frame) -> None:
    """Stops what still runs below the frame, from the inside out."""
    if frame.children is None:
        return
    for child in list(frame.children.frames.values()):
        abort_children(turn, child)
        if child.phase in IN_FLIGHT:
            turn.cancel(child)
            if child.map_run is not None and child.phase is not Phase.RUN_ABORTED:
                turn.record(m.MapRunAborted(**turn.visible(child)))
            turn.record(e.StateAborted(**turn.visible(child), state_type=child.state_type))
        if frame.state_type == "Map":
            turn.record(e.MapIterationAborted(**turn.visible(child), name=frame.state, index=child.index))


IN_FLIGHT: Final = frozenset(
    {
        Phase.OFFERED,
        Phase.RUNNING,
        Phase.WAITING,
        Phase.RETRYING,
        Phase.CHILDREN,
        Phase.READING,
        Phase.WRITING,
        Phase.RUN_ABORTED,
    }
)
"""Phases of a state that is aborted when its branch is; what is about to do something has not begun it."""


def _report(turn: Turn, frame: Frame, state: State, failure: Failure, *, previous: int) -> None:
    """Retries a Parallel or Map, or says that it failed; its Catch is asked in the next step."""
    abort_children(turn, frame)
    if _retry(turn, frame, state, failure, previous=previous):
        return
    if isinstance(state, Map):
        turn.record(e.MapStateFailed(**turn.visible(frame, previous), failure=failure))
    else:
        turn.record(e.ParallelStateFailed(**turn.visible(frame, previous), failure=failure))


def _retry(turn: Turn, frame: Frame, state: State, failure: Failure, *, previous: int) -> bool:
    if not isinstance(state, Task | Parallel | Map) or not state.retry:
        return False
    attempts = [frame.attempts.get(index, 0) for index in range(len(state.retry))]
    retry = next_retry(state.retry, failure, attempts, entropy_of(turn, frame).fraction())
    if retry is None:
        return False
    due = turn.now + timedelta(seconds=retry.delay_seconds)
    turn.record(e.RetryScheduled(**turn.internal(frame, previous), retrier=retry.retrier, due=due))
    turn.commands.append(StartTimer(Timer(TimerKind.RETRY, Visit.of(frame)), due))
    return True


def _catch(turn: Turn, frame: Frame, state: State, catcher: Catcher, failure: Failure) -> None:
    """A Catch that itself fails is not caught again: the frame fails."""
    try:
        caught = dataflow.caught(catcher, state, scope_of(turn, frame, state, failure=failure))
    except StateFailed as failed:
        fail_frame(turn, frame, framed_failure(frame, failed.failure))
        return
    if not leave(turn, frame, caught, catcher.next):
        fail_frame(turn, frame, too_large(frame.state))


def framed_failure(frame: Frame, failure: Failure) -> Failure:
    """The failure of an expression in AWS's words."""
    place = f"the state '{frame.state}' (entered at the event id #{frame.entered_event_id})"
    return Failure(failure.error, f"An error occurred while executing {place}. {failure.cause or ''}".rstrip())


def _previous_of_evaluation(frame: Frame) -> int:
    """AWS lets EvaluationFailed follow what came before the state, except in Wait and once something has happened."""
    if frame.phase is Phase.ENTERED and frame.retry_count == 0 and frame.state_type != "Wait":
        return frame.entered_previous_id
    return frame.last_event_id
