"""Deciding: from a definition and where an execution stands to new events and commands.

`start` makes the first event, `decide` takes the execution as far as it goes without the world, the functions of
`happenings` bring in what the world did, and `outstanding` repeats what the world was asked for and has not answered:
after a restart, fold the journal, dispatch `outstanding`, and decide again.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution
from asl_engine.history.fold import apply
from asl_engine.history.frames import Phase
from asl_engine.history.headers import ROOT
from asl_engine.interpreter.commands import Command, Decision, StartTimer, Timer, TimerKind, Visit
from asl_engine.interpreter.map_runs import map_run_commands
from asl_engine.interpreter.pace import UNHURRIED, Pace
from asl_engine.interpreter.states import step
from asl_engine.interpreter.tasks import task_commands
from asl_engine.interpreter.turn import HistoryFull, Refuse, Turn
from asl_engine.language.definition import StateMachine


def start(execution: Execution, now: datetime, *, input: Document, role_arn: str, seed: str) -> Decision:  # noqa: A002  # AWS's word
    """The beginning of an execution."""
    event = e.ExecutionStarted(id=1, previous_event_id=0, timestamp=now, input=input, role_arn=role_arn, seed=seed)
    apply(execution, event)
    return Decision((event,))


def redrive(execution: Execution, now: datetime) -> Decision:
    """An execution that ended without success goes on where it failed; dispatch `outstanding` afterwards."""
    event = e.ExecutionRedriven(
        id=execution.last_id + 1,
        previous_event_id=execution.last_id,
        timestamp=now,
        redrive_count=execution.redrive_count + 1,
    )
    apply(execution, event)
    return Decision((event,))


def decide(
    machine: StateMachine,
    execution: Execution,
    now: datetime,
    *,
    limit: int = 1000,
    pace: Pace = UNHURRIED,
    refuse: Refuse = lambda *_: (),
) -> Decision:
    """Steps the ready frames until all wait, or about `limit` events were made or time is up and `execution.ready`
    has more."""
    turn = Turn(machine, execution, now, pace.limit, refuse)
    ready = execution.ready
    try:
        while ready and len(turn.events) < limit:
            step(turn, next(iter(ready.values())))
            if not pace.goes_on():
                break
    except HistoryFull:
        turn.record_full()
    except Exception as fault:  # noqa: BLE001  # what one definition or input provokes must not stop the others
        turn.record_fault(fault)
        return turn.decision(fault)
    return turn.decision()


def outstanding(machine: StateMachine, execution: Execution) -> Iterator[Command]:
    """The commands of earlier decisions that have not been answered, with the same visits as then."""
    if execution.began_at is None or execution.ended is not None:
        return
    if machine.timeout_seconds is not None:
        due = execution.began_at + timedelta(seconds=machine.timeout_seconds)
        yield StartTimer(Timer(TimerKind.EXECUTION, Visit(ROOT, 0, execution.redrive_count)), due)
    turn = Turn(machine, execution, execution.began_at)
    for frame in execution.frames.values():
        if frame.phase in (Phase.RUNNING, Phase.OFFERED):
            yield from task_commands(execution, frame)
        elif frame.phase is Phase.WAITING:
            yield StartTimer(Timer(TimerKind.WAIT, Visit.of(frame)), frame.due)
        elif frame.phase is Phase.RETRYING:
            yield StartTimer(Timer(TimerKind.RETRY, Visit.of(frame)), frame.due)
        elif frame.map_run is not None:
            yield from map_run_commands(turn, frame)
