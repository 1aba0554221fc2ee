"""JSONPath: compiled paths, what they find in a value, and reference paths that write into one.

A definite path finds one value or nothing; an indefinite one (`*`, `..`, a filter, a slice, several indexes) always
finds a list, which may be empty. Values are never changed in place.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean, pstdev
from typing import Final, assert_never

from asl_engine.language.path_filters import passes
from asl_engine.language.path_syntax import (
    CONTEXT,
    Call,
    Descend,
    Every,
    Indexes,
    Matching,
    Names,
    Selector,
    Slice,
    Step,
    parse_path,
)
from asl_engine.language.renderings import json_text
from asl_engine.language.values import ABSENT, JSON, Absent, Failure, Scope, StateFailed, TookTooLong


@dataclass(frozen=True, slots=True)
class Path:
    """`keys` are the steps of a path that only names and indexes lead along: the fast way; None for all others."""

    text: str
    origin: str
    steps: tuple[Step, ...]
    keys: tuple[str | int, ...] | None
    has_index: bool

    def find(self, root: JSON) -> JSON | Absent:
        """What the path finds from `root`, whatever its origin."""
        if self.keys is None:
            return _search(root, self.steps, root)
        if self.has_index:
            return _walk(root, self.keys)
        try:
            for key in self.keys:
                root = root[key]  # type: ignore[index]  # the cost of asking first is half the time
        except (KeyError, TypeError):
            return ABSENT
        return root

    @property
    def is_reference(self) -> bool:
        """Whether it can only ever mean one place, as ResultPath and its like must."""
        return self.keys is not None

    def why_nothing(self, root: JSON) -> str:
        """Jayway's reason for a definite path that finds nothing."""
        steps = [step for step in self.steps if isinstance(step, Names | Indexes)]
        if not steps or len(steps) < len(self.steps):  # a variable, or a function made nothing of what was found
            return f"No results for path: {self.text}"
        place, value = "$", root
        for step in steps[:-1]:
            found = _search(value, (step,), root)
            if isinstance(found, Absent):
                return _why(step, place, value, "Missing property in path")
            place, value = place + _bracketed(step), found
        return _why(steps[-1], place, value, "No results for path:")


@lru_cache(maxsize=4096)
def compile_path(text: str) -> Path:
    """The compiled path.

    Raises:
        PathSyntaxError: when the text is not a path.
    """
    origin, steps = parse_path(text)
    keys = tuple(_keys(steps))
    direct = len(keys) == len(steps)
    return Path(text, origin, steps, keys if direct else None, any(isinstance(key, int) for key in keys))


def read(text: str, scope: Scope, root: JSON) -> JSON | Absent:
    """What a path finds: from `root` (`$`), the context object (`$$`) or a variable (`$name`)."""
    path = compile_path(text)
    base = _base(path, scope, root)
    if isinstance(base, Absent):
        return base
    return path.find(base) if path.is_reference else _find_in_time(path, scope, base)


def _find_in_time(path: Path, scope: Scope, base: JSON) -> JSON | Absent:
    try:
        with scope.limit:
            return path.find(base)
    except TookTooLong:
        raise StateFailed(
            Failure("States.Runtime", f"Invalid path '{path.text}' : The search takes too long")
        ) from None


def required(text: str, scope: Scope, root: JSON) -> JSON:
    """Like `read`, for the fields that name one path (InputPath, OutputPath, …) and fail when it finds nothing."""
    found = read(text, scope, root)
    if not isinstance(found, Absent):
        return found
    path = compile_path(text)
    base = _base(path, scope, root)
    reason = f"Variable '{path.origin}' is undefined" if isinstance(base, Absent) else path.why_nothing(base)
    raise StateFailed(Failure("States.Runtime", f"Invalid path '{text}' : {reason}"))


def searched(text: str, scope: Scope, root: JSON) -> JSON:
    """The value in which a path is looked for, as causes quote it."""
    base = _base(compile_path(text), scope, root)
    return None if isinstance(base, Absent) else base


def write(text: str, onto: JSON, value: JSON) -> JSON:
    """A copy of `onto` with `value` at a reference path; objects on the way are made as needed.

    >>> write("$.a.b", {"x": 1}, 2)
    {'x': 1, 'a': {'b': 2}}
    """
    return _placed(onto, compile_path(text).keys or (), value)


def _placed(onto: JSON, keys: tuple[str | int, ...], value: JSON) -> JSON:
    if not keys:
        return value
    key, rest = keys[0], keys[1:]
    if isinstance(key, str) and isinstance(onto, dict):
        return {**onto, key: _placed(onto.get(key, {}), rest, value)}
    if isinstance(key, int) and isinstance(onto, list) and -len(onto) <= key < len(onto):
        copy = list(onto)
        copy[key] = _placed(onto[key], rest, value)
        return copy
    cause = f'Unable to apply step "{key}" to input {json_text(onto)}'
    raise StateFailed(Failure("States.ResultPathMatchFailure", cause))


def _base(path: Path, scope: Scope, root: JSON) -> JSON | Absent:
    if not path.origin:
        return root
    if path.origin == CONTEXT:
        return dict(scope.context)
    return scope.variables.get(path.origin, ABSENT)


def _keys(steps: tuple[Step, ...]) -> Iterator[str | int]:
    for step in steps:
        match step:
            case Names((name,)):
                yield name
            case Indexes((index,)):
                yield index
            case _:
                return


def _walk(value: JSON, keys: Iterable[str | int]) -> JSON | Absent:
    for key in keys:
        if isinstance(key, int):
            if not isinstance(value, list) or not -len(value) <= key < len(value):
                return ABSENT
            value = value[key]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            return ABSENT
    return value


def _search(value: JSON, steps: tuple[Step, ...], root: JSON) -> JSON | Absent:
    call = steps[-1] if steps and isinstance(steps[-1], Call) else None
    path = [step for step in steps if not isinstance(step, Call)]
    found: list[JSON] = [value]
    definite = True
    for position, step in enumerate(path):
        found = list(_selected(found, step, root, is_last=position == len(path) - 1))
        definite = definite and _is_definite(step, is_last=position == len(path) - 1)
    result: JSON | Absent = found if not definite else found[0] if found else ABSENT
    return result if call is None or isinstance(result, Absent) else _FUNCTIONS[call.function](result)


def _is_definite(step: Selector, *, is_last: bool) -> bool:
    match step:
        case Names(names):
            return is_last or len(names) == 1
        case Indexes(indexes):
            return len(indexes) == 1
        case _:
            return False


def _selected(values: Iterable[JSON], step: Selector, root: JSON, *, is_last: bool) -> Iterator[JSON]:
    for value in values:
        match step:
            case Names(names):
                yield from _named(value, names, is_last=is_last)
            case Indexes() | Slice():
                yield from _placed_at(value, step) if isinstance(value, list) else ()
            case Every():
                yield from _children(value)
            case Descend():
                yield from _descendants(value)
            case Matching(test):
                items = value if isinstance(value, list) else [value]
                yield from (item for item in items if passes(test, item, root, _search))
            case _:
                assert_never(step)


def _named(value: JSON, names: tuple[str, ...], *, is_last: bool) -> Iterator[JSON]:
    if not isinstance(value, dict):
        return
    present = [name for name in names if name in value]
    if is_last and len(names) > 1:
        yield {name: value[name] for name in present}
    else:
        yield from (value[name] for name in present)


def _placed_at(items: list[JSON], step: Indexes | Slice) -> Iterable[JSON]:
    if isinstance(step, Slice):
        return items[step.start : step.stop]
    return (items[index] for index in step.indexes if -len(items) <= index < len(items))


def _children(value: JSON) -> Iterable[JSON]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _descendants(value: JSON) -> Iterator[JSON]:
    pending = [value]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(list(_children(current))))


def _why(step: Names | Indexes, place: str, value: JSON, reason: str) -> str:
    # Jayway's texts, which AWS passes on behind "Invalid path '…' : ", as in
    # https://gist.github.com/deric4/733eb129a10b13530cebaa3b70031c77; that of indexes is its ArrayPathToken's.
    if isinstance(step, Names):
        if not isinstance(value, dict):
            return f"Property {_bracketed(step)} not found in path {place}"
    elif not isinstance(value, list):
        return f"Filter: {_bracketed(step)} can only be applied to arrays. Current context is: {json_text(value)}"
    return f"{reason} {place}{_bracketed(step)}"


def _bracketed(step: Names | Indexes) -> str:
    if isinstance(step, Names):
        return "[" + ",".join(f"'{name}'" for name in step.names) + "]"
    return "[" + ",".join(map(str, step.indexes)) + "]"


def _numbers(value: JSON) -> list[float]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, int | float) and not isinstance(item, bool)]


def _numeric(function: Callable[[list[float]], float]) -> Callable[[JSON], JSON | Absent]:
    def apply(value: JSON) -> JSON | Absent:
        numbers = _numbers(value)
        return function(numbers) if numbers else ABSENT

    return apply


def _length(value: JSON) -> JSON | Absent:
    return len(value) if isinstance(value, list | dict | str) else ABSENT


def _item(index: int) -> Callable[[JSON], JSON | Absent]:
    return lambda value: value[index] if isinstance(value, list) and value else ABSENT


_FUNCTIONS: Final[Mapping[str, Callable[[JSON], JSON | Absent]]] = {
    "length": _length,
    "size": _length,
    "keys": lambda value: list(value) if isinstance(value, dict) else ABSENT,
    "min": _numeric(min),
    "max": _numeric(max),
    "sum": _numeric(sum),
    "avg": _numeric(fmean),
    "stddev": _numeric(pstdev),
    "first": _item(0),
    "last": _item(-1),
}
