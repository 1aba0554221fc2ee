"""Whatever the definition, a process that dies behind any event changes nothing about how it ends."""

from typing import Any

import jsonata  # noqa: F401 - it raises the recursion limit, which Hypothesis must not see change during a test
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl_engine.history.codec import decode, encode

INVOKE = "arn:aws:states:::lambda:invoke"
CALLBACK = f"{INVOKE}.waitForTaskToken"
ERRORS = st.sampled_from(["Busy", "Broken", "States.Timeout"])
RETRY = st.lists(
    st.builds(
        lambda error, attempts, jitter: {"ErrorEquals": [error], "MaxAttempts": attempts, "JitterStrategy": jitter},
        ERRORS,
        st.integers(0, 2),
        st.sampled_from(["NONE", "FULL"]),
    ),
    max_size=2,
)
ANSWERS = st.one_of(
    st.builds(lambda value: {"succeed": value}, st.sampled_from([1, "two", [3], {"four": 4}])),
    st.builds(lambda error: {"fail": [error, "because"]}, ERRORS),
    st.just({"silent": True}),
    st.just({"submit": {"job": 1}}),
)


@st.composite
def plays(draw: st.DrawFn) -> dict[str, Any]:
    """A definition with the answers of its tasks."""
    script: dict[str, list[Any]] = {}
    definition = draw(machines(script=script, prefix="S", depth=2))
    return {"definition": definition, "script": script, "redrives": draw(st.integers(0, 2))}


@st.composite
def machines(draw: st.DrawFn, script: dict[str, list[Any]], prefix: str, depth: int) -> dict[str, Any]:
    names = [f"{prefix}{number}" for number in range(draw(st.integers(1, 3)))]
    last = f"{prefix}End"
    states = {
        name: draw(state_groups(script=script, name=name, following=following, caught=last, depth=depth))
        for name, following in zip(names, [*names[1:], last], strict=True)
    }
    flat = {name: state for group in states.values() for name, state in group.items()}
    return {"StartAt": names[0], "States": {**flat, last: {"Type": "Succeed"}}}


@st.composite
def state_groups(
    draw: st.DrawFn, script: dict[str, list[Any]], name: str, following: str, caught: str, depth: int
) -> dict[str, Any]:
    handled = {
        "Retry": draw(RETRY),
        "Catch": [{"ErrorEquals": [draw(ERRORS)], "Next": caught}] if draw(st.booleans()) else [],
        "Next": following,
    }
    if depth and draw(st.booleans()):
        return draw(states_with_children(script=script, name=name, handled=handled, depth=depth))
    script[name] = draw(st.lists(ANSWERS, max_size=3))
    script[f"{name} redriven"] = draw(st.lists(ANSWERS, max_size=2))
    task = {"Type": "Task", "Resource": draw(st.sampled_from([INVOKE, CALLBACK])), "TimeoutSeconds": 9, **handled}
    rule = {"Variable": "$", "NumericEquals": 1, "Next": caught}
    drawn = {"drawn.$": "States.Array(States.UUID(), States.MathRandom(1, 99))"}
    kinds: list[dict[str, Any]] = [
        {"Type": "Pass", "Assign": {"seen.$": "$"}, "Next": following},
        {"Type": "Pass", "Parameters": drawn, "ResultPath": draw(st.sampled_from(["$", None])), "Next": following},
        task,
        task,
        *in_jsonata(task, following, caught),
        {"Type": "Wait", "Seconds": draw(st.integers(0, 20)), "Next": following},
        {"Type": "Choice", "Choices": [rule], "Default": following},
        {"Type": "Fail", "Error": draw(ERRORS), "Cause": "planned"},
    ]
    return {name: draw(st.sampled_from(kinds))}


def in_jsonata(task: dict[str, Any], following: str, caught: str) -> list[dict[str, Any]]:
    """States that read and set variables and draw from chance, which a state decided again must find unchanged."""
    seen = "{% [$states.input, $exists($seen) ? $seen : null] %}"
    arguments = {"Arguments": {"given": seen, "id": "{% $uuid() %}"}, "Output": "{% $states.result %}"}
    rule = {"Condition": "{% $states.input = 1 or $random() < 0.3 %}", "Assign": {"seen": seen}, "Next": caught}
    states: list[dict[str, Any]] = [
        {"Type": "Pass", "Assign": {"seen": "{% [$random(), $uuid()] %}"}, "Output": seen, "Next": following},
        {**task, **arguments, "TimeoutSeconds": "{% 3 * 3 %}", "Assign": {"seen": "{% $states.result %}"}},
        {"Type": "Choice", "Choices": [rule], "Default": following},
        {"Type": "Wait", "Seconds": "{% $floor($random() * 20) %}", "Next": following},
    ]
    return [{**state, "QueryLanguage": "JSONata"} for state in states]


@st.composite
def states_with_children(
    draw: st.DrawFn, script: dict[str, list[Any]], name: str, handled: dict[str, Any], depth: int
) -> dict[str, Any]:
    if draw(st.booleans()):
        branches = [
            draw(machines(script=script, prefix=f"{name}.{number}.", depth=depth - 1))
            for number in range(draw(st.integers(1, 3)))
        ]
        return {name: {"Type": "Parallel", "Branches": branches, **handled}}
    inner = draw(machines(script=script, prefix=f"{name}.", depth=depth - 1))
    state = {"Type": "Map", "MaxConcurrency": draw(st.integers(0, 2)), "ItemProcessor": inner, **handled}
    return {
        name: {"Type": "Pass", "Result": draw(st.lists(st.integers(0, 2), max_size=4)), "Next": f"{name}M"},
        f"{name}M": state | draw(distributions(inner)),
    }


@st.composite
def distributions(draw: st.DrawFn, inner: dict[str, Any]) -> dict[str, Any]:
    """What makes a Map a distributed one, or nothing."""
    if draw(st.booleans()):
        return {}
    reader = {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b"}}}
    writer = {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}}}
    fields = [{}, {"ItemBatcher": {"MaxItemsPerBatch": 2}}, reader, writer, {"ToleratedFailureCount": 1}]
    mode = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": draw(st.sampled_from(["STANDARD", "EXPRESS"]))}}
    return {"ItemProcessor": {**mode, **inner}, **draw(st.sampled_from(fields)), **draw(st.sampled_from(fields))}


STORAGE = {"read": [{"succeed": [0, 1, 2]}], "write": [{"succeed": {"written": True}}]}


def played(make_world: Any, play: Any) -> Any:
    return make_world(play["definition"], script=STORAGE | play["script"], redrives=play["redrives"]).run()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plays(), st.data())
def test_a_cut_behind_any_event_leads_to_the_same_history(make_world: Any, play: Any, data: st.DataObject) -> None:
    whole = played(make_world, play)
    keep = data.draw(st.integers(1, len(whole.journal)), label="events kept")
    again = whole.restart(keep).run()
    assert again.journal == whole.journal
    assert again.end() == whole.end()


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plays())
def test_what_is_kept_of_a_history_is_all_of_it(make_world: Any, play: Any) -> None:
    journal = played(make_world, play).journal
    assert [decode(encode(event)) for event in journal] == journal
    assert [event.id for event in journal if event.ordinal == 0] == list(range(1, journal[-1].id + 1))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plays())
def test_an_execution_ends_unless_it_waits_for_a_token(make_world: Any, play: Any) -> None:
    world = played(make_world, play)
    assert world.execution.ended is not None or world.execution.frames
    assert world.execution.ready == {}
