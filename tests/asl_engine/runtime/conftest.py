"""An engine with a memory journal, a clock turned by hand and integrations that answer as told."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest

from asl_engine.history.resources import Resource
from asl_engine.integrations.port import (
    ChildResult,
    Failed,
    Integration,
    ItemsRead,
    ReadRequest,
    Succeeded,
    TaskOutcome,
    TaskRequest,
    WriteRequest,
)
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import ExecutionRecord, Journal, SaveStateMachine, StateMachineRecord, Write
from asl_engine.language.values import Failure
from asl_engine.runtime.clock import TurnedClock
from asl_engine.runtime.engine import Engine, NewExecution
from asl_engine.runtime.nested import NestedExecutions, Target

MACHINE_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine"
EXECUTION_ARN = "arn:aws:states:us-east-1:123456789012:execution"


class Script:
    """An integration: asks `answer` for each request, and keeps the requests."""

    def __init__(self, answer: Callable[[TaskRequest], TaskOutcome | None] | None = None) -> None:
        self.answer = answer or (lambda request: Succeeded(request.arguments))
        self.requests: list[TaskRequest] = []
        self.called_off = 0

    async def run(self, request: TaskRequest) -> TaskOutcome:
        self.requests.append(request)
        outcome = self.answer(request)
        if outcome is None:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.called_off += 1
                raise
        assert outcome is not None
        return outcome


class Shelf:
    """A distributed Map's storage: gives `items`, keeps what is written; fails with `failure` when there is one."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.failure: Failure | None = None
        self.read_requests: list[ReadRequest] = []
        self.written: list[list[ChildResult]] = []

    async def read(self, request: ReadRequest) -> ItemsRead | Failed:
        self.read_requests.append(request)
        return ItemsRead(self.items) if self.failure is None else Failed(self.failure)

    async def write(self, request: WriteRequest) -> Succeeded | Failed:
        self.written.append(list(request.results))
        return Succeeded({"Bucket": "b"}) if self.failure is None else Failed(self.failure)


class CountingJournal(MemoryJournal):
    """Counts its commits, and fails from one of them on."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[Sequence[Write]] = []
        self.fails_at: int | None = None

    async def commit(self, writes: Sequence[Write]) -> None:
        if self.fails_at is not None and len(self.commits) >= self.fails_at:
            raise OSError("no space left on device")
        self.commits.append(writes)
        await super().commit(writes)


class Bench:
    """What a test needs to play with one engine after another on the same journal."""

    def __init__(self, journal: Journal | None = None, script: Script | None = None) -> None:
        self.journal = CountingJournal() if journal is None else journal
        self.script = script or Script()
        self.shelf = Shelf()
        self.clock = TurnedClock()
        self.wait_time_scale = 1.0

    @asynccontextmanager
    async def engine(self) -> AsyncIterator[Engine]:
        def resolve(resource: Resource) -> Integration:
            return nested if resource.service == "states" else self.script

        nested = NestedExecutions(lambda: engine, self.find_target, self.clock.now)
        engine = Engine(
            journal=self.journal,
            resolve=resolve,
            map_storage=self.shelf,
            clock=self.clock,
            seed=lambda: "seed",
            wait_time_scale=self.wait_time_scale,
        )
        await engine.open()
        yield engine
        await engine.close()

    def find_target(self, arn: str) -> Target | None:
        found = self.journal.state_machines.find(arn)
        return None if found is None else Target(state_machine=found)

    async def save(
        self,
        definition: dict[str, Any],
        name: str = "m",
        type: str = "STANDARD",  # noqa: A002  # AWS's word
    ) -> StateMachineRecord:
        record = StateMachineRecord(
            arn=f"{MACHINE_ARN}:{name}",
            name=name,
            type=type,
            definition=json.dumps(definition),
            role_arn="arn:aws:iam::123456789012:role/r",
            revision_id="1",
            created_at=self.clock.now(),
            updated_at=self.clock.now(),
        )
        await self.journal.commit([SaveStateMachine(record)])
        return record

    def new(self, machine: StateMachineRecord, name: str = "x", given: str = "{}") -> NewExecution:
        return NewExecution(arn=f"{EXECUTION_ARN}:{machine.name}:{name}", name=name, state_machine=machine, input=given)

    async def quiet(self) -> None:
        """Lets everything happen that needs no clock."""
        for _ in range(60):
            await asyncio.sleep(0)

    async def settle(self, engine: Engine, arn: str) -> ExecutionRecord:
        """Turns the clock until the execution has ended."""
        settled = asyncio.ensure_future(engine.settled(arn))
        await self.quiet()
        while not settled.done():
            assert self.clock.turn_to_next(), "nothing will happen any more"
            await self.quiet()
        return settled.result()

    async def run(self, definition: dict[str, Any], given: str = "{}") -> ExecutionRecord:
        """Saves, starts and settles in one engine."""
        async with self.engine() as engine:
            started = await engine.start_execution(self.new(await self.save(definition), given=given))
            return await self.settle(engine, started.arn)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="session")
def make_bench() -> type[Bench]:
    return Bench


@pytest.fixture
def make_script() -> type[Script]:
    return Script
