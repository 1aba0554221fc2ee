"""What the engine asks of a journal: one way to write, two shelves to read from.

Reads see only what was committed. Pages follow one another by an opaque `next`, which a caller hands back as `after`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

from asl_engine.history.events import HistoryEvent, Visible
from asl_engine.journal.records import (
    ActivityRecord,
    AliasRecord,
    MapRunRecord,
    Record,
    TagsRecord,
    VersionRecord,
)
from asl_engine.language.values import JSON, Failure

T_co = TypeVar("T_co", covariant=True)


class Status(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMachineRecord:
    """One revision of a state machine.

    `settings` holds what the engine only keeps and shows, by AWS's names (`loggingConfiguration`,
    `tracingConfiguration`, `encryptionConfiguration`). Executions keep to the revision they started with.
    """

    arn: str
    name: str
    type: str
    definition: str
    role_arn: str
    revision_id: str
    created_at: datetime
    updated_at: datetime
    settings: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionRecord:
    """`input` and `output` are JSON texts as given and as shown; `failure` is set when the status says so.

    `version_arn` and `alias_arn` are what it was started by. An execution of a distributed Map has the ARN of its
    `map_run`, the number of items it was given, and the way to its definition inside the state machine's
    (`definition_path`: names of states, and between a Parallel and the next name the index of the branch). `test_case`
    is the case of the mock configuration that its tasks answer by.
    """

    arn: str
    name: str
    state_machine_arn: str
    revision_id: str
    input: str
    started_at: datetime
    status: Status = Status.RUNNING
    output: str | None = None
    failure: Failure | None = None
    stopped_at: datetime | None = None
    trace_header: str | None = None
    type: str = "STANDARD"
    redrive_count: int = 0
    redriven_at: datetime | None = None
    version_arn: str | None = None
    alias_arn: str | None = None
    map_run_arn: str | None = None
    item_count: int = 0
    definition_path: tuple[str | int, ...] = ()
    started_by: str | None = None
    awaited: bool = False
    test_case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Executions of a map run with one status, and the items they were given."""

    executions: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T_co]):
    """`next` is None on the last page."""

    items: Sequence[T_co]
    next: int | None = None


# --- writing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SaveStateMachine:
    """Creates the state machine, or makes this its current revision."""

    record: StateMachineRecord


@dataclass(frozen=True, slots=True)
class DeleteStateMachine:
    """Forgets the state machine; its revisions stay for the executions that still need them."""

    arn: str


@dataclass(frozen=True, slots=True)
class StartExecution:
    record: ExecutionRecord


@dataclass(frozen=True, slots=True)
class AppendEvents:
    execution_arn: str
    events: Sequence[HistoryEvent]


@dataclass(frozen=True, slots=True)
class FinishExecution:
    """Sets status, output, failure and stopped_at from the record; and what a redrive sets."""

    record: ExecutionRecord


@dataclass(frozen=True, slots=True)
class ForgetExecution:
    """Removes the execution and its events."""

    arn: str


@dataclass(frozen=True, slots=True)
class Prune:
    """Removes executions that ended before a time, with their events and map runs: at most `limit` of them."""

    stopped_before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class SaveRecord:
    """Creates the record or replaces the one of its kind and ARN, which keeps its place."""

    record: Record


@dataclass(frozen=True, slots=True)
class DeleteRecord:
    kind: type[Record]
    arn: str


RecordWrite: TypeAlias = SaveRecord | DeleteRecord
Removal: TypeAlias = ForgetExecution | Prune
Write: TypeAlias = (
    SaveStateMachine | DeleteStateMachine | StartExecution | AppendEvents | FinishExecution | Removal | RecordWrite
)


# --- reading ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionFilter:
    """Every field that is given must match."""

    state_machine_arn: str | None = None
    status: Status | None = None
    map_run_arn: str | None = None
    version_or_alias_arn: str | None = None
    redriven: bool | None = None


class StateMachines(Protocol):
    def find(self, arn: str) -> StateMachineRecord | None:
        """The current revision of a state machine that was not deleted."""

    def revision(self, arn: str, revision_id: str) -> StateMachineRecord | None:
        """Any revision, also of a deleted state machine."""

    def page(self, *, limit: int, after: int | None = None) -> Page[StateMachineRecord]:
        """The current revisions, in order of creation."""


class Executions(Protocol):
    def find(self, arn: str) -> ExecutionRecord | None: ...

    def page(self, wanted: ExecutionFilter, *, limit: int, after: int | None = None) -> Page[ExecutionRecord]:
        """Newest first. Filtered by a state machine, only executions started since it was (last) created; those of
        map runs only when their map run is asked for."""

    def history(self, arn: str, *, limit: int, after: int | None = None, reverse: bool = False) -> Page[Visible]:
        """What AWS shows, in the order of ids; `after` is the id of the last event seen."""

    def events(self, arn: str) -> Iterator[HistoryEvent]:
        """Everything, in the order it happened: what the fold needs."""

    def unfinished(self) -> Sequence[ExecutionRecord]:
        """The executions still RUNNING, oldest first."""

    def of_map_run(self, map_run_arn: str) -> Iterator[ExecutionRecord]:
        """The executions of a map run, oldest first."""

    def counts(self, map_run_arn: str) -> Mapping[Status, Count]:
        """How the executions of a map run stand."""


class Shelf(Protocol[T_co]):
    """The records of one kind."""

    def find(self, arn: str) -> T_co | None: ...

    def page(
        self, *, limit: int, owner: str | None = None, after: int | None = None, reverse: bool = False
    ) -> Page[T_co]:
        """In order of creation, or the latest first; those of one owner, or all."""


class Journal(Protocol):
    @property
    def state_machines(self) -> StateMachines: ...

    @property
    def executions(self) -> Executions: ...

    @property
    def activities(self) -> Shelf[ActivityRecord]: ...

    @property
    def map_runs(self) -> Shelf[MapRunRecord]: ...

    @property
    def versions(self) -> Shelf[VersionRecord]: ...

    @property
    def aliases(self) -> Shelf[AliasRecord]: ...

    @property
    def tags(self) -> Shelf[TagsRecord]: ...

    async def commit(self, writes: Sequence[Write]) -> None:
        """All of it or nothing; returns when it is as durable as the journal promises."""

    def close(self) -> None: ...
