"""A journal that ends with its process: for tests, and for an engine that is to leave nothing behind."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, assert_never

from asl_engine.history.events import HistoryEvent, Visible
from asl_engine.journal.port import (
    AppendEvents,
    DeleteStateMachine,
    ExecutionFilter,
    ExecutionRecord,
    FinishExecution,
    Page,
    SaveStateMachine,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)


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
        )

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

    def _matches(self, record: ExecutionRecord, wanted: ExecutionFilter) -> bool:
        if wanted.status is not None and record.status is not wanted.status:
            return False
        if wanted.state_machine_arn is None:
            return True
        state_machine = self._state_machines.find(wanted.state_machine_arn)
        return (
            state_machine is not None
            and record.state_machine_arn == state_machine.arn
            and record.started_at >= state_machine.created_at
        )


class MemoryJournal:
    def __init__(self) -> None:
        self._state_machines = MemoryStateMachines()
        self._executions = MemoryExecutions(self._state_machines)

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
            case _:
                assert_never(write)
