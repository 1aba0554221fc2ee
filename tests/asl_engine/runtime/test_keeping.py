"""What is kept and for how long: express executions, retention, and an engine that only reads."""

import asyncio
import gc
import json
from typing import Any

import pytest

from asl_engine.history.execution import Execution
from asl_engine.integrations.port import Succeeded
from asl_engine.journal.port import ExecutionFilter, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import Engine, MapRunLimits
from asl_engine.runtime.errors import ReadOnly
from asl_engine.runtime.running import EXPRESS_SECONDS
from asl_engine.runtime.work import KEPT_FOR

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}}
TASK = {"StartAt": "T", "States": {"T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}}}


def test_a_synchronous_express_execution_leaves_nothing(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(TASK, type="EXPRESS")
            before = len(bench.journal.commits)
            ended = await engine.run_express(bench.new(machine, given="[1]"))
            assert (ended.status, ended.output, ended.type) == (Status.SUCCEEDED, "[1]", "EXPRESS")
            assert ended.stopped_at is not None
            assert len(bench.journal.commits) == before
            assert bench.journal.executions.find(ended.arn) is None

    asyncio.run(scene())


def test_an_asynchronous_express_execution_is_kept_until_its_end(bench: Any) -> None:
    async def scene() -> None:
        bench.script.answer = lambda _: None
        new = bench.new(await bench.save(TASK, type="EXPRESS"))
        async with bench.engine() as engine:
            await engine.start_execution(new)
            await bench.quiet()
        assert bench.journal.executions.find(new.arn).status is Status.RUNNING
        bench.script.answer = lambda _: Succeeded(1)
        async with bench.engine() as engine:
            assert (await engine.settled(new.arn)).status is Status.SUCCEEDED
            assert bench.journal.executions.find(new.arn) is None

    asyncio.run(scene())


@pytest.mark.parametrize(("type_", "count"), [("EXPRESS", None), ("STANDARD", 0)])
def test_only_standard_executions_count_redrives(bench: Any, type_: str, count: int | None) -> None:
    seen = {"Type": "Pass", "Parameters": {"execution.$": "$$.Execution"}, "End": True}

    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save({"StartAt": "P", "States": {"P": seen}}, type=type_)
            ended = await engine.run_express(bench.new(machine))
            assert json.loads(ended.output)["execution"].get("RedriveCount") == count

    asyncio.run(scene())


def test_an_express_execution_has_five_minutes(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(WAIT, type="EXPRESS")
            running = asyncio.ensure_future(engine.run_express(bench.new(machine)))
            await bench.quiet()
            bench.clock.turn(EXPRESS_SECONDS)
            await bench.quiet()
            assert running.result().status is Status.TIMED_OUT

    asyncio.run(scene())


def test_executions_are_kept_for_ninety_days(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(PASS)
            old = await engine.start_execution(bench.new(machine, name="old"))
            await engine.settled(old.arn)
            bench.clock.turn(KEPT_FOR.total_seconds())
            young = await engine.start_execution(bench.new(machine, name="young"))
            await engine.settled(young.arn)
            assert bench.journal.executions.find(old.arn) is not None
            bench.clock.turn(61)
            await engine.start_execution(bench.new(machine, name="now"))
            assert bench.journal.executions.find(old.arn) is None
            assert bench.journal.executions.find(young.arn) is not None

    asyncio.run(scene())


def test_an_engine_that_was_not_opened_only_looks(bench: Any) -> None:
    async def scene() -> None:
        new = bench.new(await bench.save(WAIT))
        async with bench.engine() as engine:
            started = await engine.start_execution(new)
        looking = Engine(journal=bench.journal, resolve=lambda _: bench.script, clock=bench.clock, seed=lambda: "seed")
        for refused in (
            looking.start_execution(bench.new(new.state_machine, name="other")),
            looking.run_express(new),
            looking.stop_execution(started.arn, Failure(None)),
            looking.redrive_execution(started.arn),
            looking.get_activity_task("a"),
            looking.update_map_run("r", MapRunLimits()),
        ):
            with pytest.raises(ReadOnly):
                await refused
        assert (await looking.settled(started.arn)).status is Status.RUNNING
        assert looking.journal.executions.page(ExecutionFilter(), limit=9).items == [started]
        await looking.close()

    asyncio.run(scene())


def test_memory_does_not_grow_with_the_executions_that_have_ended(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(TASK)
            for number in range(50):
                await engine.settled((await engine.start_execution(bench.new(machine, name=str(number)))).arn)
            await bench.quiet()
            gc.collect()
            assert sum(isinstance(found, Execution) for found in gc.get_objects()) == 0

    asyncio.run(scene())
