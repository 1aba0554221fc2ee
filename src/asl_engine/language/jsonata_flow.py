"""Data flow of JSONata states: Arguments, Output, Assign, Items, Condition and every other field that may be `{% … %}`.

Every function is the JSONata half of the one of the same name in `dataflow`. A failure names the field it arose in,
such as `Output/rows[2]`, which AWS calls the location.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial

from asl_engine.language import jsonata
from asl_engine.language.definition import Catcher, Choice, Common, Fail, Map, Parallel, Pass, Task, Wait
from asl_engine.language.jsonata_bindings import Bindings, JsonataFailed, JsonataUnsupported
from asl_engine.language.limits import checked_end, end_of_wait, not_negative, percentage
from asl_engine.language.outcomes import Chosen, Exit, Tolerance
from asl_engine.language.paths import read
from asl_engine.language.renderings import json_text, type_name
from asl_engine.language.timestamps import instant
from asl_engine.language.values import ABSENT, JSON, Absent, EvaluationFailure, Failure, Scope, StateFailed

ERROR = "States.QueryEvaluationError"
_COUNTS = frozenset({"MaxItems", "MaxItemsPerBatch", "MaxInputBytesPerBatch"})


def arguments(state: Task | Parallel | Pass, scope: Scope) -> JSON:
    if isinstance(state, Pass) or isinstance(state.arguments, Absent):
        return scope.input
    return _filled(state.arguments, "Arguments", bindings(scope))


def leave(state: Common, scope: Scope, result: JSON | Absent) -> Exit:
    has_result = isinstance(state, Task | Parallel | Map) and not isinstance(result, Absent)
    default = scope.input if isinstance(result, Absent) else result
    return _exit(state.output, state.assign, "", default, bindings(scope, result=result if has_result else ABSENT))


def caught(catcher: Catcher, index: int, scope: Scope, error_output: JSON) -> Exit:
    bound = bindings(scope, error_output=error_output)
    return _exit(catcher.output, catcher.assign, f"Catch[{index}]/", error_output, bound)


def choose(state: Choice, scope: Scope) -> Chosen | None:
    bound = bindings(scope)
    for index, rule in enumerate(state.choices):
        if _holds(rule.condition, f"Choices[{index}]/Condition", bound):
            exit_ = _exit(rule.output, rule.assign, f"Choices[{index}]/", scope.input, bound)
            return Chosen(next=rule.next, exit=exit_)
    if state.default is None:
        return None
    return Chosen(next=state.default, exit=_exit(state.output, state.assign, "", scope.input, bound))


def wait_until(state: Wait, scope: Scope, entered_at: datetime) -> datetime:
    bound = bindings(scope)
    if state.timestamp is None:
        seconds = _integer(state.seconds, "Seconds", bound)
        return end_of_wait(entered_at, not_negative("Seconds", seconds, ERROR))
    text = _text(state.timestamp, "Timestamp", bound)
    moment = instant(text)
    if moment is None:
        cause = "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string"
        raise _failed(f"{cause}: {text}", "Timestamp")
    return checked_end(entered_at, moment)


def fail(state: Fail, scope: Scope) -> Failure:
    bound = bindings(scope)
    return Failure(
        None if state.error is None else _text(state.error, "Error", bound),
        None if state.cause is None else _text(state.cause, "Cause", bound),
    )


def seconds(number: int | str | None, field: str, scope: Scope) -> int | None:
    """TimeoutSeconds or HeartbeatSeconds."""
    if number is None or isinstance(number, int):
        return number
    found = _integer(number, field, bindings(scope))
    if found <= 0:
        raise _failed(f"The {field} field must be a positive integer, but was {found}", field)
    return found


def credentials(state: Task, scope: Scope) -> JSON | Absent:
    if isinstance(state.credentials, Absent):
        return state.credentials
    return _filled(state.credentials, "Credentials", bindings(scope))


def map_items(state: Map, scope: Scope) -> list[JSON]:
    if isinstance(state.items, Absent):
        if isinstance(scope.input, list):
            return scope.input
        raise _failed(f"Map state input must be an array but was: {json_text(scope.input)}", None)
    items = _filled(state.items, "Items", bindings(scope))
    if not isinstance(items, list):
        raise _unexpected(state.items, "Items", "array", items)
    return items


def map_fields(name: str, fields: dict[str, JSON], scope: Scope) -> JSON:
    """The fields of a distributed Map's reader, batcher or writer, which is called `name`."""
    bound = bindings(scope)
    filled = {key: _map_field(key, value, f"{name}/{key}", bound) for key, value in fields.items()}
    return {"Parameters" if key == "Arguments" else key: value for key, value in filled.items()}


def _map_field(name: str, value: JSON, field: str, bound: Bindings) -> JSON:
    if name in _COUNTS and isinstance(value, int | str):
        return not_negative(name, _integer(value, field, bound), ERROR)
    if name == "ReaderConfig" and isinstance(value, dict):
        return {key: _map_field(key, inner, f"{field}/{key}", bound) for key, inner in value.items()}
    return _filled(value, field, bound)


def item_input(state: Map, scope: Scope) -> JSON:
    if isinstance(state.item_selector, Absent):
        value = read("$$.Map.Item.Value", scope, None)
        assert not isinstance(value, Absent)
        return value
    return _filled(state.item_selector, "ItemSelector", bindings(scope))


def max_concurrency(state: Map, scope: Scope) -> int:
    if state.max_concurrency is None:
        return 0
    return not_negative("MaxConcurrency", _integer(state.max_concurrency, "MaxConcurrency", bindings(scope)), ERROR)


def tolerance(state: Map, scope: Scope) -> Tolerance:
    bound = bindings(scope)
    count, share = state.tolerated_failure_count, state.tolerated_failure_percentage
    number = 0 if count is None else _integer(count, "ToleratedFailureCount", bound)
    part = 0.0 if share is None else _number(share, "ToleratedFailurePercentage", bound)
    return Tolerance(
        count=not_negative("ToleratedFailureCount", number, ERROR),
        percentage=percentage("ToleratedFailurePercentage", part, ERROR),
    )


def bindings(scope: Scope, *, result: JSON | Absent = ABSENT, error_output: JSON | Absent = ABSENT) -> Bindings:
    """What the expressions of a state see: `$states`, and every variable by its name."""
    states: dict[str, JSON] = {"input": scope.input, "context": dict(scope.context)}
    if not isinstance(result, Absent):
        states["result"] = result
    if not isinstance(error_output, Absent):
        states["errorOutput"] = error_output
    return Bindings(
        variables={**scope.variables, "states": states},
        entropy=scope.entropy,
        now=partial(_now, scope),
        limit=scope.limit,
    )


def _now(scope: Scope) -> datetime:
    entered = read("$$.State.EnteredTime", scope, None) if scope.now is None else None
    moment = instant(entered) if isinstance(entered, str) else scope.now
    return moment or datetime(1970, 1, 1, tzinfo=UTC)


def _exit(
    output: JSON | Absent, assign: Mapping[str, JSON] | None, prefix: str, default: JSON, bound: Bindings
) -> Exit:
    fields = assign or {}
    assigned = {name: _filled(value, f"{prefix}Assign/{name}", bound) for name, value in fields.items()}
    left = default if isinstance(output, Absent) else _filled(output, f"{prefix}Output", bound)
    return Exit(output=left, assigned=assigned)


def _filled(template: JSON, field: str, bound: Bindings) -> JSON:
    match template:
        case str():
            expression = jsonata.expression_in(template)
            return template if expression is None else _value(expression, field, bound)
        case dict():
            return {key: _filled(item, f"{field}/{key}", bound) for key, item in template.items()}
        case list():
            return [_filled(item, f"{field}[{index}]", bound) for index, item in enumerate(template)]
        case _:
            return template


def _value(expression: str, field: str, bound: Bindings) -> JSON:
    subject = f"The JSONata expression '{expression}' specified for the field '{field}'"
    try:
        value = jsonata.evaluate(expression, bound)
    except JsonataFailed as error:
        raise _failed(f"{subject} threw an error during evaluation{error}", field) from error
    except JsonataUnsupported as error:
        raise _failed(f"{subject} returned an unsupported result type.", field) from error
    if isinstance(value, Absent):
        raise _failed(f"{subject} returned nothing (undefined).", field)
    return value


def _holds(condition: object, field: str, bound: Bindings) -> bool:
    assert isinstance(condition, str | bool)
    found = _filled(condition, field, bound)
    if not isinstance(found, bool):
        raise _unexpected(condition, field, "boolean", found)
    return found


def _text(text: str, field: str, bound: Bindings) -> str:
    found = _filled(text, field, bound)
    if not isinstance(found, str):
        raise _unexpected(text, field, "string", found)
    return found


def _number(number: float | str | None, field: str, bound: Bindings) -> float:
    found = _filled(number, field, bound)
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise _unexpected(number, field, "number", found)
    return found


def _integer(number: int | str | None, field: str, bound: Bindings) -> int:
    found = _number(number, field, bound)
    if not isinstance(found, int):
        raise _failed(f"The {field} field must be an integer, but was {json_text(found)}", field)
    return found


def _unexpected(text: JSON, field: str, wanted: str, found: JSON) -> StateFailed:
    expression = jsonata.expression_in(text) if isinstance(text, str) else json_text(text)
    cause = f"returned an unexpected result type. Expected '{wanted}', but was '{type_name(found)}'"
    subject = f"The JSONata expression '{expression}' specified for the field '{field}'"
    return _failed(f"{subject} {cause} for value: {json_text(found)}", field)


def _failed(cause: str, field: str | None) -> StateFailed:
    return StateFailed(EvaluationFailure(ERROR, cause, location=field))
