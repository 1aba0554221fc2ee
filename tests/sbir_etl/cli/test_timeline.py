"""Histories as a person follows them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sbir_etl.cli.timeline import lines, message_of, trouble

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def history(*rows: tuple[str, int, dict[str, Any]]) -> list[dict[str, Any]]:
    """Events a second apart; a row is type, previousEventId, details."""
    return [
        {
            "id": number,
            "type": kind,
            "previousEventId": previous,
            "timestamp": START + timedelta(seconds=number),
            **details,
        }
        for number, (kind, previous, details) in enumerate(rows, 1)
    ]


def entered(name: str) -> dict[str, Any]:
    return {"stateEnteredEventDetails": {"name": name, "input": "{}"}}


def exited(name: str) -> dict[str, Any]:
    return {"stateExitedEventDetails": {"name": name, "output": "{}"}}


def succeeded(payload: dict[str, Any]) -> dict[str, Any]:
    return {"taskSucceededEventDetails": {"output": json.dumps({"Payload": payload, "StatusCode": 200})}}


def failed(error: str, cause: str) -> dict[str, Any]:
    return {"taskFailedEventDetails": {"error": error, "cause": cause}}


def test_a_task_reports_its_time_and_what_its_function_returned() -> None:
    (line,) = lines(
        history(
            ("ExecutionStarted", 0, {}),
            ("TaskStateEntered", 0, entered("DownloadCSV")),
            ("TaskScheduled", 2, {}),
            ("TaskStarted", 3, {}),
            ("TaskSucceeded", 4, succeeded({"rows": 805})),
            ("TaskStateExited", 5, exited("DownloadCSV")),
        )
    )
    assert (line.state, line.kind, line.report, line.failed) == ("DownloadCSV", "Task", {"rows": 805}, False)
    assert line.seconds(START) == 4


def test_a_retried_task_counts_its_retries_and_ends_well() -> None:
    (line,) = lines(
        history(
            ("TaskStateEntered", 0, entered("DownloadCSV")),
            ("TaskScheduled", 1, {}),
            ("TaskFailed", 2, failed("SourceUnavailable", '{"errorMessage": "timed out"}')),
            ("TaskScheduled", 3, {}),
            ("TaskSucceeded", 4, succeeded({})),
            ("TaskStateExited", 5, exited("DownloadCSV")),
        )
    )
    assert (line.retries, line.failed) == (1, False)
    assert line.trouble == "SourceUnavailable: timed out"


def test_a_failed_task_shows_the_sentence_of_its_cause() -> None:
    first, last = lines(
        history(
            ("TaskStateEntered", 0, entered("ValidateDataset")),
            ("TaskScheduled", 1, {}),
            ("TaskFailed", 2, failed("GateFailed", '{"errorMessage": "pass rate 0.8, wanted 0.95"}')),
            ("TaskStateExited", 3, exited("ValidateDataset")),
            ("FailStateEntered", 4, entered("RefreshFailed")),
        )
    )
    assert first.failed
    assert first.trouble == "GateFailed: pass rate 0.8, wanted 0.95"
    assert (last.state, last.failed, last.ended_at) == ("RefreshFailed", True, START + timedelta(seconds=5))


def test_parallel_branches_stay_apart() -> None:
    _, validate, profile = lines(
        history(
            ("ParallelStateEntered", 0, entered("ProcessPipeline")),
            ("ParallelStateStarted", 1, {}),
            ("TaskStateEntered", 2, entered("ValidateDataset")),
            ("TaskStateEntered", 2, entered("ProfileInputs")),
            ("TaskScheduled", 4, {}),
            ("TaskScheduled", 3, {}),
            ("TaskSucceeded", 5, succeeded({"columns": 42})),
            ("TaskSucceeded", 6, succeeded({"rows": 7})),
        )
    )
    assert validate.report == {"rows": 7}
    assert profile.report == {"columns": 42}
    assert profile.seconds(START + timedelta(seconds=10)) == 6


def test_an_output_without_a_payload_reports_nothing() -> None:
    (line,) = lines(
        history(
            ("TaskStateEntered", 0, entered("Other")),
            ("TaskSucceeded", 1, {"taskSucceededEventDetails": {"output": "[1]"}}),
            ("SomethingNew", 99, {}),
        )
    )
    assert line.report == {}


def test_causes_that_are_not_lambdas_are_shown_as_they_are() -> None:
    assert message_of("plain words") == "plain words"
    assert message_of("[1]") == "[1]"
    assert message_of('{"other": 1}') == '{"other": 1}'
    assert trouble("States.Timeout", None) == "States.Timeout"
    assert trouble(None, None) is None
