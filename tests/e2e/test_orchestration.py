"""The real definition, run to its ends with stub functions: every path through it, in milliseconds."""

from typing import Any

import pytest

from sbir_etl import errors, lambdas
from tests.refreshes import Function, StateMachine, cause_of

RESULTS: dict[str, dict[str, Any]] = {
    "download_csv": {"changed": True, "reason": "nothing is live yet", "vintage": "ab" * 32, "live_run_id": None},
    "validate_dataset": {"rows": 5, "accepted": 4, "duplicates": 1, "rejected": 0, "pass_rate": 1.0},
    "profile_inputs": {"rows": 5, "columns": 42, "drifted": 0},
    "ingestion_checks": {"checks": 6, "added": 4, "changed": 0, "cosmetic": 0, "removed": 0},
    "enrichment_checks": {"companies": 3, "catalogue_rows": 2, "match_rate": 0.5},
    "reset_neo4j": {"removed": {"nodes removed": 9}, "reason": "9 nodes removed"},
    "load_neo4j": {"graph": "graph/run-1.lbug", "nodes": 9, "relationships": 8},
    "smoke_checks": {"checks": 20, "live": "run-1"},
    "create_pr": {
        "pr_url": "file:///pull.html",
        "report": "report.html",
        "vintage": "ab" * 32,
        "rows": 5,
        "accepted": 4,
        "duplicates": 1,
        "rejected": 0,
        "changes": {"added": 4},
        "match_rate": 0.5,
        "nodes": 9,
        "relationships": 8,
    },
}
WHOLE_WAY = (
    "DownloadCSV",
    "CheckChanges",
    "ProcessPipeline",
    "ValidateDataset",
    "ProfileInputs",
    "IngestionChecks",
    "EnrichmentChecks",
    "CheckReset",
    "LoadNeo4j",
    "SmokeChecks",
    "CreatePR",
)


def stubs(**replaced: Function) -> dict[str, Function]:
    """A function for each name of the table that answers with a fixed result."""

    def answer(result: dict[str, Any]) -> Function:
        return lambda _payload: result

    functions = {step: answer(result) for step, result in RESULTS.items()}
    functions["record_error"] = lambda payload: {
        "error": payload["error"]["Error"],
        "cause": f"{payload['failed_state']} #{payload['failed_attempt']}",
    }
    return {lambdas.FUNCTIONS[step].name: function for step, function in (functions | replaced).items()}


def raising(error: Exception) -> Function:
    def fail(_payload: dict[str, Any]) -> dict[str, Any]:
        raise error

    return fail


def test_a_changed_file_goes_the_whole_way_and_ends_in_the_guides_output_format() -> None:
    ended = StateMachine(stubs()).execute({})
    assert ended.status == "SUCCEEDED"
    assert sorted(ended.states) == sorted(WHOLE_WAY)
    assert ended.output["status"] == ended.output["output"]["status"] == "success"
    assert ended.output["execution_arn"].endswith(":execution:sbir-etl-weekly-refresh:run-1")
    assert ended.output["output"]["pr_url"] == "file:///pull.html"
    assert ended.output["output"]["match_rate"] == 0.5


def test_an_unchanged_file_ends_without_changes_in_the_same_format() -> None:
    unchanged = RESULTS["download_csv"] | {"changed": False, "reason": "same SHA-256"}
    ended = StateMachine(stubs(download_csv=lambda _payload: unchanged)).execute({"force_refresh": False})
    assert ended.states == ("DownloadCSV", "CheckChanges", "EndNoChanges")
    assert ended.output["status"] == ended.output["output"]["status"] == "success"
    assert ended.output["output"]["changed"] is False
    assert ended.output["output"]["reason"] == "same SHA-256"


def test_a_forced_refresh_goes_on_with_an_unchanged_file() -> None:
    unchanged = RESULTS["download_csv"] | {"changed": False}
    ended = StateMachine(stubs(download_csv=lambda _payload: unchanged)).execute({"force_refresh": True})
    assert sorted(ended.states) == sorted(WHOLE_WAY)


def test_the_graph_is_reset_only_on_request() -> None:
    ended = StateMachine(stubs()).execute({"reset_graph": True})
    assert "ResetNeo4j" in ended.states
    assert ended.status == "SUCCEEDED"


def test_a_dry_run_of_the_reset_ends_there_and_says_what_it_would_remove() -> None:
    machine = StateMachine(stubs())
    ended = machine.execute({"reset_graph": True, "dry_run": True})
    assert ended.states[-3:] == ("ResetNeo4j", "CheckDryRun", "EndDryRun")
    assert ended.output["status"] == ended.output["output"]["status"] == "success"
    assert ended.output["output"]["would_remove"] == {"nodes removed": 9}
    assert ended.output["output"]["changed"] is False
    assert not {"sbir-etl-load-neo4j", "sbir-etl-smoke-checks", "sbir-etl-create-pr"} & set(machine.functions.calls)


def test_a_download_that_says_nothing_about_changes_fails_instead_of_ending_quietly() -> None:
    ended = StateMachine(stubs(download_csv=lambda _payload: {"reason": "?", "vintage": "x"})).execute({})
    # AWS: States.Runtime, which no catch catches. Loud all the same.
    assert (ended.status, ended.error) == ("FAILED", "States.Runtime")
    assert "$.Payload.changed" in (ended.cause or "")


@pytest.mark.parametrize(
    ("step", "state"),
    [
        ("download_csv", "DownloadCSV"),
        ("validate_dataset", "ProcessPipeline"),
        ("profile_inputs", "ProcessPipeline"),
        ("ingestion_checks", "IngestionChecks"),
        ("enrichment_checks", "EnrichmentChecks"),
        ("reset_neo4j", "ResetNeo4j"),
        ("load_neo4j", "LoadNeo4j"),
        ("smoke_checks", "SmokeChecks"),
    ],
)
def test_a_permanent_error_of_any_step_is_not_retried_and_is_recorded(step: str, state: str) -> None:
    machine = StateMachine(stubs(**{step: raising(errors.GateFailed("bad data"))}))
    ended = machine.execute({"reset_graph": True})
    assert cause_of(ended, error="GateFailed") == f"{state} #0"
    calls, failing = machine.functions.calls, lambdas.FUNCTIONS[step].name
    assert calls.count(failing) == 1
    # Above all nothing that resets, loads or publishes; of two parallel branches the other one may have begun.
    beside = {"sbir-etl-validate-dataset", "sbir-etl-profile-inputs"} if state == "ProcessPipeline" else set()
    assert set(calls[calls.index(failing) + 1 :]) - beside == {"sbir-etl-record-error"}


def test_a_pull_request_that_fails_is_recorded_and_ends_where_a_redrive_goes_on() -> None:
    broken = [errors.InvalidInput("token expired"), errors.InvalidInput("token expired")]

    def create(_payload: dict[str, Any]) -> dict[str, Any]:
        if broken:
            raise broken.pop()
        return RESULTS["create_pr"]

    machine = StateMachine(stubs(create_pr=create))
    failed, redriven = machine.execute_and_redrive({})
    assert (failed.status, failed.error) == ("FAILED", "InvalidInput")
    assert failed.states[-4:] == ("CreatePR", "ErrorHandler", "CheckResumable", "ResumeCreatePR")
    assert (redriven.status, redriven.output["output"]["pr_url"]) == ("SUCCEEDED", "file:///pull.html")
    assert machine.functions.calls.count("sbir-etl-load-neo4j") == 1
    assert machine.functions.calls.count("sbir-etl-record-error") == 1


def test_a_transient_error_is_tried_four_times_before_it_fails() -> None:
    machine = StateMachine(stubs(load_neo4j=raising(errors.TransientError("busy"))))
    ended = machine.execute({})
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "TransientError", "LoadNeo4j #3")
    assert machine.functions.calls.count("sbir-etl-load-neo4j") == 4


def test_a_transient_error_that_passes_does_not_stop_the_refresh() -> None:
    left = [errors.SourceUnavailable("later"), errors.SourceUnavailable("later")]

    def download(_payload: dict[str, Any]) -> dict[str, Any]:
        if left:
            raise left.pop()
        return RESULTS["download_csv"]

    assert StateMachine(stubs(download_csv=download)).execute({}).status == "SUCCEEDED"


def test_a_failure_to_record_still_fails_with_the_first_error() -> None:
    broken = {"smoke_checks": raising(errors.GateFailed("orphans")), "record_error": raising(errors.GateFailed("disk"))}
    ended = StateMachine(stubs(**broken)).execute({})
    assert (ended.status, ended.error) == ("FAILED", "GateFailed")
    assert "orphans" in (ended.cause or "")


def test_every_step_is_told_its_execution_and_the_whole_input() -> None:
    seen: list[dict[str, Any]] = []

    def check(payload: dict[str, Any]) -> dict[str, Any]:
        seen.append(payload)
        return RESULTS["smoke_checks"]

    StateMachine(stubs(smoke_checks=check)).execute({"s3_bucket": "mine"})
    (payload,) = seen
    assert payload["input"] == {"s3_bucket": "mine"}
    assert payload["execution"]["name"] == "run-1"
    assert payload["execution"]["state"] == "SmokeChecks"
    assert payload["execution"]["started_at"].startswith("2026-11-23T09:00:00")
    assert (payload["vintage"], payload["live_run_id"], payload["graph"]) == ("ab" * 32, None, "graph/run-1.lbug")
