"""The engine against moto and ministack, in turn on the same machine and work; prints a Markdown table with ratios.

    python benchmarks/engine.py [--moto PYTHON] [--ministack COMMAND]

Each engine is a server process of its own, spoken to by boto3 with an endpoint. moto is run by the Python that is
given (it needs `moto[server]`), ministack by its command; what is not given is left out. Absolute times belong to the
machine: compare the columns of one run. Ours keeps a journal on disk throughout; the others keep nothing.
"""

import argparse
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import processes
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ROLE = "arn:aws:iam::123456789012:role/benchmark"
PATIENCE_SECONDS = 300
ROUNDS = 3


@dataclass(frozen=True)
class Engine:
    """How an engine's server is started; `{port}` and `{folder}` are filled in."""

    name: str
    command: str
    environment: Mapping[str, str]


@dataclass
class Running:
    """A server that answers, and how long that took."""

    process: subprocess.Popen[bytes]
    client: Any
    endpoint: str
    start_seconds: float
    start_again: Callable[[], subprocess.Popen[bytes]]

    def resident_mb(self) -> float:
        """Memory of the server's process and its children, as the kernel counts it."""
        return sum(processes.resident_mb(pid) for pid in _family(self.process.pid))

    def kill_and_start_again(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process = self.start_again()

    def cpu_seconds(self) -> float:
        return sum(processes.cpu_seconds(pid) for pid in _family(self.process.pid))


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def client_of(endpoint: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="123456789012",
        aws_secret_access_key="benchmark",
        config=Config(retries={"max_attempts": 0}, read_timeout=PATIENCE_SECONDS),
    )


@contextmanager
def running(engine: Engine) -> Iterator[Running]:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    client = client_of(endpoint)
    with tempfile.TemporaryDirectory() as folder:
        command = shlex.split(engine.command.format(port=port, folder=folder))
        environment = {**os.environ, **{key: value.format(port=port) for key, value in engine.environment.items()}}

        def start() -> subprocess.Popen[bytes]:
            process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _await_answer(client, process)
            return process

        begun = time.monotonic()
        server = Running(start(), client, endpoint, time.monotonic() - begun, start)
        try:
            if engine.name == "moto":
                _let_moto_execute(endpoint)
            yield server
        finally:
            server.process.terminate()
            server.process.wait(20)


def _await_answer(client: Any, process: subprocess.Popen[bytes]) -> None:  # noqa: ANN401 - as above
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(BotoCoreError, ClientError):
            client.list_state_machines()
            return
        time.sleep(0.01)
    sys.exit(f"{process.args!r} did not answer")


def _let_moto_execute(endpoint: str) -> None:
    body = json.dumps({"stepfunctions": {"execute_state_machine": True}}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/moto-api/config", data=body, method="POST")).read()


# --- work -------------------------------------------------------------------------------------------------------


def chain(length: int) -> dict[str, Any]:
    states: dict[str, Any] = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(length - 1)}
    return {"StartAt": "S0", "States": {**states, f"S{length - 1}": {"Type": "Pass", "End": True}}}


def loop(turns: int) -> dict[str, Any]:
    """2 * turns + 3 states, counted in JSONPath."""
    return {
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Result": {"n": 0}, "Next": "Enough"},
            "Enough": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.n", "NumericGreaterThanEquals": turns, "Next": "Done"}],
                "Default": "Add",
            },
            "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
            "Done": {"Type": "Succeed"},
        },
    }


def loop_in_jsonata(turns: int) -> dict[str, Any]:
    return {
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            "Begin": {"Type": "Pass", "Output": {"n": 0}, "Next": "Enough"},
            "Enough": {
                "Type": "Choice",
                "Choices": [{"Condition": f"{{% $states.input.n >= {turns} %}}", "Next": "Done"}],
                "Default": "Add",
            },
            "Add": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "Enough"},
            "Done": {"Type": "Succeed"},
        },
    }


def mapped(items: int) -> dict[str, Any]:
    step = {"StartAt": "Item", "States": {"Item": {"Type": "Pass", "End": True}}}
    return {
        "StartAt": "Make",
        "States": {
            "Make": {"Type": "Pass", "Parameters": {"items.$": f"States.ArrayRange(1, {items}, 1)"}, "Next": "Each"},
            "Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": step, "End": True},
        },
    }


def parallel(branches: int) -> dict[str, Any]:
    each = [{"StartAt": f"B{i}", "States": {f"B{i}": {"Type": "Pass", "End": True}}} for i in range(branches)]
    return {"StartAt": "All", "States": {"All": {"Type": "Parallel", "Branches": each, "End": True}}}


class Refused(Exception):
    """The engine did not bring an execution to SUCCEEDED."""


class Work:
    """What is measured on one running server; every method returns the figure of its row."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._client = server.client
        self._machines = 0

    def _create(self, definition: dict[str, Any]) -> str:
        self._machines += 1
        created = self._client.create_state_machine(
            name=f"benchmark-{self._machines}", definition=json.dumps(definition), roleArn=ROLE
        )
        arn: str = created["stateMachineArn"]
        return arn

    def _start(self, machine: str) -> str:
        # A name of our own: moto calls every execution without one the same.
        started = self._client.start_execution(stateMachineArn=machine, name=str(uuid4()), input="{}")
        arn: str = started["executionArn"]
        return arn

    def _finish(self, execution_arn: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            status = self._client.describe_execution(executionArn=execution_arn)["status"]
            if status == "SUCCEEDED":
                return
            if status != "RUNNING":
                raise Refused(status)
            time.sleep(0.002)
        raise Refused("took too long")

    def one(self, definition: dict[str, Any]) -> float:
        """Seconds from StartExecution to SUCCEEDED, the best of a few."""
        machine = self._create(definition)
        seconds = []
        for _ in range(ROUNDS):
            begun = time.monotonic()
            self._finish(self._start(machine))
            seconds.append(time.monotonic() - begun)
        return min(seconds)

    def many(self) -> tuple[float, float]:
        """Executions a second and the server's CPU milliseconds for each, of 200 with 5 states."""
        machine = self._create(chain(5))
        begun, cpu = time.monotonic(), self._server.cpu_seconds()
        arns = [self._start(machine) for _ in range(200)]
        for arn in arns:
            self._finish(arn)
        return 200 / (time.monotonic() - begun), (self._server.cpu_seconds() - cpu) * 1000 / 200

    def history(self) -> tuple[float, int]:
        """Milliseconds for 1,000 events of the history of a Map over 1,000 items, and how many events it has."""
        machine = self._create(mapped(1000))
        arn = self._start(machine)
        self._finish(arn)
        begun = time.monotonic()
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=arn, PaginationConfig={"PageSize": 1000}
        )
        events = sum(len(page["events"]) for page in pages)
        return (time.monotonic() - begun) * 1_000_000 / events, events

    def refuses_dangling_next(self) -> bool:
        try:
            self._create({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "Nowhere"}}})
        except ClientError:
            return True
        return False

    def redrives(self) -> bool:
        arn = self._start(self._create({"StartAt": "A", "States": {"A": {"Type": "Fail"}}}))
        with suppress(Refused):
            self._finish(arn)
        try:
            self._client.redrive_execution(executionArn=arn)
        except (ClientError, BotoCoreError):
            return False
        return True

    def survives_kill(self) -> bool:
        """Whether an execution that waits is there after kill -9, and goes on to its end."""
        wait = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 2, "End": True}}}
        arn = self._start(self._create(wait))
        self._server.kill_and_start_again()
        try:
            self._finish(arn)
        except (ClientError, Refused):
            return False
        return True


Row = tuple[str, Callable[[Running, Work], str]]

ROWS: tuple[Row, ...] = (
    ("start to first answer, s", lambda server, _: f"{server.start_seconds:.2f}"),
    ("idle memory, MB", lambda server, _: f"{server.resident_mb():.0f}"),
    ("1,000 chained Pass, s", lambda _, work: f"{work.one(chain(1000)):.3f}"),
    ("loop of 2,003 states, s", lambda _, work: f"{work.one(loop(1000)):.3f}"),
    ("the same in JSONata, s", lambda _, work: f"{work.one(loop_in_jsonata(1000)):.3f}"),
    ("200 executions of 5 states, /s (CPU ms each)", lambda _, work: "{:.0f} ({:.1f})".format(*work.many())),
    ("Map over 1,000 items, s", lambda _, work: f"{work.one(mapped(1000)):.3f}"),
    ("Parallel of 10, s", lambda _, work: f"{work.one(parallel(10)):.3f}"),
    ("read that Map's history, ms per 1,000 events (events)", lambda _, work: "{:.0f} ({})".format(*work.history())),
    ("memory after all of it, MB", lambda server, _: f"{server.resident_mb():.0f}"),
    ("refuses a dangling Next", lambda _, work: "yes" if work.refuses_dangling_next() else "no"),
    ("redrives what failed", lambda _, work: "yes" if work.redrives() else "no"),
    ("finishes after kill -9 what was in flight", lambda _, work: "yes" if work.survives_kill() else "no"),
)


def measure(engine: Engine) -> list[str]:
    with running(engine) as server:
        work = Work(server)
        return [_cell(row, server, work) for row in ROWS]


def _cell(row: Row, server: Running, work: Work) -> str:
    try:
        return row[1](server, work)
    except (Refused, ClientError, BotoCoreError) as error:
        return f"fails ({type(error).__name__})"


def ahead(title: str, cells: Sequence[str]) -> str:
    """How many times better the first engine's figure is than the best other one's; nothing where there are none."""
    figures = [float(cell.split()[0]) for cell in cells if cell[0].isdigit()]
    if not cells[0][0].isdigit() or len(figures) < 2 or not min(figures):
        return ""
    ours, *others = figures
    return f"{ours / max(others):.3g}x" if "/s" in title else f"{min(others) / ours:.3g}x"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moto", default=sys.executable, help="a Python that has moto[server]")
    parser.add_argument("--ministack", default=None, help="the command of ministack")
    chosen = parser.parse_args()
    journal = "{folder}/journal.sqlite3"
    engines = [
        Engine("ours", f"{sys.executable} -m asl_engine --port {{port}} --journal {journal}", {}),
        Engine("moto", f"{chosen.moto} -m moto.server -H 127.0.0.1 -p {{port}}", {}),
    ]
    if chosen.ministack:
        engines.append(Engine("ministack", chosen.ministack, {"GATEWAY_PORT": "{port}", "EDGE_PORT": "{port}"}))
    columns = [measure(engine) for engine in engines]
    sys.stdout.write(
        f"| | {' | '.join(engine.name for engine in engines)} | ahead |\n|---{'|---' * len(engines)}|---|\n"
    )
    for title, *cells in zip((title for title, _ in ROWS), *columns, strict=True):
        sys.stdout.write(f"| {title} | {' | '.join(cells)} | {ahead(title, cells)} |\n")


if __name__ == "__main__":
    main()
