"""Values as texts and texts as values, as the reference implementation of JSONata has them.

Numbers have at most 15 significant digits and JavaScript's notation. See https://docs.jsonata.org/string-functions
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CODED: Final = re.compile(r"0([xX][0-9A-Fa-f]+|[oO][0-7]+|[bB][01]+)")
_INSTANT: Final = re.compile(
    r"\d{4}(-[01]\d)?(-[0-3]\d)?(T[0-2]\d:[0-5]\d(:[0-5]\d)?(\.\d+)?([+-][0-2]\d:?[0-5]\d|Z)?)?", re.ASCII
)
_MILLISECOND: Final = timedelta(milliseconds=1)
_SURROGATES: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def number_text(number: float) -> str:
    """
    >>> [number_text(number) for number in (1.0, 0.1 + 0.2, 1e20, 1.5e21, 1e-7, 0.00001)]
    ['1', '0.3', '100000000000000000000', '1.5e+21', '1e-7', '0.00001']
    """
    rounded = float(f"{number:.15g}")
    if 1e-6 <= abs(rounded) < 1e21 or rounded == 0:
        text = format(Decimal(repr(rounded)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    return re.sub(r"e([+-])0*", r"e\1", f"{rounded:.15g}")


def text_of(value: object, spelled: Callable[[object], str], indent: int = 0, depth: int = 1) -> str:
    """A value as JSON; `spelled` writes what is none of its kinds, `indent` is the depth of one level, if any."""
    gap = "\n" + " " * indent * depth if indent else ""
    end = "\n" + " " * indent * (depth - 1) if indent else ""
    match value:
        case dict() if value:
            colon = ": " if indent else ":"
            fields = (
                f"{json.dumps(key, ensure_ascii=False)}{colon}{text_of(item, spelled, indent, depth + 1)}"
                for key, item in value.items()
            )
            return "{" + gap + ("," + gap).join(fields) + end + "}"
        case list() if value:
            return "[" + gap + ("," + gap).join(text_of(item, spelled, indent, depth + 1) for item in value) + end + "]"
        case int() | float() if not isinstance(value, bool):
            return number_text(value)
        case None | bool() | str() | dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return spelled(value)


def number_in(text: str) -> int | float | None:
    """The number a text spells; None when it spells none."""
    if _CODED.fullmatch(text):
        return int(text, 0)
    if not _NUMBER.fullmatch(text):
        return None
    return int(text) if re.fullmatch(r"-?\d+", text) else float(text)


def millis_in(timestamp: str) -> int | None:
    """The moment an ISO 8601 text names, in milliseconds since 1970; parts left out are the first of their kind."""
    if not _INSTANT.fullmatch(timestamp):
        return None
    whole = timestamp if len(timestamp) > len("2000") else f"{timestamp}-01"
    whole = whole if len(whole) > len("2000-01") else f"{whole}-01"
    try:
        moment = datetime.fromisoformat(whole)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // _MILLISECOND


def with_pairs_joined(expression: str) -> str:
    """The expression with two escapes that make one character written as that character."""
    return _SURROGATES.sub(lambda found: found[1] + _joined(found[2], found[3]), expression)


def _joined(high: str, low: str) -> str:
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
