"""Data flow: what a state is given, what it hands on, and what its other fields say, in both query languages.

Each function takes a state and what it can see (`Scope`), returns values and raises `StateFailed`. The causes are
bare: whoever knows the event id puts "An error occurred while executing the state 'X' (entered at the event id
#N). " in front. `scope.input` is always the state's raw input. See
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from datetime import datetime

from asl_engine.language import jsonata_flow, jsonpath_flow
from asl_engine.language.definition import (
    Catcher,
    Choice,
    Common,
    Fail,
    Map,
    Parallel,
    Pass,
    QueryLanguage,
    Task,
    Wait,
)
from asl_engine.language.outcomes import Chosen, Exit, Tolerance
from asl_engine.language.values import ABSENT, JSON, Absent, Failure, Scope, StateFailed

__all__ = [
    "Chosen",
    "Exit",
    "Tolerance",
    "arguments",
    "caught",
    "choose",
    "credentials",
    "fail",
    "heartbeat_seconds",
    "item_input",
    "leave",
    "map_items",
    "map_plan",
    "max_concurrency",
    "timeout_seconds",
    "tolerance",
    "wait_until",
]


def arguments(state: Task | Parallel | Pass, scope: Scope) -> JSON:
    """What the state works on: InputPath and Parameters, or Arguments, else its input. For Pass, its result."""
    if _uses_jsonata(state):
        return jsonata_flow.arguments(state, scope)
    return jsonpath_flow.arguments(state, scope)


def leave(state: Common, scope: Scope, result: JSON | Absent = ABSENT) -> Exit:
    """ResultSelector, ResultPath, OutputPath and Assign; or Output and Assign.

    `result` is the raw result of Task, Parallel, Map and Pass; Wait and Succeed have none.
    """
    if _uses_jsonata(state):
        return jsonata_flow.leave(state, scope, result)
    return jsonpath_flow.leave(state, scope, result)


def caught(catcher: Catcher, state: Common, scope: Scope) -> Exit:
    """What a Catch leaves behind; `scope.error_output` is `{"Error": …, "Cause": …}`."""
    error_output = None if isinstance(scope.error_output, Absent) else scope.error_output
    if _uses_jsonata(state):
        assert isinstance(state, Task | Parallel | Map)
        return jsonata_flow.caught(catcher, state.catch.index(catcher), scope, error_output)
    return jsonpath_flow.caught(catcher, scope, error_output)


def choose(state: Choice, scope: Scope) -> Chosen:
    """The first rule that holds, else Default.

    Raises:
        StateFailed: when there is no Default. The documentation calls this States.NoChoiceMatched; what AWS reports,
            and what no Catch around the state sees, is States.Runtime.
    """
    chosen = jsonata_flow.choose(state, scope) if _uses_jsonata(state) else jsonpath_flow.choose(state, scope)
    if chosen is None:
        cause = "Failed to transition out of the state. The state does not point to a next state."
        raise StateFailed(Failure("States.Runtime", cause))
    return chosen


def wait_until(state: Wait, scope: Scope, entered_at: datetime) -> datetime:
    """When the wait is over; in the past when there is nothing to wait for."""
    if _uses_jsonata(state):
        return jsonata_flow.wait_until(state, scope, entered_at)
    return jsonpath_flow.wait_until(state, scope, entered_at)


def fail(state: Fail, scope: Scope) -> Failure:
    """The failure the state stands for, which is returned; raised is what goes wrong while finding it."""
    if _uses_jsonata(state):
        return jsonata_flow.fail(state, scope)
    return jsonpath_flow.fail(state, scope)


def timeout_seconds(state: Task, scope: Scope) -> int | None:
    """TimeoutSeconds or TimeoutSecondsPath; None when the state names neither."""
    if _uses_jsonata(state):
        return jsonata_flow.seconds(state.timeout_seconds, "TimeoutSeconds", scope)
    path = state.timeout_seconds_path
    return jsonpath_flow.seconds(state.timeout_seconds, path, "TimeoutSecondsPath", state, scope)


def heartbeat_seconds(state: Task, scope: Scope) -> int | None:
    """HeartbeatSeconds or HeartbeatSecondsPath; None when the state names neither."""
    if _uses_jsonata(state):
        return jsonata_flow.seconds(state.heartbeat_seconds, "HeartbeatSeconds", scope)
    path = state.heartbeat_seconds_path
    return jsonpath_flow.seconds(state.heartbeat_seconds, path, "HeartbeatSecondsPath", state, scope)


def credentials(state: Task, scope: Scope) -> JSON | Absent:
    """The evaluated Credentials."""
    if _uses_jsonata(state):
        return jsonata_flow.credentials(state, scope)
    return jsonpath_flow.credentials(state, scope)


def map_items(state: Map, scope: Scope) -> list[JSON]:
    """The items: InputPath and ItemsPath, or Items, else the input, which must be an array."""
    if _uses_jsonata(state):
        return jsonata_flow.map_items(state, scope)
    return jsonpath_flow.map_items(state, scope)


def map_plan(state: Map, scope: Scope) -> dict[str, JSON]:
    """What holds for a distributed Map's whole run: its ItemReader, ItemBatcher and ResultWriter, evaluated.

    A `Path` twin's value stands under the name of the field itself, JSONata's Arguments under Parameters.
    """
    fields = {"ItemReader": state.item_reader, "ItemBatcher": state.item_batcher, "ResultWriter": state.result_writer}
    given = {name: dict(value) for name, value in fields.items() if value is not None}
    if _uses_jsonata(state):
        return {name: jsonata_flow.map_fields(name, value, scope) for name, value in given.items()}
    return {name: jsonpath_flow.map_fields(value, state, scope) for name, value in given.items()}


def item_input(state: Map, scope: Scope) -> JSON:
    """What one iteration is given; `scope.context` holds its `Map.Item.Index` and `Map.Item.Value`."""
    if _uses_jsonata(state):
        return jsonata_flow.item_input(state, scope)
    return jsonpath_flow.item_input(state, scope)


def max_concurrency(state: Map, scope: Scope) -> int:
    """How many iterations may run at once; 0 means no limit."""
    if _uses_jsonata(state):
        return jsonata_flow.max_concurrency(state, scope)
    return jsonpath_flow.max_concurrency(state, scope)


def tolerance(state: Map, scope: Scope) -> Tolerance:
    """ToleratedFailureCount and ToleratedFailurePercentage, or their Path twins."""
    if _uses_jsonata(state):
        return jsonata_flow.tolerance(state, scope)
    return jsonpath_flow.tolerance(state, scope)


def _uses_jsonata(state: Common) -> bool:
    return state.query_language is QueryLanguage.JSONATA
