"""Redrives from outside: who may be redriven, and that it survives a restart."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.integrations.port import Failed, Succeeded
from asl_engine.interpreter.turn import EVENT_LIMIT
from asl_engine.journal.port import AppendEvents, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.errors import ExecutionDoesNotExist, ExecutionNotRedrivable
from asl_engine.runtime.redrives import MOST_REDRIVES, REDRIVABLE_FOR, refusal

TASK = {
    "StartAt": "A",
    "States": {
        "A": {"Type": "Pass", "Next": "T"},
        "T": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True},
    },
}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}}


def refused(bench: Any, definition: Any, prepare: Any = None) -> str:
    async def scene() -> str:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(definition)))
            await bench.quiet()
            if prepare is not None:
                await prepare(started.arn)
            with pytest.raises(ExecutionNotRedrivable) as caught:
                await engine.redrive_execution(started.arn)
            return caught.value.reason

    return asyncio.run(scene())


def test_a_redriven_execution_goes_on_where_it_failed(bench: Any) -> None:
    bench.script.answer = lambda _: Failed(Failure("E", "C"))

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(TASK)))
            await engine.settled(started.arn)
            bench.clock.turn(5)
            bench.script.answer = lambda _: None
            redriven_at = await engine.redrive_execution(started.arn)
            running = bench.journal.executions.find(started.arn)
            assert (running.status, running.failure, running.stopped_at) == (Status.RUNNING, None, None)
            assert (running.redrive_count, running.redriven_at) == (1, redriven_at)
            await bench.quiet()
        bench.script.answer = lambda _: Succeeded("done")
        async with bench.engine() as engine:
            ended = await engine.settled(started.arn)
        assert (ended.output, ended.redrive_count) == ('"done"', 1)
        types = [event.type for event in bench.journal.executions.history(started.arn, limit=99).items]
        assert types.count("PassStateEntered") == 1
        assert types.count("ExecutionRedriven") == 1

    asyncio.run(scene())


def test_a_stopped_wait_begins_anew(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(WAIT)))
            await bench.quiet()
            await engine.stop_execution(started.arn, Failure(None))
            bench.clock.turn(60)
            await engine.redrive_execution(started.arn)
            await bench.quiet()
            bench.clock.turn(8)
            await bench.quiet()
            assert bench.journal.executions.find(started.arn).status is Status.RUNNING
            assert (await bench.settle(engine, started.arn)).status is Status.SUCCEEDED

    asyncio.run(scene())


def test_what_runs_or_succeeded_is_not_redriven(bench: Any) -> None:
    assert refused(bench, WAIT) == "Execution is RUNNING and cannot be redriven"


def test_what_succeeded_is_not_redriven(bench: Any) -> None:
    succeed = {"StartAt": "S", "States": {"S": {"Type": "Succeed"}}}
    assert refused(bench, succeed) == "Execution is SUCCEEDED and cannot be redriven"


def test_a_redrive_has_its_time(bench: Any) -> None:
    async def wait(_: str) -> None:
        bench.clock.turn((REDRIVABLE_FOR + timedelta(seconds=1)).total_seconds())

    assert refused(bench, FAIL, wait) == "Execution redrivable period exceeded"


def test_a_full_history_has_no_room_for_a_redrive(bench: Any) -> None:
    async def fill(arn: str) -> None:
        last = e.ExecutionFailed(
            id=EVENT_LIMIT, previous_event_id=2, timestamp=bench.clock.now(), failure=Failure(None)
        )
        await bench.journal.commit([AppendEvents(arn, [last])])

    assert refused(bench, FAIL, fill) == "Execution history event limit exceeded"


def test_redrives_are_counted(bench: Any) -> None:
    ended = asyncio.run(bench.run(FAIL))
    tired = replace(ended, redrive_count=MOST_REDRIVES)
    assert refusal(tired, bench.clock.now()) == "Execution redrive limit exceeded"
    assert refusal(ended, bench.clock.now()) is None


def test_what_does_not_exist_is_not_redriven(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            with pytest.raises(ExecutionDoesNotExist):
                await engine.redrive_execution("nothing")

    asyncio.run(scene())
