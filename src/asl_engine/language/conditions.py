"""Choice rules in JSONPath: a table of comparison operators, whose names are type + relation + `Path`.

A value of another type than the operator's never holds. A Variable or an operand path that finds nothing fails the
state, IsPresent alone excepted. See https://states-language.net/#choice-state
"""

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeAlias, assert_never

from asl_engine.language.definition import And, Comparison, Condition, Not, Or
from asl_engine.language.paths import read
from asl_engine.language.timestamps import instant
from asl_engine.language.values import JSON, Absent, Failure, Scope, StateFailed

Relation: TypeAlias = Callable[[JSON, JSON], bool]
Test: TypeAlias = Callable[[JSON], bool]


def holds(condition: Condition, scope: Scope, root: JSON) -> bool:
    """Whether a rule holds; `root` is what `$` means inside it.

    Raises:
        StateFailed: when a path that must find something does not.
    """
    match condition:
        case And(conditions):
            return all(holds(each, scope, root) for each in conditions)
        case Or(conditions):
            return any(holds(each, scope, root) for each in conditions)
        case Not(negated):
            return not holds(negated, scope, root)
        case Comparison():
            return _compare(condition, scope, root)
        case _:
            assert_never(condition)


def _compare(comparison: Comparison, scope: Scope, root: JSON) -> bool:
    if comparison.operator == "IsPresent":
        return (not isinstance(read(comparison.variable, scope, root), Absent)) == comparison.operand
    value = _present(comparison.variable, scope, root)
    if test := TESTS.get(comparison.operator):
        return test(value) == comparison.operand
    name = comparison.operator.removesuffix("Path")
    operand = comparison.operand
    if name != comparison.operator and isinstance(operand, str):
        operand = _present(operand, scope, root)
    return RELATIONS[name](value, operand)


def _present(path: str, scope: Scope, root: JSON) -> JSON:
    found = read(path, scope, root)
    if isinstance(found, Absent):
        cause = f"Invalid path '{path}': The choice state's condition path references an invalid value."
        raise StateFailed(Failure("States.Runtime", cause))
    return found


def _is_number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_timestamp(value: JSON) -> bool:
    return isinstance(value, str) and instant(value) is not None


def _text(relation: Callable[[str, str], bool]) -> Relation:
    return lambda left, right: isinstance(left, str) and isinstance(right, str) and relation(left, right)


def _number(relation: Callable[[float, float], bool]) -> Relation:
    def compare(left: JSON, right: JSON) -> bool:
        if isinstance(left, bool) or isinstance(right, bool):
            return False
        return isinstance(left, int | float) and isinstance(right, int | float) and relation(left, right)

    return compare


def _timestamp(relation: Callable[[float, float], bool]) -> Relation:
    def compare(left: JSON, right: JSON) -> bool:
        first = instant(left) if isinstance(left, str) else None
        second = instant(right) if isinstance(right, str) else None
        return first is not None and second is not None and relation(first.timestamp(), second.timestamp())

    return compare


def _boolean(left: JSON, right: JSON) -> bool:
    return isinstance(left, bool) and isinstance(right, bool) and left == right


def _matches(left: str, right: str) -> bool:
    return _wildcard(right).fullmatch(left) is not None


@lru_cache(maxsize=1024)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """`*` stands for any characters, `\\*` for an asterisk and `\\\\` for a backslash."""
    parts = re.findall(r"\\[*\\]|\*|[^*\\]+|\\", pattern)
    return re.compile(
        "".join(".*" if part == "*" else re.escape(part[-1:] if part[0] == "\\" else part) for part in parts), re.DOTALL
    )


TESTS: Final[dict[str, Test]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": _is_number,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": _is_timestamp,
}
"""The operators that take true or false and ask what a value is; IsPresent belongs to them but needs no value."""

RELATIONS: Final[dict[str, Relation]] = {
    "StringEquals": _text(operator.eq),
    "StringLessThan": _text(operator.lt),
    "StringGreaterThan": _text(operator.gt),
    "StringLessThanEquals": _text(operator.le),
    "StringGreaterThanEquals": _text(operator.ge),
    "StringMatches": _text(_matches),
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericGreaterThan": _number(operator.gt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThanEquals": _number(operator.ge),
    "BooleanEquals": _boolean,
    "TimestampEquals": _timestamp(operator.eq),
    "TimestampLessThan": _timestamp(operator.lt),
    "TimestampGreaterThan": _timestamp(operator.gt),
    "TimestampLessThanEquals": _timestamp(operator.le),
    "TimestampGreaterThanEquals": _timestamp(operator.ge),
}
"""The operators that compare; each but StringMatches has a twin ending in Path whose operand is a path."""

OPERATORS: Final = frozenset(
    {"IsPresent", *TESTS, *RELATIONS, *(f"{name}Path" for name in RELATIONS if name != "StringMatches")}
)
