"""Step Functions' own description of its API, out of botocore: what a well-formed request and response are.

Only the JSON file is read; botocore itself is not imported, which keeps the start fast and the process small.
"""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from asl_engine.language.renderings import java_text
from asl_engine.language.values import JSON

_MODEL_PATH: Final = "data/stepfunctions/2016-11-23/service-2.json.gz"
_LONGEST_QUOTE: Final = 1000
_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One type of the model. `members` are those of a structure; `item` is a list's or a map's.

    `wire_names` maps a member's name in our own code to its name on the wire.
    """

    name: str
    kind: str
    members: "Mapping[str, Shape]" = field(default_factory=dict)
    wire_names: Mapping[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: "Shape | None" = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    least: int | None = None
    most: int | None = None
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """`errors` are the names of those the model lists."""

    name: str
    input: Shape
    output: Shape
    errors: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Violation:
    """What a request breaks; `value` None means that a required member is missing."""

    path: str
    value: JSON
    constraint: str
    sensitive: bool = False

    def __str__(self) -> str:
        shown = "" if self.sensitive else " null" if self.value is None else f" '{_shortened(java_text(self.value))}'"
        return f"Value{shown} at '{self.path}' failed to satisfy constraint: {self.constraint}"


class MistypedMember(Exception):
    """A member is of another JSON type than the model wants, which AWS cannot even deserialise."""


@cache
def load_operations() -> Mapping[str, Operation]:
    """Every operation of the API by its name."""
    package = find_spec("botocore")
    if package is None or package.submodule_search_locations is None:
        raise ModuleNotFoundError("botocore")
    with gzip.open(Path(package.submodule_search_locations[0]) / _MODEL_PATH) as file:
        model = json.load(file)
    shapes = _Shapes(model["shapes"])
    return {name: _operation(name, operation, shapes) for name, operation in model["operations"].items()}


def _operation(name: str, raw: dict[str, Any], shapes: "_Shapes") -> Operation:
    return Operation(
        name=name,
        input=shapes.find(raw["input"]["shape"]),
        output=shapes.find(raw["output"]["shape"]),
        errors=frozenset(error["shape"] for error in raw.get("errors", ())),
    )


class _Shapes:
    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw
        self._known: dict[str, Shape] = {}

    def find(self, name: str) -> Shape:
        if name not in self._known:
            self._known[name] = self._make(name, self._raw[name])
        return self._known[name]

    def _make(self, name: str, raw: dict[str, Any]) -> Shape:
        element = raw.get("member") or raw.get("value")
        return Shape(
            name=name,
            kind=raw["type"],
            members={member: self.find(part["shape"]) for member, part in raw.get("members", {}).items()},
            wire_names={python_name(member): member for member in raw.get("members", {})},
            required=tuple(raw.get("required", ())),
            item=self.find(element["shape"]) if element else None,
            choices=tuple(raw.get("enum", ())),
            pattern=raw.get("pattern"),
            least=raw.get("min"),
            most=raw.get("max"),
            sensitive=raw.get("sensitive", False),
        )


# --- checking requests -----------------------------------------------------------------------------------------

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str),
}


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def violations(value: JSON, shape: Shape, path: str = "") -> Iterator[Violation]:
    """Everything in a request that the model forbids; members it does not know are ignored, as AWS does.

    Raises:
        MistypedMember
    """
    if not isinstance(value, _TYPES[shape.kind]) or (isinstance(value, bool) and shape.kind != "boolean"):
        raise MistypedMember(f"{path or shape.name}: got {json.dumps(value)[:40]}, wanted {shape.kind}")
    if isinstance(value, dict):
        yield from _violations_of_members(value, shape, path)
    elif isinstance(value, list) and shape.item is not None:
        yield from _violations_of_length(value, shape, path)
        for index, item in enumerate(value):
            yield from violations(item, shape.item, f"{path}.{index + 1}.member")
    elif (constraint := _broken_constraint(value, shape)) is not None:
        yield Violation(path, value, constraint, shape.sensitive)


def _violations_of_members(value: dict[str, JSON], shape: Shape, path: str) -> Iterator[Violation]:
    prefix = f"{path}." if path else ""
    for name, member in shape.members.items():
        given = value.get(name)
        if given is not None:
            yield from violations(given, member, prefix + name)
        elif name in shape.required:
            yield Violation(prefix + name, None, "Member must not be null")


def _violations_of_length(value: list[JSON], shape: Shape, path: str) -> Iterator[Violation]:
    constraint = _broken_length_constraint(len(value), shape)
    if constraint is not None:
        yield Violation(path, value, constraint)


def _broken_constraint(value: JSON, shape: Shape) -> str | None:
    if isinstance(value, str):
        return _broken_text_constraint(value, shape)
    if isinstance(value, int | float) and shape.most is not None and value > shape.most:
        return f"Member must have value less than or equal to {shape.most}"
    if isinstance(value, int | float) and shape.least is not None and value < shape.least:
        return f"Member must have value greater than or equal to {shape.least}"
    return None


def _broken_text_constraint(value: str, shape: Shape) -> str | None:
    if shape.choices and value not in shape.choices:
        return f"Member must satisfy enum value set: [{', '.join(shape.choices)}]"
    if shape.pattern is not None and not _compiled(shape.pattern).fullmatch(value):
        return f"Member must satisfy regular expression pattern: {shape.pattern}"
    return _broken_length_constraint(len(value), shape)


def _broken_length_constraint(length: int, shape: Shape) -> str | None:
    if shape.most is not None and length > shape.most:
        return f"Member must have length less than or equal to {shape.most}"
    if shape.least is not None and length < shape.least:
        return f"Member must have length greater than or equal to {shape.least}"
    return None


@lru_cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Java's classes of characters are not Python's."""
    return re.compile(pattern.replace(r"\p{ASCII}", r"[\x00-\x7f]"))


# --- names -----------------------------------------------------------------------------------------------------


def python_name(member: str) -> str:
    """The name of a member in our own code.

    >>> python_name("stateMachineArn")
    'state_machine_arn'
    """
    return _CAPITAL.sub("_", member).lower()
