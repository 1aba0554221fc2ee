"""What the functions log, as AWS's own runtime client writes it."""

import io
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from awslambdaric.lambda_runtime_log_utils import JsonFormatter
from botocore.exceptions import NoRegionError

from sbir_etl import lambdas, logs
from sbir_etl.errors import GateFailed
from sbir_etl.metrics import published

ABOUT = {"execution": "arn:aws:states:::execution:refresh:run-1", "run": "run-1", "state": "ErrorHandler", "attempt": 2}
EXECUTION = {
    "id": ABOUT["execution"],
    "name": "run-1",
    "started_at": "2026-11-23T09:00:00Z",
    "state": "ErrorHandler",
    "attempt": 2,
}
FAILURE = {"failed_state": "ValidateDataset", "failed_attempt": 3, "error": {"Error": "GateFailed", "Cause": "0.8"}}

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Lines]:
    """What was logged since, through the handler that the runtime client installs before it asks for ours."""
    monkeypatch.setenv("SBIR_ETL_STORAGE", str(tmp_path / "storage"))
    monkeypatch.setenv("SBIR_ETL_SCRATCH", str(tmp_path / "scratch"))
    root, ours = logging.getLogger(), logging.getLogger("sbir_etl")
    before = (root.level, ours.level)
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.terminator = ""
    handler.setFormatter(JsonFormatter())
    root.addHandler(handler)
    yield lambda: [json.loads(line) for line in output.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(before[0])
    ours.setLevel(before[1])


def test_every_line_of_a_handler_has_the_execution_the_run_the_state_and_the_attempt(lines: Lines) -> None:
    lambdas.record_error({"execution": EXECUTION, "input": {}, **FAILURE}, None)
    logged = lines()
    assert [each["message"] for each in logged] == ["step started", "refresh failed", "step finished"]
    for line in logged:
        assert {name: line[name] for name in ABOUT} == ABOUT
        assert line["step"] == "record_error"


def test_the_last_line_of_a_step_publishes_its_metrics(lines: Lines) -> None:
    lambdas.record_error({"execution": EXECUTION, "input": {}, **FAILURE}, None)
    (directive,) = lines()[-1]["_aws"]["CloudWatchMetrics"]
    assert (directive["Namespace"], directive["Dimensions"]) == ("sbir-etl", [["step"]])
    assert 0 <= lines()[-1]["seconds"] < 60


def test_a_failed_refresh_is_logged_with_what_failed(lines: Lines) -> None:
    lambdas.record_error({"execution": EXECUTION, "input": {}, **FAILURE}, None)
    (line,) = (each for each in lines() if each["message"] == "refresh failed")
    told = {name: line[name] for name in ("failed_state", "failed_attempt", "error_type", "error_message")}
    assert told == {
        "failed_state": "ValidateDataset",
        "failed_attempt": 3,
        "error_type": "GateFailed",
        "error_message": "0.8",
    }


def test_a_failed_step_logs_its_error_once_with_type_message_and_attempt(lines: Lines) -> None:
    event = {"execution": {**EXECUTION, "state": "DownloadCSV"}, "input": {"source_url": "ftp://example.gov/a.csv"}}
    with pytest.raises(Exception, match="DownloadCSV"):
        lambdas.download_csv(event, None)
    (line,) = (each for each in lines() if each["level"] == "ERROR")
    assert (line["message"], line["error_type"], line["attempt"]) == ("step failed", "InvalidInput", 2)
    assert line["error_message"].startswith("DownloadCSV: source_url: got 'ftp://")
    assert "stackTrace" not in line
    assert [each.name for each in published(line)] == ["seconds", "failed"]


def test_what_no_step_expects_is_logged_as_the_error_that_it_is(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SBIR_ETL_SNS_TOPIC_ARN", "arn:aws:sns:us-east-2:123456789012:alerts")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(NoRegionError):
        lambdas.record_error({"execution": EXECUTION, "input": {}, **FAILURE}, None)
    assert (lines()[-1]["message"], lines()[-1]["error_type"]) == ("step failed", "NoRegionError")


def test_libraries_are_heard_from_warning_on_and_their_lines_say_where_they_belong(lines: Lines) -> None:
    logs.set_up()
    with logs.about(ABOUT):
        logging.getLogger("httpx").info("HTTP Request: GET https://example.gov/a.csv?X-Amz-Signature=abc")
        logging.getLogger("stamina").warning("retry scheduled")
    logging.getLogger("stamina").warning("outside")
    first, second = lines()
    assert (first["message"], first["run"]) == ("retry scheduled", "run-1")
    assert "run" not in second


def test_what_a_line_says_itself_counts_before_what_it_belongs_to(lines: Lines) -> None:
    logs.set_up()
    with logs.about(ABOUT):
        logging.getLogger("sbir_etl").info("told", extra={"state": "another"})
    assert lines()[0]["state"] == "another"


def test_what_is_told_of_an_execution_ends_with_its_failure(lines: Lines) -> None:
    logs.set_up()
    with pytest.raises(GateFailed), logs.about(ABOUT):
        raise GateFailed
    logging.getLogger("sbir_etl").warning("later")
    assert "run" not in lines()[0]
