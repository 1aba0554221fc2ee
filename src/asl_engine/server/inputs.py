"""Checks JSON given as text, with the words of Jackson, the parser behind AWS's messages."""

import json
import math
import re
from typing import Final, NoReturn

_LITERALS: Final = "JSON String, Number, Array, Object or token 'null', 'true' or 'false'"
_WORD: Final = re.compile(r"\w+")
_EXPECTED: Final = {
    "Expecting property name enclosed in double quotes": "was expecting double-quote to start field name",
    "Expecting ':' delimiter": "was expecting a colon to separate field name and value",
    "Expecting ',' delimiter": "was expecting comma to separate entries",
}


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
    if error.pos >= len(text):
        return "Unexpected end-of-input"
    expected = _EXPECTED.get(error.msg)
    word = _WORD.match(text, error.pos)
    if expected is None and word is not None:
        return _unrecognised(word[0])
    found = text[error.pos]
    wanted = expected or f"expected a valid value ({_LITERALS})"
    return f"Unexpected character ('{found}' (code {ord(found)})): {wanted}"


def _unrecognised(word: str) -> str:
    return f"Unrecognized token '{word}': was expecting ({_LITERALS})"
