"""What CreateStateMachine finds wrong with a JSONata expression without evaluating it.

An expression has no document: its input arrives as `$states.input`. A path that starts with a bare name reads the
document, so AWS refuses it, as it refuses `$$`, and `$states.errorOutput` outside a catcher.
"""

from collections.abc import Iterator
from typing import Any, Final

from asl_engine.language.jsonata_library import JsonataSyntaxError, compile_expression

_CHILDREN: Final = (
    "lhs",
    "rhs",
    "lhs_object",
    "rhs_object",
    "rhs_terms",
    "terms",
    "expression",
    "expressions",
    "condition",
    "then",
    "_else",
    "procedure",
    "arguments",
    "body",
)
_RELATIVE: Final = ("predicate", "stages", "group", "pattern", "update", "delete", "expr")


def problems(expression: str, *, in_catcher: bool) -> Iterator[tuple[str, str]]:
    """The code and text of each problem, in the order of the expression, every name once."""
    try:
        compiled = compile_expression(expression)
    except JsonataSyntaxError as error:
        yield "INVALID_JSONATA_EXPRESSION", str(error)
        return
    for message in dict.fromkeys(_complaints(compiled.ast, at_top=True)):
        if message != _NO_ERROR_OUTPUT or not in_catcher:
            yield "UNSUPPORTED_JSONATA_EXPRESSION", message


_NO_ERROR_OUTPUT: Final = "Field '$states.errorOutput' does not exist."


def _complaints(node: Any, *, at_top: bool) -> Iterator[str]:  # noqa: ANN401 - the library publishes no types
    if isinstance(node, list | tuple):
        for each in node:
            yield from _complaints(each, at_top=at_top)
        return
    kind = getattr(node, "type", None)
    if kind == "path":
        yield from _path_complaints(node.steps, at_top=at_top)
    elif kind == "variable" and node.value == "$":
        yield "Reference to '$$' is not supported."
    for name in _CHILDREN:
        if kind != "lambda" or name != "arguments":
            yield from _part(node, name, at_top=at_top)
    for name in _RELATIVE:
        yield from _part(node, name, at_top=False)


def _part(node: Any, name: str, *, at_top: bool) -> Iterator[str]:  # noqa: ANN401 - the library publishes no types
    part = getattr(node, name, None)
    if part is not None and not isinstance(part, str):
        yield from _complaints(part, at_top=at_top)


def _path_complaints(steps: Any, *, at_top: bool) -> Iterator[str]:  # noqa: ANN401 - the library publishes no types
    first, *rest = steps
    if first.type == "name" and at_top:
        yield f"Reference to '{first.value}' at the top level is not supported."
    if first.type == "variable" and first.value == "states" and rest and rest[0].value == "errorOutput":
        yield _NO_ERROR_OUTPUT
    yield from _complaints(first, at_top=at_top)
    yield from _complaints(rest, at_top=False)
