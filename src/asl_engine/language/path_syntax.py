"""The grammar of Step Functions' JSONPath dialect: from a path's text to the steps it consists of.

The dialect is Jayway's (https://github.com/json-path/JsonPath) plus what the States Language adds: `$$` for the
context object, `$name` for a variable, and `\\` before a character that would otherwise end a name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from asl_engine.language.values import JSON


class PathSyntaxError(ValueError):
    """The text is not a path."""


@dataclass(frozen=True, slots=True)
class Names:
    """One name selects its value; several, at the end of a path, select an object with those of them that exist."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indexes:
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    start: int | None
    stop: int | None


@dataclass(frozen=True, slots=True)
class Every:
    pass


@dataclass(frozen=True, slots=True)
class Descend:
    """`..`: the value itself and every value below it, for the next step to choose from."""


@dataclass(frozen=True, slots=True)
class Matching:
    test: "Test"


@dataclass(frozen=True, slots=True)
class Call:
    """A function at the end of a path, such as `.length()`."""

    function: str


Selector: TypeAlias = Names | Indexes | Slice | Every | Descend | Matching
Step: TypeAlias = Selector | Call


@dataclass(frozen=True, slots=True)
class Literal:
    value: JSON


@dataclass(frozen=True, slots=True)
class Pattern:
    regex: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Inner:
    """A path inside a filter: from the item (`@`) or from the root (`$`)."""

    from_root: bool
    steps: tuple[Step, ...]


Operand: TypeAlias = Literal | Pattern | Inner


@dataclass(frozen=True, slots=True)
class Exists:
    operand: Inner


@dataclass(frozen=True, slots=True)
class Compared:
    left: Operand
    relation: str
    right: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    tests: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    tests: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Negated:
    test: "Test"


Test: TypeAlias = Exists | Compared | AllOf | AnyOf | Negated

CONTEXT: Final = "$"
"""The origin of a path into the context object; "" is the input, anything else the name of a variable."""

FUNCTIONS: Final = frozenset({"length", "size", "keys", "min", "max", "sum", "avg", "stddev", "first", "last"})
_WORD_RELATIONS: Final = ("in", "nin", "subsetof", "anyof", "noneof", "contains", "size", "empty")
_RELATION: Final = re.compile(r"==|!=|<=|>=|=~|<|>|(?:" + "|".join(_WORD_RELATIONS) + r")\b")
_SPACES: Final = re.compile(r"\s*")
_ORIGIN: Final = re.compile(r"\$(\$|[A-Za-z_]\w*)?")
_NAME: Final = re.compile(r"(?:[^\s.\[\](){}'\",*\\@?=&|<>!:/]|\\.)+", re.DOTALL)
_CALL: Final = re.compile(r"([a-z]+)\(\s*\)")
_INTEGER: Final = re.compile(r"-?\d+")
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_FROM_END: Final = re.compile(r"\(\s*@\s*\.\s*length\s*(?:\(\s*\))?\s*-\s*(\d+)\s*\)")
_REGEX: Final = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)", re.DOTALL)
_QUOTED: Final = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)
# Before anything but the quote and itself a backslash is a character: AWS reads $['a\"b'] with the backslash.
_QUOTED_ESCAPE: Final = {"'": re.compile(r"\\(['\\])"), '"': re.compile(r'\\(["\\])')}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_WORDS: Final[dict[str, JSON]] = {"true": True, "false": False, "null": None}
_FLAGS: Final = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL, "x": re.VERBOSE}
_DEEPEST_FILTER: Final = 50

Item = TypeVar("Item")


def parse_path(text: str) -> tuple[str, tuple[Step, ...]]:
    """The origin of a path and its steps.

    Raises:
        PathSyntaxError: when the text is not a path of the dialect.
    """
    scanner = _Scanner(text)
    origin = scanner.take(_ORIGIN)
    if origin is None:
        raise PathSyntaxError(f"a path starts with $: {text}")
    steps = scanner.steps()
    if scanner.position != len(text):
        raise PathSyntaxError(f"nothing is expected at {text[scanner.position :]!r}")
    return origin[1] or "", steps


class _Scanner:
    """Reads a path from left to right; what it cannot read it leaves to the caller to complain about."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def accept(self, token: str) -> bool:
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def expect(self, token: str) -> None:
        self.take(_SPACES)
        if not self.accept(token):
            raise PathSyntaxError(f"{token} is expected at {self.text[self.position :]!r}")

    def steps(self) -> tuple[Step, ...]:
        found: list[Step] = []
        while step := self.step():
            found.extend(step)
            if isinstance(found[-1], Call):
                break
        return tuple(found)

    def step(self) -> tuple[Step, ...]:
        if self.accept(".."):
            return (Descend(), self.bracket() if self.accept("[") else self.dotted())
        if self.accept("."):
            return (self.bracket() if self.accept("[") else self.dotted(),)
        if self.accept("["):
            return (self.bracket(),)
        return ()

    def dotted(self) -> Step:
        if self.accept("*"):
            return Every()
        if call := self.take(_CALL):
            if call[1] not in FUNCTIONS:
                raise PathSyntaxError(f"there is no function {call[1]}()")
            return Call(call[1])
        if name := self.take(_NAME):
            return Names((_ESCAPE.sub(r"\1", name[0]),))
        raise PathSyntaxError(f"a name is expected at {self.text[self.position :]!r}")

    def bracket(self) -> Step:
        self.take(_SPACES)
        step = self.bracketed()
        self.expect("]")
        return step

    def bracketed(self) -> Step:
        if self.accept("*"):
            return Every()
        if self.accept("?"):
            self.expect("(")
            test = self.any_of()
            self.expect(")")
            return Matching(test)
        if last := self.take(_FROM_END):
            return Indexes((-int(last[1]),))
        if self.text.startswith(("'", '"'), self.position):
            return Names(self.listed(self.quoted))
        return self.indexes_or_slice()

    def indexes_or_slice(self) -> Step:
        first = self.take(_INTEGER)
        if self.accept(":"):
            last = self.take(_INTEGER)
            return Slice(int(first[0]) if first else None, int(last[0]) if last else None)
        if first is None:
            raise PathSyntaxError(f"an index is expected at {self.text[self.position :]!r}")
        self.position = first.start()
        return Indexes(self.listed(self.integer))

    def listed(self, read: Callable[[], Item]) -> tuple[Item, ...]:
        found = [read()]
        while self.take(_SPACES) and self.accept(","):
            self.take(_SPACES)
            found.append(read())
        return tuple(found)

    def integer(self) -> int:
        found = self.take(_INTEGER)
        if found is None:
            raise PathSyntaxError(f"an index is expected at {self.text[self.position :]!r}")
        return int(found[0])

    def quoted(self) -> str:
        found = self.take(_QUOTED)
        if found is None:
            raise PathSyntaxError(f"a quoted name is expected at {self.text[self.position :]!r}")
        return _QUOTED_ESCAPE[found[0][0]].sub(r"\1", found[0][1:-1])

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.take(_SPACES) and self.accept("||"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else AnyOf(tuple(tests))

    def all_of(self) -> Test:
        tests = [self.single()]
        while self.take(_SPACES) and self.accept("&&"):
            tests.append(self.single())
        return tests[0] if len(tests) == 1 else AllOf(tuple(tests))

    def single(self) -> Test:
        self.depth += 1
        if self.depth > _DEEPEST_FILTER:
            raise PathSyntaxError("the filter is nested too deeply")
        self.take(_SPACES)
        if self.accept("!"):
            test: Test = Negated(self.single())
        elif self.accept("("):
            test = self.any_of()
            self.expect(")")
        else:
            test = self.comparison()
        self.depth -= 1
        return test

    def comparison(self) -> Test:
        left = self.operand()
        self.take(_SPACES)
        relation = self.take(_RELATION)
        if relation is None:
            if isinstance(left, Inner):
                return Exists(left)
            raise PathSyntaxError(f"a comparison is expected at {self.text[self.position :]!r}")
        self.take(_SPACES)
        return Compared(left, relation[0], self.operand())

    def operand(self) -> Operand:
        if self.accept("@"):
            return Inner(from_root=False, steps=self.steps())
        if self.accept("$"):
            return Inner(from_root=True, steps=self.steps())
        if regex := self.take(_REGEX):
            return self.pattern(regex)
        return Literal(self.literal())

    @staticmethod
    def pattern(found: re.Match[str]) -> Pattern:
        try:
            return Pattern(re.compile(found[1], sum(_FLAGS[flag] for flag in set(found[2]))))
        except (re.error, KeyError) as error:
            raise PathSyntaxError(f"{found[0]} is not a regular expression") from error

    def literal(self) -> JSON:
        if self.text.startswith(("'", '"'), self.position):
            return self.quoted()
        if number := self.take(_NUMBER):
            return int(number[0]) if _INTEGER.fullmatch(number[0]) else float(number[0])
        for word, value in _WORDS.items():
            if self.accept(word):
                return value
        if self.accept("["):
            return self.array()
        raise PathSyntaxError(f"a value is expected at {self.text[self.position :]!r}")

    def array(self) -> JSON:
        self.take(_SPACES)
        if self.accept("]"):
            return []
        values = list(self.listed(self.literal))
        self.expect("]")
        return values
