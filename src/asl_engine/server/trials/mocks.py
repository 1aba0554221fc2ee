"""Mocked results and errors, and the check of a result against the model of the service it stands for."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from asl_engine.language.definition import Map, State, Task
from asl_engine.language.values import JSON, Failure
from asl_engine.server.errors import validation_failed
from asl_engine.server.trials.requests import TestRequest

ServiceShape: TypeAlias = Any
"""`botocore.model.Shape`; botocore publishes no types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputModel:
    """What a service integration returns.

    `spell` makes the state machine's name of a model's member; `free` members may hold any JSON.
    """

    shape: ServiceShape
    spell: Callable[[str], str]
    free: frozenset[str] = frozenset()


FindOutputModel: TypeAlias = Callable[[str], OutputModel | None]
"""The model of a Resource's output; None when nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Returned:
    result: JSON


Mock: TypeAlias = Returned | Failure


def read_mock(request: TestRequest, state: State, find_output_model: FindOutputModel) -> Mock | None:
    """Raises: ApiError: ValidationException."""
    if request.mock is None:
        return None
    result, error = request.mock.get("result"), request.mock.get("error_output")
    if (result is None) is (error is None):
        number = "at least" if result is None else "only"
        raise validation_failed(f"A test mock should have {number} one of the following fields: [result, errorOutput].")
    if isinstance(error, dict):
        if error.get("error") is None:  # required by its documentation, though not by the model of the API
            where = "Value null at 'mock.errorOutput.error'"
            reason = f"{where} failed to satisfy constraint: Member must not be null"
            raise validation_failed(f"1 validation error detected: {reason}")
        return Failure(error["error"], error.get("cause"))
    assert isinstance(result, str)
    mode = str(request.mock.get("field_validation_mode", "STRICT"))
    return Returned(_checked(_parsed(result), mode, state, find_output_model))


def _parsed(text: str) -> JSON:
    try:
        value: JSON = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise validation_failed("Mocked result must be valid JSON") from error
    return value


def _checked(result: JSON, mode: str, state: State, find_output_model: FindOutputModel) -> JSON:
    if not isinstance(state, Task):
        kind, wanted = (dict, "an object") if _exports(state) else (list, "an array")
        if not isinstance(result, kind):
            raise validation_failed(f"Mocked result must be {wanted}")
        return result
    model = find_output_model(state.resource) if mode != "NONE" else None
    if model is not None:
        problem = next(_Check(model, is_strict=mode == "STRICT").problems("", result, model.shape), None)
        if problem is not None:
            raise validation_failed(f"Mock result schema validation error: {problem}")
    return result


def _exports(state: State) -> bool:
    """Whether a Map's result tells where a ResultWriter has put the items' results."""
    return isinstance(state, Map) and state.result_writer is not None and "Resource" in state.result_writer


# --- the check -------------------------------------------------------------------------------------------------

_KINDS: Final[Mapping[str, tuple[tuple[type, ...], str]]] = {
    "structure": ((dict,), "an object"),
    "map": ((dict,), "an object"),
    "list": ((list,), "an array"),
    "string": ((str,), "a string"),
    "character": ((str,), "a string"),
    "blob": ((str,), "a string"),
    "boolean": ((bool,), "a boolean"),
    "timestamp": ((str, int, float), "a string"),
    "integer": ((int, float), "a number"),
    "long": ((int, float), "a number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
}


class _Check:
    def __init__(self, model: OutputModel, *, is_strict: bool) -> None:
        self._model = model
        self._is_strict = is_strict

    def problems(self, name: str, value: JSON, shape: ServiceShape) -> Iterator[str]:
        """What the model does not allow; fields it does not know are let through, as AWS does."""
        kinds, wanted = _KINDS[shape.type_name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and shape.type_name != "boolean"):
            yield f"Field '{name}' must be {wanted}"
            return
        match value:
            case dict() if shape.type_name == "structure":
                yield from self._problems_of_members(value, shape)
            case dict():
                for key, item in value.items():
                    yield from self.problems(key, item, shape.value)
            case list():
                for item in value:
                    yield from self.problems(name, item, shape.member)
            case _:
                yield from _broken_bounds(name, value, shape)

    def _problems_of_members(self, value: dict[str, JSON], shape: ServiceShape) -> Iterator[str]:
        if getattr(shape, "is_document_type", False):
            return
        for member, inner in shape.members.items():
            name = self._model.spell(member)
            if name in value and member not in self._model.free:
                yield from self.problems(name, value[name], inner)
            elif self._is_strict and name not in value and member in shape.required_members:
                yield f"Field '{name}' is required"


def _broken_bounds(name: str, value: JSON, shape: ServiceShape) -> Iterator[str]:
    choices = shape.metadata.get("enum")
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if choices and value not in choices:
        yield f"Field '{name}' is not an expected value"
    assert isinstance(value, str | int | float)
    size, measure = (len(value), "length") if isinstance(value, str) else (value, "value")
    if least is not None and size < least:
        yield f"Field '{name}' is smaller than the minimum {measure}"
    if most is not None and size > most:
        yield f"Field '{name}' is larger than the maximum {measure}"
