"""The context object of a state on trial: the one given, or that of an Express execution that never was.

See https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
"""

import json
from collections.abc import Mapping
from typing import Final

from asl_engine.history.resources import Pattern, parse_resource
from asl_engine.history.timestamps import iso_milliseconds
from asl_engine.language.definition import Map, Parallel, State, Task
from asl_engine.language.renderings import type_name
from asl_engine.language.values import JSON
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError, validation_failed

STATE_NAME: Final = "StateName"
"""What AWS calls a state on trial, whatever its definition calls it."""

_FIELDS: Final[Mapping[str, Mapping[str, str]]] = {
    "Execution": {
        "Id": "string",
        "Input": "",
        "Name": "string",
        "RoleArn": "string",
        "StartTime": "string",
        "RedriveCount": "number",
        "RedriveTime": "string",
    },
    "State": {"EnteredTime": "string", "Name": "string", "RetryCount": "number"},
    "StateMachine": {"Id": "string", "Name": "string"},
    "Task": {"Token": "string"},
}


def given_context(text: str, state: State) -> dict[str, JSON]:
    """Raises: ApiError: ValidationException."""
    context = _parsed(text)
    if "Map" in context:
        raise _invalid("'Map' field is not supported when mocking a Context object")
    for name, part in context.items():
        _check_part(name, part)
    if "Task" in context and not _has_token(state):
        raise _invalid(
            "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
            "service integration pattern"
        )
    return context


def default_context(
    backend: Backend, caller: Caller, state: State, given: JSON, role_arn: str | None
) -> dict[str, JSON]:
    """What a state sees in the first moment of an Express execution."""
    name, machine = backend.new_id(), backend.new_id()
    now = iso_milliseconds(backend.now())
    current: dict[str, JSON] = {"Name": STATE_NAME, "EnteredTime": now}
    if isinstance(state, Task | Map | Parallel):
        current["RetryCount"] = 0
    return {
        "Execution": {
            "Id": f"arn:aws:states:{caller.region}:{caller.account}:express:{machine}:{name}",
            "Input": given,
            "Name": name,
            "RoleArn": role_arn,
            "StartTime": now,
        },
        "StateMachine": {"Id": caller.state_machine_arn(machine), "Name": machine},
        "State": current,
        **({"Task": {"Token": backend.new_id()}} if _has_token(state) else {}),
    }


def _parsed(text: str) -> dict[str, JSON]:
    try:
        context = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _invalid("Context object must be valid JSON") from error
    if not isinstance(context, dict):
        raise _invalid("Context object must be a JSON object")
    return context


def _check_part(name: str, part: JSON) -> None:
    known = _FIELDS.get(name)
    if known is None:
        raise _invalid(f"Field '{name}' is not allowed")
    if not isinstance(part, dict):
        raise _invalid(f"{name} must be an object")
    for field, value in part.items():
        if field not in known:
            raise _invalid(f"Field '{field}' is not allowed")
        if known[field] and type_name(value) != known[field]:
            raise _invalid(f"{name}.{field} must be a {known[field]}")


def _has_token(state: State) -> bool:
    return isinstance(state, Task) and parse_resource(state.resource).pattern is not Pattern.REQUEST_RESPONSE


def _invalid(problem: str) -> ApiError:
    return validation_failed(f"Invalid Context object provided: {problem}")
