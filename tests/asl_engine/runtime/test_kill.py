"""A process killed in the middle of its work has lost nothing that it answered."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

from asl_engine.journal.port import Status
from asl_engine.journal.sqlite import SqliteJournal

WORKER = """
import asyncio, json, secrets, sys
from datetime import UTC, datetime
from pathlib import Path

from asl_engine.integrations.port import Succeeded
from asl_engine.journal.port import SaveStateMachine, StateMachineRecord
from asl_engine.journal.sqlite import SqliteJournal
from asl_engine.runtime.clock import SystemClock
from asl_engine.runtime.engine import Engine, NewExecution

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
DEFINITION = {
    "StartAt": "Fan",
    "States": {
        "Fan": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Pause", "States": {"Pause": {"Type": "Wait", "Seconds": 0, "End": True}}},
                {"StartAt": "Call", "States": {"Call": TASK}},
                {"StartAt": "Each", "States": {"Each": {
                    "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": True,
                    "ItemProcessor": {"StartAt": "Item", "States": {"Item": TASK}},
                }}},
                {"StartAt": "Share", "States": {"Share": {
                    "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "End": True,
                    "ItemProcessor": {
                        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                        "StartAt": "Shared", "States": {"Shared": TASK},
                    },
                }}},
            ],
            "End": True,
        }
    },
}

class Slow:
    async def run(self, request):
        for _ in range(20):
            await asyncio.sleep(0)
        return Succeeded(request.arguments)

async def main(path, round_):
    now = datetime.now(UTC)
    machine = StateMachineRecord(
        arn="arn:aws:states:us-east-1:123456789012:stateMachine:m", name="m", type="STANDARD",
        definition=json.dumps(DEFINITION), role_arn="r", revision_id=round_, created_at=now, updated_at=now,
    )
    engine = Engine(
        journal=SqliteJournal(Path(path)), resolve=lambda _: Slow(), clock=SystemClock(), seed=secrets.token_hex
    )
    await engine.open()
    await engine.journal.commit([SaveStateMachine(machine)])

    async def one(number):
        name = f"{round_}-{number}"
        new = NewExecution(arn=f"x:{name}", name=name, state_machine=machine, input='{"items": [1, 2, 3]}')
        print((await engine.start_execution(new)).arn, flush=True)
        await engine.settled(new.arn)

    for first in range(0, 100000, 20):
        await asyncio.gather(*(one(number) for number in range(first, first + 20)))

asyncio.run(main(*sys.argv[1:]))
"""


def answered_until_killed(journal: Path, round_: int, after: int) -> list[str]:
    """The executions a worker said it had started before it was killed."""
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(journal), str(round_)], stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    answered = [worker.stdout.readline().strip() for _ in range(after)]
    worker.kill()
    answered += [line.strip() for line in worker.stdout if line.endswith("\n")]
    worker.stdout.close()
    worker.wait()
    return answered


def test_every_answered_execution_is_finished_after_kill_9(make_bench: Any, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    answered = [
        arn for round_, after in enumerate((7, 33, 50)) for arn in answered_until_killed(journal, round_, after)
    ]
    assert len(answered) >= 90

    async def scene() -> None:
        bench = make_bench(SqliteJournal(journal))
        async with bench.engine() as engine:
            for arn in answered:
                assert (await bench.settle(engine, arn)).status is Status.SUCCEEDED

    asyncio.run(scene())
