"""What a history folds into: which state was visited when, in which branch or iteration, and how it ended."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asl_engine.console.definitions import LOOP, PASS, machine

RECORDINGS = os.environ.get("ASL_ENGINE_RECORDINGS")
INVOKE = "arn:aws:states:::lambda:invoke"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:work"
ANSWER = {"Return": {"StatusCode": 200, "Payload": 1}}
BROKEN = {"Throw": {"Error": "Broken", "Cause": "it broke"}}
OUTPUT = '{"StatusCode":200,"Payload":1}'
ALL = ["States.ALL"]
ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}


def task(**more: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "f"}, **more}


def seconds(model: Any, moment: float | None) -> float | None:
    return None if moment is None else round(moment - model["startedAt"], 3)


def visits(model: Any, *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(visit[field] for field in fields) for visit in model["visits"]]


def attempts(model: Any, name: str) -> list[tuple[Any, ...]]:
    """Status, begin, end and error of a state's attempts."""
    (visit,) = [visit for visit in model["visits"] if visit["name"] == name]
    return [
        (one["status"], seconds(model, one["scheduledAt"]), seconds(model, one["endedAt"]), one["error"])
        for one in visit["attempts"]
    ]


def statuses(model: Any) -> dict[str, tuple[str, int]]:
    return {name: (state["status"], state["count"]) for name, state in model["states"].items()}


def ways(model: Any) -> set[tuple[str | None, str | None]]:
    return {(start, end) for start, end, way in model["taken"] if way == "next"}


BOTH = machine(
    Both={
        "Type": "Parallel",
        "Branches": [
            machine(Left=task(Next="Left end"), **{"Left end": PASS}),
            machine(Right=task(Next="Right end"), **{"Right end": PASS}),
        ],
        "Next": "After",
    },
    After={"Type": "Succeed"},
)
EACH = machine(
    Each={
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": machine(
            Check={
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Bad"}],
                "Default": "Fine",
            },
            Fine=PASS,
            Bad={"Type": "Fail", "Error": "Two", "Cause": "is two"},
        ),
        "MaxConcurrency": 1,
        "End": True,
    },
)
FAN = machine(
    Fan={
        "Type": "Parallel",
        "Branches": [EACH, machine(Sleep={"Type": "Wait", "Seconds": 60, "End": True})],
        "Retry": [{"ErrorEquals": ["Two"], "MaxAttempts": 1, "IntervalSeconds": 5}],
        "Catch": [{"ErrorEquals": ALL, "ResultPath": "$.error", "Next": "Tidy"}],
        "Next": "Never",
    },
    Never=PASS,
    Tidy=PASS,
)
MANY = machine(
    Many={
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            **machine(
                Item={
                    "Type": "Choice",
                    "Choices": [{"Variable": "$", "NumericEquals": 2, "Next": "Bad"}],
                    "Default": "Fine",
                },
                Fine=PASS,
                Bad={"Type": "Fail"},
            ),
        },
        "End": True,
    },
)


def test_a_loop_visits_its_states_again(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    model = fold(make_engine().run(LOOP, {"n": 1}), LOOP)

    assert (model["status"], model["error"], model["culprit"]) == ("SUCCEEDED", None, None)
    assert visits(model, "id", "name", "type", "status", "input", "output", "eventIds") == [
        (2, "Count", "Pass", "SUCCEEDED", '{"n":1}', '{"n":2}', [2, 3]),
        (4, "Enough", "Choice", "SUCCEEDED", '{"n":2}', '{"n":2}', [4, 5]),
        (6, "Count", "Pass", "SUCCEEDED", '{"n":2}', '{"n":3}', [6, 7]),
        (8, "Enough", "Choice", "SUCCEEDED", '{"n":3}', '{"n":3}', [8, 9]),
        (10, "Done", "Succeed", "SUCCEEDED", '{"n":3}', '{"n":3}', [10, 11]),
    ]
    assert model["states"]["Count"] == {"status": "SUCCEEDED", "count": 2, "lastVisit": 6}
    assert model["taken"] == [
        [None, "Count", "next"],
        ["Count", "Enough", "next"],
        ["Enough", "Count", "next"],
        ["Enough", "Done", "next"],
        ["Done", None, "next"],
    ]


def test_retries_are_attempts_with_the_waits_between_them(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    retry = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 3, "BackoffRate": 2, "MaxAttempts": 2}]
    definition = machine(Flaky=task(Retry=retry, Next="Rest"), Rest={"Type": "Wait", "Seconds": 4, "End": True})
    model = fold(make_engine(Flaky=[BROKEN, BROKEN, ANSWER]).run(definition), definition)

    assert attempts(model, "Flaky") == [
        ("FAILED", 0, 0, "Broken"),
        ("FAILED", 3, 3, "Broken"),
        ("SUCCEEDED", 9, 9, None),
    ]
    first, _, last = model["visits"][0]["attempts"]
    assert (first["resource"], first["parameters"], first["cause"]) == (
        "lambda:invoke",
        '{"FunctionName":"f"}',
        "it broke",
    )
    assert json.loads(last["output"]) == json.loads(OUTPUT)
    assert visits(model, "name", "status", "error") == [("Flaky", "SUCCEEDED", None), ("Rest", "SUCCEEDED", None)]
    assert seconds(model, model["visits"][1]["exitedAt"]) == seconds(model, model["stoppedAt"]) == 13


def test_while_a_retry_is_waited_for_the_state_runs(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    definition = machine(Flaky=task(Retry=[{"ErrorEquals": ALL, "IntervalSeconds": 60}], End=True))
    engine = make_engine(Flaky=[BROKEN])
    execution = engine.start(definition)
    while len(events := engine.events(execution)) < 5:
        pass

    model = fold(events, definition)
    assert (model["status"], model["stoppedAt"], model["states"]["Flaky"]["status"]) == ("RUNNING", None, "RUNNING")
    assert attempts(model, "Flaky") == [("FAILED", 0, 0, "Broken")]


def test_a_caught_failure_is_neither_success_nor_failure(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    catch = [{"ErrorEquals": ["Broken"], "Next": "Handle"}]
    definition = machine(
        Try=task(Catch=catch, Next="Good"),
        Good=PASS,
        Handle={"Type": "Pass", "Next": "Give up"},
        **{"Give up": {"Type": "Fail", "Error": "GaveUp", "Cause": "no more"}},
    )
    model = fold(make_engine(Try=[BROKEN]).run(definition), definition)

    assert visits(model, "name", "status", "error", "cause") == [
        ("Try", "CAUGHT", "Broken", "it broke"),
        ("Handle", "SUCCEEDED", None, None),
        ("Give up", "FAILED", "GaveUp", "no more"),
    ]
    assert (model["status"], model["error"], model["cause"]) == ("FAILED", "GaveUp", "no more")
    assert model["culprit"] == model["visits"][2]["id"]
    assert ["Try", "Handle", "catch"] in model["taken"]
    assert ("Try", "Good") not in ways(model)


def test_a_result_that_fails_and_is_caught_was_no_success(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    definition = machine(
        Try=task(
            ResultSelector={"much.$": "States.Format('{}', $.Payload)"},
            ResultPath="$.a.b",
            Catch=[{"ErrorEquals": ALL, "Next": "Handle"}],
            Next="Good",
        ),
        Good=PASS,
        Handle=PASS,
    )
    model = fold(make_engine(Try=[ANSWER]).run(definition, {"a": 1}), definition)
    assert statuses(model) == {"Try": ("CAUGHT", 1), "Handle": ("SUCCEEDED", 1)}


def test_branches_are_told_apart_though_their_events_are_interleaved(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    model = fold(make_engine(Left=[ANSWER], Right=[ANSWER]).run(BOTH), BOTH)

    assert sorted(visits(model, "name", "branch", "parent", "status")) == [
        ("After", None, None, "SUCCEEDED"),
        ("Both", None, None, "SUCCEEDED"),
        ("Left", 0, 2, "SUCCEEDED"),
        ("Left end", 0, 2, "SUCCEEDED"),
        ("Right", 1, 2, "SUCCEEDED"),
        ("Right end", 1, 2, "SUCCEEDED"),
    ]
    assert ways(model) == {
        *((None, "Both"), ("Both", "After"), ("After", None)),
        *((None, "Left"), ("Left", "Left end"), ("Left end", None)),
        *((None, "Right"), ("Right", "Right end"), ("Right end", None)),
    }
    assert [frame["status"] for frame in model["frames"]] == ["SUCCEEDED"] * 3


def test_names_that_repeat_between_branches_are_told_apart(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    """The engine wants names to be unique; AWS's own histories need not have them so."""
    text = json.dumps([make_engine(Left=[ANSWER], Right=[ANSWER]).run(BOTH), BOTH])
    events, definition = json.loads(
        text.replace("Left end", "Same").replace("Right end", "Same").replace("Left", "One").replace("Right", "One")
    )
    model = fold(events, definition)
    assert statuses(model) == {
        "Both": ("SUCCEEDED", 1),
        "Both[0]/One": ("SUCCEEDED", 1),
        "Both[1]/One": ("SUCCEEDED", 1),
        "Both[0]/Same": ("SUCCEEDED", 1),
        "Both[1]/Same": ("SUCCEEDED", 1),
        "After": ("SUCCEEDED", 1),
    }
    assert sorted(visits(model, "place", "name", "branch"))[1:] == [
        ("Both", "Both", None),
        ("Both[0]/One", "One", 0),
        ("Both[0]/Same", "Same", 0),
        ("Both[1]/One", "One", 1),
        ("Both[1]/Same", "Same", 1),
    ]


def test_a_failing_iteration_fails_all_around_it(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    model = fold(make_engine().run(EACH, {"items": [1, 2, 3]}), EACH)

    iterations = [visit["iteration"] and visit["iteration"]["index"] for visit in model["visits"]]
    assert list(zip(iterations, visits(model, "name", "status", "error"), strict=True)) == [
        (None, ("Each", "FAILED", "Two")),
        (0, ("Check", "SUCCEEDED", None)),
        (0, ("Fine", "SUCCEEDED", None)),
        (1, ("Check", "SUCCEEDED", None)),
        (1, ("Bad", "FAILED", "Two")),
    ]
    assert model["visits"][1]["iteration"] == {"map": "Each", "index": 0}
    assert model["visits"][0]["itemCount"] == 3
    assert model["culprit"] == model["visits"][4]["id"]
    assert [(frame["parent"], frame["status"]) for frame in model["frames"]] == [
        (None, "FAILED"),
        (2, "SUCCEEDED"),
        (2, "FAILED"),
    ]


def test_a_map_in_a_parallel_is_retried_with_all_in_it_and_caught(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    model = fold(make_engine().run(FAN, {"items": [1, 2, 3]}), FAN)

    assert attempts(model, "Fan") == [("FAILED", 0, 0, "Two"), ("FAILED", 5, 5, "Two")]
    assert statuses(model) == {
        "Fan": ("CAUGHT", 1),
        "Each": ("FAILED", 2),
        "Sleep": ("ABORTED", 2),
        "Check": ("SUCCEEDED", 4),
        "Fine": ("SUCCEEDED", 2),
        "Bad": ("FAILED", 2),
        "Tidy": ("SUCCEEDED", 1),
    }
    assert [
        (visit["name"], visit["branch"], seconds(model, visit["enteredAt"]), visit["status"])
        for visit in model["visits"]
        if visit["parent"] == 2
    ] == [
        ("Each", 0, 0, "FAILED"),
        ("Sleep", 1, 0, "ABORTED"),
        ("Each", 0, 5, "FAILED"),
        ("Sleep", 1, 5, "ABORTED"),
    ]
    assert ["Fan", "Tidy", "catch"] in model["taken"]


def test_what_a_retry_did_over_is_not_held_against_a_state(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    definition = machine(
        Both={**BOTH["States"]["Both"], "Retry": [{"ErrorEquals": ALL, "IntervalSeconds": 1}]},
        After={"Type": "Succeed"},
    )
    model = fold(make_engine(Left=[ANSWER, ANSWER], Right=[BROKEN, ANSWER]).run(definition), definition)
    assert statuses(model)["Right"] == ("SUCCEEDED", 2)
    assert sorted(visits(model, "name", "status"))[-3:] == [
        ("Right", "FAILED"),
        ("Right", "SUCCEEDED"),
        ("Right end", "SUCCEEDED"),
    ]


def test_the_siblings_of_a_failing_branch_are_aborted(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    definition = machine(
        Fan={
            "Type": "Parallel",
            "Branches": [
                machine(
                    Doze={"Type": "Wait", "Seconds": 1, "Next": "Fails"}, Fails={"Type": "Fail", "ErrorPath": "$.e"}
                ),
                machine(Sleep={"Type": "Wait", "Seconds": 60, "End": True}),
                machine(
                    Inside={
                        "Type": "Parallel",
                        "Branches": [machine(Deep={"Type": "Wait", "Seconds": 9, "End": True})],
                        "End": True,
                    }
                ),
            ],
            "End": True,
        }
    )
    model = fold(make_engine().run(definition, {"e": "Dynamic"}), definition)
    assert sorted(visits(model, "name", "status", "error")) == [
        ("Deep", "ABORTED", None),
        ("Doze", "SUCCEEDED", None),
        ("Fails", "FAILED", "Dynamic"),
        ("Fan", "FAILED", "Dynamic"),
        ("Inside", "ABORTED", None),
        ("Sleep", "ABORTED", None),
    ]


def test_a_runtime_error_deep_inside_fails_all_around_it_at_once(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    inner = machine(Read={"Type": "Pass", "InputPath": "$.nothing", "End": True})
    definition = machine(
        Fan={
            "Type": "Parallel",
            "Branches": [
                machine(Each={"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": inner, "End": True}),
                machine(Sleep={"Type": "Wait", "Seconds": 60, "End": True}),
            ],
            "End": True,
        }
    )
    model = fold(make_engine().run(definition, {"items": [1, 2]}), definition)
    assert visits(model, "name", "status", "error") == [
        ("Fan", "FAILED", "States.Runtime"),
        ("Each", "FAILED", "States.Runtime"),
        ("Sleep", "ABORTED", None),
        ("Read", "FAILED", "States.Runtime"),
    ]
    assert model["culprit"] == model["visits"][3]["id"]


def test_a_distributed_map_has_a_run_and_goes_on_with_it_when_redriven(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    engine = make_engine()
    execution = engine.start(MANY, {"items": [1, 2, 3]})
    failed = fold(engine.until_end(execution), MANY)
    engine.turn(100)
    engine.call("RedriveExecution", executionArn=execution)
    redriven = fold(engine.until_end(execution), MANY)

    threshold = "States.ExceedToleratedFailureThreshold"
    assert ":mapRun:machine/" in failed["visits"][0]["mapRunArn"]
    assert visits(failed, "name", "status", "error", "itemCount") == [("Many", "FAILED", threshold, 3)]
    assert attempts(failed, "Many") == [("FAILED", 0, 0, threshold)]
    assert attempts(redriven, "Many") == [("FAILED", 0, 0, threshold), ("FAILED", 100, 100, threshold)]
    assert [seconds(redriven, moment) for moment in redriven["redrives"]] == [100]


def test_a_distributed_map_that_succeeds(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    model = fold(make_engine().run(MANY, {"items": [1, 3]}), MANY)
    assert visits(model, "name", "status", "eventIds") == [("Many", "SUCCEEDED", [2, 3, 4, 5, 6, 7])]
    assert attempts(model, "Many") == [("SUCCEEDED", 0, 0, None)]


def test_an_expression_that_fails_is_its_states_failure(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    definition = {
        "QueryLanguage": "JSONata",
        **machine(
            First={"Type": "Pass", "Next": "Second"},
            Second={"Type": "Pass", "Output": "{% $number('x') %}", "End": True},
        ),
    }
    model = fold(make_engine().run(definition), definition)
    assert visits(model, "name", "status", "error", "eventIds") == [
        ("First", "SUCCEEDED", None, [2, 3]),
        ("Second", "FAILED", "States.QueryEvaluationError", [4, 5]),
    ]


def test_arguments_that_fail_are_an_attempt(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    wrong_at_first = "{% $states.context.State.RetryCount = 0 ? $number('x') : 'f' %}"
    ask = {"Type": "Task", "Resource": INVOKE, "Arguments": {"FunctionName": wrong_at_first}, "End": True}
    definition = {
        "QueryLanguage": "JSONata",
        **machine(Ask={**ask, "Retry": [{"ErrorEquals": ALL, "IntervalSeconds": 2}]}),
    }
    model = fold(make_engine(Ask=[ANSWER]).run(definition), definition)
    assert attempts(model, "Ask") == [("FAILED", 0, 0, "States.QueryEvaluationError"), ("SUCCEEDED", 2, 2, None)]
    assert model["states"]["Ask"]["status"] == "SUCCEEDED"


def test_variables_that_were_assigned_are_texts(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    definition = machine(Note={"Type": "Pass", "Assign": {"x": "abc", "n": 1}, "Next": "On"}, On=PASS)
    model = fold(make_engine().run(definition), definition)
    assert visits(model, "variables") == [({"x": '"abc"', "n": "1"},), (None,)]


def test_a_task_that_times_out(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    definition = machine(Slow={"Type": "Task", "Resource": ACTIVITY, "TimeoutSeconds": 5, "End": True})
    engine = make_engine()
    engine.call("CreateActivity", name="work")
    model = fold(engine.run(definition), definition)
    assert visits(model, "status", "error") == [("TIMED_OUT", "States.Timeout")]
    assert attempts(model, "Slow") == [("TIMED_OUT", 0, 5, "States.Timeout")]
    assert model["visits"][0]["attempts"][0]["resource"] == ACTIVITY
    assert model["status"] == "FAILED"


def test_an_execution_that_times_out(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    definition = {"TimeoutSeconds": 5, **machine(Sleep={"Type": "Wait", "Seconds": 60, "End": True})}
    model = fold(make_engine().run(definition), definition)
    assert (model["status"], statuses(model)) == ("TIMED_OUT", {"Sleep": ("TIMED_OUT", 1)})


def test_an_execution_that_is_stopped(make_engine: Callable[..., Any], fold: Callable[..., Any]) -> None:
    definition = machine(Sleep={"Type": "Wait", "Seconds": 60, "End": True})
    engine = make_engine()
    execution = engine.start(definition)
    engine.call("StopExecution", executionArn=execution, error="Enough", cause="said so")
    model = fold(engine.events(execution), definition)
    assert (model["status"], model["error"], model["cause"]) == ("ABORTED", "Enough", "said so")
    assert all(visit["status"] == "ABORTED" for visit in model["visits"])


def test_a_redrive_goes_on_where_the_execution_failed(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    engine = make_engine(Left=[ANSWER], Right=[BROKEN, ANSWER])
    execution = engine.start(BOTH)
    failed = fold(engine.until_end(execution), BOTH)
    engine.turn(100)
    engine.call("RedriveExecution", executionArn=execution)
    redriven = fold(engine.until_end(execution), BOTH)

    assert statuses(failed)["Both"] == statuses(failed)["Right"] == ("FAILED", 1)
    assert (redriven["status"], redriven["error"], redriven["culprit"]) == ("SUCCEEDED", None, None)
    assert attempts(redriven, "Right") == [("FAILED", 0, 0, "Broken"), ("SUCCEEDED", 100, 100, None)]
    assert attempts(redriven, "Both") == [("FAILED", 0, 0, "Broken"), ("SUCCEEDED", 100, 100, None)]
    assert attempts(redriven, "Left") == [("SUCCEEDED", 0, 0, None)]
    assert set(statuses(redriven).values()) == {("SUCCEEDED", 1)}


def test_events_that_follow_the_redrive_itself_find_their_state(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    """Our engine has them follow what failed; nothing says that every history does."""
    definition = machine(Before={"Type": "Pass", "Next": "Try"}, Try=task(End=True))
    engine = make_engine(Try=[BROKEN, ANSWER])
    execution = engine.start(definition)
    engine.until_end(execution)
    engine.call("RedriveExecution", executionArn=execution)
    events = engine.until_end(execution)
    redriven = next(event["id"] for event in events if event["type"] == "ExecutionRedriven")
    following = next(event for event in events if event["type"] == "TaskScheduled" and event["id"] > redriven)

    following["previousEventId"] = redriven
    model = fold(events, definition)
    assert statuses(model) == {"Before": ("SUCCEEDED", 1), "Try": ("SUCCEEDED", 1)}
    assert [status for status, *_ in attempts(model, "Try")] == ["FAILED", "SUCCEEDED"]


def test_every_beginning_of_a_history_folds_the_same_way_bit_by_bit(
    make_engine: Callable[..., Any], page: Any, static_url: str
) -> None:
    events = make_engine().run(FAN, {"items": [1, 2, 3]})
    script = """async ([url, events, definition]) => {
        const { createFold, foldHistory } = await import(`${url}/execution.js`);
        const fold = createFold(definition);
        return events.map((event, index) => {
            fold.add([event]);
            const whole = foldHistory(events.slice(0, index + 1), definition);
            const reversed = foldHistory(events.slice(0, index + 1).reverse(), definition);
            const texts = [fold.model(), whole, reversed].map((model) => JSON.stringify(model));
            return { same: texts[0] === texts[1] && texts[1] === texts[2], status: whole.status };
        });
    }"""
    folded = page.evaluate(script, [static_url, events, FAN])
    assert all(one["same"] for one in folded)
    assert [one["status"] for one in folded] == ["RUNNING"] * (len(events) - 1) + ["SUCCEEDED"]


def test_a_history_without_data_and_without_definition_tells_the_same_but_for_the_data(
    make_engine: Callable[..., Any], fold: Callable[..., Any]
) -> None:
    engine = make_engine()
    execution = engine.start(EACH, {"items": [1, 3]})
    whole = fold(engine.until_end(execution), EACH)
    bare = fold(engine.events(execution, includeExecutionData=False), None)
    told = (
        "id",
        "name",
        "place",
        "type",
        "parent",
        "frame",
        "iteration",
        "status",
        "enteredAt",
        "exitedAt",
        "eventIds",
    )
    assert visits(bare, *told) == visits(whole, *told)
    assert set(visits(bare, "input", "output")) == {(None, None)}
    assert (bare["states"], bare["taken"], bare["status"]) == (whole["states"], whole["taken"], "SUCCEEDED")


@pytest.mark.slow
def test_the_longest_history_is_folded_without_fail(
    make_engine: Callable[..., Any], page: Any, static_url: str
) -> None:
    each = machine(
        Each={
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemProcessor": machine(One={"Type": "Pass", "Next": "Two"}, Two=PASS),
            "End": True,
        }
    )
    events = make_engine().run(each, {"items": list(range(4100))})
    script = """async ([url, events, definition]) => {
        const { foldHistory } = await import(`${url}/execution.js`);
        return foldHistory(events, definition).states;
    }"""
    states = page.evaluate(script, [static_url, events, each])
    assert len(events) > 24_000
    assert {name: (state["status"], state["count"]) for name, state in states.items()} == {
        "Each": ("SUCCEEDED", 1),
        "One": ("SUCCEEDED", 4100),
        "Two": ("SUCCEEDED", 4100),
    }


@pytest.mark.skipif(RECORDINGS is None, reason="set ASL_ENGINE_RECORDINGS to the folder of executions recorded on AWS")
def test_histories_recorded_on_aws_fold_into_what_they_came_to(page: Any, static_url: str) -> None:
    script = """async ([url, cases]) => {
        const { foldHistory } = await import(`${url}/execution.js`);
        return cases.map(([definition, events]) => foldHistory(events, definition));
    }"""
    cases = list(recorded())
    models = page.evaluate(script, [static_url, [[definition, events] for _, definition, events in cases]])
    assert cases
    for (name, _, events), model in zip(cases, models, strict=True):
        last = next(event["type"] for event in reversed(events) if event["type"].startswith("Execution"))
        assert model["status"] == ENDS.get(last, "RUNNING"), name
        owned = [event for visit in model["visits"] for event in visit["eventIds"]]
        for event in events:
            if event["type"].endswith("StateEntered") and isinstance(event["id"], int):
                assert owned.count(event["id"]) == 1, name


def recorded() -> Iterator[tuple[str, Any, list[Any]]]:
    """Name, definition and events; where the order of branches is left to chance, ids are lists of what was seen."""
    for line in Path(RECORDINGS or "", "open.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        for answer in case.get("expected", {}).values():
            if isinstance(answer, dict) and "events" in answer:
                numbered = all(isinstance(event["id"], int) for event in answer["events"])
                events = sorted(answer["events"], key=lambda event: event["id"]) if numbered else answer["events"]
                yield case["id"], case.get("definition"), events
