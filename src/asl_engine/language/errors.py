"""What is wrong with a definition.

Exception
├── InvalidDefinition      a bad definition; carries every problem found
└── values.StateFailed     a failed state; carries the `Failure` that Retry and Catch look at
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One problem, in the words of ValidateStateMachineDefinition.

    `location` is a JSON pointer such as `/States/Load/Next` (`/` for the whole definition), or Jackson's
    `[Source: …; line: 1, column: 4]` for a text that is not JSON; None when there is nothing to point at.
    """

    code: str
    message: str
    location: str | None = None
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """As CreateStateMachine writes it into its one message, which says null where there is no location."""
        return f"{self.code}: {self.message} at {self.location or 'null'}"


class InvalidDefinition(Exception):
    """Refuses a definition. `str()` is the text that CreateStateMachine quotes: `CODE: message at location, …`."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(", ".join(map(str, diagnostics)))
        self.diagnostics = tuple(diagnostics)
