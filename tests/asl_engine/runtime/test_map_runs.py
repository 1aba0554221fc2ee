"""Map runs from outside: their executions, their records, and what survives a restart."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from asl_engine.integrations.port import Failed, Succeeded, TaskOutcome, TaskRequest
from asl_engine.journal.port import Count, ExecutionFilter, Status
from asl_engine.journal.sqlite import SqliteJournal
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import MapRunLimits
from asl_engine.runtime.errors import MapRunDoesNotExist

INVOKE = "arn:aws:states:::lambda:invoke"
TASK = {"Type": "Task", "Resource": INVOKE, "End": True}


def distributed(state: dict[str, Any], kind: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
        "StartAt": "A",
        "States": {"A": state},
    }
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}}


def fails_on(value: Any) -> Any:
    def answer(request: TaskRequest) -> TaskOutcome:
        return Failed(Failure("E", "C")) if request.arguments == value else Succeeded(request.arguments)

    return answer


class SharedJournal(SqliteJournal):
    """Stays open when an engine closes it: several use it one after the other."""

    def close(self) -> None:
        pass


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, make_bench: Any, tmp_path: Any) -> Iterator[Any]:
    """The same on both journals."""
    if request.param == "memory":
        yield make_bench()
    else:
        journal = SharedJournal(tmp_path / "j")
        yield make_bench(journal)
        SqliteJournal.close(journal)


def run_of(bench: Any, arn: str) -> Any:
    (run,) = bench.journal.map_runs.page(limit=5, owner=arn).items
    return run


def test_each_item_has_an_execution_of_its_own(bench: Any) -> None:
    ended = asyncio.run(bench.run(distributed(TASK, Label="l", MaxConcurrency=2), "[1, 2, 3]"))
    assert (ended.status, ended.output) == (Status.SUCCEEDED, "[1,2,3]")
    run = run_of(bench, ended.arn)
    assert (run.status, run.item_count, run.child_count, run.max_concurrency) == ("SUCCEEDED", 3, 3, 2)
    assert run.arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:m/l:")
    assert bench.journal.executions.counts(run.arn) == {Status.SUCCEEDED: Count(executions=3, items=3)}
    children = bench.journal.executions.page(ExecutionFilter(map_run_arn=run.arn), limit=9).items
    assert [child.input for child in reversed(children)] == ["1", "2", "3"]
    assert {child.state_machine_arn for child in children} == {"arn:aws:states:us-east-1:123456789012:stateMachine:m/l"}
    assert all(":execution:m/l:" in child.arn for child in children)
    types = [event.type for event in bench.journal.executions.history(children[0].arn, limit=9).items]
    assert types[0] == "ExecutionStarted"
    assert types[-1] == "ExecutionSucceeded"


def test_executions_of_map_runs_are_listed_by_their_run_alone(bench: Any) -> None:
    ended = asyncio.run(bench.run(distributed(TASK), "[1]"))
    assert bench.journal.executions.page(ExecutionFilter(), limit=9).items == [ended]


def test_a_failed_item_aborts_the_others(bench: Any) -> None:
    definition = distributed(TASK)
    definition["States"]["M"]["ItemProcessor"]["States"] = {
        "A": {"Type": "Choice", "Choices": [{"Variable": "$", "NumericEquals": 1, "Next": "T"}], "Default": "W"},
        "T": TASK,
        "W": {"Type": "Wait", "Seconds": 9, "End": True},
    }
    bench.script.answer = fails_on(1)

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(definition), given="[0, 1, 2]"))
            ended = await engine.settled(started.arn)
            await bench.quiet()
            assert ended.failure.error == "States.ExceedToleratedFailureThreshold"
            run = run_of(bench, ended.arn)
            assert run.status == "FAILED"
            assert bench.journal.executions.counts(run.arn) == {
                Status.ABORTED: Count(executions=2, items=2),
                Status.FAILED: Count(executions=1, items=1),
            }

    asyncio.run(scene())


def test_stopping_the_execution_stops_its_children(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(distributed({"Type": "Wait", "Seconds": 9, "End": True}))
            started = await engine.start_execution(bench.new(machine, given="[0, 1]"))
            await bench.quiet()
            await engine.stop_execution(started.arn, Failure(None))
            await bench.quiet()
            run = run_of(bench, started.arn)
            assert (run.status, run.stopped_at) == ("ABORTED", bench.clock.now())
            assert list(bench.journal.executions.counts(run.arn)) == [Status.ABORTED]
            assert bench.journal.executions.unfinished() == []

    asyncio.run(scene())


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_run_goes_on_after_a_restart(bench: Any, kind: str) -> None:
    async def scene() -> None:
        machine = await bench.save(distributed({"Type": "Wait", "Seconds": 9, "End": True}, kind, MaxConcurrency=2))
        new = bench.new(machine, given="[0, 1, 2]")
        async with bench.engine() as engine:
            await engine.start_execution(new)
            await bench.quiet()
        async with bench.engine() as engine:
            ended = await bench.settle(engine, new.arn)
        assert ended.output == "[0,1,2]"
        run = run_of(bench, new.arn)
        assert bench.journal.executions.counts(run.arn) == {Status.SUCCEEDED: Count(executions=3, items=3)}

    asyncio.run(scene())


def test_a_child_that_ended_while_its_parent_was_not_told_is_not_run_again(bench: Any) -> None:
    """The process dies between the commit of the child's end and that of the parent's taking note."""

    async def scene() -> None:
        new = bench.new(await bench.save(distributed(TASK)), given="[7]")
        async with bench.engine() as engine:
            committed = asyncio.Event()

            def listen(arn: str, events: Any) -> None:
                if arn != new.arn and events and events[-1].type == "ExecutionSucceeded":
                    committed.set()

            engine.subscribe(listen)
            await engine.start_execution(new)
            await committed.wait()
        assert bench.journal.executions.find(new.arn).status is Status.RUNNING
        async with bench.engine() as engine:
            ended = await engine.settled(new.arn)
        assert ended.output == "[7]"
        assert len(bench.script.requests) == 1

    asyncio.run(scene())


def test_children_of_a_run_that_ended_before_the_crash_are_aborted(bench: Any) -> None:
    async def scene() -> None:
        new = bench.new(await bench.save(distributed({"Type": "Wait", "Seconds": 9, "End": True})), given="[7]")
        async with bench.engine() as engine:
            await engine.start_execution(new)
            await bench.quiet()
            aborted = asyncio.Event()
            engine.subscribe(lambda _, events: aborted.set())
            stopping = asyncio.create_task(engine.stop_execution(new.arn, Failure(None)))
            await aborted.wait()
        await stopping
        async with bench.engine():
            await bench.quiet()
        assert list(bench.journal.executions.counts(run_of(bench, new.arn).arn)) == [Status.ABORTED]

    asyncio.run(scene())


def test_items_are_read_and_results_written(bench: Any) -> None:
    definition = distributed(
        TASK,
        ItemReader={
            "Resource": "arn:aws:states:::s3:getObject",
            "ReaderConfig": {"InputType": "JSON"},
            "Parameters": {"Bucket": "b", "Key.$": "$.key"},
        },
        ItemBatcher={"MaxItemsPerBatch": 2},
        ResultWriter={"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}},
        ToleratedFailureCount=1,
    )
    bench.shelf.items = ["a", "b", "c"]
    bench.script.answer = fails_on({"Items": ["c"]})
    ended = asyncio.run(bench.run(definition, '{"key": "k"}'))
    run = run_of(bench, ended.arn)
    assert ended.output == f'{{"MapRunArn":"{run.arn}","ResultWriterDetails":{{"Bucket":"b"}}}}'
    assert (run.item_count, run.child_count) == (3, 2)
    (request,) = bench.shelf.read_requests
    assert (request.resource, request.arguments) == ("arn:aws:states:::s3:getObject", {"Bucket": "b", "Key": "k"})
    assert request.configuration == {"InputType": "JSON"}
    assert [(result.status, result.output, result.input) for result in bench.shelf.written[0]] == [
        ("SUCCEEDED", '{"Items":["a","b"]}', '{"Items":["a","b"]}'),
        ("FAILED", None, '{"Items":["c"]}'),
    ]


@pytest.mark.parametrize("field", ["ItemReader", "ResultWriter"])
def test_storage_that_fails_fails_the_run(bench: Any, field: str) -> None:
    bench.shelf.failure = Failure("States.ItemReaderFailed", "gone")
    definition = distributed(TASK)
    definition["States"]["M"][field] = {"Resource": "arn:aws:states:::s3:x", "Parameters": {}}
    ended = asyncio.run(bench.run(definition, "[]"))
    assert ended.failure == Failure("States.ItemReaderFailed", "gone")
    assert run_of(bench, ended.arn).status == "FAILED"


@pytest.mark.parametrize(
    ("field", "error"), [("ItemReader", "ItemReaderFailed"), ("ResultWriter", "ResultWriterFailed")]
)
def test_without_storage_there_is_nothing_to_read_or_write(bench: Any, field: str, error: str) -> None:
    definition = distributed(TASK)
    definition["States"]["M"][field] = {"Resource": "arn:aws:states:::s3:x", "Parameters": {}}
    bench.shelf = None
    ended = asyncio.run(bench.run(definition, "[]"))
    assert ended.failure.error == f"States.{error}"


def test_results_can_be_returned_with_what_is_known_of_their_executions(bench: Any) -> None:
    writer = {"WriterConfig": {"Transformation": "NONE", "OutputType": "JSON"}}
    bench.script.answer = fails_on(2)
    ended = asyncio.run(bench.run(distributed(TASK, ResultWriter=writer, ToleratedFailureCount=1), "[1, 2]"))
    first, second = json.loads(ended.output)
    assert (first["Status"], first["Input"], first["Output"]) == ("SUCCEEDED", "1", "1")
    assert (second["Status"], second["Error"], second["Cause"]) == ("FAILED", "E", "C")


def test_storage_that_breaks_fails_the_run(bench: Any) -> None:
    bench.shelf.items = None
    definition = distributed(TASK, ItemReader={"Resource": "arn:aws:states:::s3:x", "Parameters": {}})

    async def broken(_: Any) -> Any:
        raise OSError("no route")

    bench.shelf.read = broken
    ended = asyncio.run(bench.run(definition, "[]"))
    assert ended.failure == Failure("States.Runtime", "OSError: no route")


def test_limits_can_be_changed_while_the_run_goes_on(bench: Any) -> None:
    async def scene() -> None:
        async with bench.engine() as engine:
            machine = await bench.save(distributed({"Type": "Wait", "Seconds": 9, "End": True}, MaxConcurrency=1))
            started = await engine.start_execution(bench.new(machine, given="[0, 1, 2]"))
            await bench.quiet()
            run = run_of(bench, started.arn)
            limits = MapRunLimits(max_concurrency=0, tolerated_failure_percentage=50.0)
            await engine.update_map_run(run.arn, limits)
            await bench.quiet()
            run = run_of(bench, started.arn)
            assert (run.max_concurrency, run.tolerated_failure_percentage) == (0, 50.0)
            assert bench.journal.executions.counts(run.arn) == {Status.RUNNING: Count(executions=3, items=3)}
            await bench.settle(engine, started.arn)
            await engine.update_map_run(run.arn, limits)
            with pytest.raises(MapRunDoesNotExist):
                await engine.update_map_run("another", limits)

    asyncio.run(scene())


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_redriven_run_goes_on_with_the_items_that_failed(bench: Any, kind: str) -> None:
    definition = distributed(TASK, kind, MaxConcurrency=1)
    bench.script.answer = fails_on(2)

    async def scene() -> None:
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(definition), given="[1, 2, 3]"))
            assert (await engine.settled(started.arn)).status is Status.FAILED
            bench.script.answer = lambda request: Succeeded(request.arguments)
            bench.clock.turn(60)
            redriven_at = await engine.redrive_execution(started.arn)
            ended = await engine.settled(started.arn)
            assert (ended.status, ended.output, ended.redrive_count) == (Status.SUCCEEDED, "[1,2,3]", 1)
            run = run_of(bench, started.arn)
            assert (run.status, run.redrive_count, run.redriven_at) == ("SUCCEEDED", 1, redriven_at)
            counts = bench.journal.executions.counts(run.arn)
            assert counts == {Status.SUCCEEDED: Count(executions=3, items=3)}
            assert [request.arguments for request in bench.script.requests] == [1, 2, 2, 3]

    asyncio.run(scene())
