"""Data flow of JSONPath states: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, Assign and their like.

Every function is the JSONPath half of the one of the same name in `dataflow`.
"""

from collections.abc import Mapping
from datetime import datetime

from asl_engine.language import conditions, templates
from asl_engine.language.definition import (
    Catcher,
    Choice,
    ChoiceRule,
    Common,
    Fail,
    Map,
    Parallel,
    Pass,
    Task,
    Wait,
)
from asl_engine.language.limits import checked_end, end_of_wait, fraction, not_negative, percentage, whole
from asl_engine.language.outcomes import Chosen, Exit, Tolerance
from asl_engine.language.paths import read, required, write
from asl_engine.language.renderings import java_text, json_text
from asl_engine.language.timestamps import instant
from asl_engine.language.values import ABSENT, JSON, Absent, Failure, Scope, StateFailed

RUNTIME = "States.Runtime"


def arguments(state: Task | Parallel | Pass, scope: Scope) -> JSON:
    if isinstance(state, Pass) and not isinstance(state.result, Absent):
        return state.result
    return filled(state.parameters, scope, effective_input(state, scope))


def leave(state: Common, scope: Scope, result: JSON | Absent) -> Exit:
    if isinstance(state, Task | Parallel | Map | Pass) and not isinstance(result, Absent):
        selector = state.result_selector if not isinstance(state, Pass) else ABSENT
        selected = filled(selector, scope, result)
        return _exit(state, scope, placed(state.result_path, scope, selected), state.assign, selected)
    given = effective_input(state, scope)
    return _exit(state, scope, given, state.assign, given)


def caught(catcher: Catcher, scope: Scope, error_output: JSON) -> Exit:
    """OutputPath does not apply to what a Catch leaves behind."""
    assigned = _assigned(catcher.assign, scope, error_output)
    return Exit(output=placed(catcher.result_path, scope, error_output), assigned=assigned)


def choose(state: Choice, scope: Scope) -> Chosen | None:
    given = effective_input(state, scope)
    for rule in state.choices:
        if _holds(rule, scope, given):
            return Chosen(next=rule.next, exit=_exit(state, scope, given, rule.assign, given))
    if state.default is None:
        return None
    return Chosen(next=state.default, exit=_exit(state, scope, given, state.assign, given))


def wait_until(state: Wait, scope: Scope, entered_at: datetime) -> datetime:
    if state.seconds_path is not None:
        return end_of_wait(entered_at, _seconds(state.seconds_path, _waited_for("SecondsPath", state, scope)))
    if state.timestamp_path is not None:
        return checked_end(entered_at, _moment(state.timestamp_path, _waited_for("TimestampPath", state, scope)))
    if state.timestamp is not None:
        return checked_end(entered_at, _moment(state.timestamp, state.timestamp))
    assert isinstance(state.seconds, int)
    return end_of_wait(entered_at, state.seconds)


def fail(state: Fail, scope: Scope) -> Failure:
    return Failure(
        _text(state.error, state.error_path, "ErrorPath", scope),
        _text(state.cause, state.cause_path, "CausePath", scope),
    )


def seconds(number: int | str | None, path: str | None, field: str, state: Task, scope: Scope) -> int | None:
    """TimeoutSeconds or HeartbeatSeconds, or what the path in the field beside it finds."""
    if path is None:
        return number if isinstance(number, int) else None
    found = required(path, scope, effective_input(state, scope))
    seconds = whole(found)
    if seconds is None or seconds <= 0:
        raise _runtime(f"The {field} parameter does not reference a positive integer: {path} == {java_text(found)}")
    return seconds


def credentials(state: Task, scope: Scope) -> JSON | Absent:
    if isinstance(state.credentials, Absent):
        return state.credentials
    return templates.fill(state.credentials, scope, effective_input(state, scope))


def map_items(state: Map, scope: Scope) -> list[JSON]:
    given = effective_input(state, scope)
    path = state.items_path if state.items_path is not None else "$"
    found = read(path, scope, given)
    if isinstance(found, Absent):
        missing = path.rpartition(".")[2]
        cause = f'Unable to apply step "{missing}" to input {json_text(given)}'
        raise StateFailed(Failure("States.ReferencePathConflict", cause))
    if not isinstance(found, list):
        raise _runtime(f'Reference path "{path}" must point to array.')
    return found


def map_fields(fields: dict[str, JSON], state: Map, scope: Scope) -> JSON:
    """The fields of a distributed Map's reader, batcher or writer."""
    return dict(_map_field(name, value, state, scope) for name, value in fields.items())


def _map_field(name: str, value: JSON, state: Map, scope: Scope) -> tuple[str, JSON]:
    if name in ("Parameters", "BatchInput"):
        return name, templates.fill(value, scope, effective_input(state, scope))
    if name.endswith("Path") and isinstance(value, str):
        return name.removesuffix("Path"), not_negative(name, _integer(value, name, state, scope), RUNTIME)
    return name, map_fields(value, state, scope) if isinstance(value, dict) else value


def item_input(state: Map, scope: Scope) -> JSON:
    if isinstance(state.item_selector, Absent):
        return required("$$.Map.Item.Value", scope, None)
    return templates.fill(state.item_selector, scope, effective_input(state, scope))


def max_concurrency(state: Map, scope: Scope) -> int:
    if state.max_concurrency_path is None:
        return state.max_concurrency if isinstance(state.max_concurrency, int) else 0
    number = _integer(state.max_concurrency_path, "MaxConcurrencyPath", state, scope)
    return not_negative("MaxConcurrency", number, RUNTIME)


def tolerance(state: Map, scope: Scope) -> Tolerance:
    count, share = state.tolerated_failure_count, state.tolerated_failure_percentage
    if path := state.tolerated_failure_count_path:
        count = _integer(path, "ToleratedFailureCountPath", state, scope)
    if path := state.tolerated_failure_percentage_path:
        share = _float(path, "ToleratedFailurePercentagePath", state, scope)
    return Tolerance(
        count=not_negative("ToleratedFailureCount", count, RUNTIME) if isinstance(count, int) else 0,
        percentage=percentage("ToleratedFailurePercentage", share, RUNTIME) if isinstance(share, int | float) else 0.0,
    )


def effective_input(state: Common, scope: Scope) -> JSON:
    """The input behind InputPath."""
    return _at(state.input_path, scope, scope.input)


def _at(path: str | None | Absent, scope: Scope, root: JSON) -> JSON:
    if isinstance(path, Absent):
        return root
    return {} if path is None else required(path, scope, root)


def filled(template: JSON | Absent, scope: Scope, root: JSON) -> JSON:
    """A payload template filled in; without one, what it would have been filled from."""
    return root if isinstance(template, Absent) else templates.fill(template, scope, root)


def placed(path: str | None | Absent, scope: Scope, value: JSON) -> JSON:
    """The value where ResultPath puts it."""
    if isinstance(path, Absent):
        return value
    return scope.input if path is None else write(path, scope.input, value)


def _exit(state: Common, scope: Scope, output: JSON, assign: Mapping[str, JSON] | None, root: JSON) -> Exit:
    return Exit(output=_at(state.output_path, scope, output), assigned=_assigned(assign, scope, root))


def _assigned(assign: Mapping[str, JSON] | None, scope: Scope, root: JSON) -> Mapping[str, JSON]:
    if not assign:
        return {}
    filled = templates.fill(dict(assign), scope, root)
    assert isinstance(filled, dict)
    return filled


def _holds(rule: ChoiceRule, scope: Scope, root: JSON) -> bool:
    assert not isinstance(rule.condition, str | bool)
    return conditions.holds(rule.condition, scope, root)


def _waited_for(field: str, state: Wait, scope: Scope) -> JSON:
    path = state.seconds_path or state.timestamp_path or ""
    found = read(path, scope, effective_input(state, scope))
    if isinstance(found, Absent):
        raise _runtime(f"The {field} parameter does not reference an input value: {path}")
    return found


def _seconds(path: str, found: JSON) -> int:
    seconds = whole(found)
    if seconds is None:
        raise _runtime(f"The SecondsPath parameter cannot be parsed as a long value: {path} == {java_text(found)}")
    if seconds < 0:
        raise _runtime(f"The SecondsPath parameter references a negative value: {path} == {seconds}")
    return seconds


def _moment(path: str, found: JSON) -> datetime:
    moment = instant(found) if isinstance(found, str) else None
    if moment is None:
        cause = (
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string"
        )
        raise _runtime(f"{cause}: {path} == {java_text(found)}")
    return moment


def _text(text: str | None, path: str | None, field: str, scope: Scope) -> str | None:
    if path is None:
        return text
    found = templates.resolve(path, scope, scope.input, field=field)
    if not isinstance(found, str):
        raise _runtime(f"The {field} field must refer to a string, but '{path}' is {json_text(found)}")
    return found


def _integer(path: str, field: str, state: Map, scope: Scope) -> int:
    found = required(path, scope, effective_input(state, scope))
    number = whole(found)
    if number is None:
        raise _not_a("valid integer", field, path, found)
    return number


def _float(path: str, field: str, state: Map, scope: Scope) -> float:
    found = required(path, scope, effective_input(state, scope))
    number = fraction(found)
    if number is None:
        raise _not_a("valid float", field, path, found)
    return number


def _not_a(wanted: str, field: str, path: str, found: JSON) -> StateFailed:
    return _runtime(f'The {field} field refers to value "{java_text(found)}" which is not a {wanted}: {path}')


def _runtime(cause: str) -> StateFailed:
    return StateFailed(Failure(RUNTIME, cause))
