"""What can go wrong in a refresh.

    SbirEtlError
    ├── PermanentError        trying again with the same input cannot help: never retried
    │   ├── InvalidInput      the execution's input or a setting is wrong
    │   │   └── MissingObject the storage has nothing under a key
    │   ├── SourceRejected    what the source served is not an award file (HTML page, wrong header, empty, truncated)
    │   ├── GateFailed        the data broke a gate (pass rate, row drop, reconciliation, smoke checks)
    │   └── Conflict          another refresh got there first
    └── TransientError        the network or a service hiccupped: retried by the state machine
        └── SourceUnavailable the source could not be reached

Messages say where, what was found, what was wanted, and what to do next, in that order. The state machine's first
retrier names the permanent ones by class name, since that is what Lambda reports as `errorType`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pydantic import ValidationError

_SHOWN_LENGTH: Final = 80


class SbirEtlError(Exception):
    """Any failure this package raises on purpose."""


class PermanentError(SbirEtlError):
    """Trying again with the same input cannot help."""


class InvalidInput(PermanentError):
    """The execution's input or a setting is wrong."""


class MissingObject(InvalidInput):
    """The storage has nothing under the key that was asked for."""


class SourceRejected(PermanentError):
    """The source answered, but not with an award file we can trust."""


class GateFailed(PermanentError):
    """A gate stopped the run: the data is not good enough to go live.

    `figures` are those of the result that the step would have had, where it knew that much.
    """

    figures: Mapping[str, object] = MappingProxyType({})


class Conflict(PermanentError):
    """Another refresh changed what this one was about to change."""


class TransientError(SbirEtlError):
    """Trying again may help."""


class SourceUnavailable(TransientError):
    """The source could not be reached, or broke off."""


@contextmanager
def gates_over(result: object) -> Iterator[None]:
    """A gate that fails in the block tells the figures of the step's `result`: those of a bad week are wanted most."""
    try:
        yield
    except GateFailed as error:
        error.figures = vars(result)
        raise


def problems(error: "ValidationError", where: str) -> str:
    """Every problem that pydantic found in the value called `where`, on one line."""
    told = []
    for problem in error.errors():
        place = ".".join([where, *map(str, problem["loc"])])
        told.append(f"{place}: got {repr(problem['input'])[:_SHOWN_LENGTH]}, {problem['msg'].lower()}")
    return "; ".join(told)
