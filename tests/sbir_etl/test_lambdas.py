"""The table of functions, and how a payload becomes a step's call."""

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import lambdas
from sbir_etl.errors import InvalidInput
from sbir_etl.settings import Settings

DEFINITION = Path(__file__).parents[2] / "infrastructure/step-functions/weekly-refresh-state-machine.json"
EXECUTION = {
    "id": "arn:aws:states:us-east-2:123456789012:execution:sbir-etl-weekly-refresh:run-1",
    "name": "run-1",
    "started_at": "2026-11-23T09:00:00.000Z",
    "state": "ErrorHandler",
    "attempt": 0,
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(storage_url=str(tmp_path / "storage"), scratch=tmp_path / "scratch", local_sources=True)


def failure(**payload: Any) -> dict[str, Any]:
    return {
        "execution": EXECUTION,
        "input": {},
        "failed_state": "ValidateDataset",
        "failed_attempt": 0,
        "error": {"Error": "GateFailed", "Cause": '{"errorMessage": "pass rate 0.8", "errorType": "GateFailed"}'},
        **payload,
    }


def test_every_function_of_the_definition_is_in_the_table_and_the_other_way_round() -> None:
    named = set(re.findall(r'"FunctionName": "([^"]+)"', DEFINITION.read_text(encoding="utf-8")))
    assert named == {function.name for function in lambdas.FUNCTIONS.values()}


@pytest.mark.parametrize("function", lambdas.FUNCTIONS.values(), ids=lambda function: function.name)
def test_a_handler_can_be_imported_as_the_runtime_does_and_its_step_is_typed(function: lambdas.Function) -> None:
    module, _, attribute = function.handler.rpartition(".")
    assert callable(getattr(importlib.import_module(module), attribute))
    step = getattr(importlib.import_module(f"sbir_etl.steps.{function.step}"), function.step)
    assert len(inspect.signature(step).parameters) == 2
    assert function.timeout_seconds < 900


def test_a_step_gets_typed_values_and_its_result_is_plain_json(settings: Settings) -> None:
    result = lambdas.run("record_error", failure(), settings)
    assert json.loads(json.dumps(result)) == result
    assert (result["error"], result["cause"]) == ("GateFailed", "pass rate 0.8")
    written = json.loads(Path(settings.storage_for("x"), "runs/run-1/error.json").read_text(encoding="utf-8"))
    assert written["state"] == "ValidateDataset"


def test_scratch_is_empty_when_a_step_has_returned(settings: Settings) -> None:
    lambdas.run("record_error", failure(), settings)
    assert list(settings.scratch.iterdir()) == []


def test_the_failure_of_a_wrong_input_is_recorded_all_the_same(settings: Settings) -> None:
    assert lambdas.run("record_error", failure(input={"force_refesh": 1}), settings)["error"] == "GateFailed"


def test_a_failure_names_the_state_it_happened_in(settings: Settings) -> None:
    event = {"execution": {**EXECUTION, "state": "DownloadCSV"}, "input": {"source_url": "/no/such.csv"}}
    with pytest.raises(InvalidInput, match=r"^DownloadCSV: source_url: no file at /no/such\.csv"):
        lambdas.run("download_csv", event, settings)


def test_a_payload_without_what_the_step_needs_is_refused(settings: Settings) -> None:
    with pytest.raises(InvalidInput, match="vintage"):
        lambdas.run("validate_dataset", {"execution": EXECUTION, "input": {}}, settings)


def test_the_handler_reads_its_settings_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("SBIR_ETL_STORAGE", settings.storage_for("x"))
    monkeypatch.setenv("SBIR_ETL_SCRATCH", str(settings.scratch))
    assert lambdas.record_error(failure(error={"Error": "States.Timeout"}), None)["cause"] == (
        "ValidateDataset: no cause was given"
    )


def test_there_is_no_handler_for_a_step_that_does_not_exist() -> None:
    with pytest.raises(AttributeError, match="no_such_step"):
        lambdas.no_such_step  # noqa: B018 - asking is the test
