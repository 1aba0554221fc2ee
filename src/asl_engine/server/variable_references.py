"""Which state reads which variables, as DescribeStateMachine shows it.

Read off the definition's text: AWS reports it for definitions that are valid, so nothing is checked here.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from asl_engine.language.values import JSON

_LITERAL: Final = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_IN_PATH: Final = re.compile(r"(?<![$\w])\$([^\W\d]\w*)")
_IN_EXPRESSION: Final = re.compile(r"(?<![$\w])\$([^\W\d]\w*)(?!\s*[(\w])")
_BOUND_IN_EXPRESSION: Final = re.compile(r"\$(\w+)\s*:=|function\s*\(([^)]*)\)|λ\s*\(([^)]*)\)")
_NAME: Final = re.compile(r"\w+")
_NESTED: Final = frozenset({"States", "Branches", "ItemProcessor", "Iterator"})


def variable_references(definition: str) -> Mapping[str, list[str]]:
    """Of every state that reads variables, their names in order.

    >>> variable_references('{"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$who", "End": true}}}')
    {'A': ['who']}
    """
    return {name: found for name, state in _states(json.loads(definition)) if (found := sorted(set(_reads(state))))}


def _states(value: JSON) -> Iterator[tuple[str, JSON]]:
    match value:
        case {"States": dict(states)}:
            yield from states.items()
            yield from _states(list(states.values()))
        case dict():
            yield from _states([value[name] for name in _NESTED & value.keys()])
        case list():
            for item in value:
                yield from _states(item)


def _reads(value: JSON, field: str = "") -> Iterator[str]:
    match value:
        case str():
            yield from _names(value, is_path=field.endswith((".$", "Path")) or field == "Variable")
        case dict():
            for name, item in value.items():
                if name not in _NESTED:
                    yield from _reads(item, name)
        case list():
            for item in value:
                yield from _reads(item, field)


def _names(text: str, *, is_path: bool) -> Iterator[str]:
    if text.startswith("{%") and text.endswith("%}"):
        expression = _LITERAL.sub("", text)
        bound = {name for found in _BOUND_IN_EXPRESSION.finditer(expression) for name in _NAME.findall(found[0])}
        yield from (name for name in _IN_EXPRESSION.findall(expression) if name not in bound | {"states"})
    elif is_path:
        yield from _IN_PATH.findall(_LITERAL.sub("", text))
