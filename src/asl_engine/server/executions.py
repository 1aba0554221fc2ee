"""The actions on executions: start, stop, redrive, describe, list, and the history."""

from dataclasses import dataclass
from typing import Final

from asl_engine.journal.port import ExecutionFilter, ExecutionRecord, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import NewExecution
from asl_engine.runtime.errors import ExecutionAlreadyExists, ExecutionDoesNotExist
from asl_engine.server import events, map_runs, state_machines
from asl_engine.server.arns import Caller, check_name, execution_arn, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.errors import ApiError, no_such_execution, unsupported_type, validation_failed
from asl_engine.server.inputs import problem_of_json
from asl_engine.server.targets import resolve, state_machine_of
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
    new = _new_execution(backend, request)
    try:
        record = await backend.engine.start_execution(new)
    except ExecutionAlreadyExists as error:
        raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{new.arn}'") from error
    return {"execution_arn": record.arn, "start_date": record.started_at}


def _new_execution(backend: Backend, request: StartRequest) -> NewExecution:
    arn, test_case = _test_case(backend, request.state_machine_arn)
    state_machine = resolve(backend, arn).record
    name = request.name or backend.new_id()
    check_name(name)
    problem = problem_of_json(request.input) if request.input.strip() else "Invalid execution input."
    if problem is not None:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'")
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
    )


def _test_case(backend: Backend, arn: str) -> tuple[str, str | None]:
    """AWS Step Functions Local chooses a case of its mock configuration by `stateMachineArn#TestCase`."""
    state_machine_arn, mark, test_case = arn.partition("#")
    if not mark:
        return arn, None
    if not backend.is_test_case(parse_arn(state_machine_arn, "stateMachine").resource, test_case):
        raise validation_failed(f"The mock configuration has no test case '{test_case}' for {state_machine_arn}")
    return state_machine_arn, test_case


async def stop(backend: Backend, _caller: Caller, request: StopRequest) -> Answer:
    arn = parse_arn(request.execution_arn, "execution").text
    try:
        stopped_at = await backend.engine.stop_execution(arn, Failure(request.error, request.cause))
    except ExecutionDoesNotExist as error:
        raise no_such_execution(arn) from error
    return {"stop_date": stopped_at}


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    record = _find(backend, request.execution_arn)
    reason = _refusal(record)
    return {
        **_shown(record),
        **_data(record, is_included=request.included_data == "ALL_DATA"),
        "trace_header": record.trace_header,
        "redrive_status": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "redrive_status_reason": reason,
    }


async def list_of_machine(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    wanted = _wanted(backend, request)
    after = read_page_token(request.next_token)
    if wanted is None:
        return {"executions": []}
    page = backend.journal.executions.page(wanted, limit=request.max_results or PAGE_SIZE, after=after)
    return {"executions": [_listed(record) for record in page.items], "next_token": page_token(page.next)}


async def history(backend: Backend, _caller: Caller, request: HistoryRequest) -> Answer:
    arn = _find(backend, request.execution_arn).arn
    page = backend.journal.executions.history(
        arn,
        limit=request.max_results or PAGE_SIZE,
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
    return {
        **state_machines.described(revision),
        "update_date": revision.updated_at,
        "map_run_arn": execution.map_run_arn,
    }


def _find(backend: Backend, arn: str) -> ExecutionRecord:
    record = backend.journal.executions.find(parse_arn(arn, "execution").text)
    if record is None:
        raise no_such_execution(arn)
    return record


def _listed(record: ExecutionRecord) -> dict[str, object]:
    return {**_shown(record), "item_count": record.item_count if record.map_run_arn is not None else None}


def _shown(record: ExecutionRecord) -> dict[str, object]:
    """What DescribeExecution and ListExecutions have in common."""
    return {
        "execution_arn": record.arn,
        "state_machine_arn": record.state_machine_arn,
        "name": record.name,
        "status": record.status.value,
        "start_date": record.started_at,
        "stop_date": record.stopped_at,
        "map_run_arn": record.map_run_arn,
        "state_machine_version_arn": record.version_arn,
        "state_machine_alias_arn": record.alias_arn,
        "redrive_count": record.redrive_count,
        "redrive_date": record.redriven_at,
    }


def _data(record: ExecutionRecord, *, is_included: bool) -> dict[str, object]:
    included = {"included": is_included}
    return {
        "input": record.input if is_included else None,
        "input_details": included,
        "output": record.output if is_included else None,
        "output_details": None if record.output is None else included,
        "error": record.failure.error if record.failure else None,
        "cause": record.failure.cause if record.failure else None,
    }


def _wanted(backend: Backend, request: ListRequest) -> ExecutionFilter | None:
    """None when nothing can match: no execution of ours waits for a redrive.

    Raises:
        ApiError: InvalidArn, StateMachineDoesNotExist, StateMachineTypeNotSupported, ValidationException
    """
    state_machine_arn, qualified_arn = _listed_machine(backend, request)
    map_run_arn = None if request.map_run_arn is None else map_runs.find(backend, request.map_run_arn).arn
    if request.status_filter == "PENDING_REDRIVE":
        return None
    return ExecutionFilter(
        state_machine_arn=state_machine_arn,
        version_or_alias_arn=qualified_arn,
        map_run_arn=map_run_arn,
        status=None if request.status_filter is None else Status(request.status_filter),
        redriven=None if request.redrive_filter is None else request.redrive_filter == "REDRIVEN",
    )


def _listed_machine(backend: Backend, request: ListRequest) -> tuple[str | None, str | None]:
    """The state machine whose executions are wanted, and the version or alias that started them."""
    if (request.state_machine_arn is None) is (request.map_run_arn is None):
        raise validation_failed("Must provide a state machine ARN or a map run ARN, and not both")
    if request.state_machine_arn is None:
        return None, None
    named = parse_arn(request.state_machine_arn, "stateMachine")
    state_machine = state_machine_of(backend, named)
    if state_machine.type == "EXPRESS":
        raise unsupported_type()
    return state_machine.arn, named.text if named.qualifier else None


def _refusal(record: ExecutionRecord) -> str | None:
    """Why the execution cannot be redriven."""
    if record.status in _NOT_REDRIVABLE:
        return f"Execution is {record.status.value} and cannot be redriven"
    return None
