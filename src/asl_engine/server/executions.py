"""The actions that look at executions: describe, list, and the history."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asl_engine.history.documents import serialise
from asl_engine.journal.port import ExecutionFilter, ExecutionRecord, Status
from asl_engine.runtime.redrives import refusal
from asl_engine.server import events, map_runs, state_machines
from asl_engine.server.arns import Caller, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.errors import no_such_execution, unsupported_type, validation_failed
from asl_engine.server.targets import state_machine_of
from asl_engine.server.wire import Answer


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


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    record = _find(backend, request.execution_arn)
    reason = refusal(record, backend.now())
    return {
        **_shown(record),
        **data(record, is_included=request.included_data == "ALL_DATA"),
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
    return {"executions": [listed(record) for record in page.items], "next_token": page_token(page.next)}


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
    machine_arn, _, label = execution.state_machine_arn.partition("/")
    revision = backend.journal.state_machines.revision(machine_arn, execution.revision_id)
    assert revision is not None  # the journal keeps it as long as its executions
    definition = _part(revision.definition, execution.definition_path)
    return {
        **state_machines.described(replace(revision, arn=execution.state_machine_arn, definition=definition)),
        "update_date": revision.updated_at,
        "map_run_arn": execution.map_run_arn,
        "label": label or None,
    }


def _part(definition: str, path: Sequence[str | int]) -> str:
    """The part of a definition that a child of a map run runs."""
    if not path:
        return definition
    found = json.loads(definition)
    for step in path:
        if isinstance(step, int):
            found = found["Branches"][step]
        else:
            state = found["States"][step]
            found = state.get("ItemProcessor") or state.get("Iterator") or state
    return serialise(found)


def _find(backend: Backend, arn: str) -> ExecutionRecord:
    record = backend.journal.executions.find(parse_arn(arn, "execution").text)
    if record is None:
        raise no_such_execution(arn)
    return record


def listed(record: ExecutionRecord) -> dict[str, object]:
    """One execution as a list shows it."""
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


def data(record: ExecutionRecord, *, is_included: bool) -> dict[str, object]:
    """What went in and what came out; `is_included` False leaves the texts themselves out."""
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
