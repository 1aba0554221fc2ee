"""Following an execution through a client that answers as Step Functions does."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest

from sbir_etl.cli.following import Interrupted, follow
from sbir_etl.cli.timeline import Line

ARN = "arn:aws:states:us-east-2:123456789012:execution:m:a"


class Client:
    """An execution that is running when first asked and has ended the second time."""

    def __init__(self, **ending: object) -> None:
        self.answers: Iterator[dict[str, Any]] = iter(
            [{"status": "RUNNING", "executionArn": ARN}, {"executionArn": ARN, **ending}]
        )

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:  # noqa: N803 - AWS's parameter name
        assert executionArn == ARN
        return next(self.answers)

    def get_paginator(self, operation: str) -> "Client":
        assert operation == "get_execution_history"
        return self

    def paginate(self, *, executionArn: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - AWS's parameter name
        entered = {"name": executionArn}
        yield {"events": []}
        yield {
            "events": [
                {
                    "id": 1,
                    "type": "TaskStateEntered",
                    "previousEventId": 0,
                    "timestamp": datetime(2026, 11, 23, tzinfo=UTC),
                    "stateEnteredEventDetails": entered,
                }
            ]
        }


def test_the_timeline_is_shown_until_the_execution_has_ended() -> None:
    shown: list[list[Line]] = []
    ending = follow(
        Client(status="SUCCEEDED", output='{"status": "success"}'),
        ARN,
        shown.append,
        poll_seconds=0,
        interrupted=Event(),
    )
    assert ending.succeeded
    assert ending.document() == {"status": "success"}
    assert [len(timeline) for timeline in shown] == [1, 1]


def test_a_failure_keeps_error_and_cause() -> None:
    ending = follow(
        Client(status="FAILED", error="E", cause="C"), ARN, lambda _: None, poll_seconds=0, interrupted=Event()
    )
    assert not ending.succeeded
    assert (ending.error, ending.cause) == ("E", "C")


def test_an_output_that_is_no_object_is_still_a_document() -> None:
    ending = follow(
        Client(status="SUCCEEDED", output=json.dumps([1])), ARN, lambda _: None, poll_seconds=0, interrupted=Event()
    )
    assert ending.document() == {"output": [1]}


def test_whoever_is_interrupted_leaves_the_execution_to_itself() -> None:
    interrupted = Event()
    interrupted.set()
    shown: list[list[Line]] = []
    with pytest.raises(Interrupted):
        follow(Client(), ARN, shown.append, interrupted=interrupted)
    assert len(shown) == 1
