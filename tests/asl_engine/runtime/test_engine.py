"""The engine from outside: what it answers, what it commits first, and what survives it."""

import asyncio
import json
import logging
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from asl_engine.history.events import HistoryEvent
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskRequest
from asl_engine.journal.port import AppendEvents, Prune, StartExecution, Status
from asl_engine.journal.sqlite import SqliteJournal
from asl_engine.language.values import Failure
from asl_engine.runtime.errors import (
    EngineStopped,
    ExecutionAlreadyExists,
    ExecutionDoesNotExist,
    InvalidToken,
    TaskDoesNotExist,
    TaskTimedOut,
)

INVOKE = "arn:aws:states:::lambda:invoke"
CALLBACK = f"{INVOKE}.waitForTaskToken"
PASS: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
WAIT: dict[str, Any] = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": True}}}
ENDLESS: dict[str, Any] = {
    "StartAt": "A",
    "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
}


def task(resource: str = INVOKE, **fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, **fields, "End": True}}}


# --- starting ----------------------------------------------------------------------------------------------------


def test_a_start_is_answered_when_it_is_committed(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            record = await engine.start_execution(bench.new(await bench.save(WAIT), given='{"x": 1}'))
            assert bench.journal.executions.find(record.arn) == record
            assert (record.status, record.input, record.started_at) == (Status.RUNNING, '{"x": 1}', bench.clock.now())
            kinds = [type(write) for write in bench.journal.commits[-1]]
            assert kinds == [StartExecution, AppendEvents, Prune]

    asyncio.run(scene())


def test_an_execution_of_pure_states_is_one_commit(bench: Any) -> None:
    ended = asyncio.run(bench.run(PASS, '{"x": 1}'))
    assert (ended.status, ended.output) == (Status.SUCCEEDED, '{"x": 1}')
    kinds = [type(write) for write in bench.journal.commits[-1]]
    assert kinds == [StartExecution, AppendEvents, Prune]
    assert bench.journal.executions.find(ended.arn) == ended


def test_executions_that_start_together_share_a_commit(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(PASS)
            before = len(bench.journal.commits)
            await asyncio.gather(*(engine.start_execution(bench.new(machine, str(n))) for n in range(50)))
            assert len(bench.journal.commits) - before < 5

    asyncio.run(scene())


def test_a_long_execution_lets_others_through(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            endless = await engine.start_execution(bench.new(await bench.save(ENDLESS, "endless")))
            short = await engine.start_execution(bench.new(await bench.save(PASS, "short")))
            assert (await engine.settled(short.arn)).status is Status.SUCCEEDED
            assert bench.journal.executions.find(endless.arn).status is Status.RUNNING
            assert (await engine.settled(endless.arn)).failure.error == "States.Runtime"

    asyncio.run(scene())


def test_a_repeated_start_returns_the_running_execution(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            new = bench.new(await bench.save(WAIT))
            first, second = await asyncio.gather(engine.start_execution(new), engine.start_execution(new))
            bench.clock.turn(1)
            assert first == second == await engine.start_execution(new)

    asyncio.run(scene())


def test_a_name_is_used_once(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(WAIT)
            started = await engine.start_execution(bench.new(machine))
            with pytest.raises(ExecutionAlreadyExists, match=started.arn):
                await engine.start_execution(bench.new(machine, given='{"another": "input"}'))
            await bench.settle(engine, started.arn)
            with pytest.raises(ExecutionAlreadyExists):
                await engine.start_execution(bench.new(machine))

    asyncio.run(scene())


# --- tasks -------------------------------------------------------------------------------------------------------


def test_an_integration_is_given_all_about_its_task(bench: Any) -> None:
    ended = asyncio.run(
        bench.run(task(Parameters={"n": 1}, TimeoutSeconds=60, HeartbeatSeconds=5, Credentials={"RoleArn": "r"}))
    )
    (request,) = bench.script.requests
    assert ended.output == '{"n":1}'
    assert request.task_id == f"{ended.arn}/0-2-0"
    assert request == TaskRequest(
        task_id=request.task_id,
        execution_arn=ended.arn,
        state_name="A",
        resource=request.resource,
        arguments={"n": 1},
        token=request.token,
        attempt=0,
        credentials={"RoleArn": "r"},
        timeout_seconds=60,
        heartbeat_seconds=5,
    )
    assert request.resource.arn == INVOKE


def test_a_failed_task_is_tried_again_when_its_pause_is_over(bench: Any) -> None:
    bench.script.answer = lambda request: Succeeded("fine") if request.attempt else Failed(Failure("Busy"))
    began = bench.clock.now()
    ended = asyncio.run(bench.run(task(Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 7}])))
    assert (ended.output, ended.stopped_at) == ('"fine"', began + timedelta(seconds=7))


def test_an_integration_that_breaks_fails_its_task(bench: Any, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: TaskRequest) -> None:
        raise RuntimeError("out of order")

    bench.script.answer = broken
    ended = asyncio.run(bench.run(task()))
    assert ended.failure == Failure("States.Runtime", "RuntimeError: out of order")
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


def test_a_task_that_timed_out_is_called_off(bench: Any) -> None:
    bench.script.answer = lambda _: None
    ended = asyncio.run(bench.run(task(TimeoutSeconds=5)))
    assert ended.failure == Failure("States.Timeout")
    assert bench.script.called_off == 1


def test_a_submitted_job_is_followed_by_its_integration(bench: Any) -> None:
    bench.script.answer = lambda request: Succeeded("end") if request.submitted else Submitted({"job": 1})
    ended = asyncio.run(bench.run(task("arn:aws:states:::glue:startJobRun.sync")))
    assert ended.output == '"end"'
    assert [request.submitted for request in bench.script.requests] == [None, {"job": 1}]


# --- tokens ------------------------------------------------------------------------------------------------------


def test_a_token_succeeds_its_task(bench: Any) -> None:
    bench.script.answer = lambda _: Submitted({})

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task(CALLBACK))))
            await bench.quiet()
            token = bench.script.requests[0].token
            await engine.send_task_success(token, '{ "a": 1 }')
            assert (await engine.settled(started.arn)).output == '{ "a": 1 }'
            with pytest.raises(TaskTimedOut):
                await engine.send_task_success(token, "2")

    asyncio.run(scene())


def test_a_token_fails_its_task(bench: Any) -> None:
    bench.script.answer = lambda _: Submitted({})

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task(CALLBACK))))
            await bench.quiet()
            await engine.send_task_failure(bench.script.requests[0].token, Failure("E", "c"))
            assert (await engine.settled(started.arn)).failure == Failure("E", "c")

    asyncio.run(scene())


def test_heartbeats_keep_a_task_alive(bench: Any) -> None:
    bench.script.answer = lambda _: Submitted({})

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task(CALLBACK, HeartbeatSeconds=10))))
            await bench.quiet()
            token = bench.script.requests[0].token
            began = bench.clock.now()
            for _ in range(3):
                bench.clock.turn(8)
                await engine.send_task_heartbeat(token)
            ended = await bench.settle(engine, started.arn)
            assert ended.failure == Failure("States.Timeout")
            assert ended.stopped_at == began + timedelta(seconds=34)

    asyncio.run(scene())


def test_tokens_that_name_nothing_are_refused(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            await engine.start_execution(bench.new(await bench.save(task())))
            await bench.quiet()
            token = bench.script.requests[0].token
            with pytest.raises(InvalidToken):
                await engine.send_task_success("nonsense", "1")
            with pytest.raises(TaskTimedOut):
                await engine.send_task_heartbeat(token)
        other = type(bench)(script=bench.script)
        async with other.engine() as engine:
            with pytest.raises(TaskDoesNotExist):
                await engine.send_task_failure(token, Failure(None))

    asyncio.run(scene())


# --- time --------------------------------------------------------------------------------------------------------


def test_a_wait_ends_when_its_time_has_come(bench: Any) -> None:
    began = bench.clock.now()
    ended = asyncio.run(bench.run(WAIT))
    assert ended.stopped_at == began + timedelta(seconds=60)


def test_waits_can_be_scaled_down(bench: Any) -> None:
    bench.wait_time_scale = 0.5
    began = bench.clock.now()
    ended = asyncio.run(bench.run(WAIT))
    assert ended.stopped_at == began + timedelta(seconds=30)


def test_a_state_machines_timeout_ends_its_executions(bench: Any) -> None:
    bench.script.answer = lambda _: None
    ended = asyncio.run(bench.run({"TimeoutSeconds": 5, **task()}))
    assert (ended.status, ended.failure) == (Status.TIMED_OUT, Failure(None))
    assert bench.script.called_off == 1


# --- stopping ----------------------------------------------------------------------------------------------------


def test_a_stopped_execution_is_aborted_and_its_tasks_are_called_off(bench: Any) -> None:
    bench.script.answer = lambda _: None

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task(TimeoutSeconds=60))))
            await bench.quiet()
            stopped_at = await engine.stop_execution(started.arn, Failure("E", "c"))
            ended = await engine.settled(started.arn)
            assert (ended.status, ended.failure, ended.stopped_at) == (Status.ABORTED, Failure("E", "c"), stopped_at)
            await bench.quiet()
            assert bench.script.called_off == 1
            assert not bench.clock.turn_to_next()
            bench.clock.turn(1)
            assert await engine.stop_execution(started.arn, Failure(None)) == stopped_at

    asyncio.run(scene())


def test_what_does_not_exist_can_neither_be_stopped_nor_settle(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            with pytest.raises(ExecutionDoesNotExist):
                await engine.stop_execution("nowhere", Failure(None))
            with pytest.raises(ExecutionDoesNotExist):
                await engine.settled("nowhere")

    asyncio.run(scene())


# --- surviving ---------------------------------------------------------------------------------------------------


def test_an_engine_that_opens_again_finishes_what_was_running(bench: Any) -> None:
    definition = {
        "StartAt": "W",
        "States": {
            "W": {"Type": "Wait", "Seconds": 60, "Next": "T"},
            "T": {"Type": "Task", "Resource": INVOKE, "Next": "R"},
            "R": {"Type": "Task", "Resource": INVOKE, "Retry": [{"ErrorEquals": ["Busy"]}], "End": True},
        },
    }
    bench.script.answer = lambda _: None

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(definition)))
        async with bench.engine() as engine:
            await bench.quiet()
            bench.clock.turn(60)
            await bench.quiet()
            assert len(bench.script.requests) == 1
        bench.script.answer = lambda request: (
            Failed(Failure("Busy")) if request.state_name == "R" and request.attempt == 0 else Succeeded(2)
        )
        async with bench.engine() as engine:
            await bench.quiet()
            assert bench.script.requests[1] == bench.script.requests[0]
        async with bench.engine() as engine:
            assert (await bench.settle(engine, started.arn)).output == "2"

    asyncio.run(scene())


@pytest.mark.parametrize("limit", ["TimeoutSeconds", "HeartbeatSeconds"])
@pytest.mark.parametrize("resource", [INVOKE, CALLBACK])
def test_a_task_that_is_run_again_after_a_long_time_has_all_of_its_time_again(
    bench: Any, resource: str, limit: str
) -> None:
    bench.script.answer = lambda _: None

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task(resource, **{limit: 60}))))
            await bench.quiet()
            bench.clock.turn(59)
        bench.clock.turn(3600)
        async with bench.engine() as engine:
            await bench.quiet()
            bench.clock.turn(59)
            await bench.quiet()
            assert bench.journal.executions.find(started.arn).status is Status.RUNNING
            assert len(bench.script.requests) == 2
            if limit == "TimeoutSeconds":
                bench.clock.turn(2)
                assert (await bench.settle(engine, started.arn)).failure == Failure("States.Timeout")

    asyncio.run(scene())


@pytest.mark.parametrize("durability", ["process", "power"])
def test_a_sqlite_journal_carries_an_execution_over(make_bench: Any, tmp_path: Path, durability: Any) -> None:
    async def scene() -> None:
        bench = make_bench(SqliteJournal(tmp_path / "journal", durability))
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(WAIT)))
        bench.journal = SqliteJournal(tmp_path / "journal", durability)
        async with bench.engine() as engine:
            await bench.quiet()
            bench.clock.turn(61)
            ended = await asyncio.wait_for(engine.settled(started.arn), 5)
            assert ended.status is Status.SUCCEEDED

    asyncio.run(scene())


def test_an_execution_that_is_damaged_in_the_journal_stays_as_it_is_and_the_others_go_on(
    make_bench: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def rewrite(kind: str, into: str) -> None:
        with closing(sqlite3.connect(tmp_path / "journal")) as database, database:
            database.execute("UPDATE events SET kind = ? WHERE kind = ? AND execution = 1", (into, kind))

    async def scene() -> None:
        bench = make_bench(SqliteJournal(tmp_path / "journal"))
        async with bench.engine() as engine:
            machine = await bench.save(WAIT)
            damaged, sound = [await engine.start_execution(bench.new(machine, name)) for name in ("damaged", "sound")]
        rewrite("StateEntered", "Nonsense")
        bench.journal = SqliteJournal(tmp_path / "journal")
        async with bench.engine() as engine:
            assert (await bench.settle(engine, sound.arn)).status is Status.SUCCEEDED
            assert bench.journal.executions.find(damaged.arn).status is Status.RUNNING
        rewrite("Nonsense", "StateEntered")
        bench.journal = SqliteJournal(tmp_path / "journal")
        async with bench.engine() as engine:
            assert (await bench.settle(engine, damaged.arn)).status is Status.SUCCEEDED

    asyncio.run(scene())
    assert [record.message for record in caplog.records] == ["execution is damaged in the journal and not resumed"]


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_journal_that_fails_loses_nothing_that_was_answered(bench: Any, fails_at: int) -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Task", "Resource": INVOKE, "Next": "W"},
            "W": {"Type": "Wait", "Seconds": 5, "Next": "B"},
            "B": {"Type": "Task", "Resource": INVOKE, "End": True},
        },
    }

    async def scene() -> None:
        new = bench.new(await bench.save(definition))
        bench.journal.fails_at = fails_at
        answered = False
        async with bench.engine() as engine:
            try:
                await engine.start_execution(new)
                answered = True
                await bench.settle(engine, new.arn)
            except OSError:
                with pytest.raises(EngineStopped):
                    await engine.start_execution(bench.new(new.state_machine, "another"))
        bench.journal.fails_at = None
        assert (bench.journal.executions.find(new.arn) is not None) is answered
        async with bench.engine() as engine:
            if not answered:
                await engine.start_execution(new)
            assert (await bench.settle(engine, new.arn)).status is Status.SUCCEEDED

    asyncio.run(scene())


def test_a_closed_engine_refuses_requests_and_lets_nobody_wait(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            new = bench.new(await bench.save(WAIT))
            await engine.start_execution(new)
            waiting = asyncio.ensure_future(engine.settled(new.arn))
            await bench.quiet()
        with pytest.raises(EngineStopped):
            await waiting
        with pytest.raises(EngineStopped):
            await engine.start_execution(bench.new(new.state_machine, "another"))

    asyncio.run(scene())


def test_a_request_that_was_called_off_disturbs_nobody(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            new = bench.new(await bench.save(PASS))
            request = asyncio.ensure_future(engine.start_execution(new))
            await asyncio.sleep(0)
            request.cancel()
            assert (await engine.settled(new.arn)).status is Status.SUCCEEDED

    asyncio.run(scene())


def test_an_execution_that_cannot_be_decided_leaves_the_others_alone(
    bench: Any, caplog: pytest.LogCaptureFixture
) -> None:
    broken = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": float("inf"), "End": True}}}

    async def scene() -> None:
        async with bench.engine() as engine:
            one, other = await asyncio.gather(
                engine.start_execution(bench.new(await bench.save(broken, "broken"))),
                engine.start_execution(bench.new(await bench.save(PASS, "sound"))),
            )
            assert (await engine.settled(one.arn)).failure.error == "States.Runtime"
            assert (await engine.settled(other.arn)).status is Status.SUCCEEDED

    asyncio.run(scene())
    assert [record.message for record in caplog.records] == ["execution cannot be decided"]


def test_a_result_that_is_no_json_fails_its_task(bench: Any) -> None:
    bench.script.answer = lambda _: Succeeded(float("nan"))
    ended = asyncio.run(bench.run(task()))
    assert ended.failure.error == "States.Runtime"
    assert ended.failure.cause.startswith("The result is no JSON: ")


@pytest.mark.parametrize("given", ['"\ud800"', '"\\ud800"'])
def test_half_a_surrogate_pair_does_no_harm(make_bench: Any, tmp_path: Path, given: str) -> None:
    bench = make_bench(SqliteJournal(tmp_path / "journal"))
    ended = asyncio.run(bench.run(PASS, given))
    assert json.loads(ended.output) == "\ud800"


def test_half_a_surrogate_pair_in_a_cause_becomes_a_question_mark(make_bench: Any, tmp_path: Path) -> None:
    async def scene() -> None:
        bench = make_bench(SqliteJournal(tmp_path / "journal"))
        bench.script.answer = lambda _: Failed(Failure("E", "\ud800"))
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(task())))
            await bench.settle(engine, started.arn)
            assert bench.journal.executions.find(started.arn).failure == Failure("E", "?")

    asyncio.run(scene())


# --- listening ---------------------------------------------------------------------------------------------------


def test_listeners_hear_of_events_once_they_are_committed(bench: Any) -> None:
    heard: list[str] = []

    async def scene() -> None:
        async with bench.engine() as engine:

            def listen(arn: str, events: list[HistoryEvent]) -> None:
                assert list(bench.journal.executions.events(arn))[-1] == events[-1]
                heard.extend(event.type for event in events)

            stop = engine.subscribe(listen)
            machine = await bench.save(PASS)
            await engine.start_execution(bench.new(machine))
            stop()
            await engine.start_execution(bench.new(machine, "unheard"))

    asyncio.run(scene())
    assert heard == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
