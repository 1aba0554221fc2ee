"""Distributed Map: one map run a visit, whose items are given to executions of their own."""

from collections.abc import Iterator, Sequence
from typing import Final

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.documents import Document
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.map_run_fold import map_run_of
from asl_engine.history.map_runs import WRITER, MapRun
from asl_engine.interpreter import batches
from asl_engine.interpreter.commands import Command, ReadItems, StartChild, Visit, WriteResults
from asl_engine.interpreter.failures import framed_failure
from asl_engine.interpreter.scopes import child_entropy, child_scope, entropy_of, scope_of
from asl_engine.interpreter.turn import Turn
from asl_engine.language import dataflow
from asl_engine.language.definition import Map, Parallel, StateMachine
from asl_engine.language.values import JSON, Failure, StateFailed

EXCEEDED: Final = Failure(
    "States.ExceedToleratedFailureThreshold", "The specified tolerated failure threshold was exceeded"
)
DISTRIBUTED_CONCURRENCY: Final = 10_000
"""How many child executions run at once when MaxConcurrency does not ask for fewer (service quotas)."""
_STARTED_AT_ONCE: Final = 500
"""How many children one event asks for, so that a decision stays short."""


def begin(turn: Turn, frame: Frame) -> None:
    """Evaluates what holds for the whole run. What fails here fails the state without a map run, as on AWS."""
    state = _map(turn, frame)
    scope = scope_of(turn, frame, state)
    tolerance = dataflow.tolerance(state, scope)
    plan = dataflow.map_plan(state, scope)
    turn.record(
        m.MapRunStarted(
            **turn.visible(frame),
            map_run_arn=_new_arn(turn, frame, state),
            concurrency=min(dataflow.max_concurrency(state, scope) or DISTRIBUTED_CONCURRENCY, DISTRIBUTED_CONCURRENCY),
            tolerated_count=tolerance.count,
            tolerated_percentage=tolerance.percentage,
            plan=Document.of(plan),
        )
    )
    turn.commands.extend(_storage_commands(frame))


def redrive(turn: Turn, frame: Frame) -> None:
    run = map_run_of(frame)
    turn.record(
        m.MapRunRedriven(**turn.visible(frame), map_run_arn=run.arn, redrive_count=turn.execution.redrive_count)
    )
    turn.commands.extend(_storage_commands(frame))


def make_batches(turn: Turn, frame: Frame) -> None:
    """Puts as many items into each child's input as the ItemBatcher allows."""
    run = map_run_of(frame)
    batcher = run.plan["ItemBatcher"]
    assert isinstance(batcher, dict)
    try:
        values = [_item(turn, frame, index) for index in range(run.item_count)]
    except StateFailed as failed:
        _fail(turn, frame, framed_failure(frame, failed.failure))
        return
    sizes: list[JSON] = [*batches.sizes(values, batcher)]
    turn.record(m.BatchesMade(**turn.internal(frame), sizes=Document.of(sizes)))


def advance(turn: Turn, frame: Frame) -> None:
    """Starts as many children as may run, or ends the run when it can go no further."""
    run = map_run_of(frame)
    if run.exceeded:
        _fail(turn, frame, EXCEEDED)
    elif not run.all_ended:
        _start_children(turn, frame, run)
    elif run.writes and run.result is None:
        turn.record(m.ResultsDue(**turn.internal(frame)))
        turn.commands.extend(_storage_commands(frame))
    else:
        turn.record(m.MapRunSucceeded(**turn.visible(frame)))


def finish(turn: Turn, frame: Frame) -> None:
    turn.record(e.MapStateSucceeded(**turn.visible(frame)))


def map_run_commands(turn: Turn, frame: Frame) -> Iterator[Command]:
    """What the run has asked the world for and not been told yet."""
    yield from _storage_commands(frame)
    if frame.phase is Phase.CHILDREN:
        for index in map_run_of(frame).running:
            yield _start_child(turn, frame, index)


def processor_at(machine: StateMachine, path: Sequence[str | int]) -> StateMachine:
    """The definition of a child execution, found as `StartChild.definition_path` says."""
    steps = iter(path)
    for step in steps:
        state = machine.states[str(step)]
        if isinstance(state, Parallel):
            machine = state.branches[int(next(steps))]
        else:
            assert isinstance(state, Map)
            machine = state.item_processor
    return machine


def _start_children(turn: Turn, frame: Frame, run: MapRun) -> None:
    count = min(run.startable, _STARTED_AT_ONCE)
    try:
        commands = [_start_child(turn, frame, index) for index in run.upcoming(count)]
    except StateFailed as failed:
        _fail(turn, frame, framed_failure(frame, failed.failure))
        return
    turn.record(m.ChildrenStarted(**turn.internal(frame), count=count))
    turn.commands.extend(commands)


def _start_child(turn: Turn, frame: Frame, index: int) -> StartChild:
    run = map_run_of(frame)
    state = _map(turn, frame)
    return StartChild(
        visit=Visit.of(frame),
        map_run_arn=run.arn,
        index=index,
        name=child_entropy(turn, frame, index).uuid(),
        label=run.arn.rpartition("/")[2].partition(":")[0],
        type=state.execution_type or "STANDARD",
        input=_input(turn, frame, index),
        item_count=len(run.items_of(index)),
        definition_path=_path_of(turn, frame),
        since=frame.started_at if run.redrive_count else None,
    )


def _input(turn: Turn, frame: Frame, index: int) -> Document:
    run = map_run_of(frame)
    batcher = run.plan.get("ItemBatcher")
    if not isinstance(batcher, dict):
        return Document.of(_item(turn, frame, index))
    return Document.of(batches.batch([_item(turn, frame, place) for place in run.items_of(index)], batcher))


def _item(turn: Turn, frame: Frame, place: int) -> JSON:
    state = _map(turn, frame)
    scope = child_scope(turn, frame, state, index=place, item=map_run_of(frame).item(place))
    return dataflow.item_input(state, scope)


def _storage_commands(frame: Frame) -> Iterator[Command]:
    run = map_run_of(frame)
    if frame.phase is Phase.READING:
        yield ReadItems(visit=Visit.of(frame), map_run_arn=run.arn, reader=_planned(run, "ItemReader"))
    elif frame.phase is Phase.WRITING:
        yield WriteResults(visit=Visit.of(frame), map_run_arn=run.arn, writer=_planned(run, WRITER))


def _planned(run: MapRun, name: str) -> dict[str, JSON]:
    planned = run.plan[name]
    assert isinstance(planned, dict)
    return planned


def _fail(turn: Turn, frame: Frame, failure: Failure) -> None:
    turn.cancel(frame)
    turn.record(m.MapRunFailed(**turn.visible(frame), failure=failure))


def _map(turn: Turn, frame: Frame) -> Map:
    state = turn.state(frame)
    assert isinstance(state, Map)
    return state


def _new_arn(turn: Turn, frame: Frame, state: Map) -> str:
    entropy = entropy_of(turn, frame)
    label = state.label or entropy.uuid()
    machine = turn.execution.identity.state_machine_arn.replace(":stateMachine:", ":mapRun:").partition("/")[0]
    return f"{machine}/{label}:{entropy.uuid()}"


def _path_of(turn: Turn, frame: Frame) -> tuple[str | int, ...]:
    """The way from the execution's definition to the Map: names of states, and indices of a Parallel's branches."""
    if frame.parent is None:
        return (frame.state,)
    above = _path_of(turn, frame.parent)
    return (*above, frame.index, frame.state) if frame.parent.state_type == "Parallel" else (*above, frame.state)
