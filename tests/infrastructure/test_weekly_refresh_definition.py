"""What must hold for the one definition, whoever edits it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import errors

DEFINITION = Path(__file__).parents[2] / "infrastructure/step-functions/weekly-refresh-state-machine.json"
GUIDE_STATES = {
    "DownloadCSV",
    "CheckChanges",
    "ProcessPipeline",
    "IngestionChecks",
    "EnrichmentChecks",
    "ResetNeo4j",
    "LoadNeo4j",
    "SmokeChecks",
    "CreatePR",
    "EndNoChanges",
    "ErrorHandler",
}


def all_states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []):
            yield from all_states(branch)


def descendants(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from descendants(child)


MACHINE: dict[str, Any] = json.loads(DEFINITION.read_text(encoding="utf-8"))
STATES = dict(all_states(MACHINE))
TASKS = {name: state for name, state in STATES.items() if state["Type"] == "Task"}
CATCHING = {**{name: MACHINE["States"][name] for name in TASKS if name in MACHINE["States"]}}
CATCHING["ProcessPipeline"] = MACHINE["States"]["ProcessPipeline"]
del CATCHING["ErrorHandler"], CATCHING["ResumeCreatePR"]


def test_the_states_of_the_guide_are_all_there_under_their_names() -> None:
    assert set(MACHINE["States"]) >= GUIDE_STATES
    assert {"ValidateDataset", "ProfileInputs"} <= set(STATES)


@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_a_plain_lambda_invoke_within_lambdas_time(name: str) -> None:
    task = TASKS[name]
    assert task["Resource"] == "arn:aws:states:::lambda:invoke"
    assert "${" not in json.dumps(task)
    assert 0 < task["TimeoutSeconds"] <= 900


@pytest.mark.parametrize("name", TASKS)
def test_a_task_never_retries_a_permanent_error_and_backs_off_from_the_rest(name: str) -> None:
    permanent, transient = TASKS[name]["Retry"]
    assert set(permanent["ErrorEquals"]) == {kind.__name__ for kind in descendants(errors.PermanentError)}
    assert permanent["MaxAttempts"] == 0
    assert transient["ErrorEquals"] == ["States.TaskFailed"]
    assert (transient["IntervalSeconds"], transient["MaxAttempts"], transient["BackoffRate"]) == (2, 3, 2.0)
    assert transient["JitterStrategy"] == "FULL"


@pytest.mark.parametrize("name", CATCHING)
def test_whatever_fails_goes_to_the_error_handler_with_the_states_name(name: str) -> None:
    (catcher,) = CATCHING[name]["Catch"]
    assert catcher["ErrorEquals"] == ["States.ALL"]
    assert (catcher["Next"], catcher["ResultPath"]) == ("ErrorHandler", "$.error")
    assert catcher["Assign"]["failed_state.$"] == "$$.State.Name"


def test_a_failure_to_record_the_failure_still_ends_in_the_fail_state() -> None:
    (catcher,) = TASKS["ErrorHandler"]["Catch"]
    assert catcher["Next"] == TASKS["ErrorHandler"]["Next"] == "CheckResumable"
    assert MACHINE["States"]["CheckResumable"]["Default"] == "RefreshFailed"


def test_resuming_the_pull_request_is_creating_it_uncaught() -> None:
    created, resumed = (
        {key: value for key, value in TASKS[name].items() if key not in ("Comment", "Catch")}
        for name in ("CreatePR", "ResumeCreatePR")
    )
    assert created == resumed
    assert "Catch" not in TASKS["ResumeCreatePR"]


@pytest.mark.parametrize("name", TASKS)
def test_a_task_keeps_the_executions_input_in_the_state(name: str) -> None:
    task = TASKS[name]
    assert task.get("ResultPath", "$") != "$" or task.get("End"), "only a last state may replace the whole state"


def test_a_choice_never_reads_a_key_that_may_be_missing() -> None:
    for state in STATES.values():
        for rule in state.get("Choices", []):
            presence, value = rule["And"]
            assert presence == {"Variable": value["Variable"], "IsPresent": True}
