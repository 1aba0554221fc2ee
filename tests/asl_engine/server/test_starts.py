"""Express workflows, versions and aliases started, redrives, map runs and workers, through boto3."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from asl_engine.runtime.clock import TurnedClock

Create = Callable[..., str]
Finish = Callable[..., Any]
Refusal = Callable[..., tuple[str, str]]

FAILING = {"StartAt": "Only", "States": {"Only": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
RETURNING = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}


# --- Express ---------------------------------------------------------------------------------------------------


def test_an_express_workflow_answers_with_its_output(client: Any, create: Create) -> None:
    arn = create(RETURNING, type="EXPRESS")
    answer = client.start_sync_execution(stateMachineArn=arn, name="once", input='{"i": 1}')
    assert (answer["status"], answer["output"], answer["input"]) == ("SUCCEEDED", '{"a":1}', '{"i": 1}')
    assert answer["executionArn"].startswith(f"{arn.replace('stateMachine', 'express')}:once:")
    assert answer["billingDetails"] == {"billedMemoryUsedInMB": 64, "billedDurationInMilliseconds": 100}


def test_an_express_workflow_answers_with_its_failure(client: Any, create: Create) -> None:
    answer = client.start_sync_execution(stateMachineArn=create(FAILING, type="EXPRESS"))
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")
    assert "output" not in answer


def test_only_express_workflows_are_waited_for(client: Any, create: Create, refusal: Refusal) -> None:
    assert refusal(client.start_sync_execution, stateMachineArn=create())[0] == "StateMachineTypeNotSupported"


def test_nothing_is_kept_of_an_express_execution(client: Any, create: Create, refusal: Refusal) -> None:
    arn = create(RETURNING, type="EXPRESS")
    started = client.start_execution(stateMachineArn=arn)["executionArn"]
    for call in (client.describe_execution, client.get_execution_history, client.stop_execution):
        assert refusal(call, executionArn=started) == (
            "InvalidArn",
            "Invalid Arn: 'Resource type not valid in this context: express'",
        )
    assert refusal(client.list_executions, stateMachineArn=arn)[0] == "StateMachineTypeNotSupported"


# --- versions and aliases --------------------------------------------------------------------------------------


def test_executions_remember_what_they_were_started_by(client: Any, create: Create, finish: Finish) -> None:
    arn = create(RETURNING, publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:1", "weight": 100}]
    alias = client.create_state_machine_alias(name="live", routingConfiguration=routing)["stateMachineAliasArn"]
    finish(arn)
    by_version = finish(f"{arn}:1")
    by_alias = finish(alias)
    assert (by_version["stateMachineArn"], by_version["stateMachineVersionArn"]) == (arn, f"{arn}:1")
    assert (by_alias["stateMachineAliasArn"], by_alias["stateMachineVersionArn"]) == (alias, f"{arn}:1")

    def listed(of: str) -> list[str]:
        return [one["executionArn"] for one in client.list_executions(stateMachineArn=of)["executions"]]

    assert len(listed(arn)) == 3
    assert listed(f"{arn}:1") == [by_alias["executionArn"], by_version["executionArn"]]
    assert listed(alias) == [by_alias["executionArn"]]


def test_an_alias_spreads_executions_over_its_versions(client: Any, create: Create, finish: Finish) -> None:
    arn = create(RETURNING, publish=True)
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(FAILING), publish=True)
    routing = [{"stateMachineVersionArn": f"{arn}:{number}", "weight": 50} for number in (1, 2)]
    alias = client.create_state_machine_alias(name="half", routingConfiguration=routing)["stateMachineAliasArn"]
    started = {finish(alias)["stateMachineVersionArn"] for _ in range(40)}
    assert started == {f"{arn}:1", f"{arn}:2"}  # the chance of missing one is 1 in 5e11


# --- redrives and map runs -------------------------------------------------------------------------------------


def test_a_failed_execution_is_redriven(client: Any, create: Create, finish: Finish, refusal: Refusal) -> None:
    failed = finish(create(FAILING))
    assert failed["redriveStatus"] == "REDRIVABLE"
    redriven = client.redrive_execution(executionArn=failed["executionArn"])
    while (again := client.describe_execution(executionArn=failed["executionArn"]))["status"] == "RUNNING":
        pass
    assert (again["redriveCount"], again["redriveDate"]) == (1, redriven["redriveDate"])
    wanted = {"stateMachineArn": failed["stateMachineArn"], "redriveFilter": "REDRIVEN"}
    assert len(client.list_executions(**wanted)["executions"]) == 1
    assert client.list_executions(**{**wanted, "redriveFilter": "NOT_REDRIVEN"})["executions"] == []
    unknown = f"{failed['executionArn']}x"
    assert refusal(client.redrive_execution, executionArn=unknown)[0] == "ExecutionDoesNotExist"


def test_what_succeeded_is_not_redriven(client: Any, create: Create, finish: Finish, refusal: Refusal) -> None:
    arn = finish(create(RETURNING))["executionArn"]
    assert refusal(client.redrive_execution, executionArn=arn) == (
        "ExecutionNotRedrivable",
        "Execution is SUCCEEDED and cannot be redriven",
    )


@pytest.fixture
def map_run(client: Any, create: Create, finish: Finish) -> tuple[str, Any]:
    """An execution whose distributed Map ran over two items, and its map run as listed."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Inner",
        "States": {"Inner": {"Type": "Pass", "End": True}},
    }
    each = {"Type": "Map", "MaxConcurrency": 1, "Label": "Each", "ItemProcessor": processor, "End": True}
    execution = finish(create({"StartAt": "Map", "States": {"Map": each}}), input="[1, 2]")
    (run,) = client.list_map_runs(executionArn=execution["executionArn"])["mapRuns"]
    return execution["stateMachineArn"], run


def test_a_map_run_is_listed_and_described(client: Any, map_run: tuple[str, Any]) -> None:
    machine, run = map_run
    assert run["stateMachineArn"] == f"{machine}/Each"
    described = client.describe_map_run(mapRunArn=run["mapRunArn"])
    assert (described["status"], described["maxConcurrency"]) == ("SUCCEEDED", 1)
    none = dict.fromkeys(("pending", "running", "failed", "timedOut", "aborted"), 0)
    counts = {**none, "succeeded": 2, "total": 2, "resultsWritten": 2}
    assert described["itemCounts"] == described["executionCounts"] == counts


def test_the_executions_of_a_map_run_are_listed_and_described(client: Any, map_run: tuple[str, Any]) -> None:
    _, run = map_run
    children = client.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert [child["itemCount"] for child in children] == [1, 1]
    child = client.describe_execution(executionArn=children[0]["executionArn"])
    assert (child["mapRunArn"], child["stateMachineArn"]) == (run["mapRunArn"], run["stateMachineArn"])
    machine = client.describe_state_machine_for_execution(executionArn=child["executionArn"])
    assert (machine["mapRunArn"], machine["label"]) == (run["mapRunArn"], "Each")
    assert json.loads(machine["definition"])["StartAt"] == "Inner"


def test_a_map_run_is_updated(client: Any, map_run: tuple[str, Any], refusal: Refusal) -> None:
    _, run = map_run
    client.update_map_run(mapRunArn=run["mapRunArn"], maxConcurrency=3)
    assert refusal(client.update_map_run, mapRunArn=run["mapRunArn"])[0] == "ValidationException"
    unknown = f"{run['mapRunArn']}x"
    for call in (client.describe_map_run, client.update_map_run):
        assert refusal(call, mapRunArn=unknown)[0] == "ResourceNotFound"
    assert refusal(client.list_map_runs, executionArn=f"{run['executionArn']}x")[0] == "ExecutionDoesNotExist"


def test_executions_are_listed_by_state_machine_or_by_map_run(client: Any, refusal: Refusal) -> None:
    assert refusal(client.list_executions)[0] == "ValidationException"


# --- workers ---------------------------------------------------------------------------------------------------


def test_a_worker_takes_and_ends_a_task(client: Any, create: Create, refusal: Refusal) -> None:
    activity = client.create_activity(name="work")["activityArn"]
    state = {"Type": "Task", "Resource": activity, "End": True}
    machine = create({"StartAt": "Work", "States": {"Work": state}})
    started = client.start_execution(stateMachineArn=machine, input='{"n": 1}')["executionArn"]
    task = client.get_activity_task(activityArn=activity, workerName="me")
    assert json.loads(task["input"]) == {"n": 1}
    client.send_task_success(taskToken=task["taskToken"], output='"done"')
    while (ended := client.describe_execution(executionArn=started))["status"] == "RUNNING":
        pass
    assert ended["output"] == '"done"'
    assert refusal(client.get_activity_task, activityArn=f"{activity}x")[0] == "ActivityDoesNotExist"


def test_a_worker_that_finds_nothing_is_told_after_a_minute(client: Any, clock: TurnedClock) -> None:
    activity = client.create_activity(name="idle")["activityArn"]
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.get_activity_task, activityArn=activity)
        while not asked.done():
            clock.turn(61)
            client.list_activities()  # which wakes the engine's loop
        assert "taskToken" not in asked.result()
