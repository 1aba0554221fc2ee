"""How AWS writes a value into a text: as compact JSON, or as Java prints it."""

import json
from decimal import Decimal

from asl_engine.language.values import JSON


def json_text(value: JSON) -> str:
    """Compact JSON, as causes quote it and `States.JsonToString` returns it.

    >>> json_text({"flagged": False, "parts": [1, None]})
    '{"flagged":false,"parts":[1,null]}'
    """
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def java_text(value: JSON) -> str:
    """As `States.Format` writes it: a string bare, collections in the form of Java's `toString`.

    >>> java_text({"Id": "a", "Parts": [1, True, None]})
    '{Id=a, Parts=[1, true, null]}'
    """
    match value:
        case str():
            return value
        case dict():
            return "{" + ", ".join(f"{key}={java_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(java_text, value)) + "]"
        case float():
            return _double_text(value)
        case _:
            return json_text(value)


def _double_text(number: float) -> str:
    """As `Double.toString` does.

    >>> [_double_text(number) for number in (1.0, 1234567.5, 1e7, 1.5e-4, 0.0, -2.5e20)]
    ['1.0', '1234567.5', '1.0E7', '1.5E-4', '0.0', '-2.5E20']
    """
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number)
    exact = Decimal(repr(number)).normalize()
    digits = "".join(map(str, exact.as_tuple().digits))
    return f"{'-' if number < 0 else ''}{digits[0]}.{digits[1:] or '0'}E{exact.adjusted()}"


def type_name(value: JSON) -> str:
    """The name of a value's JSON type."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "array"
        case _:
            return "object"
