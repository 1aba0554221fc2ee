"""Functions called through boto3, as any client of AWS Lambda would."""

import base64
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_function_gets_the_event_and_its_context(invoke: Callable[..., Any]) -> None:
    answer = invoke("echo", {"a": [1, "ü"]})
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert answer["Payload"]["event"] == {"a": [1, "ü"]}
    assert answer["Payload"]["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:echo"
    assert answer["Payload"]["name"] == "echo"
    assert 0 < answer["Payload"]["remaining"] <= 5000


@pytest.mark.parametrize(
    "reference",
    [
        "echo",
        "echo:$LATEST",
        "123456789012:function:echo",
        "arn:aws:lambda:us-east-1:123456789012:function:echo",
        "arn:aws:lambda:us-east-1:123456789012:function:echo:$LATEST",
    ],
)
def test_a_function_is_found_by_name_and_by_arn(invoke: Callable[..., Any], reference: str) -> None:
    assert invoke(reference, {})["StatusCode"] == 200


def test_a_process_stays_warm_between_invocations(invoke: Callable[..., Any]) -> None:
    first, second = (invoke("echo", {})["Payload"] for _ in range(2))
    assert second["pid"] == first["pid"]
    assert second["calls"] == first["calls"] + 1


def test_a_function_sees_aws_environment_and_its_own(invoke: Callable[..., Any]) -> None:
    environment = invoke("environment", {})["Payload"]
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "environment"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["_HANDLER"] == "sample_functions.environment"
    assert environment["TZ"] == ":UTC"
    assert environment["STAGE"] == "test"


def test_no_payload_is_an_empty_event(client: Any) -> None:
    assert json.load(client.invoke(FunctionName="echo")["Payload"])["event"] == {}


def test_what_a_function_raises_reaches_the_caller(invoke: Callable[..., Any]) -> None:
    answer = invoke("fail", {"x": 1})
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "ValueError"
    assert answer["Payload"]["errorMessage"] == "cannot take {'x': 1}"
    assert answer["Payload"]["requestId"] == answer["ResponseMetadata"]["RequestId"]
    assert "in fail" in answer["Payload"]["stackTrace"][0]


def test_a_function_past_its_timeout_is_killed(invoke: Callable[..., Any], logs: Callable[[str], list[str]]) -> None:
    answer = invoke("hang", {})
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"] == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after 0.30 seconds",
    }
    assert "about to hang\n" in logs("hang")[-1]
    assert "Status: timeout" in logs("hang")[-1]
    assert logs("hang")[-1].endswith(f"Z {request_id} Task timed out after 0.30 seconds\n")


@pytest.mark.parametrize(
    ("function", "event", "reason"),
    [
        ("leave", {"status": 3}, "Runtime exited with error: exit status 3"),
        ("leave", {"status": 0}, "Runtime exited without providing a reason"),
        ("be_killed", {}, "Runtime exited with error: signal: killed"),
    ],
)
def test_a_process_that_exits_is_an_error_and_is_replaced(
    invoke: Callable[..., Any], function: str, event: object, reason: str
) -> None:
    for _ in range(2):
        answer = invoke(function, event)
        request_id = answer["ResponseMetadata"]["RequestId"]
        assert answer["FunctionError"] == "Unhandled"
        assert answer["Payload"] == {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: {reason}",
        }


@pytest.mark.parametrize(
    ("function", "error_type", "message"),
    [
        (
            "absent",
            "Runtime.ImportModuleError",
            "Unable to import module 'no_such_module': No module named 'no_such_module'",
        ),
        ("anything", "RuntimeError", "no such luck"),
    ],
)
def test_a_module_that_cannot_be_imported_fails_every_invocation(
    invoke: Callable[..., Any], function: str, error_type: str, message: str
) -> None:
    for _ in range(2):
        answer = invoke(function, {})
        assert answer["FunctionError"] == "Unhandled"
        assert answer["Payload"]["errorType"] == error_type
        assert answer["Payload"]["errorMessage"] == message


def test_a_result_above_six_megabytes_is_an_error(invoke: Callable[..., Any]) -> None:
    answer = invoke("large", {})
    assert answer["FunctionError"] == "Unhandled"
    assert answer["Payload"]["errorType"] == "Function.ResponseSizeTooLarge"


def test_invocations_at_once_take_a_process_each_up_to_the_limit(invoke: Callable[..., Any]) -> None:
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: invoke("sleep", {"seconds": 0.3}), range(3)))
    assert len({answer["Payload"] for answer in answers}) == 2


def test_the_log_of_an_invocation_stands_in_its_own_file(
    invoke: Callable[..., Any], logs: Callable[[str], list[str]]
) -> None:
    request_id = invoke("echo", {})["ResponseMetadata"]["RequestId"]
    start, output, end, report = logs("echo")[-1].splitlines()
    assert start == f"START RequestId: {request_id} Version: $LATEST"
    assert output == "echo was called"
    assert end == f"END RequestId: {request_id}"
    assert report.startswith(f"REPORT RequestId: {request_id}\tDuration: ")
    assert "\tMemory Size: 256 MB\tMax Memory Used: " in report
    assert "Init Duration" not in report


def test_the_first_log_of_a_process_holds_its_imports(
    invoke: Callable[..., Any], logs: Callable[[str], list[str]]
) -> None:
    invoke("leave", {"status": 1})
    lines = logs("leave")[-1].splitlines()
    assert lines[0] == "imported"
    assert "Init Duration: " in lines[-1]


def test_the_tail_of_the_log_comes_with_the_answer(invoke: Callable[..., Any]) -> None:
    tail = base64.b64decode(invoke("echo", {}, LogType="Tail")["LogResult"]).decode()
    assert "echo was called\n" in tail
    assert "REPORT RequestId: " in tail
    assert "LogResult" not in invoke("echo", {})


def test_an_event_invocation_answers_at_once_and_runs(
    invoke: Callable[..., Any], logs: Callable[[str], list[str]], tmp_path: Path
) -> None:
    fifo = tmp_path / "touched"
    os.mkfifo(fifo)
    answer = invoke("touch", {"path": str(fifo)}, InvocationType="Event")
    assert answer["StatusCode"] == 202
    assert answer["Payload"] is None
    fifo.read_bytes()  # returns once the function has opened and closed it


def test_a_dry_run_runs_nothing(invoke: Callable[..., Any], logs: Callable[[str], list[str]], client: Any) -> None:
    before = len(logs("echo"))
    assert invoke("echo", {}, InvocationType="DryRun")["StatusCode"] == 204
    assert len(logs("echo")) == before
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        invoke("unknown", {}, InvocationType="DryRun")


@pytest.mark.parametrize(
    ("reference", "arn"),
    [
        ("unknown", "arn:aws:lambda:us-east-1:111111111111:function:unknown:$LATEST"),
        ("echo:7", "arn:aws:lambda:us-east-1:111111111111:function:echo:7"),
        (
            "arn:aws:lambda:eu-west-1:222222222222:function:unknown",
            "arn:aws:lambda:eu-west-1:222222222222:function:unknown:$LATEST",
        ),
    ],
)
def test_an_unknown_function_is_not_found(invoke: Callable[..., Any], client: Any, reference: str, arn: str) -> None:
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Function not found") as raised:
        invoke(reference, {})
    assert raised.value.response["Error"]["Message"] == f"Function not found: {arn}"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


@pytest.mark.parametrize(
    ("parameters", "code", "status"),
    [
        ({"Payload": b"{not json"}, "InvalidRequestContentException", 400),
        ({"Payload": b'"' + b"x" * (6 * 1024 * 1024) + b'"'}, "RequestTooLargeException", 413),
        ({"ClientContext": "no base64"}, "InvalidRequestContentException", 400),
        ({"InvocationType": "Sometime"}, "ValidationException", 400),
        ({"FunctionName": "a function"}, "ValidationException", 400),
    ],
)
def test_a_request_lambda_would_refuse_is_refused(
    client: Any, parameters: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(ClientError) as raised:
        client.invoke(**{"FunctionName": "echo", **parameters})
    assert raised.value.response["Error"]["Code"] == code
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_the_client_context_reaches_the_function(client: Any) -> None:
    context = base64.b64encode(b'{"custom": {"k": "v"}}').decode()
    assert "FunctionError" not in client.invoke(FunctionName="echo", ClientContext=context)
