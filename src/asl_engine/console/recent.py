"""What changed among the latest executions of a journal that another process writes."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from asl_engine.journal.port import ExecutionFilter, ExecutionRecord, Executions, Status

_WATCHED: Final = 100
"""How many of the newest are looked at, besides those that were running."""

_Standing: TypeAlias = tuple[Status, int]


class Recent:
    """Compares what it sees with what it saw last."""

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._seen: dict[str, _Standing] = {}
        self.changed()

    def changed(self) -> list[ExecutionRecord]:
        """The executions that started, ended or were redriven since the last call; oldest first."""
        found = {record.arn: record for record in self._watched()}
        before, self._seen = self._seen, {arn: _standing(record) for arn, record in found.items()}
        return [record for arn, record in reversed(found.items()) if before.get(arn) != self._seen[arn]]

    def _watched(self) -> Iterator[ExecutionRecord]:
        yield from self._executions.page(ExecutionFilter(), limit=_WATCHED).items
        for arn, (status, _) in list(self._seen.items()):
            if status is Status.RUNNING and (record := self._executions.find(arn)) is not None:
                yield record


def _standing(record: ExecutionRecord) -> _Standing:
    return record.status, record.redrive_count
