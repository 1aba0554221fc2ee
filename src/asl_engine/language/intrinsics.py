"""Intrinsic functions: parsing of calls such as `States.Format('{} rows', $.rows)`, and their evaluation.

See https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias, assert_never

from asl_engine.language.intrinsic_functions import FUNCTIONS, IntrinsicFailed, unescaped
from asl_engine.language.path_syntax import PathSyntaxError
from asl_engine.language.paths import compile_path, read, searched
from asl_engine.language.renderings import json_text
from asl_engine.language.values import JSON, Absent, Failure, Scope, StateFailed


class IntrinsicSyntaxError(ValueError):
    """The text is not a call of an intrinsic function."""


class CallFailed(Exception):
    """A call has no value; the message says why, in AWS's words."""


@dataclass(frozen=True, slots=True)
class Constant:
    value: JSON


@dataclass(frozen=True, slots=True)
class PathArgument:
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    text: str
    function: str
    arguments: tuple["Argument", ...]


Argument: TypeAlias = Constant | PathArgument | Call

_DEEPEST_CALL: Final = 10
_SPACES: Final = re.compile(r"\s*")
_FUNCTION: Final = re.compile(r"(States\.[A-Za-z0-9]+)\s*\(")
_STRING: Final = re.compile(r"'((?:[^'\\]|\\['\\{}])*)'", re.DOTALL)
_WORD: Final = re.compile(r"(true|false|null)\b")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(?:[eE][+-]?\d+)?")
_PATH: Final = re.compile(
    r"\$(?:[^\s,()\[\]'\"]|\(\s*\)|\[(?:[^\[\]'\"]|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\[[^\]]*\])*\])*", re.DOTALL
)
_WORDS: Final[dict[str, JSON]] = {"true": True, "false": False, "null": None}


@lru_cache(maxsize=4096)
def parse_call(text: str) -> Call:
    """The call a text spells.

    Raises:
        IntrinsicSyntaxError: when it is not one, names no function of AWS's or has too many or too few arguments.
    """
    reader = _Reader(text)
    call = reader.call(depth=1)
    reader.skip(_SPACES)
    if reader.position != len(text):
        raise IntrinsicSyntaxError(f"nothing is expected at {text[reader.position :]!r}")
    return call


def evaluate(call: Call, scope: Scope, root: JSON) -> JSON:
    """The value of a call.

    The documentation has States.IntrinsicFailure for a call that fails; what AWS reports is States.Runtime, with a
    cause that quotes the whole call and says of wrong arguments no more than that.
    """
    try:
        return _applied(call, scope, root)
    except CallFailed as failure:
        cause = f"The function '{call.text}' had the following error: {failure}"
        raise StateFailed(Failure("States.Runtime", cause)) from failure


def _applied(call: Call, scope: Scope, root: JSON) -> JSON:
    arguments = [_value(argument, scope, root) for argument in call.arguments]
    try:
        return FUNCTIONS[call.function].apply(arguments, scope.entropy)
    except IntrinsicFailed as problem:
        raise CallFailed(f"Invalid arguments in {call.function}") from problem


def _value(argument: Argument, scope: Scope, root: JSON) -> JSON:
    match argument:
        case Constant(value):
            return value
        case PathArgument(text):
            return _argument(text, scope, root)
        case Call():
            return _applied(argument, scope, root)
        case _:
            assert_never(argument)


def _argument(text: str, scope: Scope, root: JSON) -> JSON:
    value = read(text, scope, root)
    if isinstance(value, Absent):
        where = searched(text, scope, root)
        reason = compile_path(text).why_nothing(where)
        if reason.startswith("Filter: "):  # an index into what is no array; AWS lets Jayway's words through
            raise CallFailed(reason)
        missing = f"The JsonPath argument for the field '{text}' could not be found in the input '{json_text(where)}'"
        raise CallFailed(missing)
    return value


def found(text: str, scope: Scope, root: JSON, *, field: str) -> JSON:
    """What a path finds; nothing found fails the state in the words AWS uses inside payload templates."""
    value = read(text, scope, root)
    if not isinstance(value, Absent):
        return value
    where = json_text(searched(text, scope, root))
    cause = f"The JSONPath '{text}' specified for the field '{field}' could not be found in the input '{where}'"
    raise StateFailed(Failure("States.Runtime", cause))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def skip(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.match(self.text, self.position)
        if match is not None:
            self.position = match.end()
        return match

    def accept(self, token: str) -> bool:
        self.skip(_SPACES)
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def call(self, *, depth: int) -> Call:
        start = self.position
        opening = self.skip(_FUNCTION)
        if opening is None or opening[1] not in FUNCTIONS:
            raise IntrinsicSyntaxError(f"an intrinsic function is expected at {self.text[start:]!r}")
        if depth > _DEEPEST_CALL:
            raise IntrinsicSyntaxError(f"functions are nested more than {_DEEPEST_CALL} deep")
        # States.Format tells `\{` from `{` itself, so its template stays as written.
        arguments = self.arguments(depth, raw_first=opening[1] == "States.Format")
        function = FUNCTIONS[opening[1]]
        if not function.fewest <= len(arguments) <= function.most:
            raise IntrinsicSyntaxError(f"{opening[1]}: {len(arguments)} arguments are not what it takes")
        return Call(self.text[start : self.position], opening[1], arguments)

    def arguments(self, depth: int, *, raw_first: bool) -> tuple[Argument, ...]:
        if self.accept(")"):
            return ()
        arguments = [self.argument(depth, raw=raw_first)]
        while self.accept(","):
            arguments.append(self.argument(depth))
        if not self.accept(")"):
            raise IntrinsicSyntaxError(f") is expected at {self.text[self.position :]!r}")
        return tuple(arguments)

    def argument(self, depth: int, *, raw: bool = False) -> Argument:
        self.skip(_SPACES)
        if self.text.startswith("States.", self.position):
            return self.call(depth=depth + 1)
        if string := self.skip(_STRING):
            return Constant(string[1] if raw else unescaped(string[1]))
        if path := self.skip(_PATH):
            return self.path(path[0])
        if word := self.skip(_WORD):
            return Constant(_WORDS[word[1]])
        if number := self.skip(_NUMBER):
            return Constant(int(number[0]) if number[0].lstrip("-").isdigit() else float(number[0]))
        raise IntrinsicSyntaxError(f"an argument is expected at {self.text[self.position :]!r}")

    @staticmethod
    def path(text: str) -> PathArgument:
        try:
            compile_path(text)
        except PathSyntaxError as error:
            raise IntrinsicSyntaxError(str(error)) from error
        return PathArgument(text)
