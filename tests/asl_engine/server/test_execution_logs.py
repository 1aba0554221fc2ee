"""Execution logs, line by line."""

import asyncio
import json
import logging
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import ExecutionRecord, SaveStateMachine, StartExecution, StateMachineRecord
from asl_engine.language.values import Failure
from asl_engine.server.execution_logs import ExecutionLogs

NOW = datetime(2026, 1, 5, 6, 0, 0, 123_000, tzinfo=UTC)
ARN = "arn:aws:states:eu-west-1:123456789012"
DATA = Document(text='{"a":1}')
MACHINE = StateMachineRecord(
    arn=f"{ARN}:stateMachine:m",
    name="m",
    type="STANDARD",
    definition="{}",
    role_arn="role",
    revision_id="r",
    created_at=NOW,
    updated_at=NOW,
)
EXECUTION = ExecutionRecord(
    arn=f"{ARN}:execution:m:x",
    name="x",
    state_machine_arn=MACHINE.arn,
    revision_id="r",
    input="{}",
    started_at=NOW,
)


def header(number: int) -> dict[str, Any]:
    return {"id": number, "previous_event_id": number - 1, "timestamp": NOW}


HAPPENED: list[e.HistoryEvent] = [
    e.ExecutionStarted(**header(1), input=DATA, role_arn="role"),
    e.StateEntered(**header(2), state_type="Task", name="Try", input=DATA),
    e.TimerFired(**header(2), ordinal=1),
    e.MapStateFailed(**header(3), failure=Failure("E")),
    e.StateEntered(**header(4), state_type="Fail", name="Give up", input=DATA),
    e.ExecutionFailed(**header(5), failure=Failure("E", "C")),
]


def logged(
    folder: Path,
    execution: ExecutionRecord | None = EXECUTION,
    arn: str = EXECUTION.arn,
    happened: Iterable[e.HistoryEvent] = HAPPENED,
    **setting: Any,
) -> list[Any]:
    """The lines of an execution of a state machine that is logged so."""
    journal = MemoryJournal()
    machine = replace(MACHINE, settings={"logging_configuration": setting})
    started = [StartExecution(execution)] if execution else []
    asyncio.run(journal.commit([SaveStateMachine(machine), *started]))
    logs = ExecutionLogs(folder, journal)
    for event in happened:
        logs.write(arn, [event])
    path = folder / "123456789012" / "eu-west-1" / "m.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def types(lines: Iterable[Any]) -> list[str]:
    return [line["type"] for line in lines]


def test_a_line_is_what_cloudwatch_would_get(tmp_path: Path) -> None:
    first, *_ = logged(tmp_path, level="ALL", include_execution_data=True)
    assert first == {
        "id": "1",
        "type": "ExecutionStarted",
        "details": {"input": '{"a":1}', "inputDetails": {"truncated": False}, "roleArn": "role"},
        "previous_event_id": "0",
        "event_timestamp": "1767592800123",
        "execution_arn": EXECUTION.arn,
        "redrive_count": "0",
    }


def test_data_is_logged_only_when_it_is_wanted(tmp_path: Path) -> None:
    lines = logged(tmp_path, level="ALL", include_execution_data=False)
    assert [line["details"] for line in lines[:3]] == [{"roleArn": "role"}, {"name": "Try"}, {}]


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        ("ALL", ["ExecutionStarted", "TaskStateEntered", "MapStateFailed", "FailStateEntered", "ExecutionFailed"]),
        ("ERROR", ["MapStateFailed", "FailStateEntered", "ExecutionFailed"]),
        ("FATAL", ["ExecutionFailed"]),
        ("OFF", []),
    ],
)
def test_the_level_says_what_is_logged(tmp_path: Path, level: str, wanted: list[str]) -> None:
    assert types(logged(tmp_path, level=level)) == wanted


def test_of_an_express_execution_only_the_name_is_known(tmp_path: Path) -> None:
    lines = logged(tmp_path, None, f"{ARN}:express:m:x:1", level="FATAL")
    assert types(lines) == ["ExecutionFailed"]
    assert logged(tmp_path / "other", None, f"{ARN}:express:unknown:x:1", level="ALL") == []


def test_the_executions_of_a_map_run_say_which(tmp_path: Path) -> None:
    child = replace(EXECUTION, state_machine_arn=f"{MACHINE.arn}/Each", map_run_arn="run", redrive_count=2)
    (line,) = logged(tmp_path, child, level="FATAL")
    assert (line["map_run_arn"], line["redrive_count"]) == ("run", "2")


def test_a_redrive_counts(tmp_path: Path) -> None:
    happened = [*HAPPENED, e.ExecutionRedriven(**header(6), redrive_count=1)]
    assert logged(tmp_path, happened=happened, level="ALL")[-1]["redrive_count"] == "1"


def test_a_log_that_cannot_be_written_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "123456789012").write_text("in the way")
    with caplog.at_level(logging.ERROR):
        assert logged(tmp_path, level="FATAL") == []
    assert "execution log not written" in caplog.text
