"""Values on their way between a state machine and botocore, led by the shapes of the service's model.

A state machine writes PascalCase names, objects where the service wants a text that holds JSON, and texts where it
wants bytes or a date. In results, names are PascalCase again, and bytes and dates are texts.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asl_engine.integrations.parameters import is_open, malformed, unsupported
from asl_engine.integrations.sdk_names import property_name
from asl_engine.integrations.sdk_types import Shape, Value
from asl_engine.language.values import JSON


class WrongParameter(Exception):
    """A parameter that the service's model does not know, or that has another type there; the text is AWS's."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of integration writes names and dates."""

    name: Callable[[str], str]
    date: Callable[[datetime], JSON]

    def write(self, value: Value, shape: Shape) -> JSON:
        """A result of botocore's as the state machine sees it."""
        return _write(self, value, shape)

    def read(self, value: JSON, shape: Shape) -> Value:
        """Parameters as botocore takes them; those that are null are left out.

        Raises:
            WrongParameter
        """
        return _read(self, value, shape, "")

    def unknown(self, template: JSON, shape: Shape) -> Iterator[str]:
        """The fields that the model does not have, at any depth of what a definition writes."""
        if isinstance(template, list) and shape.type_name == "list":
            for item in template:
                yield from self.unknown(item, shape.member)
        elif isinstance(template, dict) and shape.type_name == "map":
            for item in template.values():
                yield from self.unknown(item, shape.value)
        elif isinstance(template, dict) and shape.type_name == "structure":
            yield from self._unknown_members(template, shape)

    def _unknown_members(self, template: Mapping[str, JSON], shape: Shape) -> Iterator[str]:
        if getattr(shape, "is_document_type", False):
            return
        known = self.members(shape)
        for name, value in template.items():
            if name in known:
                yield from self.unknown(value, shape.members[known[name]])
            elif not is_open(name, value):
                yield name

    def members(self, shape: Shape) -> dict[str, str]:
        """The names a state machine may write, each with the model's."""
        spellings = (_capital, property_name, self.name)
        return {spell(member): member for spell in spellings for member in shape.members}


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _instant(moment: datetime) -> str:
    """As Java prints an Instant: as many digits as the fraction needs, in groups of three."""
    text = moment.isoformat(timespec="auto").replace("+00:00", "Z")
    return text.replace("000Z", "Z") if moment.microsecond else text


OPTIMISED: Final = Dialect(_capital, lambda moment: round(moment.timestamp() * 1000))
"""Services that Step Functions integrates on its own: dates are milliseconds since 1970."""
AWS_SDK: Final = Dialect(property_name, _instant)
"""`aws-sdk:…`: dates are texts."""


# --- results ---------------------------------------------------------------------------------------------------


def _write(dialect: Dialect, value: Value, shape: Shape) -> JSON:
    match value:
        case dict() if shape.type_name == "map":
            return {str(key): _write(dialect, item, shape.value) for key, item in value.items()}
        case dict():
            members = shape.members
            return {
                dialect.name(name): _write(dialect, item, members[name])
                for name, item in value.items()
                if name in members
            }
        case list():
            return [_write(dialect, item, shape.member) for item in value]
        case _:
            return _write_scalar(dialect, value)


def _write_scalar(dialect: Dialect, value: Value) -> JSON:
    match value:
        case datetime():
            return dialect.date(value)
        case bytes() | bytearray():
            return _text(bytes(value))
        case None | bool() | int() | float() | str():
            return value
        case _:  # an event stream, which no state can hold
            return None


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return base64.b64encode(content).decode("ascii")


# --- parameters ------------------------------------------------------------------------------------------------


def _read(dialect: Dialect, value: JSON, shape: Shape, path: str) -> Value:
    match shape.type_name:
        case "structure":
            return _read_structure(dialect, _expect(value, dict, path), shape)
        case "map":
            entries = _expect(value, dict, path).items()
            return {key: _read(dialect, item, shape.value, key) for key, item in entries if item is not None}
        case "list":
            return [_read(dialect, item, shape.member, path) for item in _expect(value, list, path)]
        case kind:
            return _SCALARS.get(kind, _number)(value, path)


def _read_structure(dialect: Dialect, value: Mapping[str, JSON], shape: Shape) -> Value:
    if getattr(shape, "is_document_type", False):
        return value
    known = dialect.members(shape)
    for name in value:
        if name not in known:
            raise WrongParameter(unsupported(name))
    return {
        known[name]: _read(dialect, item, shape.members[known[name]], name)
        for name, item in value.items()
        if item is not None
    }


def _expect(value: JSON, kind: type[Value], path: str) -> Value:
    if not isinstance(value, kind):
        raise WrongParameter(malformed(path))
    return value


def _string(value: JSON, _path: str) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _blob(value: JSON, path: str) -> bytes:
    return _string(value, path).encode()


def _boolean(value: JSON, path: str) -> bool:
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    return bool(_expect(value, bool, path))


def _timestamp(value: JSON, path: str) -> JSON:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise WrongParameter(malformed(path))
    return value


def _number(value: JSON, path: str) -> int | float:
    try:
        number = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise WrongParameter(malformed(path))
    return number


_SCALARS: Final[Mapping[str, Callable[[JSON, str], Value]]] = {
    "string": _string,
    "character": _string,
    "blob": _blob,
    "boolean": _boolean,
    "timestamp": _timestamp,
}
