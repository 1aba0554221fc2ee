"""What a state's expressions can see: input, variables, and the context object of `$$` and `$states.context`.

See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html
"""

from typing import Final

from asl_engine.history.execution import children_of
from asl_engine.history.frames import Frame
from asl_engine.history.resources import parse_resource
from asl_engine.history.timestamps import iso_milliseconds
from asl_engine.interpreter.commands import Visit
from asl_engine.interpreter.tokens import token_of
from asl_engine.interpreter.turn import Turn
from asl_engine.language.definition import State, Task
from asl_engine.language.values import ABSENT, JSON, Entropy, Failure, Scope

_RETRIED: Final = frozenset({"Task", "Parallel", "Map"})


def scope_of(turn: Turn, frame: Frame, state: State, *, failure: Failure | None = None) -> Scope:
    """The scope of the frame's current state; with a failure, that of a Catch."""
    return Scope(
        input=frame.input.value,
        context=_context(turn, frame, state),
        variables=frame.variables,
        error_output=ABSENT if failure is None else _error_output(failure),
        entropy=entropy_of(turn, frame),
        limit=turn.limit,
    )


def item_scope(turn: Turn, frame: Frame, state: State, *, index: int, item: JSON) -> Scope:
    """The scope in which a Map's ItemSelector makes the input of one iteration."""
    context = _context(turn, frame, state)
    context["Map"] = {"Item": {"Index": index, "Value": item}}
    return Scope(
        input=frame.input.value,
        context=context,
        variables=frame.variables,
        entropy=entropy_of(turn, frame, index),
        limit=turn.limit,
    )


def entropy_of(turn: Turn, frame: Frame, salt: int = 0) -> Entropy:
    """A stream of chance for one step, the same whenever the step is decided again."""
    execution = turn.execution
    seed = execution.started.seed if execution.started else ""
    return Entropy(f"{seed}/{execution.last_id}.{execution.last_ordinal}/{frame.id}/{salt}")


def child_scope(turn: Turn, frame: Frame, state: State, *, index: int, item: JSON) -> Scope:
    """The same for one item of a distributed Map: whenever it is asked for again, chance gives the same."""
    context = _context(turn, frame, state)
    context["Map"] = {"Item": {"Index": index, "Value": item}}
    return Scope(
        input=frame.input.value,
        context=context,
        variables=frame.variables,
        entropy=child_entropy(turn, frame, index),
        limit=turn.limit,
    )


def child_entropy(turn: Turn, frame: Frame, index: int) -> Entropy:
    """The stream of chance of one child execution of a map run."""
    execution = turn.execution
    seed = execution.started.seed if execution.started else ""
    return Entropy(f"{seed}/{execution.identity.arn}/{frame.map_run.arn if frame.map_run else ''}/{index}")


def _context(turn: Turn, frame: Frame, state: State) -> dict[str, JSON]:
    current: dict[str, JSON] = {"Name": frame.state, "EnteredTime": iso_milliseconds(frame.entered_at)}
    if frame.state_type in _RETRIED:
        current["RetryCount"] = frame.retry_count
    context = {**turn.execution.context, "State": current}
    if isinstance(state, Task) and parse_resource(state.resource).has_token:
        context["Task"] = {"Token": token_of(turn.execution.identity.arn, Visit.of(frame))}
    if frame.parent is not None:
        context.update(_item(frame))
    return context


def _item(frame: Frame) -> dict[str, JSON]:
    """What `$$.Map` says inside the innermost iteration around the frame."""
    while frame.parent is not None:
        items = children_of(frame.parent).items
        if items is not None:
            assert isinstance(items.value, list)
            return {"Map": {"Item": {"Index": frame.index, "Value": items.value[frame.index]}}}
        frame = frame.parent
    return {}


def _error_output(failure: Failure) -> JSON:
    """AWS writes an absent Error or Cause as an empty text (recorded for a caught timeout)."""
    return {"Error": failure.error or "", "Cause": failure.cause or ""}
