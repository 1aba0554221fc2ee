"""The actions that end a task by its token: success, failure, heartbeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from asl_engine.interpreter.tokens import read_token
from asl_engine.language.json_problems import problem_of_json
from asl_engine.language.values import Failure
from asl_engine.runtime import errors
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError, invalid_token
from asl_engine.server.wire import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessRequest:
    task_token: str
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRequest:
    task_token: str
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatRequest:
    task_token: str


async def succeed(backend: Backend, _caller: Caller, request: SuccessRequest) -> Answer:
    """AWS looks at the token before it looks at the output."""
    if read_token(request.task_token) is None:
        raise invalid_token()
    if (problem := problem_of_json(request.output)) is not None:
        raise ApiError("InvalidOutput", f"Invalid Output: '{problem}'")
    with _refusals_explained():
        await backend.engine.send_task_success(request.task_token, request.output)
    return {}


async def fail(backend: Backend, _caller: Caller, request: FailureRequest) -> Answer:
    with _refusals_explained():
        await backend.engine.send_task_failure(request.task_token, Failure(request.error, request.cause))
    return {}


async def keep_alive(backend: Backend, _caller: Caller, request: HeartbeatRequest) -> Answer:
    with _refusals_explained():
        await backend.engine.send_task_heartbeat(request.task_token)
    return {}


@contextmanager
def _refusals_explained() -> Iterator[None]:
    try:
        yield
    except errors.InvalidToken as error:
        raise invalid_token() from error
    except errors.TaskDoesNotExist as error:
        raise ApiError("TaskDoesNotExist", "Task Does Not Exist: 'Provided task does not exist'") from error
    except errors.TaskTimedOut as error:
        raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'") from error
