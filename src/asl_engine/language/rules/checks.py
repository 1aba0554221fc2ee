"""What one field of a definition may hold: small checks from which `state_rules` builds its tables.

Codes and texts are those of ValidateStateMachineDefinition, see
https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from asl_engine.language.definition import QueryLanguage
from asl_engine.language.errors import Diagnostic, Severity
from asl_engine.language.intrinsics import IntrinsicSyntaxError, parse_call
from asl_engine.language.jsonata import expression_in
from asl_engine.language.path_syntax import CONTEXT, PathSyntaxError
from asl_engine.language.paths import Path, compile_path
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.timestamps import instant
from asl_engine.language.values import JSON

ParameterProblems: TypeAlias = Callable[[str, Mapping[str, JSON]], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the engine around a definition offers: an Express workflow less, a later engine more.

    `parameter_problems` says what is wrong with the Parameters or Arguments that are written for a known resource.
    """

    express: bool = False
    is_known_resource: Callable[[str], bool] = lambda _: True
    parameter_problems: ParameterProblems = lambda *_: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in a definition a check stands, and what holds there."""

    pointer: str = ""
    language: QueryLanguage = QueryLanguage.JSONPATH
    machine_language: QueryLanguage = QueryLanguage.JSONPATH
    in_catcher: bool = False
    options: Options = Options()

    @property
    def location(self) -> str:
        return self.pointer or "/"

    @property
    def uses_jsonata(self) -> bool:
        return self.language is QueryLanguage.JSONATA

    def at(self, name: str) -> "Place":
        return replace(self, pointer=f"{self.pointer}/{name}")

    def item(self, index: int) -> "Place":
        return replace(self, pointer=f"{self.pointer}[{index}]")


Problems: TypeAlias = Iterator[Diagnostic]
Check: TypeAlias = Callable[[JSON, Place], Problems]

_VARIABLE_NAME: Final = re.compile(r"[^\W\d]\w*")
_LONGEST_NAME: Final = 80


def schema(message: str, place: Place) -> Diagnostic:
    return Diagnostic(code="SCHEMA_VALIDATION_FAILED", message=message, location=place.location)


def warning(code: str, message: str, place: Place) -> Diagnostic:
    return Diagnostic(code=code, message=message, location=place.location, severity=Severity.WARNING)


def anything(_value: JSON, _place: Place) -> Problems:
    yield from ()


def text(value: JSON, place: Place) -> Problems:
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)


def boolean(value: JSON, place: Place) -> Problems:
    if not isinstance(value, bool):
        yield schema("Expected value of type [BOOLEAN]", place)


def one_of(*allowed: str) -> Check:
    def check(value: JSON, place: Place) -> Problems:
        if not isinstance(value, str):
            yield schema("Expected value of type [STRING]", place)
        elif value not in allowed:
            yield schema(f"Value should be one of the following: [{', '.join(allowed)}]", place)

    return check


def integer(minimum: int, maximum: int | None = None) -> Check:
    def check(value: JSON, place: Place) -> Problems:
        if isinstance(value, bool) or not isinstance(value, int):
            yield schema("Expected value of type Integer", place)
        else:
            yield from _within(value, minimum, maximum, place)

    return check


def number(minimum: float | None = None, maximum: float | None = None) -> Check:
    def check(value: JSON, place: Place) -> Problems:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield schema("Expected value of type Number", place)
        else:
            yield from _within(value, minimum, maximum, place)

    return check


def _within(value: float, minimum: float | None, maximum: float | None, place: Place) -> Problems:
    if minimum is not None and value < minimum:
        yield schema(f"Minimum value is {minimum}", place)
    if maximum is not None and value > maximum:
        yield schema(f"Maximum value is {maximum}", place)


def timestamp(value: JSON, place: Place) -> Problems:
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif instant(value) is None:
        yield schema("String does not match RFC3339 timestamp", place)


def array_of(check: Check, *, may_be_empty: bool = False) -> Check:
    def check_all(value: JSON, place: Place) -> Problems:
        if not isinstance(value, list):
            yield schema("Expected value of type [ARRAY]", place)
            return
        if not value and not may_be_empty:
            yield schema("Value cannot be empty", place)
        for index, item in enumerate(value):
            yield from check(item, place.item(index))

    return check_all


def object_with(check: Callable[[dict[str, JSON], Place], Problems]) -> Check:
    def check_object(value: JSON, place: Place) -> Problems:
        if isinstance(value, dict):
            yield from check(value, place)
        else:
            yield schema("Expected value of type [OBJECT]", place)

    return check_object


def path(value: JSON, place: Place) -> Problems:
    """InputPath and OutputPath: any path, or null."""
    if value is None:
        return
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif _compiled(value) is None:
        yield schema("Value must be a valid JSONPath.", place)


def result_path(value: JSON, place: Place) -> Problems:
    """A reference path into the input, or null."""
    yield from path(value, place)
    compiled = _compiled(value) if isinstance(value, str) else None
    if compiled is not None and (not compiled.is_reference or compiled.origin):
        yield schema("Value is not a Reference Path", place)


def reference(*, context: bool = False) -> Check:
    """A reference path into the input or a variable, or where it may be also into the context object."""

    def check(value: JSON, place: Place) -> Problems:
        if not isinstance(value, str):
            yield schema("Expected value of type [STRING]", place)
            return
        compiled = _compiled(value)
        if compiled is None:
            yield schema("Value must be a valid JSONPath.", place)
        elif not compiled.is_reference or (compiled.origin == CONTEXT and not context):
            yield schema("Value is not a Reference Path", place)

    return check


def operand_path(value: JSON, place: Place) -> Problems:
    """Variable and the `…Path` operands of a Choice rule."""
    if isinstance(value, str) and not value.startswith("$"):
        yield schema("Value is not a Reference Path: Reference path didn't start with '$'", place)
    else:
        yield from reference(context=True)(value, place)


def path_or_call(value: JSON, place: Place) -> Problems:
    """ErrorPath and CausePath: a path or an intrinsic function."""
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif not is_dynamic(value):
        yield schema("Value must be a valid JSONPath.", place)


def _compiled(value: str) -> Path | None:
    try:
        return compile_path(value)
    except PathSyntaxError:
        return None


def is_dynamic(value: str) -> bool:
    """Whether a text is a path or a call of an intrinsic function."""
    if value.startswith("$"):
        return _compiled(value) is not None
    try:
        parse_call(value)
    except IntrinsicSyntaxError:
        return False
    return True


def template(value: JSON, place: Place) -> Problems:
    """A payload template, in which the value of every key ending in `.$` must be a path or a call."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from template(item, place.item(index))
    elif isinstance(value, dict):
        for key, item in value.items():
            if key.endswith(DYNAMIC):
                yield from _dynamic(key, item, place)
            elif isinstance(item, str):
                yield from _static(item, place.at(key))
            else:
                yield from template(item, place.at(key))


def _dynamic(key: str, value: JSON, place: Place) -> Problems:
    if not isinstance(value, str) or not is_dynamic(value):
        wanted = "must be a valid JSONPath or a valid intrinsic function call"
        yield schema(f"The value for the field '{key}' {wanted}", place)


def _static(value: str, place: Place) -> Problems:
    if value.startswith(("$.", "$$.", "States.")) and is_dynamic(value):
        message = "No .$ on a field that appears to be a JSONPath or Intrinsic Function."
        yield warning("NO_DOLLAR", message, place)


def payload(value: JSON, place: Place) -> Problems:
    """Any JSON with `{% … %}` texts at any depth."""
    match value:
        case str():
            yield from expression(value, place)
        case list():
            for index, item in enumerate(value):
                yield from payload(item, place.item(index))
        case dict():
            for key, item in value.items():
                yield from payload(item, place.at(key))
        case _:
            pass


def expression(value: str, place: Place) -> Problems:
    """A text that is an expression when it starts with `{%`."""
    if not value.startswith("{%"):
        return
    found = expression_in(value)
    if found is None:
        yield schema("JSONata string must start with {% and end with %}", place)
        return
    from asl_engine.language.jsonata_checks import problems

    for code, message in problems(found, in_catcher=place.in_catcher):
        yield Diagnostic(code=code, message=message, location=place.location)


def evaluated(check: Check) -> Check:
    """A field that JSONata may compute, and that otherwise passes `check`."""

    def check_either(value: JSON, place: Place) -> Problems:
        if place.uses_jsonata and isinstance(value, str) and value.startswith("{%"):
            yield from expression(value, place)
        else:
            yield from check(value, place)

    return check_either


def template_or_payload(value: JSON, place: Place) -> Problems:
    """A field of either query language, which decides what is computed in it."""
    yield from (payload if place.uses_jsonata else template)(value, place)


def assignments(value: dict[str, JSON], place: Place) -> Problems:
    """Assign: each key names a variable."""
    for key in value:
        name = key if place.uses_jsonata else key.removesuffix(DYNAMIC)
        if name == "states":
            message = "Cannot assign to reserved variable '$states'."
            yield Diagnostic(code="RESERVED_VARIABLE_NAME", message=message, location=place.location)
        elif not _VARIABLE_NAME.fullmatch(name):
            message = f"Invalid variable name '{name}': the variable name contains invalid characters."
            yield Diagnostic(code="INVALID_VARIABLE_NAME", message=message, location=place.location)
        elif len(name) > _LONGEST_NAME:
            message = f"Invalid variable name '{name}': the variable name exceeds {_LONGEST_NAME} characters."
            yield Diagnostic(code="INVALID_VARIABLE_NAME", message=message, location=place.location)
    yield from template_or_payload(value, place)
