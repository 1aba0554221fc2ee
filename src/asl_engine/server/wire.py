"""AWS JSON 1.0: the only place where requests, responses and errors have AWS's spelling.

Inside, a request is a dataclass and an answer a mapping, both with our own names; the service model translates.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any, Final, NoReturn, TypeAlias, TypeVar

from asl_engine.language.values import JSON
from asl_engine.server.arns import Caller
from asl_engine.server.errors import ApiError, validation_failed
from asl_engine.server.model import MistypedMember, Operation, Shape, violations

CONTENT_TYPE: Final = "application/x-amz-json-1.0"
_TARGET_PREFIX: Final = "AWSStepFunctions."
_CREDENTIAL: Final = re.compile(r"Credential=(?P<key>[^/]*)/[^/]*/(?P<region>[^/]*)/")

Answer: TypeAlias = Mapping[str, object]
"""What an action answers, by our own names; absent and None are left out."""

R = TypeVar("R")


def operation_name(target: str) -> str:
    """The operation of an X-Amz-Target header."""
    return target.removeprefix(_TARGET_PREFIX)


def caller(authorization: str, default: Caller) -> Caller:
    """Account and region of a signature: a 12-digit access key is an account number."""
    signed = _CREDENTIAL.search(authorization)
    if signed is None:
        return default
    key, region = signed["key"], signed["region"]
    is_account = len(key) == 12 and key.isdecimal()
    return Caller(account=key if is_account else default.account, region=region or default.region)


# --- requests --------------------------------------------------------------------------------------------------


def read_request(body: bytes, operation: Operation, request_type: type[R]) -> R:
    """Check a request against the model and read it into its dataclass.

    Raises:
        ApiError: SerializationException, ValidationException
    """
    document = _parse(body)
    try:
        found = list(violations(document, operation.input))
    except MistypedMember as error:
        raise ApiError("SerializationException", str(error)) from error
    if found:
        noun = "error" if len(found) == 1 else "errors"
        raise validation_failed(f"{len(found)} validation {noun} detected: {'; '.join(map(str, found))}")
    return _as_dataclass(document, operation.input, request_type)


def _parse(body: bytes) -> dict[str, JSON]:
    try:
        text = body.decode()
        document = json.loads(text or "{}", parse_constant=_refuse_constant)
        if (
            "\\ud" in text.lower()
        ):  # half of a surrogate pair is no character: neither the journal nor UTF-8 can hold it
            json.dumps(document, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ApiError("SerializationException", f"the body cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise ApiError("SerializationException", "the body is not a JSON object")
    return document


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _as_dataclass(document: Mapping[str, JSON], shape: Shape, request_type: type[R]) -> R:
    assert is_dataclass(request_type)
    known = {field.name for field in fields(request_type)}
    given: dict[str, Any] = _named_our_way(document, shape)
    return request_type(**{name: value for name, value in given.items() if name in known})


def _named_our_way(document: Mapping[str, JSON], shape: Shape) -> dict[str, JSON]:
    return {
        name: _read(value, shape.members[member])
        for name, member in shape.wire_names.items()
        if (value := document.get(member)) is not None
    }


def _read(value: JSON, shape: Shape) -> JSON:
    match value:
        case dict() if shape.kind == "structure":
            return _named_our_way(value, shape)
        case list() if shape.item is not None:
            return [_read(item, shape.item) for item in value]
        case _:
            return value


# --- responses -------------------------------------------------------------------------------------------------


def render(answer: Answer, shape: Shape) -> bytes:
    """An answer in AWS's spelling; a member the model does not know, or lacks, is our own mistake."""
    return json.dumps(spell(answer, shape), separators=(",", ":")).encode()


def render_error(error: ApiError) -> bytes:
    return json.dumps({"__type": error.code, "message": error.message}).encode()


def spell(value: object, shape: Shape) -> object:
    """A value in AWS's spelling."""
    match value:
        case str() | int():  # most of a history, and quicker to tell than a Mapping
            return value
        case Mapping() if shape.kind == "structure":
            return _spell_structure(value, shape)
        case datetime():
            return round(value.timestamp(), 3)
        case list() | tuple() if shape.item is not None:
            return [spell(item, shape.item) for item in value]
        case _:
            return value


def _spell_structure(value: Mapping[str, object], shape: Shape) -> dict[str, object]:
    spelled = {
        (member := shape.wire_names[name]): spell(given, shape.members[member])
        for name, given in value.items()
        if given is not None
    }
    missing = [member for member in shape.required if member not in spelled]
    if missing:
        raise KeyError(f"{shape.name}: {missing}")
    return spelled
