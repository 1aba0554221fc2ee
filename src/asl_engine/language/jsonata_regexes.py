"""Regular expressions of JSONata: compiled, unless they are of the kind that can take for ever.

Python's matcher cannot be interrupted. A loop over a loop with nothing certain between the two, such as `(a+)+`, tries
exponentially many ways to divide a text before it gives up; AWS answers those with a time-out.
"""

import re
from collections.abc import Iterator
from re import _constants, _parser  # type: ignore[attr-defined]  # the only reader of patterns there is; typeshed knows it not
from typing import Any, Final

from jsonata.regex_engine import RegexFlags, default_regex_engine

_LOOPS: Final = frozenset({_constants.MAX_REPEAT, _constants.MIN_REPEAT})
_UNCERTAIN: Final = frozenset({_constants.BRANCH, _constants.AT, _constants.ASSERT, _constants.ASSERT_NOT})


def compile_regex(pattern: str, flags: RegexFlags) -> re.Pattern[str]:
    """Implements `jsonata.regex_engine.RegexEngine`.

    Raises:
        re.error: the pattern cannot be read, or its matching might not end.
    """
    if _is_explosive(_parser.parse(pattern)):
        raise re.error("the pattern repeats a repetition, which can take for ever", pattern)
    compiled: re.Pattern[str] = default_regex_engine(pattern, flags)
    return compiled


def _is_explosive(tree: Any) -> bool:  # noqa: ANN401 - the parser publishes no types
    for operator, argument in _flat(tree):
        if operator in _LOOPS:
            _, most, body = argument
            if most == _constants.MAXREPEAT and _has_loop(body) and not _has_certain(body):
                return True
            if _is_explosive(body):
                return True
        elif operator is _constants.BRANCH and any(map(_is_explosive, argument[1])):
            return True
    return False


def _flat(tree: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401 - the parser publishes no types
    """The parts of a pattern, those of groups among them."""
    for operator, argument in tree:
        if operator is _constants.SUBPATTERN:
            yield from _flat(argument[3])
        else:
            yield operator, argument


def _has_loop(tree: Any) -> bool:  # noqa: ANN401 - the parser publishes no types
    return any(
        (operator in _LOOPS and argument[1] == _constants.MAXREPEAT)
        or (operator is _constants.BRANCH and any(map(_has_loop, argument[1])))
        for operator, argument in _flat(tree)
    )


def _has_certain(tree: Any) -> bool:  # noqa: ANN401 - the parser publishes no types
    """Whether something must stand there that marks where one turn of the loop ends."""
    return any(
        argument[0] > 0 and argument[1] != _constants.MAXREPEAT if operator in _LOOPS else operator not in _UNCERTAIN
        for operator, argument in _flat(tree)
    )
