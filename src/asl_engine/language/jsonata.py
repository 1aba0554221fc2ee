"""JSONata: the one interface behind which an implementation stands.

Nothing of the implementation is loaded before the first expression that needs it. Most expressions only point at
something (`$states.input.body.changed`); those are answered here. State is always bound as variables, never passed
as the document, which would be copied.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from asl_engine.language.jsonata_bindings import Bindings
from asl_engine.language.values import ABSENT, JSON, Absent

_OPENING: Final = "{%"
_CLOSING: Final = "%}"
_REFERENCE: Final = re.compile(r"\$([A-Za-z_]\w*)((?:\.(?!(?:true|false|null)\b)[A-Za-z_]\w*)*)", re.ASCII)


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
