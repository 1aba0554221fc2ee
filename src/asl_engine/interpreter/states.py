"""One step of one frame: what its state does next, by phase and kind of state."""

from collections.abc import Callable
from typing import Any, Final

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.frames import Frame, Phase
from asl_engine.interpreter import children, map_runs, tasks
from asl_engine.interpreter.commands import StartTimer, Timer, TimerKind, Visit
from asl_engine.interpreter.exits import leave
from asl_engine.interpreter.failures import evaluation_failed, fail_frame, handle, handle_failed, too_large
from asl_engine.interpreter.scopes import scope_of
from asl_engine.interpreter.turn import Turn
from asl_engine.language import dataflow
from asl_engine.language.definition import Choice, Common, Fail, Map, Parallel, Pass, Succeed, Task, Wait
from asl_engine.language.values import StateFailed


def step(turn: Turn, frame: Frame) -> None:
    """Takes the frame one step further, by at least one event."""
    try:
        _PHASES[frame.phase](turn, frame)
    except StateFailed as failed:
        evaluation_failed(turn, frame, failed.failure)


def _enter(turn: Turn, frame: Frame) -> None:
    definition = turn.definition(frame)
    name = frame.next_state or definition.start_at
    turn.record(
        e.StateEntered(
            **turn.visible(frame),
            state_type=definition.states[name].__class__.__name__,
            name=name,
            input=frame.input,
        )
    )


def _work(turn: Turn, frame: Frame) -> None:
    state = turn.state(frame)
    _WORK[state.__class__](turn, frame, state)


def _pass(turn: Turn, frame: Frame, state: Pass) -> None:
    scope = scope_of(turn, frame, state)
    left = dataflow.leave(state, scope, dataflow.arguments(state, scope))
    _leave(turn, frame, left, state.next)


def _choice(turn: Turn, frame: Frame, state: Choice) -> None:
    chosen = dataflow.choose(state, scope_of(turn, frame, state))
    _leave(turn, frame, chosen.exit, chosen.next)


def _succeed(turn: Turn, frame: Frame, state: Succeed) -> None:
    _leave(turn, frame, dataflow.leave(state, scope_of(turn, frame, state)), None)


def _fail(turn: Turn, frame: Frame, state: Fail) -> None:
    fail_frame(turn, frame, dataflow.fail(state, scope_of(turn, frame, state)))


def _wait(turn: Turn, frame: Frame, state: Wait) -> None:
    due = dataflow.wait_until(state, scope_of(turn, frame, state), frame.entered_at)
    turn.record(e.WaitArmed(**turn.internal(frame), due=due))
    turn.commands.append(StartTimer(Timer(TimerKind.WAIT, Visit.of(frame)), due))


def _elapsed(turn: Turn, frame: Frame) -> None:
    state = turn.state(frame)
    _leave(turn, frame, dataflow.leave(state, scope_of(turn, frame, state)), state.next)


def _succeeded(turn: Turn, frame: Frame) -> None:
    state = turn.state(frame)
    left = dataflow.leave(state, scope_of(turn, frame, state), frame.result.value)
    _leave(turn, frame, left, state.next, frame.result)


def _leave(turn: Turn, frame: Frame, left: dataflow.Exit, following: str | None, *known: Document) -> None:
    if not leave(turn, frame, left, following, *known):
        handle(turn, frame, too_large(frame.state))


def _finish(turn: Turn, frame: Frame) -> None:
    if frame.parent is None:
        turn.record(e.ExecutionSucceeded(**turn.visible(frame), output=frame.input))
    else:
        children.finish_iteration(turn, frame)


_PHASES: Final[dict[Phase, Callable[[Turn, Frame], None]]] = {
    Phase.STARTING: _enter,
    Phase.ENTERED: _work,
    Phase.SCHEDULED: tasks.start,
    Phase.ELAPSED: _elapsed,
    Phase.CHILDREN: children.advance,
    Phase.RUN_DUE: map_runs.begin,
    Phase.REDRIVE_DUE: map_runs.redrive,
    Phase.BATCHING: map_runs.make_batches,
    Phase.RUN_OVER: map_runs.finish,
    Phase.SUCCEEDED: _succeeded,
    Phase.FAILED: handle_failed,
    Phase.FINISHED: _finish,
}

_WORK: Final[dict[type[Common], Callable[[Turn, Frame, Any], None]]] = {  # each function takes its key's state
    Pass: _pass,
    Task: tasks.schedule,
    Choice: _choice,
    Wait: _wait,
    Succeed: _succeed,
    Fail: _fail,
    Parallel: children.start_parallel,
    Map: children.start_map,
}
