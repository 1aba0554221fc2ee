"""A definition as text: its JSON, or what Jackson, AWS's JSON parser, says is wrong with it."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

from asl_engine.language.errors import Diagnostic
from asl_engine.language.json_problems import SyntaxProblem, problem_of_syntax, unrecognised
from asl_engine.language.values import JSON

_DEEPEST: Final = 200


def read_definition(text: str) -> dict[str, JSON] | Diagnostic:
    """The JSON object that a definition is, or why it is none."""
    if not text.strip():
        return _no_object()
    try:
        value: JSON = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        return _unreadable(text, error)
    if not isinstance(value, dict):
        return _no_object()
    return _too_deep() if _is_deep(value) else value


def _unreadable(text: str, error: Exception) -> Diagnostic:
    match error:
        case json.JSONDecodeError():
            return _syntax_error(text, problem_of_syntax(text, error))
        case _NotANumber():
            word = str(error)
            return _syntax_error(text, SyntaxProblem(unrecognised(word), text.find(word) + len(word)))
        case RecursionError():
            return _too_deep()
        case _:  # Python's own limit, of 4,300 digits
            message = "Number value length exceeds the maximum allowed"
            return Diagnostic(code="INVALID_JSON_DESCRIPTION", message=message)


class RepeatedKeys(dict[str, JSON]):
    """An object whose text says some keys more than once; as everywhere in JSON the last one counts."""

    def __init__(self, pairs: list[tuple[str, JSON]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.repeated = [name for name, count in counts.items() if count > 1]


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    fields = dict(pairs)
    return fields if len(fields) == len(pairs) else RepeatedKeys(pairs)


def _is_deep(value: JSON) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for item in level for child in _children(item)]
        if not level:
            return False
    return True


def _children(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


class _NotANumber(ValueError):
    """NaN or Infinity, which Python reads and JSON has not, or a number that only infinity could stand for."""


def _refuse_constant(name: str) -> JSON:
    raise _NotANumber(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _NotANumber(text)
    return number


def _too_deep() -> Diagnostic:
    return Diagnostic(code="TOO_DEEPLY_NESTED", message="The states are too deeply nested.", location="/")


def _no_object() -> Diagnostic:
    return Diagnostic(code="SCHEMA_VALIDATION_FAILED", message="Definition must be a valid JSON object")


def _syntax_error(text: str, problem: SyntaxProblem) -> Diagnostic:
    source = problem.source(text)
    return Diagnostic(code="INVALID_JSON_DESCRIPTION", message=f"{problem.reason}\n at {source}", location=source)
