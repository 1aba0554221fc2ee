"""Every kind of event survives being kept as a row."""

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.codec import decode, encode, microseconds, moment_of
from asl_engine.history.documents import Document
from asl_engine.history.resources import parse_resource
from asl_engine.language.values import Failure

NOW = datetime(2026, 1, 5, 6, 7, 8, 123456, tzinfo=UTC)
LAMBDA = parse_resource("arn:aws:states:::lambda:invoke")
HEADER: dict[str, Any] = {"id": 7, "previous_event_id": 6, "timestamp": NOW, "frame": 3}
TEXT = Document(text='{"naïve": [1, 2.50, null]}')

EVENTS: list[e.HistoryEvent] = [
    e.ExecutionStarted(**HEADER, input=TEXT, role_arn="arn:aws:iam::123456789012:role/r", seed="s"),
    e.ExecutionSucceeded(**HEADER, output=TEXT),
    e.ExecutionFailed(**HEADER, failure=Failure("E", "c")),
    e.ExecutionAborted(**HEADER, failure=Failure(None)),
    e.ExecutionTimedOut(**HEADER, failure=Failure(None)),
    e.StateEntered(**HEADER, state_type="Pass", name="A", input=TEXT),
    e.StateExited(**HEADER, state_type="Pass", name="A", output=TEXT),
    e.StateExited(
        **HEADER, state_type="Choice", name="A", output=TEXT, assigned={"x": Document(1), "y": Document("é")}, next="B"
    ),
    e.StateAborted(**HEADER, state_type="Wait"),
    e.EvaluationFailed(**HEADER, failure=Failure("States.QueryEvaluationError", "c"), state="A", location="Output"),
    e.TaskScheduled(**HEADER, resource=LAMBDA, parameters=TEXT),
    e.TaskScheduled(
        **HEADER,
        resource=LAMBDA,
        parameters=TEXT,
        region="us-east-1",
        timeout_seconds=9,
        heartbeat_seconds=3,
        credentials=Document({"RoleArn": "r"}),
        attempt=2,
    ),
    e.TaskStarted(**HEADER, resource=LAMBDA, worker_name="w"),
    e.TaskSubmitted(**HEADER, resource=LAMBDA, output=TEXT),
    e.TaskSucceeded(**HEADER, resource=LAMBDA, output=TEXT),
    e.TaskFailed(**HEADER, resource=LAMBDA, failure=Failure("E")),
    e.TaskTimedOut(**HEADER, resource=LAMBDA, failure=Failure("States.Timeout")),
    e.ParallelStateStarted(**HEADER, branch_count=2, first_branch=4, input=TEXT),
    e.ParallelStateSucceeded(**HEADER),
    e.ParallelStateFailed(**HEADER, failure=Failure("E")),
    e.MapStateStarted(**HEADER, length=1, items=Document([1]), concurrency=40),
    e.MapStateSucceeded(**HEADER),
    e.MapStateFailed(**HEADER, failure=Failure("E", "c")),
    e.MapIterationStarted(**HEADER, name="M", index=0, parent=1, input=TEXT),
    e.MapIterationSucceeded(**HEADER, name="M", index=0),
    e.MapIterationFailed(**HEADER, name="M", index=0, failure=Failure("E", "c")),
    e.MapIterationAborted(**HEADER, name="M", index=0),
    e.WaitArmed(**HEADER, ordinal=1, due=NOW),
    e.RetryScheduled(**HEADER, ordinal=1, retrier=0, due=NOW),
    e.TimerFired(**HEADER, ordinal=2),
    e.HeartbeatReceived(**HEADER, ordinal=1),
    e.ExecutionRedriven(**HEADER, redrive_count=1),
    m.MapRunStarted(
        **HEADER, map_run_arn="r", concurrency=3, tolerated_count=0, tolerated_percentage=1.5, plan=Document({})
    ),
    m.MapRunSucceeded(**HEADER),
    m.MapRunFailed(**HEADER, failure=Failure("E", "c")),
    m.MapRunAborted(**HEADER),
    m.MapRunRedriven(**HEADER, map_run_arn="r", redrive_count=2),
    m.ItemsRead(**HEADER, ordinal=1, items=Document([1])),
    m.BatchesMade(**HEADER, ordinal=1, sizes=Document([2, 1])),
    m.ChildrenStarted(**HEADER, ordinal=1, count=2),
    m.ChildSucceeded(**HEADER, ordinal=1, index=0, output=TEXT),
    m.ChildFailed(**HEADER, ordinal=1, index=1),
    m.ResultsDue(**HEADER, ordinal=1),
    m.ResultsWritten(**HEADER, ordinal=1, output=TEXT),
    m.MapRunUpdated(**HEADER, ordinal=1, concurrency=3, tolerated_count=0, tolerated_percentage=0.0),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__class__.__name__)
def test_an_event_comes_back_as_it_went_in(event: e.HistoryEvent) -> None:
    assert decode(encode(event)) == event


def test_no_kind_of_event_is_left_out() -> None:
    assert {event.__class__ for event in EVENTS} == set(get_args(e.HistoryEvent))


def test_the_large_document_is_kept_as_it_was_given() -> None:
    row = encode(EVENTS[0])
    assert row.document == '{"naïve": [1, 2.50, null]}'


def test_an_event_with_nothing_of_its_own_keeps_nothing() -> None:
    row = encode(e.MapStateSucceeded(**HEADER))
    assert (row.document, row.rest) == (None, None)


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36_500)))
def test_times_are_kept_to_the_microsecond(since: timedelta) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + since
    assert moment_of(microseconds(moment)) == moment


@pytest.mark.parametrize(
    ("resource", "type_"),
    [
        ("arn:aws:states:::lambda:invoke", "TaskScheduled"),
        ("arn:aws:lambda:us-east-1:123456789012:function:f", "LambdaFunctionScheduled"),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "ActivityScheduled"),
    ],
)
def test_a_task_events_name_begins_with_its_manner(resource: str, type_: str) -> None:
    event = e.TaskScheduled(**HEADER, resource=parse_resource(resource), parameters=TEXT)
    assert event.type == type_


@pytest.mark.parametrize(
    ("event", "type_"),
    [
        (EVENTS[5], "PassStateEntered"),
        (EVENTS[7], "ChoiceStateExited"),
        (EVENTS[8], "WaitStateAborted"),
        (EVENTS[12], "TaskStarted"),
        (EVENTS[13], "TaskSubmitted"),
        (EVENTS[14], "TaskSucceeded"),
        (EVENTS[15], "TaskFailed"),
        (EVENTS[16], "TaskTimedOut"),
        (EVENTS[18], "ParallelStateSucceeded"),
    ],
)
def test_events_are_named_as_aws_names_them(event: e.HistoryEvent, type_: str) -> None:
    assert event.type == type_
