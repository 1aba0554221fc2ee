"""The actions that move executions: start, start and wait, stop, redrive."""

import math
from dataclasses import dataclass
from typing import Final

from asl_engine.journal.port import ExecutionRecord
from asl_engine.language.json_problems import problem_of_input
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import NewExecution
from asl_engine.runtime.errors import ExecutionAlreadyExists, ExecutionDoesNotExist, ExecutionNotRedrivable
from asl_engine.server.arns import Caller, check_name, execution_arn, parse_arn
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError, no_such_execution, unsupported_type, validation_failed
from asl_engine.server.executions import data
from asl_engine.server.targets import resolve
from asl_engine.server.wire import Answer

_BILLED_AT_ONCE_MILLISECONDS: Final = 100
_LEAST_BILLED_MEMORY_MB: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    state_machine_arn: str
    name: str | None = None
    input: str = "{}"
    trace_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartSyncRequest:
    state_machine_arn: str
    name: str | None = None
    input: str = "{}"
    trace_header: str | None = None
    included_data: str = "ALL_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    execution_arn: str
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedriveRequest:
    """A redrive that is asked for twice is refused the second time, so `client_token` has nothing to tell apart."""

    execution_arn: str
    client_token: str | None = None


async def start(backend: Backend, _caller: Caller, request: StartRequest) -> Answer:
    new = _new_execution(backend, request)
    try:
        record = await backend.engine.start_execution(new)
    except ExecutionAlreadyExists as error:
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{new.arn}'") from error
    return {"execution_arn": record.arn, "start_date": record.started_at}


async def start_sync(backend: Backend, _caller: Caller, request: StartSyncRequest) -> Answer:
    """Answers when an Express workflow has ended."""
    new = _new_execution(backend, request)
    if new.state_machine.type != "EXPRESS":
        raise unsupported_type()
    record = await backend.engine.run_express(new)
    return {
        **data(record, is_included=request.included_data == "ALL_DATA"),
        "execution_arn": record.arn,
        "state_machine_arn": record.state_machine_arn,
        "name": record.name,
        "start_date": record.started_at,
        "stop_date": record.stopped_at,
        "status": record.status.value,
        "trace_header": record.trace_header,
        "billing_details": _billing(record),
    }


async def stop(backend: Backend, _caller: Caller, request: StopRequest) -> Answer:
    arn = parse_arn(request.execution_arn, "execution").text
    try:
        stopped_at = await backend.engine.stop_execution(arn, Failure(request.error, request.cause))
    except ExecutionDoesNotExist as error:
        raise no_such_execution(arn) from error
    return {"stop_date": stopped_at}


async def redrive(backend: Backend, _caller: Caller, request: RedriveRequest) -> Answer:
    arn = parse_arn(request.execution_arn, "execution").text
    try:
        redriven_at = await backend.engine.redrive_execution(arn)
    except ExecutionDoesNotExist as error:
        raise no_such_execution(arn) from error
    except ExecutionNotRedrivable as error:
        raise ApiError("ExecutionNotRedrivable", error.reason) from error
    return {"redrive_date": redriven_at}


def _new_execution(backend: Backend, request: StartRequest | StartSyncRequest) -> NewExecution:
    arn, test_case = _test_case(backend, request.state_machine_arn)
    target = resolve(backend, arn)
    state_machine = target.record
    name = request.name or backend.new_id()
    check_name(name)
    _check_input(request.input)
    return NewExecution(
        arn=execution_arn(
            parse_arn(state_machine.arn, "stateMachine"),
            name,
            backend.new_id() if state_machine.type == "EXPRESS" else None,
        ),
        name=name,
        state_machine=state_machine,
        input=request.input,
        trace_header=request.trace_header,
        test_case=test_case,
        version_arn=target.version.arn if target.version else None,
        alias_arn=target.alias.arn if target.alias else None,
    )


def _test_case(backend: Backend, arn: str) -> tuple[str, str | None]:
    """AWS Step Functions Local chooses a case of its mock configuration by `stateMachineArn#TestCase`."""
    state_machine_arn, mark, test_case = arn.partition("#")
    if not mark:
        return arn, None
    if not backend.is_test_case(parse_arn(state_machine_arn, "stateMachine").resource, test_case):
        raise validation_failed(f"The mock configuration has no test case '{test_case}' for {state_machine_arn}")
    return state_machine_arn, test_case


def _check_input(text: str) -> None:
    problem = problem_of_input(text)
    if problem is not None:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'")


def _billing(record: ExecutionRecord) -> Answer:
    """Time is billed in steps; memory in steps of 64 MB, of which small workflows need one."""
    assert record.stopped_at is not None
    milliseconds = (record.stopped_at - record.started_at).total_seconds() * 1000
    steps = max(1, math.ceil(milliseconds / _BILLED_AT_ONCE_MILLISECONDS))
    return {
        "billed_duration_in_milliseconds": steps * _BILLED_AT_ONCE_MILLISECONDS,
        "billed_memory_used_in_m_b": _LEAST_BILLED_MEMORY_MB,
    }
