"""What the rules of a Choice state may say, in either query language."""

from typing import Final

from asl_engine.language.conditions import OPERATORS, RELATIONS
from asl_engine.language.rules.checks import (
    Check,
    Place,
    Problems,
    array_of,
    assignments,
    boolean,
    expression,
    is_dynamic,
    number,
    object_with,
    operand_path,
    payload,
    schema,
    text,
    timestamp,
    warning,
)
from asl_engine.language.rules.objects import exactly_one, other_language, required, unsupported
from asl_engine.language.values import JSON

_SELECTORS: Final = ("And", "Or", "Not", "Variable", "Condition")
_JSONPATH_ONLY: Final = ("And", "Or", "Not", "Variable", *sorted(OPERATORS))
_JSONATA_ONLY: Final = ("Condition", "Output")
_OPERANDS: Final[dict[str, Check]] = {
    "String": text,
    "Numeric": number(),
    "Boolean": boolean,
    "Timestamp": timestamp,
    "Is": boolean,
}


def choice_rule(fields: dict[str, JSON], place: Place) -> Problems:
    """A rule of Choices, which names the next state."""
    yield from required(fields, ("Next",), place)
    yield from unsupported(fields, (*_SELECTORS, *OPERATORS, "Next", "Comment", "Assign", "Output"), place)
    yield from other_language(fields, place, jsonpath_only=_JSONPATH_ONLY, jsonata_only=_JSONATA_ONLY)
    for name, check in _AROUND.items():
        if name in fields:
            yield from check(fields[name], place.at(name))
    if place.uses_jsonata:
        yield from required(fields, ("Condition",), place)
        yield from _condition(fields.get("Condition", "{% true %}"), place.at("Condition"))
        yield from payload(fields.get("Output"), place.at("Output"))
    else:
        yield from _selector(fields, place)


def _condition(value: JSON, place: Place) -> Problems:
    if isinstance(value, str) and value.startswith("{%"):
        yield from expression(value, place)
    elif not isinstance(value, bool):
        yield schema("JSONata string must start with {% and end with %}", place)


def _nested_rule(fields: dict[str, JSON], place: Place) -> Problems:
    yield from unsupported(fields, (*_SELECTORS, *OPERATORS, "Comment"), place)
    yield from _selector(fields, place)


def _selector(fields: dict[str, JSON], place: Place) -> Problems:
    present = [name for name in _SELECTORS if name in fields]
    if len(present) != 1:
        yield schema(f"The object must have only one of the following fields, [{', '.join(_SELECTORS)}]", place)
        return
    name = present[0]
    if name in {"And", "Or"}:
        yield from array_of(object_with(_nested_rule))(fields[name], place.at(name))
    elif name == "Not":
        yield from object_with(_nested_rule)(fields[name], place.at(name))
    elif name == "Variable":
        yield from _comparison(fields, place)


def _comparison(fields: dict[str, JSON], place: Place) -> Problems:
    yield from operand_path(fields["Variable"], place.at("Variable"))
    operators = [name for name in fields if name in OPERATORS]
    yield from exactly_one(fields, operators or sorted(OPERATORS), place, needed=True)
    for name in operators:
        yield from _operand_check(name)(fields[name], place.at(name))
        if not name.endswith("Path"):
            yield from _forgotten_path(fields[name], place.at(name))


def _forgotten_path(value: JSON, place: Place) -> Problems:
    if isinstance(value, str) and value.startswith(("$.", "$$.")) and is_dynamic(value):
        message = "Field value looks like a path, but field name does not end with 'Path'."
        yield warning("NO_PATH", message, place)


def _operand_check(operator: str) -> Check:
    if operator.endswith("Path") and operator.removesuffix("Path") in RELATIONS:
        return operand_path
    return next(check for kind, check in _OPERANDS.items() if operator.startswith(kind))


_AROUND: Final[dict[str, Check]] = {"Next": text, "Comment": text, "Assign": object_with(assignments)}
