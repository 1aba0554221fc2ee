"""The logs of a workspace, found by run and state and told to people."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sbir_etl import metrics
from sbir_etl.cli.invocations import figures, of_run, told

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def line(message: str, *, run: str = "run-1", state: str = "ValidateDataset", **members: Any) -> dict[str, Any]:
    return {
        "timestamp": "2026-11-23T09:00:01Z",
        "level": "INFO",
        "message": message,
        "logger": "sbir_etl.lambdas",
        "run": run,
        "state": state,
        "attempt": 0,
        **members,
    }


def published(step: str, seconds: float, **result: Any) -> dict[str, Any]:
    return metrics.document(step, result, seconds=seconds, at=AT)


def keep(logs: Path, name: str, *lines: dict[str, Any] | str, at: float = 0.0) -> None:
    path = logs / "sbir-etl-validate-dataset" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = [each if isinstance(each, str) else json.dumps(each) for each in lines]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    os.utime(path, (at, at))


def test_a_runs_invocations_are_found_in_the_order_in_which_they_ended(tmp_path: Path) -> None:
    keep(tmp_path, "later", line("step started", attempt=1), at=20)
    keep(tmp_path, "earlier", "START RequestId: 1", line("step started"), at=10)
    keep(tmp_path, "another run", line("step started", run="run-10"))
    keep(tmp_path, "only mentions it", line("refresh failed", run="run-2", cause="as run-1 did"))
    assert [(each.request_id, each.attempt) for each in of_run(tmp_path, "run-1")] == [("earlier", 0), ("later", 1)]
    assert of_run(tmp_path, "run-1", "LoadNeo4j") == []


def test_the_log_of_a_function_that_was_killed_is_found_by_its_first_line(tmp_path: Path) -> None:
    keep(tmp_path, "killed", "START RequestId: 1", line("step started"), "Task timed out after 890.00 seconds")
    (found,) = of_run(tmp_path, "run-1", "ValidateDataset")
    assert "Task timed out" in told(found).plain


def test_figures_are_those_of_the_last_attempt_that_published_them(tmp_path: Path) -> None:
    first = published("validate_dataset", 3, rows=10, rejected=1, pass_rate=0.9)
    second = published("validate_dataset", 2, rows=10, rejected=2, pass_rate=0.8)
    keep(tmp_path, "first", line("step finished", **first), at=1)
    keep(tmp_path, "second", line("step finished", **second), at=2)
    keep(tmp_path, "download", line("step finished", **published("download_csv", 4)), at=3)
    assert figures(of_run(tmp_path, "run-1")) == {
        "rows": 10,
        "rejected": 2,
        "pass_rate": 0.8,
        "seconds": {"validate_dataset": 2, "download_csv": 4},
    }


def test_a_log_is_told_in_short_lines_without_what_is_alike_in_all_of_them(tmp_path: Path) -> None:
    finished = line("step finished", attempt=2, **published("validate_dataset", 1.5, rows=219500))
    failed = {
        "timestamp": "2026-11-23T09:00:02Z",
        "level": "ERROR",
        "errorType": "GateFailed",
        "errorMessage": "pass rate 0.8",
        "stackTrace": ["  File a, line 1"],
    }
    keep(tmp_path, "id", "START", finished, failed, "[1]")
    (found,) = of_run(tmp_path, "run-1")
    assert told(found).plain.splitlines() == [
        "ValidateDataset, retry 2  sbir-etl-validate-dataset id",
        "START",
        "09:00:01 INFO    step finished  seconds 1.5  rows 219,500",
        "09:00:02 ERROR   GateFailed: pass rate 0.8",
        "  File a, line 1",
        "[1]",
    ]


def test_an_invocation_is_a_document_for_machines(tmp_path: Path) -> None:
    keep(tmp_path, "id", "START", line("step started"))
    (found,) = of_run(tmp_path, "run-1")
    document = json.loads(json.dumps(found.document()))
    assert (document["state"], document["written_at"]) == ("ValidateDataset", "1970-01-01T00:00:00+00:00")
    assert document["lines"] == ["START", line("step started")]
