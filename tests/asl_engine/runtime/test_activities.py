"""Activities from outside: workers, tasks, and which of them meet."""

import asyncio
from typing import Any

import pytest

from asl_engine.journal.port import SaveRecord, Status
from asl_engine.journal.records import ActivityRecord
from asl_engine.language.values import Failure
from asl_engine.runtime.errors import ActivityDoesNotExist, TaskTimedOut

ARN = "arn:aws:states:us-east-1:123456789012:activity:a"


def activity(**fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": ARN, "End": True, **fields}}}


async def prepared(bench: Any, **fields: Any) -> Any:
    await bench.journal.commit([SaveRecord(ActivityRecord(arn=ARN, name="a", created_at=bench.clock.now()))])
    return await bench.save(activity(**fields))


def test_a_worker_takes_a_task_and_returns_it(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await prepared(bench), given='{"a": 1}'))
            await bench.quiet()
            task = await engine.get_activity_task(ARN, "w")
            assert task.input == '{"a": 1}'
            await engine.send_task_success(task.token, "[2]")
            assert (await engine.settled(started.arn)).output == "[2]"
        history = bench.journal.executions.history(started.arn, limit=9).items
        assert [event.type for event in history[2:5]] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
        assert history[3].worker_name == "w"

    asyncio.run(scene())


def test_a_worker_waits_for_the_next_task(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await prepared(bench)
            first, second = (asyncio.ensure_future(engine.get_activity_task(ARN)) for _ in range(2))
            await bench.quiet()
            await engine.start_execution(bench.new(machine, name="x", given="1"))
            await engine.start_execution(bench.new(machine, name="y", given="2"))
            await bench.quiet()
            assert [worker.result().input for worker in (first, second)] == ["1", "2"]

    asyncio.run(scene())


def test_a_worker_for_whom_there_is_nothing_is_told_so_after_a_minute(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            await prepared(bench)
            worker = asyncio.ensure_future(engine.get_activity_task(ARN))
            await bench.quiet()
            bench.clock.turn(59)
            await bench.quiet()
            assert not worker.done()
            bench.clock.turn(1)
            assert await worker is None

    asyncio.run(scene())


@pytest.mark.parametrize("is_waiting", [True, False])
def test_the_task_of_a_worker_who_has_gone_is_the_next_one_s(bench: Any, is_waiting: bool) -> None:  # noqa: FBT001 - a parameter of the test
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await prepared(bench)
            gone, unlucky = (asyncio.ensure_future(engine.get_activity_task(ARN)) for _ in range(2))
            await bench.quiet()
            gone.cancel()
            following = [asyncio.ensure_future(engine.get_activity_task(ARN)) for _ in range(is_waiting)]
            await bench.quiet()

            def go(_: str, events: Any) -> None:
                if any(event.type == "ActivityScheduled" for event in events):
                    asyncio.get_running_loop().call_soon(unlucky.cancel)

            engine.subscribe(go)
            await engine.start_execution(bench.new(machine, given="1"))
            await bench.quiet()
            assert unlucky.cancelled()
            task = await (following[0] if is_waiting else engine.get_activity_task(ARN))
            assert task.input == "1"

    asyncio.run(scene())


def test_a_task_that_is_no_longer_wanted_is_not_given_out(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await prepared(bench)
            stopped = await engine.start_execution(bench.new(machine, name="x", given="1"))
            ended = await engine.start_execution(bench.new(machine, name="y", given="2"))
            await bench.quiet()
            await engine.stop_execution(stopped.arn, Failure(None))
            await engine.start_execution(bench.new(machine, name="z", given="3"))
            await bench.quiet()
            await engine.stop_execution(ended.arn, Failure(None))
            assert (await engine.get_activity_task(ARN)).input == "3"

    asyncio.run(scene())


def test_a_task_that_ends_while_it_is_handed_over_is_not_given_out(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await prepared(bench)
            worker = asyncio.ensure_future(engine.get_activity_task(ARN))
            await bench.quiet()
            started = await engine.start_execution(bench.new(machine, given="1"))
            stopping = asyncio.ensure_future(engine.stop_execution(started.arn, Failure(None)))
            await bench.quiet()
            assert (await stopping) == bench.clock.now()
            bench.clock.turn(60)
            task = await worker
            assert task is None or task.input == "1"

    asyncio.run(scene())


def test_a_task_waits_for_its_worker_through_a_restart_and_is_given_out_once(bench: Any) -> None:
    async def scene() -> None:
        new = bench.new(await prepared(bench), given="1")
        async with bench.engine() as engine:
            await engine.start_execution(new)
            await bench.quiet()
        async with bench.engine() as engine:
            await bench.quiet()
            task = await engine.get_activity_task(ARN)
        async with bench.engine() as engine:
            await bench.quiet()
            nothing = asyncio.ensure_future(engine.get_activity_task(ARN))
            await bench.quiet()
            assert not nothing.done()
            await engine.send_task_success(task.token, "2")
            assert (await engine.settled(new.arn)).output == "2"
            nothing.cancel()

    asyncio.run(scene())


def test_a_worker_must_give_signs_of_life(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await prepared(bench, HeartbeatSeconds=10), given="1"))
            await bench.quiet()
            task = await engine.get_activity_task(ARN)
            for _ in range(3):
                bench.clock.turn(8)
                await engine.send_task_heartbeat(task.token)
            ended = await bench.settle(engine, started.arn)
            assert (ended.status, ended.failure) == (Status.FAILED, Failure("States.Timeout"))
            with pytest.raises(TaskTimedOut):
                await engine.send_task_heartbeat(task.token)

    asyncio.run(scene())


def test_an_activity_that_does_not_exist_has_no_tasks(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            with pytest.raises(ActivityDoesNotExist):
                await engine.get_activity_task(ARN)

    asyncio.run(scene())
