"""The action that validates a definition, and the check that every other action makes of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from asl_engine.language.errors import Diagnostic, InvalidDefinition, Severity
from asl_engine.language.parse import load
from asl_engine.language.validate import diagnose
from asl_engine.language.values import TookTooLong
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError, validation_failed
from asl_engine.server.wire import Answer

_DIAGNOSTICS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateRequest:
    definition: str
    type: str = "STANDARD"
    severity: str = "ERROR"
    max_results: int = 0


async def validate(backend: Backend, _caller: Caller, request: ValidateRequest) -> Answer:
    with in_time(backend):
        found = diagnose(
            request.definition,
            express=request.type == "EXPRESS",
            is_known_resource=backend.is_known_resource,
            parameter_problems=backend.parameter_problems,
        )
    errors = [one for one in found if one.severity is Severity.ERROR]
    wanted = found if request.severity == "WARNING" else errors
    limit = request.max_results or _DIAGNOSTICS_SHOWN
    return {
        "result": "FAIL" if errors else "OK",
        "diagnostics": [_diagnostic(one) for one in wanted[:limit]],
        "truncated": len(wanted) > limit,
    }


def check_definition(backend: Backend, definition: str, machine_type: str) -> None:
    """Raises: ApiError: InvalidDefinition, ValidationException."""
    try:
        with in_time(backend):
            load(
                definition,
                express=machine_type == "EXPRESS",
                is_known_resource=backend.is_known_resource,
                parameter_problems=backend.parameter_problems,
            )
    except InvalidDefinition as error:
        raise invalid_definition(error) from error


@contextmanager
def in_time(backend: Backend) -> Iterator[None]:
    """What keeps a definition made to be read for minutes from keeping everybody else waiting.

    Raises:
        ApiError: ValidationException
    """
    try:
        with backend.make_limit():
            yield
    except TookTooLong:
        raise validation_failed("The definition takes too long to be read") from None


def invalid_definition(error: InvalidDefinition) -> ApiError:
    return ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'")


def _diagnostic(found: Diagnostic) -> Answer:
    return {
        "severity": found.severity.value,
        "code": found.code,
        "message": found.message,
        "location": found.location,
    }
