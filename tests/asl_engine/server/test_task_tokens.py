"""Tasks that wait for their token, which a function was handed over the Invoke API."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

import pytest

from asl_engine.integrations.http_client import HttpClient
from asl_engine.journal.port import ExecutionRecord
from asl_engine.local import Service, ServiceOptions

Ask: TypeAlias = Callable[..., Awaitable[Any]]

DEFINITION = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
            "HeartbeatSeconds": 3600,
            "End": True,
        }
    },
}


@pytest.fixture
def invoke_api() -> Iterator[tuple[str, "SimpleQueue[str]"]]:
    """A Lambda endpoint, and the tokens that its function was handed."""
    tokens: SimpleQueue[str] = SimpleQueue()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            tokens.put(json.loads(self.rfile.read(int(self.headers["content-length"])))["token"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"null")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}", tokens
        server.shutdown()


@pytest.fixture
def run_until_token(
    invoke_api: tuple[str, "SimpleQueue[str]"],
) -> Callable[[Callable[[Ask, str], Awaitable[None]]], ExecutionRecord]:
    """Start an execution, let the test act once its token is out, and wait until it has ended."""
    endpoint, tokens = invoke_api

    async def run(act: Callable[[Ask, str], Awaitable[None]]) -> ExecutionRecord:
        async with Service(ServiceOptions(port=0, lambda_endpoint=endpoint)) as service:
            client = HttpClient(service.endpoint)

            async def ask(action: str, **request: Any) -> Any:
                target = {"X-Amz-Target": f"AWSStepFunctions.{action}"}
                return json.loads((await client.post("/", target, json.dumps(request).encode())).body)

            definition = json.dumps(DEFINITION)
            created = await ask(
                "CreateStateMachine", name="ask", definition=definition, roleArn="arn:aws:iam::111111111111:role/engine"
            )
            started = await ask("StartExecution", stateMachineArn=created["stateMachineArn"])
            await act(ask, await asyncio.to_thread(tokens.get))
            ended = await service.engine.settled(started["executionArn"])
            await client.close()
            return ended

    return lambda act: asyncio.run(run(act))


def test_success_is_the_tasks_result(run_until_token: Callable[..., ExecutionRecord]) -> None:
    async def act(ask: Ask, token: str) -> None:
        assert await ask("SendTaskHeartbeat", taskToken=token) == {}
        assert await ask("SendTaskSuccess", taskToken=token, output='{"a":1}') == {}

    assert run_until_token(act).output == '{"a":1}'


def test_failure_fails_the_task(run_until_token: Callable[..., ExecutionRecord]) -> None:
    async def act(ask: Ask, token: str) -> None:
        assert await ask("SendTaskFailure", taskToken=token, error="Refused", cause="by a person") == {}

    failure = run_until_token(act).failure
    assert failure is not None
    assert (failure.error, failure.cause) == ("Refused", "by a person")


def test_what_is_no_token_or_no_output_is_refused(run_until_token: Callable[..., ExecutionRecord]) -> None:
    async def act(ask: Ask, token: str) -> None:
        assert (await ask("SendTaskSuccess", taskToken="none", output="{"))["__type"] == "InvalidToken"
        assert await ask("SendTaskSuccess", taskToken=token, output="{") == {
            "__type": "InvalidOutput",
            "message": (
                "Invalid Output: 'Unexpected end-of-input: expected close marker for Object "
                '(start marker at [Source: (String)"{"; line: 1, column: 1])\''
            ),
        }
        assert (await ask("SendTaskHeartbeat", taskToken="no token"))["__type"] == "InvalidToken"
        await ask("SendTaskFailure", taskToken=token)
        late = await ask("SendTaskFailure", taskToken=token)
        assert late == {"__type": "TaskTimedOut", "message": "Task Timed Out: 'Provided task does not exist anymore'"}

    run_until_token(act)
