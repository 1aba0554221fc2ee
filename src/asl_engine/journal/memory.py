"""A journal that ends with its process: for tests, and for an engine that is to leave nothing behind."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Generic, TypeVar, assert_never

from asl_engine.history.events import HistoryEvent, Visible
from asl_engine.journal.port import (
    AppendEvents,
    Count,
    DeleteRecord,
    DeleteStateMachine,
    ExecutionFilter,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    Page,
    Prune,
    RecordWrite,
    Removal,
    SaveRecord,
    SaveStateMachine,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)
from asl_engine.journal.records import (
    ActivityRecord,
    AliasRecord,
    MapRunRecord,
    Record,
    TagsRecord,
    VersionRecord,
)

R = TypeVar("R", bound=Record)


class MemoryStateMachines:
    def __init__(self) -> None:
        self._current: dict[str, StateMachineRecord] = {}
        self._revisions: dict[tuple[str, str], StateMachineRecord] = {}

    def save(self, record: StateMachineRecord) -> None:
        self._current[record.arn] = record
        self._revisions[record.arn, record.revision_id] = record

    def delete(self, arn: str) -> None:
        self._current.pop(arn, None)

    def find(self, arn: str) -> StateMachineRecord | None:
        return self._current.get(arn)

    def revision(self, arn: str, revision_id: str) -> StateMachineRecord | None:
        return self._revisions.get((arn, revision_id))

    def page(self, *, limit: int, after: int | None = None) -> Page[StateMachineRecord]:
        start = after or 0
        records = list(self._current.values())
        more = start + limit < len(records)
        return Page(items=records[start : start + limit], next=start + limit if more else None)


class MemoryExecutions:
    def __init__(self, state_machines: MemoryStateMachines) -> None:
        self._state_machines = state_machines
        self._records: dict[str, ExecutionRecord] = {}
        self._events: dict[str, list[HistoryEvent]] = {}

    def start(self, record: ExecutionRecord) -> None:
        self._records[record.arn] = record
        self._events[record.arn] = []

    def finish(self, record: ExecutionRecord) -> None:
        self._records[record.arn] = replace(
            self._records[record.arn],
            status=record.status,
            output=record.output,
            failure=record.failure,
            stopped_at=record.stopped_at,
            redrive_count=record.redrive_count,
            redriven_at=record.redriven_at,
            awaited=record.awaited,
        )

    def forget(self, arn: str) -> None:
        self._records.pop(arn, None)
        self._events.pop(arn, None)

    def stopped_before(self, moment: datetime, limit: int) -> list[str]:
        old = (arn for arn, record in self._records.items() if record.stopped_at and record.stopped_at < moment)
        return [arn for arn, _ in zip(old, range(limit), strict=False)]

    def append(self, arn: str, events: Sequence[HistoryEvent]) -> None:
        self._events[arn].extend(events)

    def find(self, arn: str) -> ExecutionRecord | None:
        return self._records.get(arn)

    def page(self, wanted: ExecutionFilter, *, limit: int, after: int | None = None) -> Page[ExecutionRecord]:
        numbered = [
            (number, record)
            for number, record in enumerate(self._records.values(), start=1)
            if (after is None or number < after) and self._matches(record, wanted)
        ]
        numbered.reverse()
        more = len(numbered) > limit
        return Page(items=[record for _, record in numbered[:limit]], next=numbered[limit - 1][0] if more else None)

    def history(self, arn: str, *, limit: int, after: int | None = None, reverse: bool = False) -> Page[Visible]:
        visible: list[Any] = [event for event in self._events.get(arn, ()) if event.ordinal == 0]
        if reverse:
            visible.reverse()
        if after is not None:
            visible = [event for event in visible if (event.id < after if reverse else event.id > after)]
        return Page(items=visible[:limit], next=visible[limit - 1].id if len(visible) > limit else None)

    def events(self, arn: str) -> Iterator[HistoryEvent]:
        return iter(tuple(self._events.get(arn, ())))

    def unfinished(self) -> Sequence[ExecutionRecord]:
        return [record for record in self._records.values() if record.status is Status.RUNNING]

    def of_map_run(self, map_run_arn: str) -> Iterator[ExecutionRecord]:
        return iter([record for record in self._records.values() if record.map_run_arn == map_run_arn])

    def counts(self, map_run_arn: str) -> Mapping[Status, Count]:
        counted: dict[Status, Count] = {}
        for record in self._records.values():
            if record.map_run_arn == map_run_arn:
                count = counted.get(record.status, Count())
                counted[record.status] = Count(executions=count.executions + 1, items=count.items + record.item_count)
        return counted

    def _matches(self, record: ExecutionRecord, wanted: ExecutionFilter) -> bool:
        if wanted.status is not None and record.status is not wanted.status:
            return False
        if wanted.redriven is not None and (record.redrive_count > 0) is not wanted.redriven:
            return False
        if wanted.version_or_alias_arn not in (None, record.version_arn, record.alias_arn):
            return False
        return record.map_run_arn == wanted.map_run_arn and self._is_of_machine(record, wanted)

    def _is_of_machine(self, record: ExecutionRecord, wanted: ExecutionFilter) -> bool:
        if wanted.state_machine_arn is None:
            return True
        state_machine = self._state_machines.find(wanted.state_machine_arn)
        return (
            state_machine is not None
            and record.state_machine_arn == state_machine.arn
            and record.started_at >= state_machine.created_at
        )


class MemoryShelf(Generic[R]):
    def __init__(self) -> None:
        self._numbered: dict[str, tuple[int, R]] = {}
        self._last = 0

    def save(self, record: R) -> None:
        number, _ = self._numbered.get(record.arn, (self._last + 1, record))
        self._last = max(self._last, number)
        self._numbered[record.arn] = number, record

    def delete(self, arn: str) -> None:
        self._numbered.pop(arn, None)

    def delete_of(self, owner: str) -> None:
        for _, record in list(self._numbered.values()):
            if record.owner == owner:
                self.delete(record.arn)

    def find(self, arn: str) -> R | None:
        return self._numbered[arn][1] if arn in self._numbered else None

    def page(self, *, limit: int, owner: str | None = None, after: int | None = None, reverse: bool = False) -> Page[R]:
        found = sorted(
            (
                (number, record)
                for number, record in self._numbered.values()
                if owner in (None, record.owner) and (after is None or (number < after if reverse else number > after))
            ),
            key=lambda numbered: numbered[0],
            reverse=reverse,
        )
        more = len(found) > limit
        return Page(items=[record for _, record in found[:limit]], next=found[limit - 1][0] if more else None)


class MemoryJournal:
    def __init__(self) -> None:
        self._state_machines = MemoryStateMachines()
        self._executions = MemoryExecutions(self._state_machines)
        self.activities: MemoryShelf[ActivityRecord] = MemoryShelf()
        self.map_runs: MemoryShelf[MapRunRecord] = MemoryShelf()
        self.versions: MemoryShelf[VersionRecord] = MemoryShelf()
        self.aliases: MemoryShelf[AliasRecord] = MemoryShelf()
        self.tags: MemoryShelf[TagsRecord] = MemoryShelf()
        self._shelves: dict[type[Record], MemoryShelf[Any]] = {
            ActivityRecord: self.activities,
            MapRunRecord: self.map_runs,
            VersionRecord: self.versions,
            AliasRecord: self.aliases,
            TagsRecord: self.tags,
        }

    @property
    def state_machines(self) -> MemoryStateMachines:
        return self._state_machines

    @property
    def executions(self) -> MemoryExecutions:
        return self._executions

    async def commit(self, writes: Sequence[Write]) -> None:
        for write in writes:
            self._write(write)

    def close(self) -> None:
        """There is nothing to close; what is in memory can still be read."""

    def _write(self, write: Write) -> None:
        match write:
            case SaveStateMachine(record):
                self._state_machines.save(record)
            case DeleteStateMachine(arn):
                self._state_machines.delete(arn)
            case StartExecution(execution):
                self._executions.start(execution)
            case AppendEvents(arn, events):
                self._executions.append(arn, events)
            case FinishExecution(execution):
                self._executions.finish(execution)
            case ForgetExecution() | Prune():
                self._remove(write)
            case SaveRecord() | DeleteRecord():
                self._write_record(write)
            case _:
                assert_never(write)

    def _remove(self, write: Removal) -> None:
        match write:
            case ForgetExecution(arn):
                self._forget(arn)
            case Prune(moment, limit):
                for arn in self._executions.stopped_before(moment, limit):
                    self._forget(arn)

    def _write_record(self, write: RecordWrite) -> None:
        match write:
            case SaveRecord(kept):
                self._shelves[type(kept)].save(kept)
            case DeleteRecord(kind, arn):
                self._shelves[kind].delete(arn)

    def _forget(self, arn: str) -> None:
        self._executions.forget(arn)
        self.map_runs.delete_of(arn)
