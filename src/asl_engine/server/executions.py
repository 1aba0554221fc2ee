"""The actions on executions: start, stop, describe, list, and the history."""

from dataclasses import dataclass
from typing import Final

from asl_engine.journal.port import ExecutionFilter, ExecutionRecord, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import NewExecution
from asl_engine.runtime.errors import ExecutionAlreadyExists, ExecutionDoesNotExist
from asl_engine.server import events, state_machines
from asl_engine.server.arns import Caller, check_name, execution_arn, parse_arn
from asl_engine.server.backend import Backend, page_token, read_page_token
from asl_engine.server.errors import ApiError, no_such_execution, no_such_state_machine, validation_failed
from asl_engine.server.inputs import problem_of_json
from asl_engine.server.wire import Answer

_NOT_REDRIVABLE: Final = frozenset({Status.RUNNING, Status.SUCCEEDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    state_machine_arn: str
    name: str | None = None
    input: str = "{}"
    trace_header: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    execution_arn: str
    error: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeRequest:
    execution_arn: str
    included_data: str = "ALL_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    state_machine_arn: str | None = None
    status_filter: str | None = None
    max_results: int = 0
    next_token: str | None = None
    map_run_arn: str | None = None
    redrive_filter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRequest:
    execution_arn: str
    max_results: int = 0
    reverse_order: bool = False
    next_token: str | None = None
    include_execution_data: bool = True


async def start(backend: Backend, _caller: Caller, request: StartRequest) -> Answer:
    state_machine = state_machines.find(backend, request.state_machine_arn)
    name = request.name or backend.new_id()
    check_name(name)
    problem = problem_of_json(request.input) if request.input.strip() else "Invalid execution input."
    if problem is not None:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'")
    new = NewExecution(
        arn=execution_arn(
            parse_arn(state_machine.arn, "stateMachine"),
            name,
            backend.new_id() if state_machine.type == "EXPRESS" else None,
        ),
        name=name,
        state_machine=state_machine,
        input=request.input,
        trace_header=request.trace_header,
    )
    try:
        record = await backend.engine.start_execution(new)
    except ExecutionAlreadyExists as error:
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{new.arn}'") from error
    return {"execution_arn": record.arn, "start_date": record.started_at}


async def stop(backend: Backend, _caller: Caller, request: StopRequest) -> Answer:
    arn = parse_arn(request.execution_arn, "execution").text
    try:
        stopped_at = await backend.engine.stop_execution(arn, Failure(request.error, request.cause))
    except ExecutionDoesNotExist as error:
        raise no_such_execution(arn) from error
    return {"stop_date": stopped_at}


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    record = _find(backend, request.execution_arn)
    include_data = request.included_data == "ALL_DATA"
    included = {"included": include_data}
    has_output = record.output is not None
    return {
        **_listed(record),
        "input": record.input if include_data else None,
        "input_details": included,
        "output": record.output if include_data else None,
        "output_details": included if has_output else None,
        "error": record.failure.error if record.failure else None,
        "cause": record.failure.cause if record.failure else None,
        "trace_header": record.trace_header,
        **_redrive(record),
    }


async def list_of_machine(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    if request.state_machine_arn is None:
        raise validation_failed(
            "Executions are listed by the ARN of their state machine; map runs are not supported yet"
        )
    arn = parse_arn(request.state_machine_arn, "stateMachine").text
    state_machine = backend.journal.state_machines.find(arn)
    if state_machine is None:
        raise no_such_state_machine(arn)
    if state_machine.type == "EXPRESS":
        message = "This operation is not supported by this type of state machine"
        raise ApiError("StateMachineTypeNotSupported", message)
    after = read_page_token(request.next_token)
    wanted = _wanted(arn, request)
    if wanted is None:
        return {"executions": []}
    page = backend.journal.executions.page(wanted, limit=request.max_results or state_machines.PAGE_SIZE, after=after)
    return {"executions": [_listed(record) for record in page.items], "next_token": page_token(page.next)}


async def history(backend: Backend, _caller: Caller, request: HistoryRequest) -> Answer:
    arn = _find(backend, request.execution_arn).arn
    page = backend.journal.executions.history(
        arn,
        limit=request.max_results or state_machines.PAGE_SIZE,
        after=read_page_token(request.next_token),
        reverse=request.reverse_order,
    )
    return {
        "events": [events.describe(event, include_data=request.include_execution_data) for event in page.items],
        "next_token": page_token(page.next),
    }


async def describe_state_machine(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    """The revision that the execution runs, whatever happened to the state machine since."""
    execution = _find(backend, request.execution_arn)
    revision = backend.journal.state_machines.revision(execution.state_machine_arn, execution.revision_id)
    assert revision is not None  # the journal keeps it as long as its executions
    return {**state_machines.described(revision), "update_date": revision.updated_at}


def _find(backend: Backend, arn: str) -> ExecutionRecord:
    record = backend.journal.executions.find(parse_arn(arn, "execution").text)
    if record is None:
        raise no_such_execution(arn)
    return record


def _listed(record: ExecutionRecord) -> dict[str, object]:
    return {
        "execution_arn": record.arn,
        "state_machine_arn": record.state_machine_arn,
        "name": record.name,
        "status": record.status.value,
        "start_date": record.started_at,
        "stop_date": record.stopped_at,
        "redrive_count": 0,
    }


def _redrive(record: ExecutionRecord) -> dict[str, object]:
    if record.status in _NOT_REDRIVABLE:
        reason = f"Execution is {record.status.value} and cannot be redriven"
        return {"redrive_status": "NOT_REDRIVABLE", "redrive_status_reason": reason}
    return {"redrive_status": "REDRIVABLE"}


def _wanted(arn: str, request: ListRequest) -> ExecutionFilter | None:
    """None when nothing can match: no execution of ours is redriven or waits for a redrive."""
    if request.redrive_filter == "REDRIVEN" or request.status_filter == "PENDING_REDRIVE":
        return None
    status = None if request.status_filter is None else Status(request.status_filter)
    return ExecutionFilter(state_machine_arn=arn, status=status)
