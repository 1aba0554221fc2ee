"""JSONata by jsonata-python: compiling, evaluating, and translating between its values and JSON.

The library's null is an object of its own and its undefined is None; its error texts call functions "Object" and
leave the quotes out, so they are rebuilt here from its catalogue. `$now`, `$millis`, `$random` and `$shuffle` read
the clock or draw from chance there and are replaced; `$eval`, which Step Functions does not offer, is taken away.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

from jsonata import DateTimeUtils, Functions, JException, Jsonata, Utils
from jsonata import jsonata as library

from asl_engine.language import jsonata_functions as functions
from asl_engine.language.intrinsic_functions import IntrinsicFailed
from asl_engine.language.jsonata_bindings import Bindings, JsonataFailed, JsonataUnsupported
from asl_engine.language.jsonata_regexes import compile_regex
from asl_engine.language.jsonata_texts import millis_in, number_in, text_of, with_pairs_joined
from asl_engine.language.values import ABSENT, JSON, Absent, TookTooLong

_MOST_ITEMS: Final = 1_000_000
_ROOM: Final = 256_000_000
"""How many characters of text, and items times eight, one evaluation may put together: texts and arrays that double at
every step are stopped here, a thousand times above what a state may return."""
_PLACEHOLDER: Final = re.compile(r"\{\{\{\w+\}\}\}|\{\{\w+\}\}")
_DRAWN: Final = re.compile(r"\$(?:now|millis|random|shuffle|uuid)\b")
_LIBRARY_FAILURES: Final = (AttributeError, LookupError, TypeError, ValueError, RuntimeError, re.error)
"""What the library lets escape when an expression confuses it."""


library.print = lambda *_: None  # it says on standard output what it raises next


class JsonataSyntaxError(ValueError):
    """The text is not a JSONata expression; the message is JSONata's, without its code."""


class _Exhausted(Exception):
    pass


class _Functions:
    """Functions whose results can be far larger than what they are given, and those that the library has otherwise
    than the reference implementation."""

    @staticmethod
    def string(value: object, is_pretty: bool | None) -> str | None:  # noqa: FBT001 - JSONata's signature
        if value is None or isinstance(value, str):
            return value
        text = text_of(value, _spelled, 2 if is_pretty else 0)
        return "" if text == _FUNCTION else text

    @staticmethod
    def number(value: object) -> object:
        if not isinstance(value, str):
            return Functions.number(value)
        number = number_in(value)
        if number is None:
            raise JException("D3030", -1, value)
        return number

    @staticmethod
    def to_millis(timestamp: str | None, picture: str | None) -> object:
        if timestamp is None or picture is not None:
            return Functions.datetime_to_millis(timestamp, picture)
        millis = millis_in(timestamp)
        if millis is None:
            raise JException("D3110", -1, timestamp)
        return millis

    @staticmethod
    def append(first: object, second: object) -> object:
        _take_room(8 * sum(len(each) for each in (first, second) if isinstance(each, list)))
        return Functions.append(first, second)

    @staticmethod
    def join(texts: list[str] | None, separator: str | None) -> object:
        _take_room(sum(map(len, texts or ())) + len(texts or ()) * len(separator or ""))
        return Functions.join(texts, separator)

    @staticmethod
    def pad(text: str | None, width: int | None, character: str | None) -> object:
        _take_room(abs(width or 0))
        return Functions.pad(text, width, character)

    @staticmethod
    def replace(text: str | None, pattern: Any, replacement: object, limit: int | None) -> object:  # noqa: ANN401 - a text or whatever the library compiles
        if isinstance(text, str) and isinstance(replacement, str) and len(text) * len(replacement) > _ROOM // 100:
            found = text.count(pattern) if isinstance(pattern, str) else sum(1 for _ in pattern.finditer(text))
            _take_room(len(text) + found * len(replacement))
        return Functions.replace(text, pattern, replacement, limit)


def _spelled(value: object) -> str:
    return "null" if isinstance(value, Utils.NullValue) else _FUNCTION


_FUNCTION: Final = '""'
"""How a function is written inside of other values."""


_REPLACED: Final[Mapping[str, tuple[str, str]]] = {
    "append": ("<xx:a>", "append"),
    "join": ("<a<s>s?:s>", "join"),
    "number": ("<(nsb)-:n>", "number"),
    "pad": ("<s-ns?:s>", "pad"),
    "replace": ("<s-(sf)(sf)n?:s>", "replace"),
    "string": ("<x-b?:s>", "string"),
    "toMillis": ("<s-s?:n>", "to_millis"),
}
"""Those functions, their signatures in JSONata, and what they are called above."""


class _Bounded(Jsonata):  # type: ignore[misc]  # the library publishes no types
    room = 0

    def evaluate_range_expression(self, lhs: object, rhs: object) -> object:
        if isinstance(lhs, int) and isinstance(rhs, int) and rhs - lhs >= _MOST_ITEMS:
            raise JException("D2014", -1, rhs - lhs + 1)
        return super().evaluate_range_expression(lhs, rhs)

    def evaluate_string_concat(self, lhs: object, rhs: object) -> object:
        text = "".join(_Functions.string(each, None) or "" for each in (lhs, rhs))
        _take_room(len(text))
        return text


def _take_room(size: float) -> None:
    """The library evaluates every expression of a thread on the thread's current one."""
    current = Jsonata.CURRENT.jsonata
    current.room -= size
    if current.room < 0:
        raise IntrinsicFailed(f"Texts and arrays grow beyond {_ROOM} characters")


@lru_cache(maxsize=4096)
def compile_expression(expression: str) -> Any:  # noqa: ANN401 - the library publishes no types
    """The compiled expression, whose `ast` can be inspected.

    Raises:
        JsonataSyntaxError: when it does not parse.
    """
    try:
        compiled = _Bounded(with_pairs_joined(expression), compile_regex)
    except JException as error:
        raise JsonataSyntaxError(message_of(error)) from error
    except (*_LIBRARY_FAILURES, ArithmeticError) as error:
        raise JsonataSyntaxError(str(error)) from error
    compiled.set_output_convert_nulls(False)
    for name, function in _STATIC.items():
        compiled.register_lambda(name, function)
    for name, (signature, method) in _REPLACED.items():
        compiled.assign(name, Jsonata.function(name, signature, _Functions, method))
    compiled.assign("eval", None)
    return compiled


def evaluate(expression: str, bindings: Bindings) -> JSON | Absent:
    """See `jsonata.evaluate`."""
    try:
        compiled = compile_expression(expression)
        with bindings.limit:
            Jsonata.CURRENT.jsonata = compiled
            compiled.room = _ROOM
            result = compiled.evaluate(None, _environment(expression, bindings))
            return ABSENT if result is None else _plain(result)
    except JException as error:
        raise JsonataFailed(message_of(error), code=error.error) from error
    except _Exhausted as error:
        raise JsonataFailed(f"The evaluation takes more than {bindings.most_steps} steps") from error
    except (TookTooLong, MemoryError, RecursionError) as error:
        raise JsonataFailed(_EXHAUSTION[type(error)]) from error
    except ArithmeticError as error:
        raise JsonataFailed("Number out of range: null", code="D1001") from error
    except (IntrinsicFailed, *_LIBRARY_FAILURES) as error:
        raise JsonataFailed(str(error)) from error


_EXHAUSTION: Final[Mapping[type[BaseException], str]] = {
    TookTooLong: "The evaluation takes too long",
    MemoryError: "The evaluation takes too much memory",
    RecursionError: "The evaluation is nested too deeply",
}


def message_of(error: Any) -> str:  # noqa: ANN401 - the library publishes no types
    """The text of an error as jsonata-js words it."""
    template = JException.error_codes.get(error.error, str(error))
    arguments = iter([error.current, error.expected, error.extra])

    def filled(found: re.Match[str]) -> str:
        argument = next(arguments, None)
        return str(argument) if found[0].startswith("{{{") else json.dumps(argument, default=str, ensure_ascii=False)

    return _PLACEHOLDER.sub(filled, template.replace("Object", "function"))


def _environment(expression: str, bindings: Bindings) -> Mapping[str, object]:
    bound: dict[str, object] = {
        name: Utils.NULL_VALUE if value is None else value for name, value in bindings.variables.items()
    }
    bound["__evaluate_entry"] = _counter(bindings.most_steps)
    if _DRAWN.search(expression):
        bound |= _drawn(bindings)
    return bound


def _counter(left: int) -> Callable[[object, object, object], None]:
    def count(_expression: object, _input: object, _environment: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Exhausted

    return count


def _drawn(bindings: Bindings) -> dict[str, object]:
    millis = functions.milliseconds(bindings.now())
    named: dict[str, Callable[..., object]] = {
        "now": lambda picture=None, zone=None: DateTimeUtils.format_datetime(millis, picture, zone),
        "millis": lambda: millis,
        "random": partial(functions.random, bindings.entropy),
        "shuffle": partial(functions.shuffled, bindings.entropy),
        "uuid": bindings.entropy.uuid,
    }
    return {name: Jsonata.JLambda(function) for name, function in named.items()}


def _range(first: JSON, last: JSON, delta: JSON) -> object:
    """A sequence in JSONata's sense: one item alone is that item, none is undefined."""
    return Utils.create_sequence_from_iter(functions.span(first, last, delta))


_STATIC: Final[Mapping[str, Callable[..., object]]] = {
    "partition": functions.partition,
    "range": _range,
    "hash": functions.hashed,
    "parse": functions.parse,
}


def _plain(value: object) -> JSON:
    match value:
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case None | bool() | int() | str():
            return value
        case float():
            return _plain_number(value)
        case Utils.NullValue():
            return None
        case _:
            raise JsonataUnsupported


def _plain_number(number: float) -> JSON:
    if not math.isfinite(number):
        raise JsonataFailed(f"Number out of range: {number}", code="D1001")
    return int(number) if number.is_integer() and abs(number) < 1e21 else number
