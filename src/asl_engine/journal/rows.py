"""Records as rows of the journal's tables and back."""

import json
import sqlite3

from asl_engine.history.codec import microseconds, moment_of
from asl_engine.history.documents import storable
from asl_engine.journal.large_texts import LargeTexts
from asl_engine.journal.port import ExecutionRecord, StateMachineRecord, Status
from asl_engine.language.values import Failure


def state_machine_values(record: StateMachineRecord) -> dict[str, str | int]:
    return {
        "arn": record.arn,
        "revision_id": record.revision_id,
        "name": record.name,
        "type": record.type,
        "definition": storable(record.definition),
        "role_arn": record.role_arn,
        "settings": json.dumps(dict(record.settings)),
        "created_at": microseconds(record.created_at),
        "updated_at": microseconds(record.updated_at),
    }


def state_machine_record(row: sqlite3.Row) -> StateMachineRecord:
    return StateMachineRecord(
        arn=row["arn"],
        revision_id=row["revision_id"],
        name=row["name"],
        type=row["type"],
        definition=row["definition"],
        role_arn=row["role_arn"],
        settings=json.loads(row["settings"]),
        created_at=moment_of(row["created_at"]),
        updated_at=moment_of(row["updated_at"]),
    )


def execution_values(record: ExecutionRecord, texts: LargeTexts) -> dict[str, str | bytes | int | None]:
    failure = record.failure or Failure(None)
    given, returned = texts.place(storable(record.input)), texts.place(record.output)
    return {
        "arn": record.arn,
        "name": record.name,
        "state_machine_arn": record.state_machine_arn,
        "revision_id": record.revision_id,
        "input": given.text or "",
        "input_digest": given.digest,
        "started_at": microseconds(record.started_at),
        "status": record.status.value,
        "output": returned.text,
        "output_digest": returned.digest,
        "error": _plain(failure.error),
        "cause": _plain(failure.cause),
        "failed": record.failure is not None,
        "stopped_at": None if record.stopped_at is None else microseconds(record.stopped_at),
        "trace_header": record.trace_header,
        "type": record.type,
        "redrive_count": record.redrive_count,
        "redriven_at": None if record.redriven_at is None else microseconds(record.redriven_at),
        "version_arn": record.version_arn,
        "alias_arn": record.alias_arn,
        "map_run_arn": record.map_run_arn,
        "item_count": record.item_count,
        "definition_path": json.dumps(record.definition_path),
        "started_by": record.started_by,
        "awaited": record.awaited,
        "test_case": record.test_case,
    }


def execution_record(row: sqlite3.Row) -> ExecutionRecord:
    return ExecutionRecord(
        arn=row["arn"],
        name=row["name"],
        state_machine_arn=row["state_machine_arn"],
        revision_id=row["revision_id"],
        input=row["large_input"] or row["input"],
        started_at=moment_of(row["started_at"]),
        status=Status(row["status"]),
        output=row["large_output"] or row["output"],
        failure=Failure(row["error"], row["cause"]) if row["failed"] else None,
        stopped_at=None if row["stopped_at"] is None else moment_of(row["stopped_at"]),
        trace_header=row["trace_header"],
        type=row["type"],
        redrive_count=row["redrive_count"],
        redriven_at=None if row["redriven_at"] is None else moment_of(row["redriven_at"]),
        version_arn=row["version_arn"],
        alias_arn=row["alias_arn"],
        map_run_arn=row["map_run_arn"],
        item_count=row["item_count"],
        definition_path=tuple(json.loads(row["definition_path"])),
        started_by=row["started_by"],
        awaited=bool(row["awaited"]),
        test_case=row["test_case"],
    )


def _plain(text: str | None) -> str | None:
    """Half a surrogate pair cannot be stored; in a text for people a question mark stands for it."""
    return None if text is None else text.encode(errors="replace").decode()
