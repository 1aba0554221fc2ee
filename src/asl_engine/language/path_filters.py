"""Filters of JSONPath: whether an item passes a test such as `@.price < $.limit && @.tags contains 'new'`.

As in Jayway, values of different types are never equal and never ordered, and a test whose path finds nothing
fails. A number equals another whatever their notation (1 and 1.0); true is not 1.
"""

import operator
from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from asl_engine.language.path_syntax import (
    AllOf,
    AnyOf,
    Compared,
    Exists,
    Inner,
    Literal,
    Negated,
    Operand,
    Pattern,
    Step,
    Test,
)
from asl_engine.language.values import ABSENT, JSON, Absent

Search: TypeAlias = Callable[[JSON, tuple[Step, ...], JSON], JSON | Absent]
"""Applies steps to a value, given the root: what `paths` does, handed in because paths contain filters."""


def passes(test: Test, item: JSON, root: JSON, search: Search) -> bool:
    """Whether `item` passes the test; `root` is what `$` means inside it."""
    match test:
        case Exists(operand):
            return not isinstance(_resolved(operand, item, root, search), Absent)
        case Compared(left, relation, right):
            left_value = _resolved(left, item, root, search)
            right_value = _resolved(right, item, root, search)
            return _RELATIONS[relation](left_value, right_value)
        case AllOf(tests):
            return all(passes(each, item, root, search) for each in tests)
        case AnyOf(tests):
            return any(passes(each, item, root, search) for each in tests)
        case Negated(negated):
            return not passes(negated, item, root, search)
        case _:
            assert_never(test)


def same(left: JSON, right: JSON) -> bool:
    """Whether two JSON values are equal, true and 1 being different.

    >>> same([1, {"a": 2.0}], [1.0, {"a": 2}]), same(True, 1)
    (True, False)
    """
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(same(value, right[key]) for key, value in left.items())
        )
    if isinstance(left, list):
        return isinstance(right, list) and len(left) == len(right) and all(map(same, left, right))
    return left == right and isinstance(left, bool) == isinstance(right, bool)


_Resolved: TypeAlias = "JSON | Absent | Pattern"


def _resolved(operand: Operand, item: JSON, root: JSON, search: Search) -> _Resolved:
    match operand:
        case Literal(value):
            return value
        case Inner(from_root, steps):
            return search(root if from_root else item, steps, root)
        case Pattern():
            return operand
        case _:
            assert_never(operand)


def _equal(left: _Resolved, right: _Resolved) -> bool:
    if isinstance(left, Absent | Pattern) or isinstance(right, Absent | Pattern):
        return left is ABSENT and right is ABSENT
    return same(left, right)


def _ordered(relation: Callable[[float, float], bool]) -> Callable[[_Resolved, _Resolved], bool]:
    def holds(left: _Resolved, right: _Resolved) -> bool:
        if isinstance(left, bool) or isinstance(right, bool):
            return False
        if isinstance(left, int | float) and isinstance(right, int | float):
            return relation(left, right)
        return isinstance(left, str) and isinstance(right, str) and relation(*_positions(left, right))

    return holds


def _positions(left: str, right: str) -> tuple[int, int]:
    return (left > right) - (left < right), 0


def _matches(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(left, str) and isinstance(right, Pattern) and right.regex.fullmatch(left) is not None


def _listed(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(right, list) and any(_equal(left, each) for each in right)


def _contains(left: _Resolved, right: _Resolved) -> bool:
    if isinstance(left, str):
        return isinstance(right, str) and right in left
    return _listed(right, left)


def _size(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(left, str | list) and _equal(len(left), right)


def _empty(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(left, str | list) and _equal(not left, right)


def _subset(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(left, list) and all(_listed(each, right) for each in left)


def _overlaps(left: _Resolved, right: _Resolved) -> bool:
    return isinstance(left, list) and any(_listed(each, right) for each in left)


_RELATIONS: Final[dict[str, Callable[[_Resolved, _Resolved], bool]]] = {
    "==": _equal,
    "!=": lambda left, right: not _equal(left, right),
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
    "=~": _matches,
    "in": _listed,
    "nin": lambda left, right: not _listed(left, right),
    "contains": _contains,
    "size": _size,
    "empty": _empty,
    "subsetof": _subset,
    "anyof": _overlaps,
    "noneof": lambda left, right: not _overlaps(left, right),
}
