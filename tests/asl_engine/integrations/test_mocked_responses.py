"""The mock configuration of Step Functions Local."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from asl_engine.integrations.mocked_responses import (
    InvalidMockConfiguration,
    MockConfiguration,
    MockedTasks,
    load,
    parse,
)
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.table import Unavailable
from asl_engine.language.values import JSON, Failure

CONFIGURATION: JSON = {
    "StateMachines": {
        "machine": {"TestCases": {"Case": {"Call": "Answers"}, "Function": {"Call": "Said"}, "Empty": {}}}
    },
    "MockedResponses": {
        "Answers": {
            "0": {"Throw": {"Error": "Lambda.Busy", "Cause": "busy"}},
            "1-2": {"Throw": {"Error": "Lambda.TooMany"}},
            "3": {"Return": {"StatusCode": 200}},
        },
        "Said": {
            "0": {"Return": {"StatusCode": 200, "Payload": {"said": 1}}},
            "1": {"Return": {"StatusCode": 200}},
        },
    },
}


@pytest.fixture
def run(request_of: Callable[..., TaskRequest]) -> Callable[..., TaskOutcome]:
    """Run a task of the state Call, in an execution that was started with this case."""
    tasks: dict[str | None, MockedTasks] = {}

    def of(case: str | None, resource: str = "sqs:sendMessage", **more: Any) -> TaskOutcome:
        if case not in tasks:
            tasks[case] = MockedTasks(parse(CONFIGURATION), lambda _: case, lambda _: Unavailable("real"))
        request = replace(request_of(resource, {}), **more)
        return asyncio.run(tasks[case].resolve(request.resource).run(request))

    return of


def test_each_call_of_a_state_has_its_answer(run: Callable[..., TaskOutcome]) -> None:
    answers = [run("Case", task_id=f"task-{number}") for number in range(4)]
    assert answers == [
        Failed(Failure("Lambda.Busy", "busy")),
        Failed(Failure("Lambda.TooMany")),
        Failed(Failure("Lambda.TooMany")),
        Succeeded({"StatusCode": 200}),
    ]


def test_the_same_task_asked_again_has_the_same_answer(run: Callable[..., TaskOutcome]) -> None:
    assert run("Case", task_id="task") == run("Case", task_id="task")


def test_executions_count_for_themselves(run: Callable[..., TaskOutcome]) -> None:
    run("Case")
    other = "arn:aws:states:eu-west-1:222222222222:execution:machine:other"
    assert run("Case", task_id="t", execution_arn=other) == Failed(Failure("Lambda.Busy", "busy"))


def test_a_call_without_an_answer_says_so(run: Callable[..., TaskOutcome]) -> None:
    outcome = [run("Case", task_id=f"task-{number}") for number in range(5)][-1]
    assert outcome == Failed(
        Failure("States.Runtime", "the mocked response 'Answers' has nothing for call 4 of this state")
    )


@pytest.mark.parametrize(("case", "state"), [(None, "Call"), ("Empty", "Call"), ("Case", "Other")])
def test_what_is_not_mocked_calls_its_service(run: Callable[..., TaskOutcome], case: str | None, state: str) -> None:
    outcome = run(case, state_name=state)
    assert isinstance(outcome, Failed)
    assert str(outcome.failure.cause).endswith("real")


def test_a_mocked_job_is_submitted_and_then_done(run: Callable[..., TaskOutcome]) -> None:
    for number in range(3):
        run("Case", task_id=f"task-{number}")
    assert run("Case", "glue:startJobRun.sync", task_id="job") == Submitted({"StatusCode": 200})
    assert run("Case", "glue:startJobRun.sync", task_id="job", submitted={}) == Succeeded({"StatusCode": 200})


def test_a_function_called_by_its_arn_answers_with_the_mocked_payload(run: Callable[..., TaskOutcome]) -> None:
    function = "arn:aws:lambda:us-east-1:222222222222:function:hello"
    assert run("Function", function) == Succeeded({"said": 1})
    assert run("Function", function, task_id="second") == Succeeded({"StatusCode": 200})


def test_the_configuration_knows_its_test_cases(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text(json.dumps(CONFIGURATION), encoding="utf-8")
    configuration = load(path)
    assert configuration.knows("machine", "Case")
    assert not configuration.knows("machine", "Other")
    assert not MockConfiguration({}).knows("machine", "Case")


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "the file: got [], wanted an object"),
        (
            {"StateMachines": {"m": {"TestCases": {"c": {"s": "None"}}}}},
            'StateMachines.m.TestCases.c.s: got "None", wanted a name of MockedResponses',
        ),
        (
            {"MockedResponses": {"r": {"x": {"Return": 1}}}},
            "MockedResponses.r: got 'x', wanted a number or two: 0, 1-3",
        ),
        (
            {"MockedResponses": {"r": {"0": {"Return": 1, "Throw": {}}}}},
            "MockedResponses.r.0: wanted either Return or Throw, which has an Error",
        ),
    ],
)
def test_a_wrong_configuration_says_where_it_is_wrong(document: JSON, problem: str) -> None:
    with pytest.raises(InvalidMockConfiguration) as caught:
        parse(document)
    assert str(caught.value) == problem


def test_a_configuration_that_is_no_json_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "mocks.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(InvalidMockConfiguration, match="no JSON"):
        load(path)
