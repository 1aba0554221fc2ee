"""What TestState is asked, and the rules a request must keep."""

from dataclasses import dataclass, field
from typing import Final

from asl_engine.history.resources import Manner, Pattern, parse_resource
from asl_engine.language.definition import Map, Parallel, State, Task
from asl_engine.server.errors import ApiError, validation_failed

_MOCKED: Final = (Task, Map, Parallel)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRequest:
    """The nested parts are as the wire has them, by our own names."""

    __test__ = False

    definition: str
    role_arn: str | None = None
    input: str = "{}"
    inspection_level: str = "INFO"
    reveal_secrets: bool = False
    variables: str | None = None
    state_name: str | None = None
    mock: dict[str, str | dict[str, str]] | None = None
    context: str | None = None
    state_configuration: dict[str, str | int] = field(default_factory=dict)


def check(request: TestRequest, state: State) -> None:
    """Raises: ApiError: ValidationException."""
    problem = _problem_with_mock(request, state) if request.mock is not None else _problem_without(request, state)
    if problem is not None:
        raise validation_failed(problem)


def _problem_with_mock(request: TestRequest, state: State) -> str | None:
    if not isinstance(state, _MOCKED):
        return f"State type '{_type(state)}' is not supported when a mock is specified"
    if request.reveal_secrets:
        return "TestState does not support RevealSecrets when a mock is specified."
    return None


def _problem_without(request: TestRequest, state: State) -> str | None:
    if request.context is not None:
        return "A Context object can only be specified when a mock is specified"
    if isinstance(state, Map | Parallel):
        return f"State type '{_type(state)}' is not supported when a mock is not specified"
    if not isinstance(state, Task):
        return None
    if request.role_arn is None:
        return "RoleArn must be specified when testing a Task state"
    resource = parse_resource(state.resource)
    if resource.manner is Manner.ACTIVITY or resource.pattern is not Pattern.REQUEST_RESPONSE:
        return "TestState calls request-response integrations only; specify a mock for any other"
    return None


def invalid_input(problem: str) -> ApiError:
    return ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'")


def _type(state: State) -> str:
    return type(state).__name__
