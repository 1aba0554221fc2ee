"""The functions that Step Functions adds to JSONata, over plain values; None stands for an undefined argument.

See https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#transforming-jsonata-functions
"""

import math
from datetime import UTC, datetime

from asl_engine.language.intrinsic_functions import digest, parsed
from asl_engine.language.values import JSON, Entropy


def partition(items: JSON, size: JSON) -> JSON:
    """The items in pieces of `size`; a single value counts as an array of one.

    >>> partition([1, 2, 3], 2)
    [[1, 2], [3]]
    """
    if items is None:
        return None
    array: list[JSON] = items if isinstance(items, list) else [items]
    step = _integer(size, "The chunk size")
    if step <= 0:
        raise ValueError("The chunk size must be a positive integer")
    return [array[start : start + step] for start in range(0, len(array), step)]


def span(first: JSON, last: JSON, delta: JSON) -> list[JSON]:
    """The numbers from `first` to at most `last`, which `$range` returns.

    >>> span(0, 10, 3)
    [0, 3, 6, 9]
    """
    start, stop, step = (_number(number) for number in (first, last, delta))
    if step == 0:
        raise ValueError("The delta must not be 0")
    count = math.floor((stop - start) / step) + 1
    if count > 1_000_000:
        raise ValueError("The range must not have more than 1000000 items")
    return [start + position * step for position in range(count)]


def hashed(text: JSON, algorithm: JSON = "SHA-1") -> JSON:
    """The hexadecimal hash of a text; SHA-1 when no algorithm is named."""
    if text is None:
        return None
    if not isinstance(text, str) or not isinstance(algorithm, str):
        raise TypeError("The text and the algorithm must be strings")
    return digest(text, algorithm)


def parse(text: JSON) -> JSON:
    """The value a JSON text stands for."""
    if text is None:
        return None
    if not isinstance(text, str):
        raise TypeError("The argument must be a string")
    return parsed(text)


def random(entropy: Entropy, seed: JSON = None) -> JSON:
    """A number from 0 to less than 1; with a seed always the same one."""
    return (entropy if seed is None else Entropy(str(_integer(seed, "The seed")))).fraction()


def shuffled(entropy: Entropy, items: JSON) -> JSON:
    """The items in an order that chance decides."""
    if not isinstance(items, list):
        return items
    keyed = sorted((entropy.draw(), position) for position in range(len(items)))
    return [items[position] for _, position in keyed]


def milliseconds(now: datetime) -> int:
    """The moment in milliseconds since 1970, as `$millis()` counts."""
    return math.floor((now - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)


def _number(value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("The arguments must be numbers")
    return value


def _integer(value: JSON, what: str) -> int:
    if _number(value) != int(_number(value)):
        raise ValueError(f"{what} must be an integer")
    return int(_number(value))
