"""What the engine asks of a service integration, and what it may answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from asl_engine.history.resources import Resource
from asl_engine.language.values import JSON, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """One attempt of one task.

    The same request is made again, with the same `task_id`, when its outcome is unknown after a crash. `submitted`
    is what an earlier call answered in `Submitted`; with it the integration follows what it started then.
    """

    task_id: str
    execution_arn: str
    state_name: str
    resource: Resource
    arguments: JSON
    token: str
    attempt: int
    credentials: JSON = None
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    submitted: JSON = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    output: JSON


@dataclass(frozen=True, slots=True)
class Failed:
    failure: Failure


@dataclass(frozen=True, slots=True)
class Submitted:
    """The request was accepted. With `.waitForTaskToken` the engine then waits for the token; with `.sync` it calls
    `run` again with `submitted` set, and that call returns the end of the job."""

    output: JSON


TaskOutcome: TypeAlias = Succeeded | Failed | Submitted


class Integration(Protocol):
    async def run(self, request: TaskRequest) -> TaskOutcome:
        """Failures of the service are returned as `Failed`; what is raised fails the task as States.Runtime.

        Cancelled when the task timed out or its execution ended.
        """


Resolve: TypeAlias = Callable[[Resource], Integration]
"""The integration of a resource."""


# --- what a distributed Map reads and writes ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """What a distributed Map's ItemReader asks for, evaluated.

    `resource` is its ARN (`arn:aws:states:::s3:getObject`, `…:s3:listObjectsV2`), `arguments` its Parameters or
    Arguments, `configuration` its ReaderConfig with paths and expressions resolved (`InputType`, `CSVHeaderLocation`,
    `CSVHeaders`, `CSVDelimiter`, `ItemsPointer`, `MaxItems`, …). The same request is made again after a crash.
    """

    execution_arn: str
    map_run_arn: str
    resource: str
    arguments: JSON
    configuration: dict[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemsRead:
    items: list[JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildResult:
    """One ended child execution. `status` is AWS's; `output` a JSON text."""

    execution_arn: str
    state_machine_arn: str
    name: str
    status: str
    input: str
    started_at: datetime
    stopped_at: datetime
    output: str | None = None
    failure: Failure | None = None
    redrive_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """What a distributed Map's ResultWriter asks for. `results` may be read once, in the order of the items.

    `configuration` is WriterConfig (`Transformation`, `OutputType`). Made again, with the same `map_run_arn`, after a
    crash: writing the same names again must leave the same objects.
    """

    execution_arn: str
    map_run_arn: str
    resource: str
    arguments: JSON
    results: Iterator[ChildResult]
    configuration: dict[str, JSON] = field(default_factory=dict)


class MapStorage(Protocol):
    """Where distributed Maps read their items from and write their results to."""

    async def read(self, request: ReadRequest) -> ItemsRead | Failed:
        """AWS's error for whatever goes wrong is States.ItemReaderFailed."""

    async def write(self, request: WriteRequest) -> Succeeded | Failed:
        """Returns `ResultWriterDetails` (`Bucket`, `Key` of the manifest); fails with States.ResultWriterFailed."""
