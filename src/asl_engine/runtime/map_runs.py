"""Map runs as they are shown: records made of the events of the execution they belong to."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.integrations.port import ChildResult
from asl_engine.interpreter.commands import StartChild
from asl_engine.interpreter.map_runs import DISTRIBUTED_CONCURRENCY
from asl_engine.journal.port import ExecutionRecord, Journal, Status
from asl_engine.journal.records import MapRunRecord

_ENDS = {m.MapRunSucceeded: Status.SUCCEEDED, m.MapRunFailed: Status.FAILED, m.MapRunAborted: Status.ABORTED}


class Ledger:
    """The map runs of one execution; `changed` are those whose records are to be saved."""

    def __init__(self, execution: ExecutionRecord) -> None:
        self._execution = execution
        self._lengths: dict[int, int] = {}
        self._current: dict[int, MapRunRecord] = {}
        self.changed: dict[str, MapRunRecord] = {}

    def note(self, events: Iterable[e.HistoryEvent]) -> None:
        for event in events:
            match event:
                case e.MapStateStarted():
                    self._lengths[event.frame] = event.length
                case m.MapRunStarted():
                    self._begin(event)
                case m.ItemsRead() | m.BatchesMade() | m.MapRunUpdated() | m.MapRunRedriven():
                    self._save(event.frame, _changed(self._current[event.frame], event))
                case m.MapRunSucceeded() | m.MapRunFailed() | m.MapRunAborted():
                    self._end(event.frame, _ENDS[type(event)], event.timestamp)
                case e.ExecutionFailed() | e.ExecutionAborted() | e.ExecutionTimedOut():
                    for frame in self._current:
                        self._end(frame, Status.ABORTED, event.timestamp)
                case _:
                    pass

    def _begin(self, event: m.MapRunStarted) -> None:
        length = self._lengths.pop(event.frame)
        record = MapRunRecord(
            arn=event.map_run_arn,
            execution_arn=self._execution.arn,
            state_machine_arn=self._execution.state_machine_arn.partition("/")[0],
            started_at=event.timestamp,
            max_concurrency=event.concurrency % DISTRIBUTED_CONCURRENCY,  # AWS shows no limit as 0
            tolerated_failure_count=event.tolerated_count,
            tolerated_failure_percentage=event.tolerated_percentage,
            item_count=length,
            child_count=length,
        )
        self._save(event.frame, record)

    def _end(self, frame: int, status: Status, stopped_at: datetime) -> None:
        record = self._current[frame]
        if record.status == Status.RUNNING:
            self._save(frame, replace(record, status=status.value, stopped_at=stopped_at))

    def _save(self, frame: int, record: MapRunRecord) -> None:
        self._current[frame] = self.changed[record.arn] = record


def _changed(
    record: MapRunRecord,
    event: m.ItemsRead | m.BatchesMade | m.MapRunUpdated | m.MapRunRedriven,
) -> MapRunRecord:
    match event:
        case m.ItemsRead():
            count = _length(event.items.value)
            return replace(record, item_count=count, child_count=count)
        case m.BatchesMade():
            return replace(record, child_count=_length(event.sizes.value))
        case m.MapRunUpdated():
            return replace(
                record,
                max_concurrency=event.concurrency % DISTRIBUTED_CONCURRENCY,
                tolerated_failure_count=event.tolerated_count,
                tolerated_failure_percentage=event.tolerated_percentage,
            )
        case m.MapRunRedriven():
            return replace(
                record,
                status=Status.RUNNING.value,
                stopped_at=None,
                redrive_count=event.redrive_count,
                redriven_at=event.timestamp,
            )


def _length(value: object) -> int:
    assert isinstance(value, list)
    return len(value)


def child_record(parent: ExecutionRecord, command: StartChild, now: datetime) -> ExecutionRecord:
    """The execution that a map run gives some of its items."""
    machine_arn = f"{parent.state_machine_arn.partition('/')[0]}/{command.label}"
    return ExecutionRecord(
        arn=child_arn(parent, command),
        name=command.name,
        state_machine_arn=machine_arn,
        revision_id=parent.revision_id,
        input=command.input.text,
        started_at=now,
        type=command.type,
        test_case=parent.test_case,
        map_run_arn=command.map_run_arn,
        item_count=command.item_count,
        definition_path=(*parent.definition_path, *command.definition_path),
    )


def child_arn(parent: ExecutionRecord, command: StartChild) -> str:
    machine = parent.state_machine_arn.partition("/")[0]
    kind = "express" if command.type == "EXPRESS" else "execution"
    arn = f"{machine.replace(':stateMachine:', f':{kind}:')}/{command.label}:{command.name}"
    return f"{arn}:{command.name}" if command.type == "EXPRESS" else arn


def results_of(journal: Journal, map_run_arn: str) -> Iterator[ChildResult]:
    """What the children of a map run came to, in the order in which they were started."""
    for record in journal.executions.of_map_run(map_run_arn):
        if record.stopped_at is not None:
            yield ChildResult(
                execution_arn=record.arn,
                state_machine_arn=record.state_machine_arn,
                name=record.name,
                status=record.status.value,
                input=record.input,
                started_at=record.started_at,
                stopped_at=record.stopped_at,
                output=record.output,
                failure=record.failure,
                redrive_count=record.redrive_count,
            )
