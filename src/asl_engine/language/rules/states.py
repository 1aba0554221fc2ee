"""Which fields a state machine, a state and the objects inside it have, and what each of them may hold.

The tables follow what AWS accepts per state type; `field_checks` says what the checks in them mean.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from asl_engine.language.definition import QueryLanguage
from asl_engine.language.errors import Diagnostic
from asl_engine.language.rules import graph
from asl_engine.language.rules.checks import (
    Check,
    Place,
    Problems,
    anything,
    array_of,
    assignments,
    boolean,
    evaluated,
    integer,
    number,
    object_with,
    one_of,
    path,
    path_or_call,
    payload,
    reference,
    result_path,
    schema,
    template,
    template_or_payload,
    text,
    timestamp,
    warning,
)
from asl_engine.language.rules.choices import choice_rule
from asl_engine.language.rules.handlers import catchers, retriers
from asl_engine.language.rules.maps import (
    inline_map,
    item_batcher,
    item_reader,
    items,
    label,
    processor_configuration,
    result_writer,
)
from asl_engine.language.rules.objects import checked, exactly_one, other_language, required, unsupported
from asl_engine.language.rules.tasks import credentials, resource, task
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import JSON

_LARGEST: Final = 99_999_999
_LONGEST_NAME: Final = 80


def state_machine(fields: dict[str, JSON], place: Place) -> Problems:
    """The problems of a whole definition."""
    yield from required(fields, ("States", "StartAt"), place)
    yield from unsupported(fields, _MACHINE, place)
    yield from checked(fields, _MACHINE, place)
    language = _effective_language(fields, QueryLanguage.JSONPATH)
    yield from _states(fields, replace(place, language=language, machine_language=language), is_top=True)
    yield from graph.repeated_names(fields, place)


def _sub_machine(extra: Mapping[str, Check]) -> Check:
    """A branch or an item processor, which has no query language of its own."""

    def check(fields: dict[str, JSON], place: Place) -> Problems:
        known = {"StartAt": text, "States": anything, "Comment": text, **extra}
        yield from required(fields, ("States", "StartAt"), place)
        yield from unsupported(fields, known, place)
        yield from checked(fields, known, place)
        options = replace(place.options, express=place.options.express or _runs_express(fields))
        inside = replace(place, language=place.machine_language, options=options)
        yield from _states(fields, inside, is_top=False)

    return object_with(check)


def _runs_express(fields: dict[str, JSON]) -> bool:
    """Whether each item is an Express workflow of its own."""
    match fields.get("ProcessorConfig"):
        case {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}:
            return True
        case _:
            return False


def _states(fields: dict[str, JSON], place: Place, *, is_top: bool) -> Problems:
    states = fields.get("States", {})
    if not isinstance(states, dict):
        yield schema("Expected value of type [OBJECT]", place.at("States"))
        return
    if not states and "States" in fields:
        yield schema("Value cannot be empty", place.at("States"))
    for name, fields_of_state in states.items():
        yield from _named_state(name, fields_of_state, place.at("States").at(name))
    yield from graph.missing_targets(states, place.at("States"))
    endless = list(graph.missing_end(states)) if is_top else []
    yield from endless
    start_at = fields.get("StartAt")
    if isinstance(start_at, str) and states and not endless:
        yield from graph.unreachable(start_at, states, place)


def _named_state(name: str, fields: JSON, place: Place) -> Problems:
    if len(name) > _LONGEST_NAME:
        message = f"State name '{name}' exceeds the {_LONGEST_NAME}-character limit allowed by the service"
        yield Diagnostic(code="INVALID_STATE_NAME", message=message, location=place.location)
    yield from object_with(state)(fields, place)


def state(fields: dict[str, JSON], place: Place) -> Problems:
    """The problems of one state; whether its Next leads anywhere is the state machine's affair."""
    yield from required(fields, ("Type",), place)
    if "Type" not in fields:
        return
    yield from one_of(*FIELDS)(fields["Type"], place.at("Type"))
    kind = fields["Type"]
    if not isinstance(kind, str) or kind not in FIELDS:
        return
    known = {**_COMMON, **FIELDS[kind]}
    inside = replace(place, language=_effective_language(fields, place.machine_language))
    yield from unsupported(fields, known, place)
    yield from _language_problems(fields, inside)
    yield from required(fields, _REQUIRED.get(kind, ()), place)
    for names, needed in _EXCLUSIVE.get(kind, ()):
        yield from exactly_one(_stated(fields), names, place, needed=needed)
    yield from checked(fields, known, inside)
    yield from _EXTRA.get(kind, anything)(fields, inside)


def _stated(fields: dict[str, JSON]) -> dict[str, JSON]:
    """Without an `"End": false`, which says nothing."""
    return {name: value for name, value in fields.items() if name != "End" or value is not False}


def _effective_language(fields: dict[str, JSON], inherited: QueryLanguage) -> QueryLanguage:
    """AWS takes anything but the exact word JSONPath for JSONata, and says separately that the word is wrong."""
    if "QueryLanguage" not in fields:
        return inherited
    return QueryLanguage.JSONPATH if fields["QueryLanguage"] == "JSONPath" else QueryLanguage.JSONATA


def _language_problems(fields: dict[str, JSON], place: Place) -> Problems:
    if fields.get("QueryLanguage") == "JSONPath" and place.machine_language is QueryLanguage.JSONATA:
        yield schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", place)
        return
    yield from other_language(fields, place)


def _pass_result(value: JSON, place: Place) -> Problems:
    keys: Iterable[str] = value if isinstance(value, dict) else ()
    if any(key.endswith(DYNAMIC) for key in keys):
        message = "Attempt to use a path in the result of a pass state."
        yield warning("PASS_RESULT_IS_STATIC", message, place)


_LANGUAGE: Final = one_of("JSONPath", "JSONata")
_SECONDS: Final = evaluated(integer(1, _LARGEST))
_ASSIGN: Final = object_with(assignments)
_TRANSITION: Final[dict[str, Check]] = {"Next": text, "End": boolean}
_PATHS: Final[dict[str, Check]] = {"InputPath": path, "OutputPath": path, "Output": payload}
_WORK: Final[dict[str, Check]] = {
    **_PATHS,
    **_TRANSITION,
    "Assign": _ASSIGN,
    "Parameters": template,
    "ResultSelector": template,
    "ResultPath": result_path,
    "Retry": retriers,
    "Catch": catchers,
}
_COMMON: Final[dict[str, Check]] = {"Type": anything, "Comment": text, "QueryLanguage": _LANGUAGE}
_MACHINE: Final[dict[str, Check]] = {
    "Comment": text,
    "QueryLanguage": _LANGUAGE,
    "StartAt": text,
    "States": anything,
    "TimeoutSeconds": integer(0, _LARGEST),
    "Version": one_of("1.0"),
}

FIELDS: Final[dict[str, dict[str, Check]]] = {
    "Task": {
        **_WORK,
        "Resource": resource,
        "Arguments": payload,
        "Credentials": object_with(credentials),
        "TimeoutSeconds": _SECONDS,
        "TimeoutSecondsPath": reference(),
        "HeartbeatSeconds": _SECONDS,
        "HeartbeatSecondsPath": reference(),
    },
    "Pass": {
        **_PATHS,
        **_TRANSITION,
        "Assign": _ASSIGN,
        "Result": _pass_result,
        "Parameters": template,
        "ResultPath": result_path,
    },
    "Choice": {
        **_PATHS,
        "Assign": _ASSIGN,
        "Choices": array_of(object_with(choice_rule)),
        "Default": text,
    },
    "Wait": {
        **_PATHS,
        **_TRANSITION,
        "Assign": _ASSIGN,
        "Seconds": evaluated(integer(0, _LARGEST)),
        "SecondsPath": reference(),
        "Timestamp": evaluated(timestamp),
        "TimestampPath": reference(),
    },
    "Succeed": _PATHS,
    "Fail": {
        "Error": evaluated(text),
        "ErrorPath": path_or_call,
        "Cause": evaluated(text),
        "CausePath": path_or_call,
    },
    "Parallel": {**_WORK, "Arguments": payload, "Branches": array_of(_sub_machine({}))},
    "Map": {
        **_WORK,
        "ItemProcessor": _sub_machine({"ProcessorConfig": object_with(processor_configuration)}),
        "Iterator": _sub_machine({"ProcessorConfig": object_with(processor_configuration)}),
        "ItemsPath": reference(context=True),
        "Items": items,
        "ItemSelector": template_or_payload,
        "ItemReader": object_with(item_reader),
        "ItemBatcher": object_with(item_batcher),
        "ResultWriter": object_with(result_writer),
        "Label": label,
        "MaxConcurrency": evaluated(integer(0)),
        "MaxConcurrencyPath": reference(),
        "ToleratedFailureCount": evaluated(integer(0)),
        "ToleratedFailureCountPath": reference(),
        "ToleratedFailurePercentage": evaluated(number(0.0, 100.0)),
        "ToleratedFailurePercentagePath": reference(),
    },
}

_NEXT_OR_END: Final = (("Next", "End"), True)
_REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "Task": ("Resource",),
    "Choice": ("Choices",),
    "Parallel": ("Branches",),
}
_EXCLUSIVE: Final[dict[str, tuple[tuple[tuple[str, ...], bool], ...]]] = {
    "Pass": (_NEXT_OR_END,),
    "Task": (
        _NEXT_OR_END,
        (("TimeoutSeconds", "TimeoutSecondsPath"), False),
        (("HeartbeatSeconds", "HeartbeatSecondsPath"), False),
    ),
    "Wait": (_NEXT_OR_END, (("SecondsPath", "Seconds", "TimestampPath", "Timestamp"), True)),
    "Parallel": (_NEXT_OR_END,),
    "Fail": ((("Error", "ErrorPath"), False), (("Cause", "CausePath"), False)),
    "Map": (
        _NEXT_OR_END,
        (("ItemProcessor", "Iterator"), True),
        (("MaxConcurrency", "MaxConcurrencyPath"), False),
        (("ToleratedFailureCount", "ToleratedFailureCountPath"), False),
        (("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"), False),
    ),
}
"""Groups of fields of which a state has at most one; True where it needs one."""

_EXTRA: Final[dict[str, Check]] = {"Task": object_with(task), "Map": object_with(inline_map)}
