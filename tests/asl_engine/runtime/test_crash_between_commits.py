"""Whatever was committed last before a crash: executions and their children and nested ones come to the same end."""

import asyncio
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl_engine.integrations.port import Failed, Succeeded, TaskOutcome, TaskRequest
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import ExecutionFilter, Status
from asl_engine.language.values import Failure

INNER_ARN = "arn:aws:states:us-east-1:123456789012:stateMachine:inner"
TASK: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke"}
WAIT: dict[str, Any] = {"Type": "Wait", "Seconds": 3}
NEST: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::states:startExecution.sync:2",
    "Parameters": {"StateMachineArn": INNER_ARN, "Input.$": "$"},
    "ResultSelector": {"output.$": "$.Output"},
}
INNER = {"StartAt": "W", "States": {"W": {**WAIT, "Next": "T"}, "T": {**TASK, "End": True}}}


def answer(request: TaskRequest) -> TaskOutcome:
    """Says the same whenever it is asked."""
    return Failed(Failure("Two", "C")) if request.arguments == 2 else Succeeded(request.arguments)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    chain = draw(st.lists(st.sampled_from([TASK, WAIT, NEST]), min_size=1, max_size=2))
    states = {f"S{number}": {**state, "Next": f"S{number + 1}"} for number, state in enumerate(chain)}
    states[f"S{len(chain)}"] = {"Type": "Succeed"}
    mode = {"Mode": "DISTRIBUTED", "ExecutionType": draw(st.sampled_from(["STANDARD", "EXPRESS"]))}
    fan = {
        "Type": "Map",
        "ItemProcessor": {"ProcessorConfig": mode, "StartAt": "S0", "States": states},
        "MaxConcurrency": draw(st.integers(0, 2)),
        "ToleratedFailureCount": draw(st.integers(0, 1)),
        **draw(st.sampled_from([{}, {"ItemBatcher": {"MaxItemsPerBatch": 2}}])),
        "Retry": [{"ErrorEquals": ["States.ALL"], "MaxAttempts": draw(st.integers(0, 1))}],
        "Next": "Z",
    }
    return {"StartAt": "M", "States": {"M": fan, "Z": {"Type": "Succeed"}}}


async def played(bench: Any, new: Any) -> Any:
    """Starts the execution, unless it is there already, and redrives it once if it fails."""
    async with bench.engine() as engine:
        if bench.journal.executions.find(new.arn) is None:
            await engine.start_execution(new)
        ended = await bench.settle(engine, new.arn)
        if ended.status is not Status.SUCCEEDED and ended.redrive_count == 0:
            await engine.redrive_execution(new.arn)
            ended = await bench.settle(engine, new.arn)
        await bench.quiet()
    return ended


def came_to(bench: Any, ended: Any) -> dict[str, Any]:
    """The end of the execution and of each of its children, whatever their order.

    How many children of a run that fails still succeed depends on who is first, with or without a crash.
    """
    history = bench.journal.executions.history(ended.arn, limit=99).items
    runs = bench.journal.map_runs.page(limit=9, owner=ended.arn).items
    whole = [run for run in runs if run.status == Status.SUCCEEDED]
    children = [child for run in whole for child in bench.journal.executions.of_map_run(run.arn)]
    return {
        "end": (ended.status, ended.output, ended.failure, ended.redrive_count),
        "history": [(event.type, event.id, event.previous_event_id) for event in history],
        "runs": [(run.arn, run.status, run.item_count, run.child_count) for run in runs],
        "children": sorted((child.arn, child.input) for child in children if child.status is Status.SUCCEEDED),
    }


@settings(max_examples=settings().max_examples // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(definitions(), st.lists(st.integers(0, 2), max_size=4), st.data())
def test_a_crash_behind_any_commit_changes_nothing(make_bench: Any, definition: Any, items: Any, data: Any) -> None:
    async def scene() -> None:
        whole = make_bench()
        whole.script.answer = answer
        await whole.save(INNER, name="inner")
        new = whole.new(await whole.save(definition), given=json.dumps(items))
        expected = came_to(whole, await played(whole, new))
        kept = data.draw(st.integers(2, len(whole.journal.commits)), label="commits kept")
        journal = MemoryJournal()
        for writes in whole.journal.commits[:kept]:
            await journal.commit(writes)
        again = make_bench(journal)
        again.script.answer = answer
        assert came_to(again, await played(again, new)) == expected
        assert journal.executions.unfinished() == []
        assert all(record.redrive_count <= 1 for record in journal.executions.page(ExecutionFilter(), limit=99).items)

    asyncio.run(scene())
