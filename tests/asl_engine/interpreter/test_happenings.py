"""What the world reports late, twice, too large, or when the history is full."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.history.documents import PAYLOAD_LIMIT_BYTES, Document
from asl_engine.history.execution import Execution, Identity
from asl_engine.interpreter import happenings
from asl_engine.interpreter.commands import Decision, StartTimer, Timer, TimerKind, Visit
from asl_engine.interpreter.decide import decide, outstanding, start
from asl_engine.interpreter.pace import Unhurried
from asl_engine.interpreter.tokens import read_token, token_of
from asl_engine.interpreter.turn import EVENT_LIMIT
from asl_engine.language.parse import parse
from asl_engine.language.values import Failure

INVOKE = "arn:aws:states:::lambda:invoke"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"
CALLBACK = f"{INVOKE}.waitForTaskToken"
NEVER = Visit(9, 9, 9)


def one_task(resource: str = INVOKE, **fields: Any) -> dict[str, Any]:
    return {"StartAt": "A", "States": {"A": {"Type": "Task", "Resource": resource, **fields, "End": True}}}


WAITING = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 60, "End": True}}}


def refused(resource: str, given: Any, **fields: Any) -> str:
    """The cause with which a task ends that is not started, whatever its Retry and Catch say."""
    fields = {"Parameters": {"in.$": "$"}, "Retry": [{"ErrorEquals": ["States.ALL"]}], **fields}
    execution = Execution(Identity(arn="arn", name="n", state_machine_arn="a:b:c:d:e:f:m", state_machine_name="m"))
    machine = parse(json.dumps(one_task(resource, **fields)))
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    start(execution, moment, input=Document(given), role_arn="r", seed="s")
    events = decide(machine, execution, moment, refuse=lambda _, given: ["no"] if "no" in str(given) else []).events
    if events[-1].type != "ExecutionFailed":
        return events[-1].type
    assert [event.type for event in events] == ["TaskStateEntered", "ExecutionFailed"]
    assert isinstance(events[-1], e.ExecutionFailed)
    assert events[-1].failure.error == "States.Runtime"
    return str(events[-1].failure.cause)


def test_a_task_whose_parameters_are_refused_is_not_scheduled() -> None:
    given = {"no": "1", "ü": [True]}
    frame = "An error occurred while executing the state 'A' (entered at the event id #2). "
    cause = """The Parameters '{"no":"1","ü":[true]}' could not be used to start the Task: [no]"""
    assert refused(INVOKE, given, Parameters={"no.$": "$.no", "ü.$": "$.ü"}) == frame + cause


def test_a_key_of_a_template_that_the_input_brings_is_refused() -> None:
    problem = "The value for the field 'x.$' must be a valid JSONPath or a valid intrinsic function call"
    assert refused(INVOKE, {"x.$": "y"}).endswith(f"could not be used to start the Task: [{problem}]")
    assert refused(INVOKE, {"x.$": "$.y"}) == "TaskStarted"
    assert refused("arn:aws:lambda:us-east-1:123456789012:function:f", {"x.$": "y"}) == "LambdaFunctionStarted"
    arguments = "{% {'in': $states.input} %}"
    jsonata = {"Arguments": arguments, "QueryLanguage": "JSONata", "Retry": []}
    assert refused(INVOKE, {"x.$": "y"}, **jsonata) == "TaskStarted"


def test_an_answer_counts_once(make_world: Any) -> None:
    world = make_world(one_task())
    world.go_on()
    visit = world.tasks[0].visit
    first = happenings.task_succeeded(world.execution, world.now, visit, Document(1))
    again = happenings.task_succeeded(world.execution, world.now, visit, Document(2))
    assert [event.type for event in first.events] == ["TaskSucceeded"]
    assert again == Decision()


def test_an_answer_to_an_earlier_attempt_is_too_late(make_world: Any) -> None:
    world = make_world(one_task(TimeoutSeconds=5, Retry=[{"ErrorEquals": ["States.Timeout"]}]))
    world.go_on()
    late = world.tasks[0].visit
    world.take(happenings.timer_fired(world.execution, world.now, Timer(TimerKind.TIMEOUT, late)))
    world.go_on()
    assert happenings.task_succeeded(world.execution, world.now, late, Document(1)) == Decision()


def test_reports_about_what_is_not_there_make_nothing(make_world: Any) -> None:
    world = make_world(WAITING)
    world.go_on()
    execution, now = world.execution, world.now
    assert happenings.task_succeeded(execution, now, NEVER, Document(1)) == Decision()
    assert happenings.task_failed(execution, now, NEVER, Failure("E")) == Decision()
    assert happenings.task_started(execution, now, NEVER, None) == Decision()
    assert happenings.task_submitted(execution, now, NEVER, Document(1)) == Decision()
    assert happenings.heartbeat_received(execution, now, NEVER) == Decision()
    for kind in (TimerKind.WAIT, TimerKind.RETRY, TimerKind.TIMEOUT, TimerKind.HEARTBEAT):
        assert happenings.timer_fired(execution, now, Timer(kind, NEVER)) == Decision()


def test_only_an_activity_is_started_by_its_worker(make_world: Any) -> None:
    world = make_world(one_task())
    world.go_on()
    assert happenings.task_started(world.execution, world.now, world.tasks[0].visit, "w") == Decision()


def test_a_worker_may_end_an_activity(make_world: Any) -> None:
    world = make_world(one_task(ACTIVITY))
    world.go_on()
    visit = world.tasks[0].visit
    world.take(happenings.task_started(world.execution, world.now, visit, "w"))
    world.take(happenings.task_succeeded(world.execution, world.now, visit, Document("done")))
    assert world.run().end() == {"status": "SUCCEEDED", "output": "done"}


def test_a_request_is_accepted_once(make_world: Any) -> None:
    world = make_world(one_task(CALLBACK))
    world.go_on()
    visit = world.tasks[0].visit
    assert happenings.task_submitted(world.execution, world.now, visit, Document(1)).events
    assert happenings.task_submitted(world.execution, world.now, visit, Document(1)) == Decision()


@pytest.mark.parametrize(
    ("resource", "name", "type_"),
    [
        (INVOKE, "lambda", "TaskFailed"),
        (
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "arn:aws:lambda:us-east-1:123456789012:function:f",
            "LambdaFunctionFailed",
        ),
    ],
)
def test_a_result_above_the_limit_fails_the_task(make_world: Any, resource: str, name: str, type_: str) -> None:
    world = make_world(one_task(resource), script={"A": [{"succeed": "x" * PAYLOAD_LIMIT_BYTES}]}).run()
    assert world.end() == {
        "status": "FAILED",
        "error": "States.DataLimitExceeded",
        "cause": f"The state/task '{name}' returned a result with a size exceeding the maximum number of bytes "
        "service limit.",
    }
    assert type_ in [event.type for event in world.journal]


def test_a_sign_of_life_puts_the_time_out_off(make_world: Any) -> None:
    world = make_world(one_task(CALLBACK, HeartbeatSeconds=10))
    world.go_on()
    visit = world.tasks[0].visit
    timer = Timer(TimerKind.HEARTBEAT, visit)
    world.now += timedelta(seconds=8)
    world.take(happenings.heartbeat_received(world.execution, world.now, visit))
    world.now += timedelta(seconds=2)
    put_off = happenings.timer_fired(world.execution, world.now, timer)
    assert put_off == Decision(commands=(StartTimer(timer, world.now + timedelta(seconds=8)),))
    world.now += timedelta(seconds=8)
    ended = happenings.timer_fired(world.execution, world.now, timer)
    assert [event.type for event in ended.events] == ["TaskTimedOut"]


def test_an_execution_is_stopped_once_and_by_nothing_before(make_world: Any) -> None:
    world = make_world(WAITING)
    world.go_on()
    stopped = happenings.stopped(world.execution, world.now, Failure("Enough", "no time"))
    assert [(event.type, event.previous_event_id) for event in stopped.events] == [("ExecutionAborted", 0)]
    assert happenings.stopped(world.execution, world.now, Failure(None)) == Decision()
    assert world.end() == {"status": "ABORTED", "error": "Enough", "cause": "no time"}
    assert list(outstanding(world.machine, world.execution)) == []


def test_only_a_task_with_a_token_must_give_signs_of_life(make_world: Any) -> None:
    world = make_world(one_task(HeartbeatSeconds=10))
    world.go_on()
    assert world.timers == {}


# --- after a restart ---------------------------------------------------------------------------------------------


def test_nothing_is_outstanding_before_the_beginning(make_world: Any) -> None:
    world = make_world({"TimeoutSeconds": 5, **WAITING})
    nobody = Execution(Identity(arn="a", name="n", state_machine_arn="m", state_machine_name="m"))
    assert list(outstanding(world.machine, nobody)) == []


def test_a_task_without_an_outcome_is_handed_out_again_as_it_was(make_world: Any) -> None:
    world = make_world(
        one_task(CALLBACK, TimeoutSeconds=60, HeartbeatSeconds=5, Credentials={"RoleArn": "r"}), '{"n": 1}'
    )
    world.go_on()
    again = world.restart(len(world.journal))
    assert again.tasks == world.tasks
    assert again.timers == world.timers
    assert (again.tasks[0].arguments.value, again.tasks[0].credentials.value) == ({"n": 1}, {"RoleArn": "r"})


def test_a_task_that_waits_for_its_token_is_not_asked_for_again(make_world: Any) -> None:
    world = make_world(one_task(CALLBACK), script={"A": [{"submit": {}}]}).run()
    assert world.end() == {"status": "RUNNING"}
    assert world.restart(len(world.journal)).tasks == []


def test_a_job_under_way_is_followed_after_a_restart(make_world: Any) -> None:
    world = make_world(one_task("arn:aws:states:::states:startExecution.sync"))
    world.go_on()
    world.take(happenings.task_submitted(world.execution, world.now, world.tasks[0].visit, Document({"job": 1})))
    (task,) = world.restart(len(world.journal)).tasks
    assert task.submitted == Document({"job": 1})


# --- tokens ------------------------------------------------------------------------------------------------------


def test_a_token_names_its_execution_and_visit() -> None:
    assert read_token(token_of("arn:x", Visit(1, 2, 3))) == ("arn:x", Visit(1, 2, 3))


@pytest.mark.parametrize("token", ["", "no token", "bm8gSlNPTg==", "WzEsMl0=", "é"])
def test_what_is_not_a_token_names_nothing(token: str) -> None:
    assert read_token(token) is None


def test_a_visit_can_be_written_down() -> None:
    assert str(Visit(1, 2, 3)) == "1-2-3"


# --- limits ------------------------------------------------------------------------------------------------------

LOOP = {
    "StartAt": "A",
    "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
}


def test_the_last_event_allowed_ends_the_execution(make_world: Any) -> None:
    world = make_world(LOOP).run()
    assert world.journal[-1].id == EVENT_LIMIT
    assert world.end() == {
        "status": "FAILED",
        "error": "States.Runtime",
        "cause": "The execution reached the maximum number of history events (25000).",
    }


@pytest.mark.parametrize("answer", [{"succeed": 1}, {"fail": ["E", "c"]}, {"submit": 1}])
def test_a_full_history_has_no_room_for_an_answer(make_world: Any, answer: dict[str, Any]) -> None:
    world = make_world(one_task(CALLBACK), script={"A": [answer]})
    world.go_on()
    world.execution.last_id = EVENT_LIMIT - 1
    world.run()
    assert isinstance(world.journal[-1], e.ExecutionFailed)
    assert world.journal[-1].id == EVENT_LIMIT


def test_a_decision_stops_at_its_limit_and_goes_on_later(make_world: Any) -> None:
    chain = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(9)}
    definition = {"StartAt": "S0", "States": {**chain, "S9": {"Type": "Succeed"}}}
    assert make_world(definition, limit=3).run().journal == make_world(definition).run().journal


class OneStep(Unhurried):
    """A pace at which there is time for one step in each decision."""

    def goes_on(self) -> bool:
        return False


def test_a_decision_stops_when_its_time_is_up_and_goes_on_later(make_world: Any) -> None:
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Succeed"}}}
    world = make_world(definition)
    decisions = 0
    while world.execution.ready:
        world.take(decide(world.machine, world.execution, world.now, pace=OneStep()))
        decisions += 1
    assert decisions > 1
    assert world.journal == make_world(definition).run().journal


@pytest.mark.parametrize(
    "state",
    [
        {"Type": "Pass", "Result": "x" * PAYLOAD_LIMIT_BYTES, "End": True},
        {"Type": "Pass", "Result": "x" * (PAYLOAD_LIMIT_BYTES - 9), "ResultPath": "$.result", "End": True},
    ],
)
def test_an_output_above_the_limit_fails_the_state(make_world: Any, state: dict[str, Any]) -> None:
    world = make_world({"StartAt": "A", "States": {"A": state}}).run()
    assert world.end()["error"] == "States.DataLimitExceeded"
    assert world.end()["cause"].startswith("The state/task 'A' returned a result")


def test_a_catch_whose_output_is_above_the_limit_fails_the_execution(make_world: Any) -> None:
    state = {
        "Type": "Task",
        "Resource": INVOKE,
        "ResultPath": None,
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "A"}],
        "End": True,
    }
    world = make_world(
        {"StartAt": "A", "States": {"A": state}},
        json.dumps({"x": "x" * (PAYLOAD_LIMIT_BYTES - 20)}),
        {"A": [{"fail": ["E", "c" * 20]}]},
    ).run()
    assert world.end()["error"] == "States.DataLimitExceeded"


def test_a_catch_that_fails_is_not_caught_again(make_world: Any) -> None:
    state = {
        "Type": "Task",
        "Resource": INVOKE,
        "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": {"bad.$": "$.missing"}, "Next": "A"}],
        "End": True,
    }
    world = make_world({"StartAt": "A", "States": {"A": state}}, script={"A": [{"fail": ["E", "c"]}]}).run()
    assert world.end()["status"] == "FAILED"
    assert world.end()["cause"].startswith(
        "An error occurred while executing the state 'A' (entered at the event id #2)."
    )


def test_what_cannot_be_decided_ends_the_execution_and_says_why(make_world: Any) -> None:
    world = make_world({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": float("inf"), "End": True}}})
    decision = decide(world.machine, world.execution, world.now)
    assert isinstance(decision.fault, ValueError)
    assert world.end()["error"] == "States.Runtime"
    assert world.end()["cause"].startswith("The execution could not be continued: ValueError: ")
