"""Executions through boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

WAIT = {"StartAt": "Long", "States": {"Long": {"Type": "Wait", "Seconds": 3600, "End": True}}}
FAIL = {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Broken", "Cause": "it broke"}}}
OTHER = {"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}}


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message of the error a call ends in."""
    with pytest.raises(ClientError) as raised:
        call()
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_execution_runs_to_its_end(create: Callable[..., str], finish: Callable[..., Any]) -> None:
    arn = create()
    ended = finish(arn, name="run-1", input='{"given": "ü"}', traceHeader="Root=1-5")
    ended.pop("ResponseMetadata")
    assert ended.pop("stopDate") >= ended.pop("startDate")
    assert ended == {
        "executionArn": arn.replace(":stateMachine:", ":execution:") + ":run-1",
        "stateMachineArn": arn,
        "name": "run-1",
        "status": "SUCCEEDED",
        "input": '{"given": "ü"}',
        "inputDetails": {"included": True},
        "output": '{"a":1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1-5",
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }


def test_a_failed_execution_says_why(create: Callable[..., str], finish: Callable[..., Any]) -> None:
    ended = finish(create(FAIL))
    assert (ended["status"], ended["error"], ended["cause"]) == ("FAILED", "Broken", "it broke")
    assert ended["redriveStatus"] == "REDRIVABLE"
    assert "output" not in ended
    assert "outputDetails" not in ended


def test_data_can_be_left_out(client: Any, create: Callable[..., str], finish: Callable[..., Any]) -> None:
    arn = finish(create())["executionArn"]
    described = client.describe_execution(executionArn=arn, includedData="METADATA_ONLY")
    assert "input" not in described
    assert "output" not in described
    assert described["inputDetails"] == described["outputDetails"] == {"included": False}
    history = client.get_execution_history(executionArn=arn, includeExecutionData=False)
    assert history["events"][0]["executionStartedEventDetails"] == {"roleArn": "arn:aws:iam::111111111111:role/engine"}


def test_the_history_is_read_forwards_backwards_and_in_pages(
    client: Any, create: Callable[..., str], finish: Callable[..., Any]
) -> None:
    arn = finish(create())["executionArn"]
    events = client.get_execution_history(executionArn=arn)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    backwards = client.get_execution_history(executionArn=arn, reverseOrder=True)["events"]
    assert backwards == events[::-1]
    pages = list(client.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=3))
    assert [len(page["events"]) for page in pages] == [3, 1]
    pages = list(
        client.get_paginator("get_execution_history").paginate(executionArn=arn, maxResults=1, reverseOrder=True)
    )
    assert [event["id"] for page in pages for event in page["events"]] == [4, 3, 2, 1]


def test_a_running_execution_is_stopped(client: Any, create: Callable[..., str]) -> None:
    arn = client.start_execution(stateMachineArn=create(WAIT))["executionArn"]
    running = client.describe_execution(executionArn=arn)
    assert (running["status"], running["redriveStatus"]) == ("RUNNING", "NOT_REDRIVABLE")
    assert "stopDate" not in running
    stopped = client.stop_execution(executionArn=arn, error="Enough", cause="of this")
    described = client.describe_execution(executionArn=arn)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Enough", "of this")
    assert described["stopDate"] == stopped["stopDate"]
    assert client.stop_execution(executionArn=arn)["stopDate"] == stopped["stopDate"]


def test_starting_the_same_again_while_it_runs_is_the_same_execution(client: Any, create: Callable[..., str]) -> None:
    arn = create(WAIT)
    first = client.start_execution(stateMachineArn=arn, name="once", input="{}")
    again = client.start_execution(stateMachineArn=arn, name="once", input="{}")
    assert again["executionArn"] == first["executionArn"]
    assert again["startDate"] == first["startDate"]
    message = f"Execution Already Exists: '{first['executionArn']}'"
    start = lambda: client.start_execution(stateMachineArn=arn, name="once", input='{"b": 1}')  # noqa: E731
    assert refusal(start) == ("ExecutionAlreadyExists", message)
    client.stop_execution(executionArn=first["executionArn"])


def test_executions_are_listed_newest_first_and_by_status(
    client: Any, create: Callable[..., str], finish: Callable[..., Any]
) -> None:
    arn = create()
    names = [finish(arn, name=f"run-{number}")["name"] for number in range(3)]
    listed = client.list_executions(stateMachineArn=arn)["executions"]
    assert [execution["name"] for execution in listed] == names[::-1]
    assert listed[0].keys() == {
        *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "redriveCount")
    }
    pages = list(client.get_paginator("list_executions").paginate(stateMachineArn=arn, maxResults=2))
    assert [len(page["executions"]) for page in pages] == [2, 1]
    assert len(client.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]) == 3
    assert client.list_executions(stateMachineArn=arn, statusFilter="FAILED")["executions"] == []
    assert client.list_executions(stateMachineArn=arn, redriveFilter="REDRIVEN")["executions"] == []
    assert client.list_executions(stateMachineArn=arn, statusFilter="PENDING_REDRIVE")["executions"] == []


def test_an_execution_keeps_the_definition_it_started_with(
    client: Any, create: Callable[..., str], finish: Callable[..., Any]
) -> None:
    arn = create()
    execution = finish(arn)["executionArn"]
    before = client.describe_state_machine(stateMachineArn=arn)
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(OTHER))
    used = client.describe_state_machine_for_execution(executionArn=execution)
    assert used["definition"] == before["definition"]
    assert used["stateMachineArn"] == arn
    assert used["updateDate"] == before["creationDate"]
    assert "revisionId" not in used


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"input": ""}, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'"),
        ({"name": "a/b"}, "InvalidName", "Invalid Name: 'a/b'"),
    ],
)
def test_a_bad_start_is_refused(
    client: Any, create: Callable[..., str], parameters: dict[str, str], code: str, message: str
) -> None:
    arn = create()
    assert refusal(lambda: client.start_execution(stateMachineArn=arn, **parameters)) == (code, message)


@pytest.mark.parametrize(
    "operation",
    ["describe_execution", "get_execution_history", "stop_execution", "describe_state_machine_for_execution"],
)
def test_an_unknown_execution_does_not_exist(client: Any, operation: str) -> None:
    arn = "arn:aws:states:us-east-2:111111111111:execution:none:none"
    call = getattr(client, operation)
    assert refusal(lambda: call(executionArn=arn)) == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{arn}'",
    )
    express = arn.replace(":execution:", ":express:")
    assert refusal(lambda: call(executionArn=express)) == (
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: express'",
    )


def test_express_executions_are_started_but_not_kept_in_lists(client: Any, create: Callable[..., str]) -> None:
    arn = create(type="EXPRESS")
    started = client.start_execution(stateMachineArn=arn, name="quick")["executionArn"]
    assert started.split(":")[5] == "express"
    assert started.split(":")[7] == "quick"
    assert refusal(lambda: client.list_executions(stateMachineArn=arn)) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )


def test_executions_of_nothing_cannot_be_listed(client: Any) -> None:
    arn = "arn:aws:states:us-east-2:111111111111:stateMachine:none"
    assert refusal(lambda: client.list_executions(stateMachineArn=arn))[0] == "StateMachineDoesNotExist"
    assert refusal(lambda: client.list_executions(stateMachineArn="none"))[0] == "InvalidArn"
    assert refusal(client.list_executions)[0] == "ValidationException"
