"""Parallel and Map: starting branches and iterations, and gathering what they return."""

from typing import Final

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import children_of
from asl_engine.history.frames import Children, Frame
from asl_engine.interpreter import map_runs
from asl_engine.interpreter.scopes import item_scope, scope_of
from asl_engine.interpreter.turn import Turn, document
from asl_engine.language import dataflow
from asl_engine.language.definition import Map, Parallel

INLINE_CONCURRENCY: Final = 40
"""How many iterations of an inline Map run at once when it does not ask for fewer (developer guide, Map state)."""


def start_parallel(turn: Turn, frame: Frame, state: Parallel) -> None:
    given = document(dataflow.arguments(state, scope_of(turn, frame, state)), frame.input)
    turn.record(
        e.ParallelStateStarted(
            **turn.visible(frame),
            branch_count=len(state.branches),
            first_branch=turn.execution.next_frame,
            input=given,
        )
    )


def start_map(turn: Turn, frame: Frame, state: Map) -> None:
    scope = scope_of(turn, frame, state)
    wanted = dataflow.max_concurrency(state, scope)
    distributed = state.mode == "DISTRIBUTED"
    items = dataflow.map_items(state, scope) if state.item_reader is None else []
    turn.record(
        e.MapStateStarted(
            **turn.visible(frame),
            length=len(items),
            items=document(items, frame.input),
            concurrency=min(wanted or INLINE_CONCURRENCY, INLINE_CONCURRENCY),
            distributed=distributed,
        )
    )


def advance(turn: Turn, frame: Frame) -> None:
    """Starts as many iterations as may run, or ends the state when all have."""
    if frame.map_run is not None:
        map_runs.advance(turn, frame)
        return
    children = children_of(frame)
    if not children.complete:
        _start_iterations(turn, frame, children)
    elif frame.state_type == "Map":
        turn.record(e.MapStateSucceeded(**turn.visible(frame, children.last_success_id)))
    else:
        turn.record(e.ParallelStateSucceeded(**turn.visible(frame, children.last_success_id)))


def finish_iteration(turn: Turn, frame: Frame) -> None:
    assert frame.parent is not None
    turn.record(e.MapIterationSucceeded(**turn.visible(frame), name=frame.parent.state, index=frame.index))


def _start_iterations(turn: Turn, frame: Frame, children: Children) -> None:
    state = turn.state(frame)
    assert isinstance(state, Map)
    assert children.items is not None
    items = children.items.value
    assert isinstance(items, list)
    while children.can_start:
        index = children.started
        given = dataflow.item_input(state, item_scope(turn, frame, state, index=index, item=items[index]))
        header = turn.visible(frame)
        header["frame"] = turn.execution.next_frame
        turn.record(
            e.MapIterationStarted(**header, name=frame.state, index=index, parent=frame.id, input=Document.of(given))
        )
