"""Events as GetExecutionHistory shows them."""

import json
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.documents import Document
from asl_engine.history.resources import parse_resource
from asl_engine.language.values import Failure
from asl_engine.server import wire
from asl_engine.server.events import describe
from asl_engine.server.model import load_operations

HISTORY = load_operations()["GetExecutionHistory"].output
HEADER: Any = {"id": 7, "previous_event_id": 6, "timestamp": datetime(2026, 1, 5, 6, 0, 0, 123_456, tzinfo=UTC)}
DATA = Document({"a": 1})
FAILURE = Failure("Broken", "it broke")
NOTHING_SAID = Failure(None, None)
SERVICE = parse_resource("arn:aws:states:::lambda:invoke")
FUNCTION = parse_resource("arn:aws:lambda:us-east-1:111111111111:function:f")
ACTIVITY = parse_resource("arn:aws:states:us-east-1:111111111111:activity:a")
COMPLETE = {"truncated": False}

SHOWN: list[tuple[e.Visible, str, dict[str, Any] | None]] = [
    (
        e.ExecutionStarted(**HEADER, input=DATA, role_arn="role", seed="s"),
        "ExecutionStarted",
        {"executionStartedEventDetails": {"input": '{"a":1}', "inputDetails": COMPLETE, "roleArn": "role"}},
    ),
    (
        e.ExecutionSucceeded(**HEADER, output=DATA),
        "ExecutionSucceeded",
        {"executionSucceededEventDetails": {"output": '{"a":1}', "outputDetails": COMPLETE}},
    ),
    (
        e.ExecutionFailed(**HEADER, failure=FAILURE),
        "ExecutionFailed",
        {"executionFailedEventDetails": {"error": "Broken", "cause": "it broke"}},
    ),
    (e.ExecutionFailed(**HEADER, failure=NOTHING_SAID), "ExecutionFailed", {"executionFailedEventDetails": {}}),
    (
        e.ExecutionAborted(**HEADER, failure=Failure("Stop")),
        "ExecutionAborted",
        {"executionAbortedEventDetails": {"error": "Stop"}},
    ),
    (
        e.ExecutionTimedOut(**HEADER, failure=NOTHING_SAID),
        "ExecutionTimedOut",
        {"executionTimedOutEventDetails": {}},
    ),
    (
        e.StateEntered(**HEADER, state_type="Choice", name="Pick", input=DATA),
        "ChoiceStateEntered",
        {"stateEnteredEventDetails": {"name": "Pick", "input": '{"a":1}', "inputDetails": COMPLETE}},
    ),
    (
        e.StateExited(**HEADER, state_type="Pass", name="Go", output=DATA),
        "PassStateExited",
        {"stateExitedEventDetails": {"name": "Go", "output": '{"a":1}', "outputDetails": COMPLETE}},
    ),
    (
        e.StateExited(**HEADER, state_type="Pass", name="Go", output=DATA, assigned={"x": Document("b")}),
        "PassStateExited",
        {
            "stateExitedEventDetails": {
                "name": "Go",
                "output": '{"a":1}',
                "outputDetails": COMPLETE,
                "assignedVariables": {"x": '"b"'},
                "assignedVariablesDetails": COMPLETE,
            }
        },
    ),
    (e.StateAborted(**HEADER, state_type="Wait"), "WaitStateAborted", None),
    (
        e.EvaluationFailed(**HEADER, failure=FAILURE, state="Go", location="Output"),
        "EvaluationFailed",
        {
            "evaluationFailedEventDetails": {
                "error": "Broken",
                "cause": "it broke",
                "location": "Output",
                "state": "Go",
            }
        },
    ),
    (
        e.TaskScheduled(
            **HEADER,
            resource=SERVICE,
            parameters=DATA,
            region="eu-west-1",
            timeout_seconds=5,
            heartbeat_seconds=2,
            credentials=Document({"RoleArn": "role"}),
        ),
        "TaskScheduled",
        {
            "taskScheduledEventDetails": {
                "resourceType": "lambda",
                "resource": "invoke",
                "region": "eu-west-1",
                "parameters": '{"a":1}',
                "timeoutInSeconds": 5,
                "heartbeatInSeconds": 2,
                "taskCredentials": {"roleArn": "role"},
            }
        },
    ),
    (
        e.TaskScheduled(**HEADER, resource=FUNCTION, parameters=DATA, credentials=Document(None)),
        "LambdaFunctionScheduled",
        {
            "lambdaFunctionScheduledEventDetails": {
                "resource": FUNCTION.arn,
                "input": '{"a":1}',
                "inputDetails": COMPLETE,
            }
        },
    ),
    (
        e.TaskScheduled(**HEADER, resource=ACTIVITY, parameters=DATA, heartbeat_seconds=9),
        "ActivityScheduled",
        {
            "activityScheduledEventDetails": {
                "resource": ACTIVITY.arn,
                "input": '{"a":1}',
                "inputDetails": COMPLETE,
                "heartbeatInSeconds": 9,
            }
        },
    ),
    (
        e.TaskStarted(**HEADER, resource=SERVICE),
        "TaskStarted",
        {"taskStartedEventDetails": {"resourceType": "lambda", "resource": "invoke"}},
    ),
    (e.TaskStarted(**HEADER, resource=FUNCTION), "LambdaFunctionStarted", None),
    (
        e.TaskStarted(**HEADER, resource=ACTIVITY, worker_name="w"),
        "ActivityStarted",
        {"activityStartedEventDetails": {"workerName": "w"}},
    ),
    (
        e.TaskSubmitted(**HEADER, resource=SERVICE, output=DATA),
        "TaskSubmitted",
        {
            "taskSubmittedEventDetails": {
                "resourceType": "lambda",
                "resource": "invoke",
                "output": '{"a":1}',
                "outputDetails": COMPLETE,
            }
        },
    ),
    (
        e.TaskSucceeded(**HEADER, resource=FUNCTION, output=DATA),
        "LambdaFunctionSucceeded",
        {"lambdaFunctionSucceededEventDetails": {"output": '{"a":1}', "outputDetails": COMPLETE}},
    ),
    (
        e.TaskFailed(**HEADER, resource=SERVICE, failure=FAILURE),
        "TaskFailed",
        {
            "taskFailedEventDetails": {
                "resourceType": "lambda",
                "resource": "invoke",
                "error": "Broken",
                "cause": "it broke",
            }
        },
    ),
    (
        e.TaskFailed(**HEADER, resource=SERVICE, failure=FAILURE, unsubmitted=True),
        "TaskSubmitFailed",
        {
            "taskSubmitFailedEventDetails": {
                "resourceType": "lambda",
                "resource": "invoke",
                "error": "Broken",
                "cause": "it broke",
            }
        },
    ),
    (
        e.TaskTimedOut(**HEADER, resource=ACTIVITY, failure=Failure("States.Timeout")),
        "ActivityTimedOut",
        {"activityTimedOutEventDetails": {"error": "States.Timeout"}},
    ),
    (e.ParallelStateStarted(**HEADER, branch_count=2, first_branch=1, input=DATA), "ParallelStateStarted", None),
    (e.ParallelStateSucceeded(**HEADER), "ParallelStateSucceeded", None),
    (e.ParallelStateFailed(**HEADER, failure=FAILURE), "ParallelStateFailed", None),
    (
        e.MapStateStarted(**HEADER, length=3, items=DATA, concurrency=1),
        "MapStateStarted",
        {"mapStateStartedEventDetails": {"length": 3}},
    ),
    (e.MapStateSucceeded(**HEADER), "MapStateSucceeded", None),
    (e.MapStateFailed(**HEADER, failure=FAILURE), "MapStateFailed", None),
    (
        e.MapIterationStarted(**HEADER, name="Each", index=0, parent=0, input=DATA),
        "MapIterationStarted",
        {"mapIterationStartedEventDetails": {"name": "Each", "index": 0}},
    ),
    (
        e.MapIterationSucceeded(**HEADER, name="Each", index=1),
        "MapIterationSucceeded",
        {"mapIterationSucceededEventDetails": {"name": "Each", "index": 1}},
    ),
    (
        e.MapIterationFailed(**HEADER, name="Each", index=1, failure=FAILURE),
        "MapIterationFailed",
        {"mapIterationFailedEventDetails": {"name": "Each", "index": 1}},
    ),
    (
        e.MapIterationAborted(**HEADER, name="Each", index=1),
        "MapIterationAborted",
        {"mapIterationAbortedEventDetails": {"name": "Each", "index": 1}},
    ),
    (
        m.MapRunStarted(
            **HEADER, map_run_arn="run", concurrency=1, tolerated_count=0, tolerated_percentage=0.0, plan=DATA
        ),
        "MapRunStarted",
        {"mapRunStartedEventDetails": {"mapRunArn": "run"}},
    ),
    (m.MapRunSucceeded(**HEADER), "MapRunSucceeded", None),
    (
        m.MapRunFailed(**HEADER, failure=FAILURE),
        "MapRunFailed",
        {"mapRunFailedEventDetails": {"error": "Broken", "cause": "it broke"}},
    ),
    (m.MapRunAborted(**HEADER), "MapRunAborted", None),
    (
        m.MapRunRedriven(**HEADER, map_run_arn="run", redrive_count=1),
        "MapRunRedriven",
        {"mapRunRedrivenEventDetails": {"mapRunArn": "run", "redriveCount": 1}},
    ),
    (
        e.ExecutionRedriven(**HEADER, redrive_count=1),
        "ExecutionRedriven",
        {"executionRedrivenEventDetails": {"redriveCount": 1}},
    ),
]


def shown(event: e.Visible, *, include_data: bool = True) -> Any:
    answer = {"events": [describe(event, include_data=include_data)]}
    return json.loads(wire.render(answer, HISTORY))["events"][0]


@pytest.mark.parametrize(("event", "event_type", "details"), SHOWN)
def test_an_event_shows_its_details(event: e.Visible, event_type: str, details: dict[str, Any] | None) -> None:
    header = {"timestamp": 1767592800.123, "type": event_type, "id": 7, "previousEventId": 6}
    assert shown(event) == {**header, **(details or {})}


def test_every_visible_event_is_shown() -> None:
    assert {type(event) for event, _, _ in SHOWN} == set(get_args(e.Visible))


@pytest.mark.parametrize("event", [event for event, _, _ in SHOWN])
def test_no_event_shows_data_that_is_left_out(event: e.Visible) -> None:
    assert DATA.text not in json.dumps(shown(event, include_data=False)).replace("\\", "")


def test_the_parameters_of_a_task_are_emptied_where_data_is_left_out() -> None:
    scheduled = next(event for event, event_type, _ in SHOWN if event_type == "TaskScheduled")
    assert shown(scheduled, include_data=False)["taskScheduledEventDetails"]["parameters"] == ""


def test_data_can_be_left_out() -> None:
    event = e.StateExited(**HEADER, state_type="Pass", name="Go", output=DATA, assigned={"x": DATA})
    assert shown(event, include_data=False)["stateExitedEventDetails"] == {"name": "Go"}
