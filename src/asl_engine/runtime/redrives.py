"""Which executions may be redriven, and why others may not, in AWS's words."""

from datetime import datetime, timedelta
from typing import Final

from asl_engine.interpreter.turn import EVENT_LIMIT
from asl_engine.journal.port import ExecutionRecord, Journal, Status

REDRIVABLE_FOR: Final = timedelta(days=14)
MOST_REDRIVES: Final = 1000
_NEVER: Final = frozenset({Status.RUNNING, Status.SUCCEEDED})


def refusal(record: ExecutionRecord, now: datetime) -> str | None:
    """The `redriveStatusReason`; None when the execution may be redriven."""
    if record.status in _NEVER:
        return f"Execution is {record.status.value} and cannot be redriven"
    if record.stopped_at is not None and now - record.stopped_at > REDRIVABLE_FOR:
        return "Execution redrivable period exceeded"
    if record.redrive_count >= MOST_REDRIVES:
        return "Execution redrive limit exceeded"
    return None


def is_full(journal: Journal, arn: str) -> bool:
    """Whether its history leaves no room for another try."""
    last = journal.executions.history(arn, limit=1, reverse=True).items
    return bool(last) and last[0].id >= EVENT_LIMIT - 1
