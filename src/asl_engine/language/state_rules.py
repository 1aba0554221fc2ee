"""Which fields a state machine, a state and the objects inside it have, and what each of them may hold.

The tables follow what AWS accepts per state type; `field_checks` says what the checks in them mean.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from asl_engine.language import graph_rules
from asl_engine.language.choice_rules import choice_rule
from asl_engine.language.definition import QueryLanguage
from asl_engine.language.errors import Diagnostic
from asl_engine.language.field_checks import (
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
from asl_engine.language.objects import exactly_one, other_language, required, unsupported
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import JSON

_LARGEST: Final = 99_999_999
_LONGEST_NAME: Final = 80
_ARN: Final = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:.+")
_ACTIVITY: Final = re.compile(r"arn:[a-z-]+:states:[^:]*:[^:]*:activity:.+")


def state_machine(fields: dict[str, JSON], place: Place) -> Problems:
    """The problems of a whole definition."""
    yield from required(fields, ("States", "StartAt"), place)
    yield from unsupported(fields, _MACHINE, place)
    yield from _checked(fields, _MACHINE, place)
    language = _effective_language(fields, QueryLanguage.JSONPATH)
    yield from _states(fields, replace(place, language=language, machine_language=language), is_top=True)


def _sub_machine(extra: Mapping[str, Check]) -> Check:
    """A branch or an item processor, which has no query language of its own."""

    def check(fields: dict[str, JSON], place: Place) -> Problems:
        known = {"StartAt": text, "States": anything, "Comment": text, **extra}
        yield from required(fields, ("States", "StartAt"), place)
        yield from unsupported(fields, known, place)
        yield from _checked(fields, known, place)
        yield from _states(fields, replace(place, language=place.machine_language), is_top=False)

    return object_with(check)


def _states(fields: dict[str, JSON], place: Place, *, is_top: bool) -> Problems:
    states = fields.get("States", {})
    if not isinstance(states, dict):
        yield schema("Expected value of type [OBJECT]", place.at("States"))
        return
    if not states and "States" in fields:
        yield schema("Value cannot be empty", place.at("States"))
    for name, state in states.items():
        yield from _named_state(name, state, place.at("States").at(name))
    yield from graph_rules.missing_targets(states, place.at("States"))
    endless = list(graph_rules.missing_end(states)) if is_top else []
    yield from endless
    start_at = fields.get("StartAt")
    if isinstance(start_at, str) and states and not endless:
        yield from graph_rules.unreachable(start_at, states, place)


def _named_state(name: str, state: JSON, place: Place) -> Problems:
    if len(name) > _LONGEST_NAME:
        message = f"State name '{name}' exceeds the {_LONGEST_NAME}-character limit allowed by the service"
        yield Diagnostic(code="INVALID_STATE_NAME", message=message, location=place.location)
    yield from object_with(_state)(state, place)


def _state(fields: dict[str, JSON], place: Place) -> Problems:
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
    yield from _checked(fields, known, inside)
    yield from _EXTRA.get(kind, anything)(fields, inside)


def _stated(fields: dict[str, JSON]) -> dict[str, JSON]:
    """Without an `"End": false`, which says nothing."""
    return {name: value for name, value in fields.items() if name != "End" or value is not False}


def _checked(fields: dict[str, JSON], known: Mapping[str, Check], place: Place) -> Problems:
    for name, value in fields.items():
        if name in known and not _is_of_other_language(name, place):
            yield from known[name](value, place.at(name))


def _is_of_other_language(name: str, place: Place) -> bool:
    return name in (_JSONPATH_ONLY if place.uses_jsonata else _JSONATA_ONLY)


def _effective_language(fields: dict[str, JSON], inherited: QueryLanguage) -> QueryLanguage:
    """AWS takes anything but the exact word JSONPath for JSONata, and says separately that the word is wrong."""
    if "QueryLanguage" not in fields:
        return inherited
    return QueryLanguage.JSONPATH if fields["QueryLanguage"] == "JSONPath" else QueryLanguage.JSONATA


def _language_problems(fields: dict[str, JSON], place: Place) -> Problems:
    if fields.get("QueryLanguage") == "JSONPath" and place.machine_language is QueryLanguage.JSONATA:
        yield schema("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", place)
        return
    yield from other_language(fields, _JSONPATH_ONLY, _JSONATA_ONLY, place)


def _retrier(fields: dict[str, JSON], place: Place) -> Problems:
    yield from required(fields, ("ErrorEquals",), place)
    yield from unsupported(fields, _RETRIER, place)
    yield from _checked(fields, _RETRIER, place)


def _catcher(fields: dict[str, JSON], place: Place) -> Problems:
    inside = replace(place, in_catcher=True)
    yield from required(fields, ("ErrorEquals", "Next"), place)
    yield from unsupported(fields, _CATCHER, place)
    yield from other_language(fields, _JSONPATH_ONLY, _JSONATA_ONLY, place)
    yield from _checked(fields, _CATCHER, inside)


def _handlers(check: Check) -> Check:
    """Retry or Catch: States.ALL stands alone, in the last of them."""

    def check_all(value: JSON, place: Place) -> Problems:
        yield from array_of(check, may_be_empty=True)(value, place)
        entries = value if isinstance(value, list) else []
        for index, entry in enumerate(entries):
            names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if isinstance(names, list) and "States.ALL" in names and (len(names) > 1 or index < len(entries) - 1):
                message = "States.ALL must appear alone and at end of list"
                yield schema(message, place.item(index).at("ErrorEquals"))

    return check_all


def _resource(value: JSON, place: Place) -> Problems:
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif not _ARN.fullmatch(value):
        yield schema("Value is not a valid resource ARN", place)
    elif not place.options.is_known_resource(value):
        reason = "The value is not a valid resource ARN, or the resource is not available in this region."
        yield schema(f"The resource provided {value} is not recognized. {reason}", place)
    elif place.options.express:
        yield from _express_resource(value, place)


def _express_resource(resource: str, place: Place) -> Problems:
    subject = "Express state machine does not support"
    if _ACTIVITY.fullmatch(resource):
        yield schema(f"{subject} Activity ARN", place)
    elif resource.endswith((".sync", ".sync:2")):
        yield schema(f"{subject} '.sync' service integration", place)
    elif resource.endswith(".waitForTaskToken"):
        yield schema(f"{subject} '.waitForTaskToken' service integration ", place)  # AWS's text has that space


def _credentials(fields: dict[str, JSON], place: Place) -> Problems:
    if "RoleArn" not in fields and f"RoleArn{DYNAMIC}" not in fields:
        yield schema("The field 'RoleArn' is required but was missing", place)
    if not place.uses_jsonata:
        yield from template(fields, place)


def _task(fields: JSON, place: Place) -> Problems:
    assert isinstance(fields, dict)
    resource = fields.get("Resource")
    if "Credentials" in fields and isinstance(resource, str) and _ACTIVITY.fullmatch(resource):
        yield schema("The field 'Credentials' is not supported for activities", place.at("Credentials"))


def _pass_result(value: JSON, place: Place) -> Problems:
    keys: Iterable[str] = value if isinstance(value, dict) else ()
    if any(key.endswith(DYNAMIC) for key in keys):
        message = "Attempt to use a path in the result of a pass state."
        yield warning("PASS_RESULT_IS_STATIC", message, place)


def _processor_configuration(fields: dict[str, JSON], place: Place) -> Problems:
    known: dict[str, Check] = {
        "Mode": one_of("INLINE", "DISTRIBUTED"),
        "ExecutionType": one_of("STANDARD", "EXPRESS"),
    }
    is_distributed = fields.get("Mode") == "DISTRIBUTED"
    yield from required(fields, ("ExecutionType",) if is_distributed else (), place)
    yield from unsupported(fields, known if is_distributed else {"Mode": known["Mode"]}, place)
    yield from _checked(fields, known, place)
    if is_distributed and place.options.express:
        message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
        yield schema(message, place.at("Mode"))
    elif is_distributed and not place.options.distributed_maps:
        yield schema("The field 'Mode' with value 'DISTRIBUTED' is not supported", place.at("Mode"))


def _map(fields: JSON, place: Place) -> Problems:
    """What only a distributed Map has must not be ignored in silence by an inline one."""
    assert isinstance(fields, dict)
    processor = fields.get("ItemProcessor", fields.get("Iterator"))
    configuration = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if not isinstance(configuration, dict) or configuration.get("Mode") != "DISTRIBUTED":
        for name in _DISTRIBUTED_ONLY:
            if name in fields:
                yield schema(f"Field '{name}' is not supported", place)


def _items(value: JSON, place: Place) -> Problems:
    is_expression = isinstance(value, str) and value.startswith("{%")
    if is_expression or isinstance(value, list):
        yield from payload(value, place)
    else:
        yield schema("Expected value of type [ARRAY]", place)


_JSONATA_ONLY: Final = ("Arguments", "Output", "Items")
_JSONPATH_ONLY: Final = (
    "InputPath",
    "OutputPath",
    "ResultPath",
    "Parameters",
    "ResultSelector",
    "Result",
    "ItemsPath",
    "TimeoutSecondsPath",
    "HeartbeatSecondsPath",
    "SecondsPath",
    "TimestampPath",
    "MaxConcurrencyPath",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath",
    "ErrorPath",
    "CausePath",
)
_DISTRIBUTED_ONLY: Final = ("ItemReader", "ItemBatcher", "ResultWriter", "Label")

_LANGUAGE: Final = one_of("JSONPath", "JSONata")
_ERROR_NAMES: Final = array_of(text)
_SECONDS: Final = evaluated(integer(1, _LARGEST))
_ASSIGN: Final = object_with(assignments)
_TRANSITION: Final[dict[str, Check]] = {"Next": text, "End": boolean}
_PATHS: Final[dict[str, Check]] = {"InputPath": path, "OutputPath": path, "Output": payload}
_RETRIER: Final[dict[str, Check]] = {
    "ErrorEquals": _ERROR_NAMES,
    "IntervalSeconds": integer(0, _LARGEST),
    "MaxAttempts": integer(0, _LARGEST),
    "BackoffRate": number(1.0),
    "MaxDelaySeconds": integer(1, 31_622_400),
    "JitterStrategy": one_of("NONE", "FULL"),
    "Comment": text,
}
_CATCHER: Final[dict[str, Check]] = {
    "ErrorEquals": _ERROR_NAMES,
    "Next": text,
    "ResultPath": result_path,
    "Output": payload,
    "Assign": _ASSIGN,
    "Comment": text,
}
_WORK: Final[dict[str, Check]] = {
    **_PATHS,
    **_TRANSITION,
    "Assign": _ASSIGN,
    "Parameters": template,
    "ResultSelector": template,
    "ResultPath": result_path,
    "Retry": _handlers(object_with(_retrier)),
    "Catch": _handlers(object_with(_catcher)),
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
        "Resource": _resource,
        "Arguments": payload,
        "Credentials": object_with(_credentials),
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
        "ItemProcessor": _sub_machine({"ProcessorConfig": object_with(_processor_configuration)}),
        "Iterator": _sub_machine({"ProcessorConfig": object_with(_processor_configuration)}),
        "ItemsPath": reference(context=True),
        "Items": _items,
        "ItemSelector": template_or_payload,
        "ItemReader": object_with(anything),
        "ItemBatcher": object_with(anything),
        "ResultWriter": object_with(anything),
        "Label": text,
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

_EXTRA: Final[dict[str, Check]] = {"Task": _task, "Map": _map}
