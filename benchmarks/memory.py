"""What 10,000 executions leave behind in the engine's process and in its journal, seen from outside; prints a table.

    python benchmarks/memory.py [--executions N] [--input-bytes N]

The server runs as users run it, with a journal. Executions of five states are started over HTTP by a few callers, each
with an input of its own. At the end a history of 25,000 events is made and read page by page.
"""

import argparse
import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import local
from typing import Any

import processes

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine"
CALLERS = 4


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[str]
    port: int
    journal: Path

    def resident_mb(self) -> float:
        return processes.resident_mb(self.process.pid)

    def journal_mb(self) -> float:
        return sum(path.stat().st_size for path in self.journal.parent.glob("journal*") if path.is_file()) / 1e6

    def cpu_seconds(self) -> float:
        return processes.cpu_seconds(self.process.pid)


@contextmanager
def serving() -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "journal"
        command = [sys.executable, "-m", "asl_engine", "--port", "0", "--journal", str(journal)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            endpoint = process.stdout.readline().split(",")[0]
            try:
                yield Server(process, int(endpoint.rpartition(":")[2]), journal)
            finally:
                process.terminate()


class Caller:
    """One connection per thread."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._mine = local()

    def ask(self, action: str, **request: Any) -> Any:  # noqa: ANN401 - JSON in, JSON out
        if not hasattr(self._mine, "connection"):
            self._mine.connection = http.client.HTTPConnection("127.0.0.1", self._port)
        self._mine.connection.request("POST", "/", json.dumps(request), {"X-Amz-Target": f"AWSStepFunctions.{action}"})
        answer = self._mine.connection.getresponse()
        content = json.loads(answer.read())
        if answer.status != 200:
            sys.exit(f"{action}: {content}")
        return content

    def create(self, name: str, definition: dict[str, Any]) -> str:
        created = self.ask(
            "CreateStateMachine",
            name=name,
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::111111111111:role/engine",
        )
        return str(created["stateMachineArn"])

    def finish(self, execution_arn: str) -> str:
        while (status := self.ask("DescribeExecution", executionArn=execution_arn)["status"]) == "RUNNING":
            time.sleep(0.01)
        return str(status)


def chain(length: int) -> dict[str, Any]:
    states: dict[str, Any] = {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}"} for i in range(length - 1)}
    return {"StartAt": "S0", "States": {**states, f"S{length - 1}": {"Type": "Pass", "End": True}}}


EVER = {"Variable": "$", "IsPresent": True, "Next": "A"}
ENDLESS = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "B"},
        "B": {"Type": "Choice", "Choices": [EVER], "Default": "C"},
        "C": {"Type": "Succeed"},
    },
}


def row(server: Server, what: str, since: float, cpu: float) -> None:
    figures = f"{server.resident_mb():.0f} | {server.journal_mb():.1f} | {server.cpu_seconds() - cpu:.2f}"
    sys.stdout.write(f"| {what} | {figures} | {time.monotonic() - since:.2f} |\n")
    sys.stdout.flush()


def run_executions(server: Server, caller: Caller, total: int, input_bytes: int) -> None:
    machine = caller.create("chain", chain(5))

    def one(number: int) -> str:
        given = json.dumps({"number": number, "text": "x" * input_bytes})
        return str(caller.ask("StartExecution", stateMachineArn=machine, name=str(number), input=given)["executionArn"])

    begun, cpu, done = time.monotonic(), server.cpu_seconds(), 0
    with ThreadPoolExecutor(CALLERS) as pool:
        for share in (total // 10, total // 2, total):
            for arn in list(pool.map(one, range(done, share)))[-CALLERS:]:
                caller.finish(arn)
            done = share
            row(server, f"after {done:,} executions with {input_bytes:,} bytes", begun, cpu)


def run_long_history(server: Server, caller: Caller) -> None:
    machine = caller.create("endless", ENDLESS)
    begun, cpu = time.monotonic(), server.cpu_seconds()
    arn = str(caller.ask("StartExecution", stateMachineArn=machine, name="long")["executionArn"])
    caller.finish(arn)
    row(server, "an execution of 25,000 events", begun, cpu)
    for reverse in (False, True):
        begun, cpu, events = time.monotonic(), server.cpu_seconds(), 0
        token: dict[str, str] = {}
        while True:
            page = caller.ask("GetExecutionHistory", executionArn=arn, maxResults=1000, reverseOrder=reverse, **token)
            events += len(page["events"])
            if "nextToken" not in page:
                break
            token = {"nextToken": page["nextToken"]}
        row(server, f"its {events:,} events read {'backwards' if reverse else 'forwards'}", begun, cpu)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executions", type=int, default=10_000)
    parser.add_argument("--input-bytes", type=int, default=200)
    chosen = parser.parse_args()
    sys.stdout.write("| | memory, MB | journal, MB | server CPU, s | s |\n|---|---|---|---|---|\n")
    with serving() as server:
        caller = Caller(server.port)
        row(server, "idle", time.monotonic(), server.cpu_seconds())
        run_executions(server, caller, chosen.executions, chosen.input_bytes)
        run_long_history(server, caller)


if __name__ == "__main__":
    main()
