"""Tasks that call Lambda, against a small stand-in for the Invoke API."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from asl_engine.history.resources import parse_resource
from asl_engine.integrations.http_client import HttpClient
from asl_engine.integrations.lambda_functions import LambdaFunctions
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.table import Unavailable
from asl_engine.language.values import JSON, Failure

FUNCTION_ARN = "arn:aws:lambda:us-east-1:111111111111:function:hello"
INVOKE = "arn:aws:states:::lambda:invoke"


@dataclass
class InvokeApi:
    """Answers every request with what it was told to, and remembers the requests."""

    endpoint: str
    status: int = 200
    standing_headers: dict[str, str] = field(default_factory=lambda: {"x-amzn-RequestId": "request-1"})
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)


@pytest.fixture
def invoke_api() -> Iterator[InvokeApi]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            api.connections.add(self.client_address)
            api.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            if api.status == 0:  # break the connection off
                self.close_connection = True
                return
            self.send_response(api.status)
            for name, value in {**api.standing_headers, **api.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(api.body)))
            self.end_headers()
            self.wfile.write(api.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        api = InvokeApi(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield api
        server.shutdown()


def request(resource: str, arguments: JSON) -> TaskRequest:
    return TaskRequest(
        task_id="task-1",
        execution_arn="arn:aws:states:eu-west-1:222222222222:execution:machine:run",
        state_name="Call",
        resource=parse_resource(resource),
        arguments=arguments,
        token="token",
        attempt=0,
    )


def run(endpoint: str, *requests: TaskRequest) -> list[TaskOutcome]:
    async def work() -> list[TaskOutcome]:
        client = HttpClient(endpoint)
        functions = LambdaFunctions(client)
        outcomes = [await functions.run(one) for one in requests]
        await client.close()
        return outcomes

    return asyncio.run(work())


@pytest.fixture
def perform(invoke_api: InvokeApi) -> Callable[..., TaskOutcome]:
    return lambda resource, arguments: run(invoke_api.endpoint, request(resource, arguments))[0]


def test_a_function_arn_gets_the_input_as_its_payload(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]
) -> None:
    invoke_api.body = '{"said": "ü"}'.encode()
    assert perform(FUNCTION_ARN, {"name": "ö"}) == Succeeded({"said": "ü"})
    path, headers, body = invoke_api.requests[0]
    assert path == f"/2015-03-31/functions/{FUNCTION_ARN}/invocations"
    assert "Credential=222222222222/20000101/eu-west-1/lambda/" in headers["authorization"]
    assert headers["x-amzn-trace-id"].startswith("Root=1-")
    assert json.loads(body) == {"name": "ö"}


def test_invoke_answers_as_the_invoke_api_does(invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]) -> None:
    invoke_api.body = b'[1, {"a": null}]'
    invoke_api.headers = {"X-Amz-Executed-Version": "7", "X-Amz-Log-Result": "bG9n"}
    outcome = perform(
        INVOKE,
        {
            "FunctionName": "hello",
            "Payload": {"x": 1},
            "Qualifier": "7",
            "InvocationType": "RequestResponse",
            "LogType": "Tail",
            "ClientContext": "e30=",
        },
    )
    assert isinstance(outcome, Succeeded)
    output: Any = outcome.output
    assert output["Payload"] == [1, {"a": None}]
    assert output["ExecutedVersion"] == "7"
    assert output["StatusCode"] == 200
    assert output["LogResult"] == "bG9n"
    assert output["SdkResponseMetadata"] == {"RequestId": "request-1"}
    assert output["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert output["SdkHttpMetadata"]["AllHttpHeaders"]["x-amzn-RequestId"] == ["request-1"]
    assert list(output["SdkHttpMetadata"]["HttpHeaders"]) == [
        "Connection",
        "Content-Length",
        "Content-Type",
        "Date",
        "X-Amz-Executed-Version",
        "x-amzn-Remapped-Content-Length",
        "x-amzn-RequestId",
        "X-Amzn-Trace-Id",
    ]
    path, headers, _ = invoke_api.requests[0]
    assert path == "/2015-03-31/functions/hello/invocations?Qualifier=7"
    assert headers["x-amz-invocation-type"] == "RequestResponse"
    assert headers["x-amz-log-type"] == "Tail"
    assert headers["x-amz-client-context"] == "e30="


@pytest.mark.parametrize("payload", [{}, {"Payload": None}])
def test_invoke_without_a_payload_sends_none(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome], payload: dict[str, JSON]
) -> None:
    perform(INVOKE, {"FunctionName": "hello", **payload})
    assert invoke_api.requests[0][2] == b""


@pytest.mark.parametrize(("payload", "sent"), [('"said"', b'"said"'), ("7", b"7"), ("said", b'"said"'), ("", b'""')])
def test_a_payload_that_is_a_text_is_sent_as_the_json_it_is_or_becomes(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome], payload: str, sent: bytes
) -> None:
    perform(INVOKE, {"FunctionName": "hello", "Payload": payload})
    assert invoke_api.requests[0][2] == sent


def test_an_event_invocation_has_no_result(invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]) -> None:
    invoke_api.status = 202
    invoke_api.body = b""
    outcome = perform(INVOKE, {"FunctionName": "hello", "InvocationType": "Event"})
    assert isinstance(outcome, Succeeded)
    assert isinstance(outcome.output, dict)
    assert outcome.output.keys() == {"SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"}


def test_invoke_for_a_token_is_only_submitted(invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]) -> None:
    outcome = perform(f"{INVOKE}.waitForTaskToken", {"FunctionName": "hello"})
    assert isinstance(outcome, Submitted)


@pytest.mark.parametrize(
    ("resource", "arguments", "cause"),
    [
        (FUNCTION_ARN, {}, '{"errorMessage":  "nö", "errorType": "ValueError"}'),
        (INVOKE, {"FunctionName": "hello"}, '{"errorMessage":"nö","errorType":"ValueError"}'),
    ],
)
def test_what_a_function_raised_is_the_cause_word_for_word_or_compact(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome], resource: str, arguments: JSON, cause: str
) -> None:
    invoke_api.headers = {"X-Amz-Function-Error": "Unhandled"}
    invoke_api.body = '{"errorMessage":  "nö", "errorType": "ValueError"}'.encode()
    assert perform(resource, arguments) == Failed(Failure("ValueError", cause))


@pytest.mark.parametrize("body", [b'{"errorMessage": "gone"}', b'{"errorType": ""}', b"plain text"])
def test_an_error_without_a_type_is_unknown(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome], body: bytes
) -> None:
    invoke_api.headers = {"X-Amz-Function-Error": "Unhandled"}
    invoke_api.body = body
    outcome = perform(FUNCTION_ARN, {})
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "Lambda.Unknown"
    assert outcome.failure.cause is not None
    assert outcome.failure.cause.endswith(f"Returned payload: {body.decode()}")


def test_a_refused_invocation_reads_as_aws_sdk_says_it(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]
) -> None:
    invoke_api.status = 404
    invoke_api.headers = {"x-amzn-ErrorType": "ResourceNotFoundException:http://internal.amazon.com/"}
    invoke_api.body = b'{"Type": "User", "Message": "Function not found: f"}'
    assert perform(INVOKE, {"FunctionName": "f"}) == Failed(
        Failure(
            "Lambda.ResourceNotFoundException",
            "Function not found: f (Service: AWSLambda; Status Code: 404; "
            "Error Code: ResourceNotFoundException; Request ID: request-1; Proxy: null)",
        )
    )


def test_what_a_refusal_does_not_say_is_not_made_up(invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]) -> None:
    invoke_api.status = 503
    invoke_api.standing_headers = {}
    assert perform(INVOKE, {"FunctionName": "f"}) == Failed(
        Failure(
            "Lambda.Unknown",
            "null (Service: AWSLambda; Status Code: 503; Error Code: Unknown; Request ID: unknown; Proxy: null)",
        )
    )


def test_a_refusal_that_is_no_json_is_still_a_failure(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]
) -> None:
    invoke_api.status = 502
    invoke_api.body = b"<html>bad gateway</html>"
    outcome = perform(INVOKE, {"FunctionName": "f"})
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "Lambda.Unknown"


def test_nobody_at_the_endpoint_is_a_client_exception() -> None:
    outcome = run("http://127.0.0.1:9", request(FUNCTION_ARN, {}))[0]
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "Lambda.SdkClientException"
    assert "Connect to 127.0.0.1:9 failed" in str(outcome.failure.cause)


def test_a_connection_broken_off_is_a_client_exception(
    invoke_api: InvokeApi, perform: Callable[..., TaskOutcome]
) -> None:
    invoke_api.status = 0
    outcome = perform(FUNCTION_ARN, {})
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "Lambda.SdkClientException"


def test_calls_after_one_another_share_a_connection(invoke_api: InvokeApi) -> None:
    outcomes = run(invoke_api.endpoint, *(request(FUNCTION_ARN, number) for number in range(3)))
    assert outcomes == [Succeeded({})] * 3
    assert len(invoke_api.connections) == 1


def test_a_connection_the_other_side_closed_is_replaced(invoke_api: InvokeApi) -> None:
    invoke_api.headers = {"Connection": "close"}
    run(invoke_api.endpoint, *(request(FUNCTION_ARN, number) for number in range(2)))
    assert len(invoke_api.connections) == 2


@pytest.mark.parametrize("endpoint", ["localhost:9001", "ftp://host", "http://"])
def test_an_endpoint_must_be_a_url(endpoint: str) -> None:
    with pytest.raises(ValueError, match="wanted http://host:port"):
        HttpClient(endpoint)


def test_an_integration_that_is_not_there_fails_its_tasks_and_says_why() -> None:
    outcome = asyncio.run(Unavailable("not here").run(request(FUNCTION_ARN, {})))
    assert outcome == Failed(Failure("States.Runtime", f"{FUNCTION_ARN}: not here"))
