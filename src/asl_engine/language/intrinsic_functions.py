"""The intrinsic functions themselves, as a table from name to function.

Limits (1,000 items of a range, 10,000 characters to encode or hash) and the rounding of fractions are AWS's, see
https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

import base64
import binascii
import hashlib
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from asl_engine.language.path_filters import same
from asl_engine.language.renderings import java_text, json_text, type_name
from asl_engine.language.values import JSON, Entropy


class IntrinsicFailed(Exception):
    """A function cannot work on these arguments; the message says why."""


Apply: TypeAlias = Callable[[Sequence[JSON], Entropy], JSON]


@dataclass(frozen=True, slots=True)
class Intrinsic:
    apply: Apply
    fewest: int
    most: int


_MOST_ARGUMENTS: Final = 100
_LONGEST_TEXT: Final = 10_000
_LONGEST_RANGE: Final = 1_000
_ESCAPE: Final = re.compile(r"\\(['\\{}])")
_PLACEHOLDER: Final = re.compile(r"\\['\\{}]|\{\}")
_ALGORITHMS: Final = {
    "MD5": hashlib.md5,
    "SHA-1": hashlib.sha1,
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}


def unescaped(text: str) -> str:
    """A string argument without the backslashes before `'`, `\\`, `{` and `}`."""
    return _ESCAPE.sub(r"\1", text)


def digest(text: str, algorithm: str) -> str:
    """The hexadecimal hash of a text.

    Raises:
        IntrinsicFailed: for an algorithm that AWS does not offer.
    """
    if algorithm not in _ALGORITHMS:
        raise IntrinsicFailed(f"The algorithm must be one of {', '.join(_ALGORITHMS)}, but was {algorithm}")
    return _ALGORITHMS[algorithm](text.encode(), usedforsecurity=False).hexdigest()


def parsed(text: str) -> JSON:
    """The value a JSON text stands for.

    Raises:
        IntrinsicFailed: when it is not JSON.
    """
    try:
        value: JSON = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise IntrinsicFailed(f"The text is not valid JSON: {text}") from error
    return value


def _refuse_constant(name: str) -> JSON:
    raise ValueError(name)


def _text(value: JSON, what: str) -> str:
    if not isinstance(value, str):
        raise IntrinsicFailed(f"{what} must be a string, but was {type_name(value)}")
    return value


def _short_text(value: JSON, what: str) -> str:
    text = _text(value, what)
    if len(text) > _LONGEST_TEXT:
        raise IntrinsicFailed(f"{what} must not be longer than {_LONGEST_TEXT} characters")
    return text


def _items(value: JSON, what: str = "The first argument") -> list[JSON]:
    if not isinstance(value, list):
        raise IntrinsicFailed(f"{what} must be an array, but was {type_name(value)}")
    return value


def _fields(value: JSON, what: str) -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise IntrinsicFailed(f"{what} must be an object, but was {type_name(value)}")
    return value


def _integer(value: JSON, what: str) -> int:
    """Fractions are rounded to the nearest integer, halves up, as Java's Math.round does."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise IntrinsicFailed(f"{what} must be a number, but was {type_name(value)}")
    if not math.isfinite(value):
        raise IntrinsicFailed(f"{what} must be a finite number")
    return value if isinstance(value, int) else math.floor(value + 0.5)


def _format(arguments: Sequence[JSON], _: Entropy) -> JSON:
    template, values = _text(arguments[0], "The template"), iter(arguments[1:])
    if _placeholder_count(template) != len(arguments) - 1:
        raise IntrinsicFailed("The number of arguments does not match the number of {} in the template")
    return _PLACEHOLDER.sub(lambda found: java_text(next(values)) if found[0] == "{}" else found[0][1], template)


def _placeholder_count(template: str) -> int:
    return sum(found[0] == "{}" for found in _PLACEHOLDER.finditer(template))


def _string_to_json(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return parsed(_text(arguments[0], "The argument"))


def _json_to_string(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return json_text(arguments[0])


def _array(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return list(arguments)


def _array_partition(arguments: Sequence[JSON], _: Entropy) -> JSON:
    items, size = _items(arguments[0]), _integer(arguments[1], "The chunk size")
    if size <= 0:
        raise IntrinsicFailed("The chunk size must be a positive integer")
    return [items[start : start + size] for start in range(0, len(items), size)]


def _array_contains(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return any(same(item, arguments[1]) for item in _items(arguments[0]))


def _array_range(arguments: Sequence[JSON], _: Entropy) -> JSON:
    first, last, step = (_integer(argument, "Every argument") for argument in arguments)
    if step == 0:
        raise IntrinsicFailed("The step must not be 0")
    if (last - first) // step >= _LONGEST_RANGE:
        raise IntrinsicFailed(f"The range must not have more than {_LONGEST_RANGE} items")
    return list(range(first, last + (1 if step > 0 else -1), step))


def _array_get_item(arguments: Sequence[JSON], _: Entropy) -> JSON:
    items, index = _items(arguments[0]), _integer(arguments[1], "The index")
    if not 0 <= index < len(items):
        raise IntrinsicFailed(f"The index {index} is out of bounds for an array of length {len(items)}")
    return items[index]


def _array_length(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return len(_items(arguments[0]))


def _array_unique(arguments: Sequence[JSON], _: Entropy) -> JSON:
    unique: dict[str, JSON] = {}
    for item in _items(arguments[0]):
        unique.setdefault(json.dumps(item, sort_keys=True), item)
    return list(unique.values())


def _base64_encode(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return base64.b64encode(_short_text(arguments[0], "The argument").encode()).decode()


def _base64_decode(arguments: Sequence[JSON], _: Entropy) -> JSON:
    text = _short_text(arguments[0], "The argument")
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise IntrinsicFailed(f"The argument is not a valid Base64 text: {text}") from error


def _hash(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return digest(_short_text(arguments[0], "The data"), _text(arguments[1], "The algorithm"))


def _json_merge(arguments: Sequence[JSON], _: Entropy) -> JSON:
    if arguments[2] is not False:
        raise IntrinsicFailed("The third argument must be false: only the shallow merging mode is supported")
    return {**_fields(arguments[0], "The first argument"), **_fields(arguments[1], "The second argument")}


def _math_random(arguments: Sequence[JSON], entropy: Entropy) -> JSON:
    start, end = _integer(arguments[0], "The start number"), _integer(arguments[1], "The end number")
    if start >= end:
        raise IntrinsicFailed("The start number must be less than the end number")
    source = Entropy(str(_integer(arguments[2], "The seed"))) if len(arguments) > 2 else entropy
    return start + math.floor(source.fraction() * (end - start))


def _math_add(arguments: Sequence[JSON], _: Entropy) -> JSON:
    return _integer(arguments[0], "The first argument") + _integer(arguments[1], "The second argument")


def _string_split(arguments: Sequence[JSON], _: Entropy) -> JSON:
    """Every character of the second argument separates; what lies between two separators side by side is left out."""
    text, separators = _text(arguments[0], "The first argument"), _text(arguments[1], "The second argument")
    if not separators:
        return [text]
    return [part for part in re.split(f"[{re.escape(separators)}]", text) if part]


def _uuid(_: Sequence[JSON], entropy: Entropy) -> JSON:
    return entropy.uuid()


FUNCTIONS: Final[dict[str, Intrinsic]] = {
    "States.Array": Intrinsic(_array, 0, _MOST_ARGUMENTS),
    "States.ArrayPartition": Intrinsic(_array_partition, 2, 2),
    "States.ArrayContains": Intrinsic(_array_contains, 2, 2),
    "States.ArrayRange": Intrinsic(_array_range, 3, 3),
    "States.ArrayGetItem": Intrinsic(_array_get_item, 2, 2),
    "States.ArrayLength": Intrinsic(_array_length, 1, 1),
    "States.ArrayUnique": Intrinsic(_array_unique, 1, 1),
    "States.Base64Encode": Intrinsic(_base64_encode, 1, 1),
    "States.Base64Decode": Intrinsic(_base64_decode, 1, 1),
    "States.Hash": Intrinsic(_hash, 2, 2),
    "States.JsonMerge": Intrinsic(_json_merge, 3, 3),
    "States.StringToJson": Intrinsic(_string_to_json, 1, 1),
    "States.JsonToString": Intrinsic(_json_to_string, 1, 1),
    "States.MathRandom": Intrinsic(_math_random, 2, 3),
    "States.MathAdd": Intrinsic(_math_add, 2, 2),
    "States.StringSplit": Intrinsic(_string_split, 2, 2),
    "States.UUID": Intrinsic(_uuid, 0, 0),
    "States.Format": Intrinsic(_format, 1, _MOST_ARGUMENTS),
}
