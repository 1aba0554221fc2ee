"""What a JSONata expression is given, and how it can end without a value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from asl_engine.language.values import JSON, UNLIMITED, Entropy, Limit


class JsonataFailed(Exception):
    """An expression threw an error; the message starts with JSONata's code when there is one."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(f". {code}: {message}" if code else f": {message}")


class JsonataUnsupported(Exception):
    """An expression returned something that JSON cannot hold: a function or a regular expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """What an expression sees: `$states` and the variables by name, a stream of chance, and the moment when asked.

    `most_steps` is how many parts of the expression one evaluation may visit: an end to endless recursion, also where
    no `limit` ends what takes too long.
    """

    variables: Mapping[str, JSON]
    entropy: Entropy
    now: Callable[[], datetime]
    most_steps: int = 1_000_000
    limit: Limit = UNLIMITED
