"""The protocol itself: what boto3 never sends, and what must hold for every action."""

import asyncio
import http.client
import json
import socket
from dataclasses import fields
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from asl_engine.integrations.http_client import HttpAnswer, HttpClient
from asl_engine.integrations.table import Unavailable
from asl_engine.local import Service
from asl_engine.runtime.engine import Engine
from asl_engine.server.actions import ACTIONS
from asl_engine.server.app import make_app
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.listening import Listener
from asl_engine.server.model import load_operations

OPERATIONS = load_operations()


def post(
    service: Service, target: str | None, body: bytes, path: str = "/", **more: str
) -> tuple[int, Any, dict[str, str]]:
    connection = http.client.HTTPConnection(service.endpoint.removeprefix("http://"), timeout=10)
    headers = {} if target is None else {"X-Amz-Target": target}
    connection.request("POST", path, body, {**headers, **more, "Content-Type": "application/x-amz-json-1.0"})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, json.loads(content) if path == "/" else content, dict(answer.getheaders())


@pytest.mark.parametrize("target", [None, "AWSStepFunctions.SendMessage", "RedriveExecution2"])
def test_an_action_that_is_not_there_is_unknown(service: Service, target: str | None) -> None:
    status, body, headers = post(service, target, b"{}")
    assert (status, body["__type"]) == (400, "UnknownOperationException")
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert headers["x-amzn-requestid"]


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"[]", b'{"maxResults": "many"}', b"\xff", b"[" * 100_000),
        *(b'{"nextToken": "\\ud800"}', b'{"nextToken": "\\uD83D \\uDE00"}', b'{"nextToken": "\xed\xa0\x80"}'),
    ],
)
def test_a_body_that_cannot_be_read_is_a_serialization_error(service: Service, body: bytes) -> None:
    status, answer, _ = post(service, "AWSStepFunctions.ListStateMachines", body)
    assert (status, answer["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize(
    "body",
    [
        b'{"nextToken": "' + b"a" * 9_000_000 + b'"}',
        b'{"maxResults": ' + b"9" * 5_000 + b"}",
        b'{"maxResults": 1e999}',
        b'{"maxResults": NaN}',
        b'{"a":' * 50_000,
    ],
)
def test_a_huge_body_is_refused_in_bounded_time(service: Service, body: bytes) -> None:
    started_at = perf_counter()
    status, answer, _ = post(service, "AWSStepFunctions.ListStateMachines", body)
    assert (status, answer["__type"]) == (400, "SerializationException")
    assert perf_counter() - started_at < 2


def test_what_is_quoted_of_a_request_is_short(service: Service) -> None:
    body = json.dumps({"taskToken": "a" * 1_000_000}).encode()
    _, answer, _ = post(service, "AWSStepFunctions.SendTaskHeartbeat", body)
    assert answer["__type"] == "ValidationException"
    assert len(answer["message"]) < 1_200


def test_every_operation_of_the_model_is_there() -> None:
    assert set(ACTIONS) == set(OPERATIONS)


def test_nobody_works_for_a_caller_who_has_gone(service: Service, client: Any) -> None:
    arn = client.create_activity(name="left-alone")["activityArn"]
    host, port = service.endpoint.removeprefix("http://").split(":")
    body = json.dumps({"activityArn": arn})
    head = f"POST / HTTP/1.1\r\nHost: {host}\r\nX-Amz-Target: AWSStepFunctions.GetActivityTask\r\n"
    with socket.create_connection((host, int(port))) as gone:
        gone.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    definition = {"StartAt": "Do", "States": {"Do": {"Type": "Task", "Resource": arn, "End": True}}}
    machine = client.create_state_machine(
        name="worked", definition=json.dumps(definition), roleArn="arn:aws:iam::111111111111:role/engine"
    )
    client.start_execution(stateMachineArn=machine["stateMachineArn"])
    assert client.get_activity_task(activityArn=arn)["taskToken"]


def test_an_empty_body_is_an_empty_request(service: Service) -> None:
    status, answer, _ = post(service, "AWSStepFunctions.ListStateMachines", b"")
    assert status == 200
    assert "stateMachines" in answer


def test_several_violations_come_in_one_message(service: Service) -> None:
    _, answer, _ = post(service, "AWSStepFunctions.CreateStateMachine", b'{"name": "n"}')
    assert answer["message"] == (
        "2 validation errors detected: "
        "Value null at 'definition' failed to satisfy constraint: Member must not be null; "
        "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"
    )


def test_a_whole_surrogate_pair_is_a_character(service: Service) -> None:
    status, answer, _ = post(service, "AWSStepFunctions.DescribeExecution", b'{"executionArn": "\\ud83d\\ude00"}')
    assert (status, answer["message"]) == (400, "Invalid Arn: 'Invalid ARN prefix: \N{GRINNING FACE}'")


def test_other_paths_are_not_found(service: Service) -> None:
    status, content, _ = post(service, None, b"", path="/elsewhere")
    assert (status, json.loads(content)["__type"]) == (404, "UnknownOperationException")


def test_other_methods_are_not_allowed(service: Service) -> None:
    connection = http.client.HTTPConnection(service.endpoint.removeprefix("http://"), timeout=10)
    connection.request("PUT", "/")
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["__type"]) == (405, "UnknownOperationException")
    connection.close()


@pytest.mark.parametrize("bytes_sent", [b"\x00\x01\x02\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"])
def test_what_is_no_http_is_answered_and_hung_up_on(service: Service, bytes_sent: bytes) -> None:
    host, port = service.endpoint.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(bytes_sent)
        answer = connection.makefile("rb").read()
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["__type"] == "SerializationException"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://example.org", 400),
        ("http://127.0.0.1.example.org:8083", 400),
        ("null", 400),
        ("http://[", 400),
        ("http://localhost:8083", 200),
        ("http://[::1]:8083", 200),
    ],
)
def test_only_pages_of_this_machine_may_call(service: Service, origin: str, status: int) -> None:
    assert post(service, "AWSStepFunctions.ListStateMachines", b"{}", Origin=origin)[0] == status


def test_our_own_mistake_is_an_internal_failure_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> HttpAnswer:
        backend = Backend(
            engine=cast("Engine", None),
            now=lambda: datetime.now(UTC),
            new_id=lambda: "id",
            draw=lambda _: 0,
            resolve=lambda _: Unavailable(""),
        )
        listener = Listener(make_app(backend, Caller(account="123456789012", region="us-east-1")), 0)
        await listener.start()
        client = HttpClient(f"http://127.0.0.1:{listener.port}")
        answer = await client.post("/", {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}, b"{}")
        await client.close()
        await listener.stop()
        return answer

    answer = asyncio.run(run())
    assert answer.status == 500
    assert json.loads(answer.body)["__type"] == "InternalFailure"
    assert "request failed" in caplog.text


def test_without_a_signature_the_configured_account_and_region_hold(service: Service) -> None:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    request = json.dumps(
        {"name": "unsigned", "definition": definition, "roleArn": "arn:aws:iam::111111111111:role/engine"}
    )
    _, answer, _ = post(service, "AWSStepFunctions.CreateStateMachine", request.encode())
    assert answer["stateMachineArn"] == "arn:aws:states:us-east-1:123456789012:stateMachine:unsigned"


def test_an_answer_does_not_wait_for_a_delayed_acknowledgement(client: Any) -> None:
    durations = []
    for _ in range(10):
        started_at = perf_counter()
        client.list_state_machines()
        durations.append(perf_counter() - started_at)
    assert min(durations) < 0.03  # Nagle's algorithm against delayed ACK costs 0.04 s each time


@pytest.mark.parametrize("name", ACTIONS)
def test_an_action_takes_exactly_what_the_model_offers(name: str) -> None:
    assert {field.name for field in fields(ACTIONS[name].request_type)} == set(OPERATIONS[name].input.wire_names)


def test_where_the_ipv6_port_is_taken_the_other_address_is_enough() -> None:
    async def run(port: int) -> int:
        listener = Listener(Starlette(), port)
        await listener.start()
        await listener.stop()
        return listener.port

    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        assert asyncio.run(run(port)) == port
