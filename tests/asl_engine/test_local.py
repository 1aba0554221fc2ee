"""The service from start to stop, and again over the same journal."""

import asyncio
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from asl_engine.integrations.http_client import HttpClient
from asl_engine.journal.port import Status
from asl_engine.journal.sqlite import JournalInUse
from asl_engine.local import Service, ServiceOptions
from asl_engine.runtime.clock import TurnedClock

CALL = {"StartAt": "Call", "States": {"Call": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}}}
CALL["States"]["Call"] |= {"Parameters": {"FunctionName": "hello", "Payload.$": "$"}, "End": True}  # type: ignore[index]
WAIT = {"StartAt": "Long", "States": {"Long": {"Type": "Wait", "Seconds": 3600, "End": True}}}


async def ask(service: Service, action: str, **request: Any) -> Any:
    client = HttpClient(service.endpoint)
    answer = await client.post("/", {"X-Amz-Target": f"AWSStepFunctions.{action}"}, json.dumps(request).encode())
    await client.close()
    return json.loads(answer.body)


async def start(service: Service, definition: Any, **parameters: Any) -> str:
    created = await ask(
        service,
        "CreateStateMachine",
        name="machine",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::111111111111:role/engine",
    )
    started = await ask(service, "StartExecution", stateMachineArn=created["stateMachineArn"], **parameters)
    return str(started["executionArn"])


@pytest.mark.parametrize("durability", ["process", "power"])
def test_what_was_running_goes_on_after_a_restart(tmp_path: Path, durability: Any) -> None:
    options = ServiceOptions(port=0, journal=tmp_path / "new" / "journal.sqlite", durability=durability)

    async def run() -> str:
        clock = TurnedClock()
        async with Service(options, clock) as service:
            arn = await start(service, WAIT)
        async with Service(options, clock) as service:
            assert (await ask(service, "DescribeExecution", executionArn=arn))["status"] == "RUNNING"
            assert clock.turn_to_next()
            await service.engine.settled(arn)
            return str((await ask(service, "DescribeExecution", executionArn=arn))["status"])

    assert asyncio.run(run()) == "SUCCEEDED"


def test_the_machine_clock_is_the_default() -> None:
    async def run() -> Status:
        async with Service(ServiceOptions(port=0, wait_time_scale=0)) as service:
            return (await service.engine.settled(await start(service, WAIT))).status

    assert asyncio.run(run()) is Status.SUCCEEDED


def test_tasks_are_called_at_the_lambda_endpoint() -> None:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"got": %s}' % body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
            pass

    async def run(endpoint: str) -> str | None:
        async with Service(ServiceOptions(port=0, lambda_endpoint=endpoint)) as service:
            return (await service.engine.settled(await start(service, CALL, input='{"n":1}'))).output

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        output = asyncio.run(run(f"http://127.0.0.1:{server.server_port}"))
        thread.join()
    assert output is not None
    assert json.loads(output)["Payload"] == {"got": {"n": 1}}


def test_without_a_lambda_endpoint_tasks_fail_and_say_what_to_do() -> None:
    async def run() -> Any:
        async with Service(ServiceOptions(port=0)) as service:
            return (await service.engine.settled(await start(service, CALL))).failure

    failure = asyncio.run(run())
    assert failure.error == "States.Runtime"
    assert "--lambda-endpoint" in failure.cause


@pytest.mark.parametrize("taken", ["port", "journal"])
def test_a_start_that_fails_leaves_nothing_open(tmp_path: Path, taken: str) -> None:
    journal = tmp_path / "journal.sqlite"

    async def run() -> None:
        async with Service(ServiceOptions(port=0, journal=journal)) as first:
            port = int(first.endpoint.rsplit(":", 1)[1])
            other = {"port": tmp_path / "other.sqlite", "journal": journal}[taken]
            await Service(ServiceOptions(port=port if taken == "port" else 0, journal=other)).start()

    with pytest.raises((OSError, JournalInUse)):
        asyncio.run(run())
    asyncio.run(opened(journal))


async def opened(journal: Path) -> None:
    async with Service(ServiceOptions(port=0, journal=journal)):
        pass


def test_both_loopback_addresses_answer() -> None:
    async def run() -> Any:
        async with Service(ServiceOptions(port=0)) as service:
            port = service.endpoint.rsplit(":", 1)[1]
            client = HttpClient(f"http://[::1]:{port}")
            answer = await client.post("/", {"X-Amz-Target": "AWSStepFunctions.ListStateMachines"}, b"{}")
            await client.close()
            return answer.status

    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    assert asyncio.run(run()) == 200


def test_executions_are_logged_beside_the_journal(tmp_path: Path) -> None:
    async def run() -> str:
        async with Service(ServiceOptions(port=0, journal=tmp_path / "journal.sqlite", wait_time_scale=0)) as service:
            group = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g:*"}}
            logging = {"level": "ALL", "includeExecutionData": True, "destinations": [group]}
            definition = json.dumps(WAIT)
            machine = {
                "name": "logged",
                "definition": definition,
                "roleArn": "arn:aws:iam::111111111111:role/engine",
                "loggingConfiguration": logging,
            }
            created = await ask(service, "CreateStateMachine", **machine)
            started = await ask(service, "StartExecution", stateMachineArn=created["stateMachineArn"])
            await service.engine.settled(started["executionArn"])
        folder = tmp_path / "journal.sqlite.logs" / "123456789012" / "us-east-1"
        return (folder / "logged.log").read_text()

    types = [json.loads(line)["type"] for line in asyncio.run(run()).splitlines()]
    assert types == ["ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded"]


def test_an_engine_that_only_looks_refuses_changes(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"

    async def run() -> list[Any]:
        async with Service(ServiceOptions(port=0, journal=journal)):
            pass
        async with Service(ServiceOptions(port=0, journal=journal, read_only=True)) as service:
            return [await ask(service, "CreateActivity", name="new"), await ask(service, "ListActivities")]

    refused, listed = asyncio.run(run())
    assert refused["__type"] == "AccessDeniedException"
    assert listed == {"activities": []}
