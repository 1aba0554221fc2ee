"""Chance for the sample, the same on every machine and Python.

Only `Random.random` is used: of all methods of `random` it alone is promised to give the same numbers for ever.
"""

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Generic, TypeVar

T = TypeVar("T")

Quantiles = Sequence[tuple[float, int]]


class Weighted(Generic[T]):
    """Choices with weights, ready to be drawn from."""

    __slots__ = ("cumulative", "total", "values")

    def __init__(self, choices: Iterable[tuple[T, int]]) -> None:
        pairs = tuple(choices)
        self.values = tuple(value for value, _ in pairs)
        self.cumulative = tuple(accumulate(weight for _, weight in pairs))
        self.total = self.cumulative[-1]


class Draws:
    """A stream of decisions; `name` separates streams of one seed."""

    __slots__ = ("share",)

    def __init__(self, seed: int, name: str) -> None:
        self.share = random.Random(f"{seed}/{name}").random  # noqa: S311 - repeatable on purpose

    def below(self, limit: int) -> int:
        """A whole number from 0 up to but not including `limit`."""
        return int(self.share() * limit)

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.share() * (high - low + 1))

    def chance(self, probability: float) -> bool:
        return self.share() < probability

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.share() * len(choices))]

    def weighted(self, choices: Weighted[T]) -> T:
        return choices.values[bisect_right(choices.cumulative, int(self.share() * choices.total))]

    def digits(self, count: int) -> str:
        return str(int(self.share() * 10**count)).zfill(count)

    def quantile(self, table: Quantiles) -> int:
        """A number distributed as `table` says: (share of values below, value), rising from 0.0 to 1.0."""
        share = self.share()
        low_share, low = table[0]
        for high_share, high in table:
            if share < high_share:
                return low + int((high - low) * (share - low_share) / (high_share - low_share))
            low_share, low = high_share, high
        return low

    def shuffle(self, items: list[T]) -> None:
        for last in range(len(items) - 1, 0, -1):
            other = int(self.share() * (last + 1))
            items[last], items[other] = items[other], items[last]
