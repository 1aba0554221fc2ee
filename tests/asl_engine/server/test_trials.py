"""TestState through boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[str, str]]
Try = Callable[..., dict[str, Any]]

ROLE = "arn:aws:iam::111111111111:role/engine"
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}, "End": True}
BRANCH = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "End": True}}}
MACHINE = {
    "StartAt": "Each",
    "QueryLanguage": "JSONata",
    "States": {
        "Each": {"Type": "Map", "ItemProcessor": BRANCH, "Next": "Both"},
        "Both": {
            "Type": "Parallel",
            "Branches": [{"StartAt": "Deep", "States": {"Deep": {"Type": "Succeed"}}}],
            "End": True,
        },
    },
}


@pytest.fixture
def tried(client: Any) -> Try:
    """TestState of a definition, with its JSON texts read."""

    def call(definition: Any, **parameters: Any) -> dict[str, Any]:
        for name in ("input", "variables", "context"):
            if name in parameters:
                parameters[name] = json.dumps(parameters[name])
        answer = client.test_state(definition=json.dumps(definition), **parameters)
        answer.pop("ResponseMetadata")
        if "output" in answer:
            answer["output"] = json.loads(answer["output"])
        inspected = answer.get("inspectionData", {})
        answer["inspectionData"] = {
            name: json.loads(value) if isinstance(value, str) else value for name, value in inspected.items()
        }
        return dict(answer)

    return call


def returned(result: Any) -> dict[str, Any]:
    return {"result": json.dumps(result)}


def test_a_pass_state_shows_every_step(tried: Try) -> None:
    state = {"Type": "Pass", "Parameters": {"n.$": "$.a"}, "ResultPath": "$.b", "Next": "Elsewhere"}
    assert tried(state, input={"a": 1}, inspectionLevel="DEBUG") == {
        "output": {"a": 1, "b": {"n": 1}},
        "nextState": "Elsewhere",
        "status": "SUCCEEDED",
        "inspectionData": {
            "input": {"a": 1},
            "afterInputPath": {"a": 1},
            "afterParameters": {"n": 1},
            "afterResultSelector": {"n": 1},
            "afterResultPath": {"a": 1, "b": {"n": 1}},
        },
    }


def test_info_shows_the_outcome_alone(tried: Try) -> None:
    assert tried({"Type": "Succeed"}, input=[1]) == {"output": [1], "status": "SUCCEEDED", "inspectionData": {}}


@pytest.mark.parametrize(
    ("state", "output", "next_state"),
    [
        ({"Type": "Wait", "Seconds": 99_999, "Next": "N"}, {"a": 1}, "N"),
        ({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "Y"}]}, {"a": 1}, "Y"),
    ],
)
def test_other_states_lead_on(tried: Try, state: Any, output: Any, next_state: str) -> None:
    answer = tried(state, input={"a": 1})
    assert (answer["output"], answer["nextState"]) == (output, next_state)


def test_a_failure_of_the_data_flow_says_where(tried: Try) -> None:
    answer = tried({"Type": "Pass", "InputPath": "$.none", "End": True}, inspectionLevel="TRACE")
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    assert answer["cause"].startswith(
        "An error occurred while executing the state 'StateName' (entered at the event id #2). "
    )
    assert answer["inspectionData"] == {"input": {}}


def test_variables_are_seen_and_shown_with_the_new_ones(tried: Try) -> None:
    state = {"Type": "Pass", "Parameters": {"n.$": "$old"}, "Assign": {"new.$": "$.n"}, "End": True}
    answer = tried(state, variables={"old": 1}, inspectionLevel="TRACE")
    assert answer["inspectionData"]["variables"] == {"old": 1, "new": 1}


def test_a_fail_state_fails(tried: Try) -> None:
    answer = tried({"Type": "Fail", "Error": "E", "Cause": "C"})
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")


# --- mocks -----------------------------------------------------------------------------------------------------


def test_a_mocked_task_needs_no_role_and_no_service(tried: Try) -> None:
    answer = tried({**TASK, "ResultSelector": {"p.$": "$.Payload"}}, mock=returned({"Payload": {"any": 1}}))
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", {"p": {"any": 1}})


def test_a_mocked_error_is_retried_then_caught(tried: Try) -> None:
    state = {
        **TASK,
        "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "IntervalSeconds": 3, "BackoffRate": 2}],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.failed", "Next": "Repair"}],
    }
    mock = {"errorOutput": {"error": "E", "cause": "C"}}
    tried_once = {"retrierRetryCount": 1}
    retried = tried(state, mock=mock, stateConfiguration=tried_once, inspectionLevel="DEBUG")
    assert retried["status"] == "RETRIABLE"
    assert retried["inspectionData"]["errorDetails"] == {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}
    caught = tried(state, mock=mock, stateConfiguration={"retrierRetryCount": 2}, inspectionLevel="DEBUG")
    assert (caught["status"], caught["nextState"]) == ("CAUGHT_ERROR", "Repair")
    assert caught["output"] == {"failed": {"Error": "E", "Cause": "C"}}
    assert caught["inspectionData"]["errorDetails"] == {"catchIndex": 0}


def test_a_mocked_error_that_nobody_handles_fails_the_state(tried: Try) -> None:
    answer = tried(TASK, mock={"errorOutput": {"error": "E", "cause": "C"}})
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "C")


def test_a_catch_that_fails_fails_the_state(tried: Try) -> None:
    state = {**TASK, "Catch": [{"ErrorEquals": ["E"], "Assign": {"x.$": "$.None"}, "Next": "Repair"}]}
    answer = tried(state, mock={"errorOutput": {"error": "E"}})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")


def test_states_of_a_machine_are_found_by_name_at_any_depth(tried: Try) -> None:
    assert tried(MACHINE, stateName="Deep", input=1)["output"] == 1
    assert tried(MACHINE, stateName="Inner", input=2)["output"] == 2
    assert tried(MACHINE, stateName="Each", input=[1], mock=returned([5]))["nextState"] == "Both"
    assert tried(MACHINE, stateName="Both", mock=returned([5]))["output"] == [5]


def test_items_that_a_reader_would_find_are_given(tried: Try) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    processor = {**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    selector = {"n.$": "$$.Map.Item.Value"}
    state = {"Type": "Map", "ItemReader": reader, "ItemProcessor": processor, "ItemSelector": selector, "End": True}
    answer = tried(
        state,
        mock=returned([]),
        stateConfiguration={"mapItemReaderData": "[1, 2]"},
        inspectionLevel="DEBUG",
    )
    assert answer["inspectionData"]["afterItemSelector"] == [{"n": 1}, {"n": 2}]


DISTRIBUTED: dict[str, Any] = {
    "Type": "Map",
    "ItemProcessor": {**BRANCH, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}},
    "End": True,
}


@pytest.mark.parametrize(
    ("configuration", "data", "shown"),
    [
        ({"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}, "a,b\n1,2\n", [{"a": "1", "b": "2"}]),
        ({"InputType": "JSONL"}, "1\n2\n", [1, 2]),
        ({"InputType": "JSON", "MaxItems": 1}, '{"a": 1, "b": 2}', [{"Key": "a", "Value": 1}]),
    ],
)
def test_items_are_given_as_they_are_stored(tried: Try, configuration: Any, data: str, shown: Any) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": configuration}
    answer = tried(
        {**DISTRIBUTED, "ItemReader": reader, "ItemSelector": {"n.$": "$$.Map.Item.Value"}},
        mock=returned([]),
        stateConfiguration={"mapItemReaderData": data},
        inspectionLevel="DEBUG",
    )
    assert answer["inspectionData"]["afterItemSelector"] == [{"n": item} for item in shown]


def test_items_pointed_to_and_batches_are_shown(tried: Try) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/a/b"},
    }
    answer = tried(
        {**DISTRIBUTED, "ItemReader": reader, "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"c": 0}}},
        mock=returned([]),
        stateConfiguration={"mapItemReaderData": '{"a": {"b": [1, 2, 3]}}'},
        inspectionLevel="DEBUG",
    )
    assert answer["inspectionData"]["afterItemsPointer"] == [1, 2, 3]
    assert answer["inspectionData"]["afterItemBatcher"] == [
        {"BatchInput": {"c": 0}, "Items": [1, 2]},
        {"BatchInput": {"c": 0}, "Items": [3]},
    ]


def test_a_map_that_writes_its_results_somewhere_returns_where(tried: Try, client: Any, refusal: Refusal) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
    state = {**DISTRIBUTED, "ResultWriter": writer}
    written = {"MapRunArn": "a", "ResultWriterDetails": {"Bucket": "b", "Key": "k"}}
    assert tried(state, input=[], mock=returned(written))["output"] == written
    assert refusal(client.test_state, definition=json.dumps(state), input="[]", mock=returned([])) == (
        "ValidationException",
        "Mocked result must be an object",
    )


def test_items_that_cannot_be_read_fail_the_map(tried: Try) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "JSON"}}
    answer = tried(
        {**DISTRIBUTED, "ItemReader": reader}, mock=returned([]), stateConfiguration={"mapItemReaderData": "[1,"}
    )
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ItemReaderFailed")
    assert answer["cause"].startswith("The file is no valid JSON")


@pytest.mark.parametrize(
    ("tolerance", "failed", "status"),
    [
        ({}, 1, "FAILED"),
        ({"ToleratedFailureCount": 1}, 1, "SUCCEEDED"),
        ({"ToleratedFailureCount": 1}, 2, "FAILED"),
        ({"ToleratedFailurePercentage": 50}, 2, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 50}, 3, "FAILED"),
    ],
)
def test_more_failed_iterations_than_a_map_bears_fail_it(tried: Try, tolerance: Any, failed: int, status: str) -> None:
    answer = tried(
        {**DISTRIBUTED, **tolerance},
        input=[1, 2, 3, 4],
        mock=returned([]),
        stateConfiguration={"mapIterationFailureCount": failed},
    )
    assert answer["status"] == status
    assert answer.get("error") == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")


def test_a_given_context_is_the_one_that_is_seen(tried: Try) -> None:
    context = {"Execution": {"Id": "x", "Input": {"i": 1}}, "Task": {"Token": "t"}}
    state = {**TASK, "Resource": f"{TASK['Resource']}.waitForTaskToken", "ResultSelector": {"c.$": "$$"}}
    assert tried(state, context=context, mock=returned({}))["output"] == {"c": context}


def test_a_state_that_waits_for_its_token_has_one(tried: Try) -> None:
    state = {**TASK, "Resource": f"{TASK['Resource']}.waitForTaskToken", "ResultSelector": {"t.$": "$$.Task.Token"}}
    assert tried(state, mock=returned({}))["output"]["t"]


def test_a_task_without_a_mock_is_run(tried: Try) -> None:
    answer = tried(TASK, roleArn=ROLE)
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    assert "no Lambda endpoint is configured" in answer["cause"]


S3 = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
    "Parameters": {"Bucket": "b", "Key": "k"},
    "End": True,
}
PUT_EVENTS = {
    "Type": "Task",
    "Resource": "arn:aws:states:::events:putEvents",
    "Parameters": {"Entries": []},
    "End": True,
}
START = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution",
    "Parameters": {"StateMachineArn": "a"},
    "End": True,
}
START_AND_WAIT = {**START, "Resource": f"{START['Resource']}.sync"}


@pytest.mark.parametrize(
    ("resource", "result"),
    [
        ("states:startExecution.sync:2", {"Output": {"a": 1}}),
        ("states:startExecution.waitForTaskToken", 5),
        ("glue:startJobRun.sync", {"JobRunState": "SUCCEEDED"}),
    ],
)
def test_what_ends_with_a_job_or_a_token_returns_what_that_gives(tried: Try, resource: str, result: Any) -> None:
    parameters = {"JobName": "j"} if resource.startswith("glue") else START["Parameters"]
    state = {**START, "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters}
    assert tried(state, mock={**returned(result), "fieldValidationMode": "PRESENT"})["output"] == result


def test_a_mocked_error_has_a_name(client: Any, refusal: Refusal) -> None:
    mock = {"errorOutput": {"cause": "because"}}
    code, message = refusal(client.test_state, definition=json.dumps(TASK), mock=mock)
    assert (code, "'mock.errorOutput.error'" in message) == ("ValidationException", True)


@pytest.mark.parametrize(
    ("state", "result", "mode", "problem"),
    [
        (S3, {"StorageClass": "Paper"}, "STRICT", "Field 'StorageClass' is not an expected value"),
        (S3, {"ContentLength": "9"}, "STRICT", "Field 'ContentLength' must be a number"),
        (S3, {"DeleteMarker": 1}, "PRESENT", "Field 'DeleteMarker' must be a boolean"),
        (S3, {"Metadata": {"k": 1}}, "PRESENT", "Field 'k' must be a string"),
        (PUT_EVENTS, {"Entries": [{"EventId": 1}]}, "PRESENT", "Field 'EventId' must be a string"),
        (PUT_EVENTS, {"FailedEntryCount": True}, "PRESENT", "Field 'FailedEntryCount' must be a number"),
        (START, {}, "STRICT", "Field 'ExecutionArn' is required"),
        (START, {"ExecutionArn": ""}, "PRESENT", "Field 'ExecutionArn' is smaller than the minimum length"),
        (START, {"ExecutionArn": "a" * 257}, "PRESENT", "Field 'ExecutionArn' is larger than the maximum length"),
        (START, {"StartDate": False}, "PRESENT", "Field 'StartDate' must be a string"),
        (START_AND_WAIT, {"Output": {}}, "PRESENT", "Field 'Output' must be a string"),
        (START_AND_WAIT, {"ExecutionArn": "a"}, "STRICT", "Field 'StateMachineArn' is required"),
    ],
)
def test_a_mocked_result_keeps_to_the_model_of_its_service(
    client: Any, refusal: Refusal, state: Any, result: Any, mode: str, problem: str
) -> None:
    mock = {**returned(result), "fieldValidationMode": mode}
    assert refusal(client.test_state, definition=json.dumps(state), mock=mock) == (
        "ValidationException",
        f"Mock result schema validation error: {problem}",
    )


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({**START, "Parameters": {}}, "The field 'StateMachineArn' is required but was missing at /Parameters"),
        (
            {**START, "Resource": "arn:aws:states:::no:thing"},
            (
                "The resource provided arn:aws:states:::no:thing is not recognized. The value is not a valid "
                "resource ARN, or the resource is not available in this region. at /Resource"
            ),
        ),
    ],
)
def test_a_task_on_trial_must_be_one_that_could_be_created(
    client: Any, refusal: Refusal, state: Any, problem: str
) -> None:
    assert refusal(client.test_state, definition=json.dumps(state), mock=returned({})) == (
        "InvalidDefinition",
        f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {problem}'",
    )


@pytest.mark.parametrize(
    ("state", "mode"), [(START, "NONE"), ({**TASK, "Resource": "arn:aws:lambda:::function:f"}, "STRICT")]
)
def test_other_mocked_results_may_be_anything(tried: Try, state: Any, mode: str) -> None:
    mock = {**returned({"ExecutionArn": 1}), "fieldValidationMode": mode}
    assert tried({**state, "End": True}, mock=mock)["output"] == {"ExecutionArn": 1}


PASS = {"Type": "Pass", "End": True}


@pytest.mark.parametrize(
    ("state", "parameters", "problem"),
    [
        (PASS, {"mock": {"result": "1"}}, "State type 'Pass' is not supported when a mock is specified"),
        (
            TASK,
            {"mock": {"result": "{}"}, "revealSecrets": True},
            "TestState does not support RevealSecrets when a mock is specified.",
        ),
        (TASK, {"mock": {"result": "no"}}, "Mocked result must be valid JSON"),
        (
            TASK,
            {"mock": {"result": "1", "errorOutput": {}}},
            "A test mock should have only one of the following fields: [result, errorOutput].",
        ),
        (TASK, {"mock": {}}, "A test mock should have at least one of the following fields: [result, errorOutput]."),
        (TASK, {}, "RoleArn must be specified when testing a Task state"),
        (PASS, {"context": "{}"}, "A Context object can only be specified when a mock is specified"),
        (
            {"Type": "Parallel", "Branches": [BRANCH], "End": True},
            {},
            "State type 'Parallel' is not supported when a mock is not specified",
        ),
        (
            {**TASK, "Resource": f"{TASK['Resource']}.waitForTaskToken"},
            {"roleArn": ROLE},
            "TestState calls request-response integrations only; specify a mock for any other",
        ),
        (
            {"Type": "Map", "ItemProcessor": BRANCH, "End": True},
            {"mock": {"result": "1"}},
            "Mocked result must be an array",
        ),
        (PASS, {"variables": "[]"}, "The variables must be a JSON object"),
        (
            PASS,
            {"variables": "no"},
            (
                "variables must be valid JSON: Unrecognized token 'no': was expecting "
                "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
            ),
        ),
    ],
)
def test_some_requests_are_refused(
    client: Any, refusal: Refusal, state: Any, parameters: dict[str, Any], problem: str
) -> None:
    answer = refusal(client.test_state, definition=json.dumps(state), **parameters)
    assert answer == ("ValidationException", problem)


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        ("no", "Context object must be valid JSON"),
        ("[]", "Context object must be a JSON object"),
        ('{"Map": {}}', "'Map' field is not supported when mocking a Context object"),
        ('{"Other": {}}', "Field 'Other' is not allowed"),
        ('{"State": 1}', "State must be an object"),
        ('{"State": {"Other": 1}}', "Field 'Other' is not allowed"),
        ('{"State": {"RetryCount": "1"}}', "State.RetryCount must be a number"),
        (
            '{"Task": {"Token": "t"}}',
            (
                "Context object contains 'Task' when state is not a Task state with a '.sync' or '.waitForTaskToken' "
                "service integration pattern"
            ),
        ),
    ],
)
def test_a_context_is_checked(client: Any, refusal: Refusal, context: str, problem: str) -> None:
    definition = json.dumps(TASK)
    assert refusal(client.test_state, definition=definition, context=context, mock={"result": "{}"}) == (
        "ValidationException",
        f"Invalid Context object provided: {problem}",
    )


def test_bad_definitions_inputs_and_names_are_refused(client: Any, refusal: Refusal) -> None:
    assert refusal(client.test_state, definition='{"Type": "Pass"}')[0] == "InvalidDefinition"
    assert refusal(client.test_state, definition="{}", stateName="S")[0] == "InvalidDefinition"
    unknown = refusal(client.test_state, definition=json.dumps(MACHINE), stateName="None")
    assert unknown == ("ValidationException", "State 'None' not found in the state machine definition")
    assert refusal(client.test_state, definition='{"Type": "Succeed"}', input="no")[0] == "InvalidExecutionInput"
    assert refusal(client.test_state, definition='{"Type": "Succeed"}', input=" ") == (
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: 'Invalid execution input.'",
    )
