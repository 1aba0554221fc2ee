"""Checks JSON given as text, with the words of Jackson, the parser behind AWS's messages."""

import json
import math
import re
from dataclasses import dataclass
from typing import Final, NoReturn

_LONGEST_QUOTE: Final = 500
_LITERALS: Final = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_WORD: Final = re.compile(r"[\w$]+")
_NO_COMMA: Final = "Expecting ',' delimiter"
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
        return problem_of_syntax(text, error).reason
    except _Constant as constant:
        return unrecognised(str(constant))
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


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """`read` counts the characters up to and with the one, or the word, that Jackson stumbled over."""

    reason: str
    read: int

    def source(self, text: str) -> str:
        """Where it stopped, as Jackson writes it."""
        return _source(text, self.read)


def problem_of_syntax(text: str, error: json.JSONDecodeError) -> SyntaxProblem:
    """What Jackson says where Python's parser has raised this."""
    if error.msg.startswith("Unterminated string"):
        reason = "Unexpected end-of-input: was expecting closing quote for a string value"
        return SyntaxProblem(reason, len(text))
    if error.pos >= len(text):
        return SyntaxProblem(_cut_short(text, _opened(text, error.pos), error.msg), len(text))
    word = _WORD.match(text, error.pos)
    if word is not None and error.msg not in _EXPECTED and error.msg != _NO_COMMA:
        return SyntaxProblem(unrecognised(word[0]), word.end())
    return SyntaxProblem(_stumbled(text, error), error.pos + 1)


def _stumbled(text: str, error: json.JSONDecodeError) -> str:
    if error.msg != _NO_COMMA:
        wanted = _EXPECTED.get(error.msg, f"expected a valid value ({_LITERALS})")
    elif _LEADING_ZERO.match(text, error.pos - 1):
        return "Invalid numeric value: Leading zeroes not allowed"
    else:
        kind = _KINDS[text[_opened(text, error.pos)[-1]]]
        wanted = f"was expecting comma to separate {kind} entries"
    return f"Unexpected character ('{text[error.pos]}' (code {ord(text[error.pos])})): {wanted}"


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
    marker = _source(text, opened[-1])
    return f"Unexpected end-of-input: expected close marker for {_KINDS[text[opened[-1]]]} (start marker at {marker})"


def unrecognised(word: str) -> str:
    return f"Unrecognized token '{word}': was expecting ({_LITERALS})"


def _source(text: str, position: int) -> str:
    before = text[:position]
    place = f"line: {before.count(chr(10)) + 1}, column: {position - (before.rfind(chr(10)) + 1) + 1}"
    return f"[Source: (String){_quoted(text)}; {place}]"


def _quoted(text: str) -> str:
    """A text as Jackson shows it, whose end is left out when it is long."""
    left_out = len(text) - _LONGEST_QUOTE
    return f'"{text[:_LONGEST_QUOTE]}"' + (f"[truncated {left_out} chars]" if left_out > 0 else "")
