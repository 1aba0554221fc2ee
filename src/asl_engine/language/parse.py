"""Parsing: from a definition's text to frozen values. Lenient, because `validate` has already looked."""

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias, TypedDict, TypeVar

from asl_engine.language.conditions import OPERATORS
from asl_engine.language.definition import (
    And,
    Catcher,
    Choice,
    ChoiceRule,
    Comparison,
    Condition,
    Fail,
    Map,
    Not,
    Or,
    Parallel,
    Pass,
    QueryLanguage,
    Retrier,
    State,
    StateMachine,
    Succeed,
    Task,
    Wait,
)
from asl_engine.language.errors import InvalidDefinition, Severity
from asl_engine.language.rules.checks import ParameterProblems
from asl_engine.language.validate import diagnose
from asl_engine.language.values import ABSENT, JSON, Absent

Fields: TypeAlias = dict[str, JSON]
Kind = TypeVar("Kind")


def load(
    text: str,
    *,
    express: bool = False,
    is_known_resource: Callable[[str], bool] = lambda _: True,
    parameter_problems: ParameterProblems = lambda *_: (),
) -> StateMachine:
    """The definition, checked (see `validate.diagnose`) and parsed.

    Raises:
        InvalidDefinition: with every problem, when at least one of them is an error.
    """
    diagnostics = diagnose(
        text, express=express, is_known_resource=is_known_resource, parameter_problems=parameter_problems
    )
    if any(diagnostic.severity is Severity.ERROR for diagnostic in diagnostics):
        raise InvalidDefinition(diagnostics)
    return parse(text)


def parse(text: str) -> StateMachine:
    """The definition, unchecked: for texts that `validate.diagnose` has passed. Unknown fields are ignored."""
    return _state_machine(json.loads(text), QueryLanguage.JSONPATH)


def parse_state(name: str, fields: Fields, query_language: QueryLanguage = QueryLanguage.JSONPATH) -> State:
    """One state on its own, as TestState is given it; `query_language` is that of the state machine around it."""
    return _PARSERS[_text(fields, "Type")](_common(name, fields, query_language), fields, query_language)


class _Common(TypedDict):
    name: str
    query_language: QueryLanguage
    comment: str | None
    input_path: str | None | Absent
    output_path: str | None | Absent
    output: JSON | Absent
    assign: Mapping[str, JSON] | None
    next: str | None
    end: bool


class _Handlers(TypedDict):
    result_selector: JSON | Absent
    result_path: str | None | Absent
    retry: tuple[Retrier, ...]
    catch: tuple[Catcher, ...]


def _state_machine(fields: Fields, inherited: QueryLanguage) -> StateMachine:
    """States inherit the language of the whole state machine, even below a Map or Parallel that has another."""
    language = _language(fields, inherited)
    return StateMachine(
        start_at=_text(fields, "StartAt"),
        states={name: parse_state(name, _object(state), language) for name, state in _fields(fields, "States").items()},
        query_language=language,
        comment=_optional(fields, "Comment", str),
        timeout_seconds=_optional(fields, "TimeoutSeconds", int),
        version=_optional(fields, "Version", str),
    )


def _language(fields: Fields, inherited: QueryLanguage) -> QueryLanguage:
    declared = _optional(fields, "QueryLanguage", str)
    return inherited if declared is None else QueryLanguage(declared)


def _common(name: str, fields: Fields, inherited: QueryLanguage) -> _Common:
    return {
        "name": name,
        "query_language": _language(fields, inherited),
        "comment": _optional(fields, "Comment", str),
        "input_path": _path(fields, "InputPath"),
        "output_path": _path(fields, "OutputPath"),
        "output": fields.get("Output", ABSENT),
        "assign": _optional(fields, "Assign", dict),
        "next": _optional(fields, "Next", str),
        "end": fields.get("End") is True,
    }


def _handlers(fields: Fields) -> _Handlers:
    return {
        "result_selector": fields.get("ResultSelector", ABSENT),
        "result_path": _path(fields, "ResultPath"),
        "retry": tuple(map(_retrier, _objects(fields, "Retry"))),
        "catch": tuple(map(_catcher, _objects(fields, "Catch"))),
    }


def _pass(common: _Common, fields: Fields, _: QueryLanguage) -> State:
    return Pass(
        **common,
        result=fields.get("Result", ABSENT),
        parameters=fields.get("Parameters", ABSENT),
        result_path=_path(fields, "ResultPath"),
    )


def _task(common: _Common, fields: Fields, _: QueryLanguage) -> State:
    return Task(
        **common,
        **_handlers(fields),
        resource=_text(fields, "Resource"),
        parameters=fields.get("Parameters", ABSENT),
        arguments=fields.get("Arguments", ABSENT),
        credentials=fields.get("Credentials", ABSENT),
        timeout_seconds=_integer_or_text(fields, "TimeoutSeconds"),
        timeout_seconds_path=_optional(fields, "TimeoutSecondsPath", str),
        heartbeat_seconds=_integer_or_text(fields, "HeartbeatSeconds"),
        heartbeat_seconds_path=_optional(fields, "HeartbeatSecondsPath", str),
    )


def _choice(common: _Common, fields: Fields, _: QueryLanguage) -> State:
    return Choice(
        **common,
        choices=tuple(map(_rule, _objects(fields, "Choices"))),
        default=_optional(fields, "Default", str),
    )


def _wait(common: _Common, fields: Fields, _: QueryLanguage) -> State:
    return Wait(
        **common,
        seconds=_integer_or_text(fields, "Seconds"),
        seconds_path=_optional(fields, "SecondsPath", str),
        timestamp=_optional(fields, "Timestamp", str),
        timestamp_path=_optional(fields, "TimestampPath", str),
    )


def _succeed(common: _Common, _fields: Fields, _: QueryLanguage) -> State:
    return Succeed(**common)


def _fail(common: _Common, fields: Fields, _: QueryLanguage) -> State:
    return Fail(
        **common,
        error=_optional(fields, "Error", str),
        error_path=_optional(fields, "ErrorPath", str),
        cause=_optional(fields, "Cause", str),
        cause_path=_optional(fields, "CausePath", str),
    )


def _parallel(common: _Common, fields: Fields, inherited: QueryLanguage) -> State:
    return Parallel(
        **common,
        **_handlers(fields),
        branches=tuple(_state_machine(branch, inherited) for branch in _objects(fields, "Branches")),
        parameters=fields.get("Parameters", ABSENT),
        arguments=fields.get("Arguments", ABSENT),
    )


def _map(common: _Common, fields: Fields, inherited: QueryLanguage) -> State:
    processor = _fields(fields, "ItemProcessor" if "ItemProcessor" in fields else "Iterator")
    configuration = _optional(processor, "ProcessorConfig", dict) or {}
    return Map(
        **common,
        **_handlers(fields),
        item_processor=_state_machine(processor, inherited),
        mode=_optional(configuration, "Mode", str) or "INLINE",
        execution_type=_optional(configuration, "ExecutionType", str),
        items_path=_optional(fields, "ItemsPath", str),
        items=fields.get("Items", ABSENT),
        item_selector=fields.get("ItemSelector", fields.get("Parameters", ABSENT)),
        item_reader=_optional(fields, "ItemReader", dict),
        item_batcher=_optional(fields, "ItemBatcher", dict),
        result_writer=_optional(fields, "ResultWriter", dict),
        label=_optional(fields, "Label", str),
        max_concurrency=_integer_or_text(fields, "MaxConcurrency"),
        max_concurrency_path=_optional(fields, "MaxConcurrencyPath", str),
        tolerated_failure_count=_integer_or_text(fields, "ToleratedFailureCount"),
        tolerated_failure_count_path=_optional(fields, "ToleratedFailureCountPath", str),
        tolerated_failure_percentage=_number_or_text(fields, "ToleratedFailurePercentage"),
        tolerated_failure_percentage_path=_optional(fields, "ToleratedFailurePercentagePath", str),
    )


_PARSERS: Final[Mapping[str, Callable[[_Common, Fields, QueryLanguage], State]]] = {
    "Pass": _pass,
    "Task": _task,
    "Choice": _choice,
    "Wait": _wait,
    "Succeed": _succeed,
    "Fail": _fail,
    "Parallel": _parallel,
    "Map": _map,
}


def _retrier(fields: Fields) -> Retrier:
    backoff_rate = fields.get("BackoffRate", 2.0)
    return Retrier(
        error_equals=_texts(fields, "ErrorEquals"),
        interval_seconds=_integer(fields, "IntervalSeconds", 1),
        max_attempts=_integer(fields, "MaxAttempts", 3),
        backoff_rate=float(backoff_rate) if isinstance(backoff_rate, int | float) else 2.0,
        max_delay_seconds=_optional(fields, "MaxDelaySeconds", int),
        full_jitter=fields.get("JitterStrategy") == "FULL",
    )


def _catcher(fields: Fields) -> Catcher:
    return Catcher(
        error_equals=_texts(fields, "ErrorEquals"),
        next=_text(fields, "Next"),
        result_path=_path(fields, "ResultPath"),
        output=fields.get("Output", ABSENT),
        assign=_optional(fields, "Assign", dict),
    )


def _rule(fields: Fields) -> ChoiceRule:
    condition = fields.get("Condition")
    return ChoiceRule(
        condition=condition if isinstance(condition, str | bool) else _condition(fields),
        next=_text(fields, "Next"),
        output=fields.get("Output", ABSENT),
        assign=_optional(fields, "Assign", dict),
    )


def _condition(fields: Fields) -> Condition:
    if "And" in fields:
        return And(tuple(map(_condition, _objects(fields, "And"))))
    if "Or" in fields:
        return Or(tuple(map(_condition, _objects(fields, "Or"))))
    if "Not" in fields:
        return Not(_condition(_fields(fields, "Not")))
    operator = next(name for name in fields if name in OPERATORS)
    return Comparison(variable=_text(fields, "Variable"), operator=operator, operand=fields[operator])


def _optional(fields: Fields, name: str, kind: type[Kind]) -> Kind | None:
    value = fields.get(name)
    return value if isinstance(value, kind) else None


def _integer(fields: Fields, name: str, default: int) -> int:
    value = _optional(fields, name, int)
    return default if value is None else value


def _integer_or_text(fields: Fields, name: str) -> int | str | None:
    value = fields.get(name)
    return value if isinstance(value, int | str) else None


def _number_or_text(fields: Fields, name: str) -> float | str | None:
    value = fields.get(name)
    return value if isinstance(value, int | float | str) else None


def _path(fields: Fields, name: str) -> str | None | Absent:
    return _optional(fields, name, str) if name in fields else ABSENT


def _text(fields: Fields, name: str) -> str:
    value = fields[name]
    assert isinstance(value, str)
    return value


def _texts(fields: Fields, name: str) -> tuple[str, ...]:
    value = fields[name]
    assert isinstance(value, list)
    return tuple(map(str, value))


def _object(value: JSON) -> Fields:
    assert isinstance(value, dict)
    return value


def _fields(fields: Fields, name: str) -> Fields:
    return _object(fields[name])


def _objects(fields: Fields, name: str) -> list[Fields]:
    value = fields.get(name, [])
    assert isinstance(value, list)
    return list(map(_object, value))
