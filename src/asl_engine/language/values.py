"""JSON as Python sees it, the failure value of a state, and what an expression can see."""

import hashlib
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

JSON: TypeAlias = None | bool | int | float | str | list["JSON"] | dict[str, "JSON"]


class Absent:
    """The type of `ABSENT`: there is no value, which is not the same as null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a state or an execution failed; either part may be absent (a Fail state without Error or Cause)."""

    error: str | None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class MissedHeartbeat(Failure):
    """AWS reports it as States.Timeout; Retry and Catch may also call it States.HeartbeatTimeout.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html, "Error names"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFailure(Failure):
    """A JSONata expression failed; `location` is the field it stands in, as AWS's EvaluationFailed event names it."""

    location: str | None = None


class StateFailed(Exception):
    """Raised inside the pure packages while a state is evaluated; the interpreter turns it into its `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.error}: {failure.cause}")
        self.failure = failure


class TookTooLong(BaseException):
    """Raised by the limit put on an evaluation, at any point of it; no `except Exception` on the way may stop it."""


Limit: TypeAlias = AbstractContextManager[object]
"""What is evaluated inside it ends with `TookTooLong` when it takes too long."""

UNLIMITED: Final[Limit] = nullcontext()


class Entropy:
    """A stream of chance that a seed fully determines, for the functions that draw numbers and identifiers.

    One stream serves one step of one execution: give a step that is decided again the same seed, and it draws
    the same values. Two steps must not share a seed.
    """

    __slots__ = ("_drawn", "_seed")

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._drawn = 0

    def draw(self) -> bytes:
        """The next 32 bytes."""
        self._drawn += 1
        return hashlib.sha256(f"{self._seed}\0{self._drawn}".encode()).digest()

    def fraction(self) -> float:
        """The next number, evenly spread over 0 <= x < 1, in steps that a double holds exactly."""
        return (int.from_bytes(self.draw()[:8], "big") >> 11) / (1 << 53)

    def uuid(self) -> str:
        """The next identifier, in the form of a random (version 4) UUID."""
        return str(UUID(bytes=self.draw()[:16], version=4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression can see.

    `input` is the state's raw input (`$` of InputPath, `$states.input`), `context` the context object (`$$`,
    `$states.context`), `variables` those of the frame and its ancestors (`$name`). `result` and `error_output`
    exist only in the fields where the States Language offers them. `entropy` feeds `States.UUID`,
    `States.MathRandom`, `$uuid` and `$random`; `now` is what `$now()` says, when absent the state's EnteredTime. What
    may take long is evaluated inside `limit`.
    """

    input: JSON
    context: Mapping[str, JSON]
    variables: Mapping[str, JSON]
    result: JSON | Absent = ABSENT
    error_output: JSON | Absent = ABSENT
    entropy: Entropy = field(default_factory=Entropy)
    now: datetime | None = None
    limit: Limit = UNLIMITED
