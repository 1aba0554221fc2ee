"""Executions that tasks start: their results and failures as AWS forms them, and what a crash makes of them."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from asl_engine.journal.port import Status
from asl_engine.language.values import Failure
from asl_engine.runtime.engine import NewExecution

MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine"
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution"
PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}
FAIL = {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E", "Cause": "C"}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 9, "End": True}}}


def starting(pattern: str = "", **parameters: Any) -> dict[str, Any]:
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Parameters": {"StateMachineArn": f"{MACHINE}:inner", **parameters},
        "End": True,
    }
    return {"StartAt": "T", "States": {"T": task}}


def run(bench: Any, inner: Any, outer: Any, type_: str = "STANDARD") -> Any:
    async def scene() -> Any:
        await bench.save(inner, name="inner", type=type_)
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(outer)))
            ended = await bench.settle(engine, started.arn)
            await bench.quiet()
            return ended

    return asyncio.run(scene())


def test_a_started_execution_is_answered_as_the_sdk_answers(bench: Any) -> None:
    ended = run(bench, PASS, starting(Name="n", Input={"x": 1}))
    answer = json.loads(ended.output)
    assert answer["ExecutionArn"] == f"{EXECUTION}:inner:n"
    assert answer["StartDate"] == bench.clock.now().timestamp() * 1000
    assert answer["SdkHttpMetadata"]["HttpStatusCode"] == 200
    assert answer["SdkResponseMetadata"]["RequestId"] == answer["SdkHttpMetadata"]["HttpHeaders"]["x-amzn-RequestId"]
    assert bench.journal.executions.find(f"{EXECUTION}:inner:n").input == '{"x":1}'


def test_an_execution_without_a_name_gets_one(bench: Any) -> None:
    ended = run(bench, PASS, starting())
    assert bench.journal.executions.find(json.loads(ended.output)["ExecutionArn"]).input == "{}"


def test_an_input_that_is_a_text_is_passed_on_as_it_stands(bench: Any) -> None:
    run(bench, PASS, starting(Name="n", Input='"said"'))
    assert bench.journal.executions.find(f"{EXECUTION}:inner:n").input == '"said"'


def test_an_input_that_is_no_json_fails_the_task(bench: Any) -> None:
    ended = run(bench, PASS, starting(Input="said"))
    assert ended.failure.error == "StepFunctions.InvalidExecutionInputException"
    assert ended.failure.cause.startswith("Invalid State Machine Execution Input: 'Unrecognized token 'said'")


@pytest.mark.parametrize(("pattern", "given", "output"), [(".sync", "{}", '{"a":1}'), (".sync:2", {}, {"a": 1})])
def test_the_result_is_the_description_of_the_execution(bench: Any, pattern: str, given: Any, output: Any) -> None:
    ended = run(bench, PASS, starting(pattern, Name="n"))
    now = bench.clock.now().timestamp() * 1000
    assert json.loads(ended.output) == {
        "ExecutionArn": f"{EXECUTION}:inner:n",
        "Input": given,
        "InputDetails": {"Included": True},
        "Name": "n",
        "Output": output,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": now,
        "StateMachineArn": f"{MACHINE}:inner",
        "Status": "SUCCEEDED",
        "StopDate": now,
    }


def test_a_failure_tells_what_failed_in_its_cause(bench: Any) -> None:
    ended = run(bench, FAIL, starting(".sync", Name="n"))
    assert ended.failure.error == "States.TaskFailed"
    cause = json.loads(ended.failure.cause)
    assert (cause["Error"], cause["Cause"], cause["Status"]) == ("E", "C", "FAILED")
    assert cause["RedriveStatus"] == "REDRIVABLE"
    assert "Output" not in cause


def test_a_state_machine_that_does_not_exist_fails_the_task(bench: Any) -> None:
    ended = run(bench, PASS, starting(StateMachineArn=f"{MACHINE}:other"))
    assert ended.failure.error == "StepFunctions.StateMachineDoesNotExistException"
    assert ended.failure.cause.startswith(
        f"State Machine Does Not Exist: '{MACHINE}:other' (Service: AWSStepFunctions; Status Code: 400; "
        "Error Code: StateMachineDoesNotExist; Request ID: "
    )


def test_a_state_machine_that_has_no_arn_fails_the_task(bench: Any) -> None:
    ended = run(bench, PASS, starting(StateMachineArn="other"))
    assert ended.failure.error == "StepFunctions.InvalidArnException"
    assert ended.failure.cause.startswith("Invalid Arn: 'Invalid ARN prefix: other' (Service: AWSStepFunctions; ")


def test_a_name_that_the_api_refuses_fails_the_task(bench: Any) -> None:
    ended = run(bench, PASS, starting(Name="two words"))
    assert ended.failure.error == "StepFunctions.InvalidNameException"
    assert ended.failure.cause.startswith("Invalid Name: 'two words' (Service: AWSStepFunctions; ")


def test_a_name_that_was_used_fails_the_task(bench: Any) -> None:
    async def scene() -> None:
        inner = await bench.save(PASS, name="inner")
        async with bench.engine() as engine:
            await engine.settled((await engine.start_execution(bench.new(inner, name="n"))).arn)
            started = await engine.start_execution(bench.new(await bench.save(starting(Name="n"))))
            ended = await engine.settled(started.arn)
            assert ended.failure.error == "StepFunctions.ExecutionAlreadyExistsException"

    asyncio.run(scene())


def test_an_express_workflow_is_started_by_name_and_number(bench: Any) -> None:
    ended = run(bench, PASS, starting(Name="n"), "EXPRESS")
    arn = json.loads(ended.output)["ExecutionArn"]
    assert arn.startswith("arn:aws:states:us-east-1:123456789012:express:inner:n:")
    assert bench.journal.executions.find(arn) is None


def test_stopping_the_outer_execution_stops_the_inner_one(bench: Any) -> None:
    async def scene() -> None:
        await bench.save(WAIT, name="inner")
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(starting(".sync", Name="n"))))
            await bench.quiet()
            await engine.stop_execution(started.arn, Failure("S"))
            await bench.quiet()
            assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.ABORTED

    asyncio.run(scene())


def test_an_execution_whose_outer_one_was_stopped_before_a_crash_is_stopped_after_it(bench: Any) -> None:
    async def scene() -> None:
        await bench.save(WAIT, name="inner")
        outer = bench.new(await bench.save(starting(".sync", Name="n")))
        other = bench.new(await bench.save(starting("", Name="m"), name="other"))
        async with bench.engine() as engine:
            await engine.start_execution(outer)
            await engine.start_execution(other)
            await bench.quiet()
            aborted = asyncio.Event()
            engine.subscribe(lambda _, events: aborted.set())
            stopping = asyncio.create_task(engine.stop_execution(outer.arn, Failure(None)))
            await aborted.wait()
        await stopping
        assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.RUNNING
        async with bench.engine():
            await bench.quiet()
        assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.ABORTED
        assert bench.journal.executions.find(f"{EXECUTION}:inner:m").status is Status.RUNNING

    asyncio.run(scene())


def test_stopping_the_outer_execution_stops_one_that_has_just_started(bench: Any) -> None:
    async def scene() -> None:
        await bench.save(WAIT, name="inner")
        outer = bench.new(await bench.save(starting(".sync", Name="n")))
        async with bench.engine() as engine:
            starts = asyncio.Event()

            def listen(_: str, events: Any) -> None:
                if any(event.type == "TaskStarted" for event in events):
                    asyncio.get_running_loop().call_soon(starts.set)

            engine.subscribe(listen)
            await engine.start_execution(outer)
            await starts.wait()
            await engine.stop_execution(outer.arn, Failure(None))
            await bench.quiet()
        inner = bench.journal.executions.find(f"{EXECUTION}:inner:n")
        assert inner is None or inner.status is Status.ABORTED

    asyncio.run(scene())


def test_a_redriven_execution_is_no_longer_awaited(bench: Any) -> None:
    async def scene() -> None:
        await bench.save(WAIT, name="inner")
        async with bench.engine() as engine:
            outer = await engine.start_execution(bench.new(await bench.save(starting(".sync", Name="n"))))
            await bench.quiet()
            await engine.stop_execution(outer.arn, Failure(None))
            await bench.quiet()
            await engine.redrive_execution(f"{EXECUTION}:inner:n")
            await bench.quiet()
        async with bench.engine() as engine:
            await bench.quiet()
            assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.RUNNING
            await bench.settle(engine, f"{EXECUTION}:inner:n")
        assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.SUCCEEDED

    asyncio.run(scene())


def test_a_task_that_times_out_stops_what_it_waited_for(bench: Any) -> None:
    outer = starting(".sync", Name="n")
    outer["States"]["T"]["TimeoutSeconds"] = 3
    ended = run(bench, WAIT, outer)
    assert ended.failure == Failure("States.Timeout")
    assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.ABORTED


def test_a_restart_leaves_the_inner_execution_running(bench: Any) -> None:
    async def scene() -> None:
        await bench.save(WAIT, name="inner")
        outer = bench.new(await bench.save(starting(".sync", Name="n")))
        async with bench.engine() as engine:
            await engine.start_execution(outer)
            await bench.quiet()
        assert bench.journal.executions.find(f"{EXECUTION}:inner:n").status is Status.RUNNING
        async with bench.engine() as engine:
            ended = await bench.settle(engine, outer.arn)
        assert json.loads(ended.output)["Status"] == "SUCCEEDED"

    asyncio.run(scene())


def test_a_task_that_asks_again_after_a_crash_finds_its_execution(bench: Any) -> None:
    async def scene() -> None:
        new = replace(bench.new(await bench.save(PASS), name="n"), started_by="task")
        assert isinstance(new, NewExecution)
        async with bench.engine() as engine:
            first = await engine.start_execution(new)
            await engine.settled(first.arn)
            again = await engine.start_execution(new)
            assert (again.arn, again.status) == (first.arn, Status.SUCCEEDED)

    asyncio.run(scene())


def test_an_inner_execution_that_was_forgotten_fails_the_task(bench: Any) -> None:
    async def scene() -> None:
        await bench.save({**PASS}, name="inner", type="EXPRESS")
        async with bench.engine() as engine:
            started = await engine.start_execution(bench.new(await bench.save(starting(".sync:2", Name="n"))))
            ended = await bench.settle(engine, started.arn)
            assert ended.status in (Status.SUCCEEDED, Status.FAILED)

    asyncio.run(scene())
