"""JSONata: the one interface behind which an implementation stands.

Nothing of the implementation is loaded before the first expression that needs it. Most expressions only point at
something (`$states.input.body.changed`); those are answered here. State is always bound as variables, never passed
as the document, which would be copied.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from asl_engine.language.values import ABSENT, JSON, UNLIMITED, Absent, Entropy, Limit

_OPENING: Final = "{%"
_CLOSING: Final = "%}"
_REFERENCE: Final = re.compile(r"\$([A-Za-z_]\w*)((?:\.(?!(?:true|false|null)\b)[A-Za-z_]\w*)*)", re.ASCII)


class JsonataFailed(Exception):
    """An expression threw an error; the message starts with JSONata's code when there is one."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(f". {code}: {message}" if code else f": {message}")


class JsonataUnsupported(Exception):
    """An expression returned something that JSON cannot hold: a function or a regular expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """What an expression sees: `$states` and the variables by name, a stream of chance, and the moment when asked.

    `most_steps` is how many parts of the expression one evaluation may visit: an end to endless recursion, also where
    no `limit` ends what takes too long.
    """

    variables: Mapping[str, JSON]
    entropy: Entropy
    now: Callable[[], datetime]
    most_steps: int = 1_000_000
    limit: Limit = UNLIMITED


def expression_in(text: str) -> str | None:
    """The expression of a `{% … %}` text; None for any other text.

    >>> expression_in("{% $states.input %}"), expression_in(" {% no %}")
    ('$states.input', None)
    """
    if text.startswith(_OPENING) and text.endswith(_CLOSING) and len(text) >= len(_OPENING + _CLOSING):
        return text[len(_OPENING) : -len(_CLOSING)].strip()
    return None


def evaluate(expression: str, bindings: Bindings) -> JSON | Absent:
    """The value of an expression; ABSENT when it is undefined.

    Raises:
        JsonataFailed: when it throws an error.
        JsonataUnsupported: when its value is none of JSON's.
    """
    reference = _reference(expression)
    if reference is not None:
        found = _follow(reference, bindings.variables)
        if found is not _ELSEWHERE:
            return found
    from asl_engine.language import jsonata_library

    return jsonata_library.evaluate(expression, bindings)


@lru_cache(maxsize=4096)
def _reference(expression: str) -> tuple[str, ...] | None:
    found = _REFERENCE.fullmatch(expression)
    return (found[1], *found[2].split(".")[1:]) if found else None


_ELSEWHERE: Final = Absent()
"""The reference leads through something other than objects, which JSONata has rules of its own for."""


def _follow(keys: tuple[str, ...], variables: Mapping[str, JSON]) -> JSON | Absent:
    value = variables.get(keys[0], _ELSEWHERE)
    for key in keys[1:]:
        if not isinstance(value, dict):
            return _ELSEWHERE
        if key not in value:
            return ABSENT
        value = value[key]
    return value
