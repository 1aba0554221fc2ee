"""Rules about which fields an object of a definition has, whatever they hold."""

from collections.abc import Collection, Mapping
from typing import Final

from asl_engine.language.rules.checks import Check, Place, Problems, schema
from asl_engine.language.values import JSON

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
    "MaxItemsPath",
    "MaxItemsPerBatchPath",
    "MaxInputBytesPerBatchPath",
    "ToleratedFailurePercentagePath",
    "ToleratedFailureCountPath",
    "ErrorPath",
    "CausePath",
)


def required(fields: dict[str, JSON], names: Collection[str], place: Place) -> Problems:
    missing = [name for name in names if name not in fields]
    if missing:
        yield schema(f"These fields are required: [{', '.join(missing)}]", place)


def unsupported(fields: dict[str, JSON], known: Collection[str], place: Place) -> Problems:
    for name in fields:
        if name not in known:
            yield schema(f"Field '{name}' is not supported", place)


def exactly_one(fields: dict[str, JSON], names: Collection[str], place: Place, *, needed: bool) -> Problems:
    """At most one of the names, and at least one where it is needed."""
    present = [name for name in names if name in fields]
    if len(present) > 1:
        yield schema(f"There should only be one of the following fields: [{', '.join(names)}]", place)
    elif needed and not present:
        yield schema(f"This object should have only one of the following fields: [{', '.join(names)}]", place)


def other_language(
    fields: dict[str, JSON],
    place: Place,
    *,
    jsonpath_only: Collection[str] = _JSONPATH_ONLY,
    jsonata_only: Collection[str] = _JSONATA_ONLY,
) -> Problems:
    """Fields that only the query language not in effect has."""
    wrong, other = (jsonpath_only, "JSONPath") if place.uses_jsonata else (jsonata_only, "JSONata")
    for name in fields:
        if name in wrong:
            limit = f"field '{name}' is only supported for the '{other}' QueryLanguage"
            yield schema(f"The QueryLanguage is set to '{place.language}', but {limit}", place)


def checked(fields: dict[str, JSON], known: Mapping[str, Check], place: Place) -> Problems:
    """What the checks say about the fields they know, those of the other query language left out."""
    for name, value in fields.items():
        if name in known and not _is_of_other_language(name, place):
            yield from known[name](value, place.at(name))


def _is_of_other_language(name: str, place: Place) -> bool:
    return name in (_JSONPATH_ONLY if place.uses_jsonata else _JSONATA_ONLY)
