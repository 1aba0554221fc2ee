"""What the world reports of a map run: late and repeated reports change nothing, new limits hold at once."""

from typing import Any

import pytest

from asl_engine.history import map_events as m
from asl_engine.history.documents import PAYLOAD_LIMIT_BYTES, Document
from asl_engine.interpreter import happenings, map_happenings
from asl_engine.interpreter.commands import Cancel, Decision, Timer, TimerKind, Visit
from asl_engine.interpreter.map_happenings import MapRunLimits
from asl_engine.interpreter.map_runs import DISTRIBUTED_CONCURRENCY
from asl_engine.language.values import Failure

NOTHING = Decision()


def distributed(**fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "End": True}},
    }
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}}}


@pytest.fixture
def world(make_world: Any) -> Any:
    """Two of three items are under way."""
    begun = make_world(distributed(MaxConcurrency=2, Label="l"), "[1, 2, 3]")
    begun.go_on()
    return begun


def report(world: Any, index: int, output: Document | None) -> Decision:
    visit = world.children[0].visit
    return map_happenings.child_ended(world.execution, world.now, visit, index, output)


def update(world: Any, **limits: Any) -> Decision:
    arn = world.children[0].map_run_arn
    return map_happenings.map_run_updated(
        world.execution, world.now, arn, MapRunLimits(**limits), DISTRIBUTED_CONCURRENCY
    )


def test_a_child_is_asked_for_with_all_it_takes_to_find_it_again(world: Any) -> None:
    first, second = world.children
    assert (first.index, second.index, first.input.value, first.item_count) == (0, 1, 1, 1)
    assert (first.label, first.type, first.definition_path, first.since) == ("l", "STANDARD", ("M",), None)
    assert first.name != second.name
    assert world.restart(len(world.journal)).children == world.children


def test_a_child_ends_once(world: Any) -> None:
    world.take(report(world, 0, Document(1)))
    assert report(world, 0, Document(1)) == NOTHING
    assert report(world, 2, None) == NOTHING


def test_a_child_of_an_earlier_visit_is_not_heard(world: Any) -> None:
    late = Visit(0, 99, 0)
    assert map_happenings.child_ended(world.execution, world.now, late, 0, None) == NOTHING
    assert map_happenings.items_read(world.execution, world.now, late, Document([])) == NOTHING
    assert map_happenings.results_written(world.execution, world.now, late, Document({})) == NOTHING
    assert map_happenings.storage_failed(world.execution, world.now, late, Failure("E")) == NOTHING


def test_storage_that_fails_when_nobody_waits_for_it_is_not_heard(world: Any) -> None:
    visit = world.children[0].visit
    assert map_happenings.storage_failed(world.execution, world.now, visit, Failure("E")) == NOTHING


def test_results_that_cannot_be_written_fail_the_run(make_world: Any) -> None:
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}
    world = make_world(
        distributed(ResultWriter=writer), "[1]", {"write": [{"fail": ["States.ResultWriterFailed", "no"]}]}
    )
    assert world.run().end() == {"status": "FAILED", "error": "States.ResultWriterFailed", "cause": "no"}


def test_a_run_that_fails_calls_its_children_off(world: Any) -> None:
    visit = world.children[0].visit
    world.take(report(world, 0, None))
    world.go_on()
    assert world.children == []
    assert world.end()["error"] == "States.ExceedToleratedFailureThreshold"
    assert Cancel(visit) not in happenings.stopped(world.execution, world.now, Failure(None)).commands


def test_a_higher_concurrency_starts_more_children(world: Any) -> None:
    world.take(update(world, max_concurrency=0))
    world.go_on()
    assert [child.index for child in world.children] == [0, 1, 2]


def test_a_higher_tolerance_lets_the_run_go_on(world: Any) -> None:
    world.take(update(world, tolerated_failure_count=1, tolerated_failure_percentage=90.0))
    world.take(report(world, 0, None))
    assert world.run().end() == {"status": "SUCCEEDED", "output": [2, 3]}


def test_limits_that_are_not_named_stay(world: Any) -> None:
    (event,) = update(world).events
    assert isinstance(event, m.MapRunUpdated)
    assert (event.concurrency, event.tolerated_count, event.tolerated_percentage) == (2, 0, 0.0)


def test_a_run_that_is_over_keeps_its_limits(world: Any) -> None:
    arn = world.children[0].map_run_arn
    world.run()
    limits = MapRunLimits(max_concurrency=1)
    assert map_happenings.map_run_updated(world.execution, world.now, arn, limits, 9) == NOTHING


def test_the_limits_of_another_run_are_not_touched(world: Any) -> None:
    assert map_happenings.map_run_updated(world.execution, world.now, "another", MapRunLimits(), 9) == NOTHING


def test_the_time_of_an_earlier_drive_does_not_end_a_later_one(make_world: Any) -> None:
    definition = {"StartAt": "F", "TimeoutSeconds": 5, "States": {"F": {"Type": "Fail"}}}
    world = make_world(definition)
    earlier = next(iter(world.timers))
    world.redrives = 1
    world.run()
    assert earlier == Timer(TimerKind.EXECUTION, Visit(0, 0, 0))
    assert happenings.timer_fired(world.execution, world.now, earlier) == NOTHING


def test_parameters_above_the_limit_fail_the_task(make_world: Any) -> None:
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"twice.$": "States.Format('{}{}', $, $)"},
        "End": True,
    }
    world = make_world({"StartAt": "T", "States": {"T": task}}, '"' + "x" * (PAYLOAD_LIMIT_BYTES - 2) + '"').run()
    assert world.end()["error"] == "States.DataLimitExceeded"
    assert "TaskScheduled" not in [event.type for event in world.journal]
