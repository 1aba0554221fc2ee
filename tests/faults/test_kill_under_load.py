"""kill -9 of `python -m asl_engine` with 200 executions in flight: nothing that it acknowledged is lost.

ASL_ENGINE_KILL_ROUNDS says how often it is killed; `make kill-rounds` runs 50 rounds.
"""

import http.client
import http.server
import json
import os
import queue
import random
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

ROUNDS = int(os.environ.get("ASL_ENGINE_KILL_ROUNDS", "2"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(120 + 60 * ROUNDS)]

IN_FLIGHT = 200
PATIENCE_SECONDS = 120.0
ACTIVITY_ARN = "arn:aws:states:us-east-1:123456789012:activity:work"
LAMBDA = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "OutputPath": "$.Payload", "End": True}
FLAKY = {
    **LAMBDA,
    "Parameters": {"FunctionName": "flaky", "Payload.$": "$"},
    "Retry": [{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 9, "BackoffRate": 1}],
}
ASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "Parameters": {"FunctionName": "ask", "Payload": {"number.$": "$.number", "token.$": "$$.Task.Token"}},
    "End": True,
}
BRANCHES: dict[str, dict[str, Any]] = {
    "Pause": {"Type": "Wait", "Seconds": 3, "End": True},
    "Each": {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemSelector": {"number.$": "$.number", "item.$": "$$.Map.Item.Value"},
        "MaxConcurrency": 2,
        "ItemProcessor": {"StartAt": "Flaky", "States": {"Flaky": FLAKY}},
        "End": True,
    },
    "Ask": ASK,
    "Work": {
        "Type": "Task",
        "Resource": ACTIVITY_ARN,
        "TimeoutSeconds": 4,  # a task that was assigned to a worker who never heard of it is only missed by the clock
        "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 9, "BackoffRate": 1}],
        "End": True,
    },
}
DEFINITION = {
    "StartAt": "All",
    "States": {
        "All": {
            "Type": "Parallel",
            "Branches": [{"StartAt": name, "States": {name: state}} for name, state in BRANCHES.items()],
            "End": True,
        }
    },
}


class Refused(Exception):
    """The engine answered with an error."""


class Client:
    """Speaks to the engine from many threads; whatever breaks the connection is an OSError."""

    def __init__(self) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port: int = taken.getsockname()[1]
        self._connections = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def call(self, action: str, **request: Any) -> Any:
        connection = self._connection()
        try:
            connection.request("POST", "/", json.dumps(request), {"X-Amz-Target": f"AWSStepFunctions.{action}"})
            answer = connection.getresponse()
            content = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()  # the next request opens it again
            raise ConnectionError from error
        if answer.status != 200:
            raise Refused(content["__type"])
        return content

    def _connection(self) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._connections, "mine", None)
        if connection is None:
            connection = self._connections.mine = http.client.HTTPConnection("127.0.0.1", self.port)
            self._opened.append(connection)
        return connection

    def insist(self, action: str, **request: Any) -> Any:
        """Calls again until there is an answer."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                return self.call(action, **request)
            except OSError:
                time.sleep(0.01)
        raise TimeoutError(action)


class World:
    """What answers the engine's tasks: functions, and workers who note which of their answers were acknowledged."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.acknowledged: dict[tuple[str, int], list[int]] = defaultdict(list)
        self.tried: set[tuple[int, int]] = set()
        self.tokens: queue.SimpleQueue[tuple[int, str]] = queue.SimpleQueue()
        self._serials = count(1)

    def start(self) -> None:
        for work in (self._ask, self._ask, self._work, self._work):
            threading.Thread(target=self._repeat, args=(work,), daemon=True).start()

    def function(self, name: str, given: Any) -> tuple[Any, bool]:
        """What a function answers, and whether it failed: `flaky` does the first time."""
        if name == "ask":
            self.tokens.put((given["number"], given["token"]))
            return None, False
        attempt = (given["number"], given["item"])
        failed = attempt not in self.tried
        self.tried.add(attempt)
        return ({"errorType": "Busy", "errorMessage": "busy"} if failed else {"twice": 2 * given["item"]}), failed

    def _repeat(self, work: Callable[[], None]) -> None:
        while True:
            try:
                work()
            except (OSError, Refused):
                time.sleep(0.01)

    def _ask(self) -> None:
        number, token = self.tokens.get()
        self._answer("Ask", number, token)

    def _work(self) -> None:
        task = self.client.call("GetActivityTask", activityArn=ACTIVITY_ARN)
        if task.get("taskToken"):
            self._answer("Work", json.loads(task["input"])["number"], task["taskToken"])

    def _answer(self, state: str, number: int, token: str) -> None:
        """Every attempt says something else, so that the result tells which of them counted."""
        while True:
            serial = next(self._serials)
            try:
                self.client.call("SendTaskSuccess", taskToken=token, output=json.dumps({"serial": serial}))
            except Refused:  # an attempt that was not acknowledged had been taken in
                return
            except OSError:
                time.sleep(0.01)
            else:
                self.acknowledged[state, number].append(serial)
                return


@contextmanager
def functions(world: World) -> Iterator[str]:
    """A Lambda endpoint."""

    class Invocation(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer, failed = world.function(self.path.split("/")[3], given)
            body = json.dumps(answer).encode()
            self.send_response(200)
            if failed:
                self.send_header("X-Amz-Function-Error", "Unhandled")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # the engine was killed while it was answered
                self.close_connection = True

    class Server(http.server.ThreadingHTTPServer):
        request_queue_size = 4 * IN_FLIGHT  # after a restart the engine asks for everything at once

    with Server(("127.0.0.1", 0), Invocation) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Engine:
    """The server's process on one journal, which can be killed and started again."""

    def __init__(self, journal: Path, port: int, lambda_endpoint: str) -> None:
        options = ["--port", str(port), "--journal", str(journal), "--lambda-endpoint", lambda_endpoint]
        self._command = [sys.executable, "-m", "asl_engine", *options]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline().startswith("Step Functions at ")

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def start_executions(client: Client, machine_arn: str, numbers: list[int]) -> list[tuple[int, str]]:
    """Numbers and ARNs of the executions whose start was acknowledged."""

    def start(number: int) -> tuple[int, str] | None:
        given = json.dumps({"number": number, "items": [1, 2, 3]})
        try:
            answer = client.call("StartExecution", stateMachineArn=machine_arn, name=f"x{number}", input=given)
        except OSError:
            return None
        return number, str(answer["executionArn"])

    with ThreadPoolExecutor(4) as pool:
        return [started for started in pool.map(start, numbers) if started is not None]


def running(client: Client, machine_arn: str) -> int:
    found = client.insist("ListExecutions", stateMachineArn=machine_arn, statusFilter="RUNNING", maxResults=1000)
    return len(found["executions"])


def one_round(engine: Engine, world: World, machine_arn: str, number: int) -> tuple[int, int]:
    """Kills the engine while executions start or run; how many starts it acknowledged, how many it then resumed."""
    client = world.client
    numbers = [number * IN_FLIGHT + position for position in range(IN_FLIGHT)]
    chance = random.Random(number)
    with ThreadPoolExecutor(1) as pool:
        starting = pool.submit(start_executions, client, machine_arn, numbers)
        if number % 2:
            starting.result()
        time.sleep(chance.uniform(0.0, 1.5))
        engine.kill()
        started = starting.result()
    for _ in range(number % 3):  # also while it is recovering
        engine.start()
        time.sleep(chance.uniform(0.0, 0.3))
        engine.kill()
    engine.start()
    resumed = running(client, machine_arn)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while running(client, machine_arn):
        assert time.monotonic() < deadline, "executions do not end"
        time.sleep(0.05)
    for each, arn in started:
        check(world, each, client.insist("DescribeExecution", executionArn=arn))
    return len(started), resumed


def check(world: World, number: int, described: Any) -> None:
    assert described["status"] == "SUCCEEDED", described
    pause, each, asked, worked = json.loads(described["output"])
    assert pause == {"number": number, "items": [1, 2, 3]}
    assert each == [{"twice": 2}, {"twice": 4}, {"twice": 6}]
    for state, answer in (("Ask", asked), ("Work", worked)):
        assert world.acknowledged.get((state, number), [answer["serial"]]) == [answer["serial"]]


def test_nothing_acknowledged_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = Client()
    world = World(client)
    with functions(world) as lambda_endpoint:
        engine = Engine(tmp_path / "journal", client.port, lambda_endpoint)
        try:
            world.start()
            client.insist("CreateActivity", name="work")
            created = client.insist(
                "CreateStateMachine",
                name="m",
                definition=json.dumps(DEFINITION),
                roleArn="arn:aws:iam::111111111111:role/engine",
            )
            for number in range(ROUNDS):
                started, resumed = one_round(engine, world, created["stateMachineArn"], number)
                with capsys.disabled():
                    sys.stdout.write(f"round {number + 1}: {started} starts acknowledged, {resumed} resumed, 0 lost\n")
                    sys.stdout.flush()
        finally:
            engine.kill()
            client.close()
    assert len(world.acknowledged) > IN_FLIGHT
