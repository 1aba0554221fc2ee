"""The actions on the runs of distributed Maps: describe, list, update."""

from collections.abc import Mapping
from dataclasses import dataclass

from asl_engine.journal.port import Status
from asl_engine.journal.records import MapRunRecord
from asl_engine.runtime.engine import MapRunLimits
from asl_engine.runtime.errors import MapRunDoesNotExist
from asl_engine.server.arns import Caller, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.errors import no_such_execution, no_such_resource, validation_failed
from asl_engine.server.wire import Answer

_COUNTED = {
    "running": Status.RUNNING,
    "succeeded": Status.SUCCEEDED,
    "failed": Status.FAILED,
    "timed_out": Status.TIMED_OUT,
    "aborted": Status.ABORTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeRequest:
    map_run_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    execution_arn: str
    max_results: int = 0
    next_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    map_run_arn: str
    max_concurrency: int | None = None
    tolerated_failure_percentage: float | None = None
    tolerated_failure_count: int | None = None


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    run = find(backend, request.map_run_arn)
    counts = backend.journal.executions.counts(run.arn)
    executions = {status: count.executions for status, count in counts.items()}
    items = {status: count.items for status, count in counts.items()}
    return {
        "map_run_arn": run.arn,
        "execution_arn": run.execution_arn,
        "status": run.status,
        "start_date": run.started_at,
        "stop_date": run.stopped_at,
        "max_concurrency": run.max_concurrency,
        "tolerated_failure_percentage": run.tolerated_failure_percentage,
        "tolerated_failure_count": run.tolerated_failure_count,
        "item_counts": _counts(items, total=run.item_count),
        "execution_counts": _counts(executions, total=run.child_count),
        "redrive_count": run.redrive_count,
        "redrive_date": run.redriven_at,
    }


async def list_of_execution(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    arn = parse_arn(request.execution_arn, "execution").text
    if backend.journal.executions.find(arn) is None:
        raise no_such_execution(arn)
    page = backend.journal.map_runs.page(
        limit=request.max_results or PAGE_SIZE, owner=arn, after=read_page_token(request.next_token)
    )
    return {"map_runs": [_listed(run) for run in page.items], "next_token": page_token(page.next)}


async def update(backend: Backend, _caller: Caller, request: UpdateRequest) -> Answer:
    arn = find(backend, request.map_run_arn).arn
    limits = MapRunLimits(
        max_concurrency=request.max_concurrency,
        tolerated_failure_count=request.tolerated_failure_count,
        tolerated_failure_percentage=request.tolerated_failure_percentage,
    )
    if limits == MapRunLimits():
        raise validation_failed("At least one of maxConcurrency and the tolerated failure thresholds must be given")
    try:
        await backend.engine.update_map_run(arn, limits)
    except MapRunDoesNotExist as error:
        raise no_such_resource() from error
    return {}


def find(backend: Backend, arn: str) -> MapRunRecord:
    """Raises: ApiError: InvalidArn, ResourceNotFound."""
    run = backend.journal.map_runs.find(parse_arn(arn, "mapRun").text)
    if run is None:
        raise no_such_resource()
    return run


def _listed(run: MapRunRecord) -> Answer:
    return {
        "execution_arn": run.execution_arn,
        "map_run_arn": run.arn,
        "state_machine_arn": f"{run.state_machine_arn}/{_label(run)}",
        "start_date": run.started_at,
        "stop_date": run.stopped_at,
    }


def _label(run: MapRunRecord) -> str:
    """Which Map it is a run of: `mapRun:machine/label:id`."""
    return run.arn.rsplit(":", 1)[0].rpartition("/")[2]


def _counts(found: Mapping[Status, int], *, total: int) -> Answer:
    """What no execution has taken on yet is pending; AWS counts results as written also where no ResultWriter is."""
    counted = {name: found.get(status, 0) for name, status in _COUNTED.items()}
    pending = max(0, total - sum(counted.values()))
    return {**counted, "pending": pending, "total": total, "results_written": counted["succeeded"]}
