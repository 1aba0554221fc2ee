"""An execution as a state machine sees it: DescribeExecution's answer with names and times as the SDK writes them."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from asl_engine.journal.port import ExecutionRecord
from asl_engine.language.values import JSON, Failure
from asl_engine.runtime.redrives import refusal


def describe(record: ExecutionRecord, now: datetime, *, parsed: bool) -> dict[str, JSON]:
    """`parsed` gives input and output as JSON instead of texts, as `.sync:2` does."""
    read: Callable[[str], JSON] = json.loads if parsed else str
    failure = record.failure or Failure(None)
    reason = refusal(record, now)
    described: Mapping[str, JSON] = {
        "Cause": failure.cause,
        "Error": failure.error,
        "ExecutionArn": record.arn,
        "Input": read(record.input),
        "InputDetails": {"Included": True},
        "Name": record.name,
        "Output": None if record.output is None else read(record.output),
        "OutputDetails": None if record.output is None else {"Included": True},
        "RedriveCount": record.redrive_count,
        "RedriveStatus": "REDRIVABLE" if reason is None else "NOT_REDRIVABLE",
        "RedriveStatusReason": reason,
        "StartDate": milliseconds(record.started_at),
        "StateMachineArn": record.state_machine_arn,
        "Status": record.status.value,
        "StopDate": None if record.stopped_at is None else milliseconds(record.stopped_at),
    }
    return {name: value for name, value in described.items() if value is not None}


def milliseconds(moment: datetime) -> int:
    """Since 1970."""
    return round(moment.timestamp() * 1000)
