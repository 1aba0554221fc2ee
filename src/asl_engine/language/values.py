"""JSON as Python sees it, the failure value of a state, and what an expression can see."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

JSON: TypeAlias = "None | bool | int | float | str | list[JSON] | dict[str, JSON]"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationFailure(Failure):
    """A JSONata expression failed; `location` is the field it stands in, as AWS's EvaluationFailed event names it."""

    location: str | None = None


class StateFailed(Exception):
    """Raised inside the pure packages while a state is evaluated; the interpreter turns it into its `failure`."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.error}: {failure.cause}")
        self.failure = failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What an expression can see.

    `input` is the state's raw input (`$` of InputPath, `$states.input`), `context` the context object (`$$`,
    `$states.context`), `variables` those of the frame and its ancestors (`$name`). `result` and `error_output`
    exist only in the fields where the States Language offers them.
    """

    input: JSON
    context: Mapping[str, JSON]
    variables: Mapping[str, JSON]
    result: JSON | Absent = ABSENT
    error_output: JSON | Absent = ABSENT
