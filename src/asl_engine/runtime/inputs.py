"""Checks JSON given as text, with the words of Jackson, the parser behind AWS's messages."""

import json
import math
import re
from typing import Final, NoReturn

from asl_engine.language.rules.texts import quoted

_LITERALS: Final = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_WORD: Final = re.compile(r"\w+")
_EXPECTED: Final = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
}
_KINDS: Final = {"{": "Object", "[": "Array"}
_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', re.DOTALL)
_LEADING_ZERO: Final = re.compile(r"(?<![\d.eE+])0(?=\d)")


def problem_of_json(text: str) -> str | None:
    """Why the text is not JSON; None when it is.

    >>> problem_of_json("{'a': 1}")
    "Unexpected character (''' (code 39)): was expecting double-quote to start field name"
    """
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        return _in_jacksons_words(text, error)
    except _Constant as constant:
        return _unrecognised(str(constant))
    except OverflowError as number:
        return f"Numeric value ({number}) out of range of double"
    except ValueError:  # Python's own limit, of 4,300 digits
        return "Number value length exceeds the maximum allowed"
    except RecursionError:
        return "Document nesting depth exceeds the maximum allowed"
    return None


def problem_of_input(text: str) -> str | None:
    """Why the text cannot be an execution's input; of one that is empty AWS says less."""
    return problem_of_json(text) if text.strip() else "Invalid execution input."


class _Constant(ValueError):
    """NaN or Infinity, which Python reads and JSON does not have."""


def _refuse_constant(word: str) -> NoReturn:
    raise _Constant(word)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text[:40])
    return number


def _in_jacksons_words(text: str, error: json.JSONDecodeError) -> str:
    opened = _opened(text, error.pos)
    if error.msg.startswith("Unterminated string"):
        return "Unexpected end-of-input: was expecting closing quote for a string value"
    if error.pos >= len(text):
        return _cut_short(text, opened, error.msg)
    if error.msg == "Expecting ',' delimiter":
        if _LEADING_ZERO.match(text, error.pos - 1):
            return "Invalid numeric value: Leading zeroes not allowed"
        return _unexpected(text[error.pos], f"was expecting comma to separate {_KINDS[text[opened[-1]]]} entries")
    expected = _EXPECTED.get(error.msg)
    word = _WORD.match(text, error.pos)
    if expected is None and word is not None:
        return _unrecognised(word[0])
    return _unexpected(text[error.pos], expected or f"expected a valid value ({_LITERALS})")


def _opened(text: str, end: int) -> list[int]:
    """Where the objects and arrays begin that are open at `end`."""
    opened: list[int] = []
    for mark in _MARK.finditer(text, 0, end):
        if mark[0] in _KINDS:
            opened.append(mark.start())
        elif mark[0] in ("}", "]"):
            opened.pop()
    return opened


def _cut_short(text: str, opened: list[int], complaint: str) -> str:
    if not opened:
        return "Unexpected end-of-input"
    is_object = text[opened[-1]] == "{"
    if is_object and complaint in ("Expecting ':' delimiter", "Expecting value"):
        return "Unexpected end-of-input within/between Object entries"
    line = text.count("\n", 0, opened[-1]) + 1
    column = opened[-1] - text.rfind("\n", 0, opened[-1])
    marker = f"[Source: (String){quoted(text)}; line: {line}, column: {column}]"
    return f"Unexpected end-of-input: expected close marker for {_KINDS[text[opened[-1]]]} (start marker at {marker})"


def _unexpected(found: str, wanted: str) -> str:
    return f"Unexpected character ('{found}' (code {ord(found)})): {wanted}"


def _unrecognised(word: str) -> str:
    return f"Unrecognized token '{word}': was expecting ({_LITERALS})"
