"""Retry and Catch: what a retrier and a catcher may say."""

from dataclasses import replace
from typing import Final

from asl_engine.language.rules.checks import (
    Check,
    Place,
    Problems,
    array_of,
    assignments,
    integer,
    number,
    object_with,
    one_of,
    payload,
    result_path,
    schema,
    text,
)
from asl_engine.language.rules.objects import checked, other_language, required, unsupported
from asl_engine.language.values import JSON

_LARGEST: Final = 99_999_999
_RETRIER: Final[dict[str, Check]] = {
    "ErrorEquals": array_of(text),
    "IntervalSeconds": integer(0, _LARGEST),
    "MaxAttempts": integer(0, _LARGEST),
    "BackoffRate": number(1.0),
    "MaxDelaySeconds": integer(1, 31_622_400),
    "JitterStrategy": one_of("NONE", "FULL"),
    "Comment": text,
}
_CATCHER: Final[dict[str, Check]] = {
    "ErrorEquals": array_of(text),
    "Next": text,
    "ResultPath": result_path,
    "Output": payload,
    "Assign": object_with(assignments),
    "Comment": text,
}


def _retrier(fields: dict[str, JSON], place: Place) -> Problems:
    yield from required(fields, ("ErrorEquals",), place)
    yield from unsupported(fields, _RETRIER, place)
    yield from checked(fields, _RETRIER, place)


def _catcher(fields: dict[str, JSON], place: Place) -> Problems:
    inside = replace(place, in_catcher=True)
    yield from required(fields, ("ErrorEquals", "Next"), place)
    yield from unsupported(fields, _CATCHER, place)
    yield from other_language(fields, place)
    yield from checked(fields, _CATCHER, inside)


def _all_of(check: Check) -> Check:
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


retriers: Final = _all_of(object_with(_retrier))
catchers: Final = _all_of(object_with(_catcher))
