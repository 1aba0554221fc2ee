"""Histories recorded on AWS, when there are some to compare with: set ASL_ENGINE_RECORDINGS to their folder.

`open.jsonl` has one JSON object a line; of each are read `kind`, `needs`, `steps` (the API calls made) and `expected`
(what they answered). Compared are the events' order, ids, previous ids and types of executions that need no service.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RECORDINGS = os.environ.get("ASL_ENGINE_RECORDINGS")
pytestmark = pytest.mark.skipif(
    RECORDINGS is None, reason="set ASL_ENGINE_RECORDINGS to the folder of executions recorded on AWS"
)
ENDS = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"}


def recordings() -> Iterator[Any]:
    if RECORDINGS is None:
        return
    for line in Path(RECORDINGS, "open.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        if case["kind"] == "execution" and not case["needs"]:
            calls = {call["op"]: call["params"] for call in case["steps"]}
            histories = [answer["events"] for answer in case["expected"].values() if "events" in answer]
            if "StartExecution" in calls and len(histories) == 1 and comparable(calls, histories[0]):
                yield pytest.param(calls, histories[0], id=case["id"].rpartition("::")[2])


def comparable(calls: Any, history: Any) -> bool:
    """Complete, numbered and in order."""
    return history[-1]["type"] in ENDS and [event["id"] for event in history] == list(range(1, len(history) + 1))


@pytest.mark.parametrize(("calls", "history"), list(recordings()))
def test_a_history_has_the_events_that_aws_recorded(make_world: Any, calls: Any, history: Any) -> None:
    definition = json.loads(calls["CreateStateMachine"]["definition"])
    world = make_world(definition, calls["StartExecution"].get("input", "{}")).run()
    ours = [(event.id, event.previous_event_id, event.type) for event in world.journal if event.ordinal == 0]
    assert ours == as_before([(event["id"], event["previousEventId"], event["type"]) for event in history])


def as_before(history: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Since November 2024 a distributed Map's exit names MapRunStarted as previous; most recordings are older."""
    runs = {number: previous for number, previous, type_ in history if type_ == "MapRunSucceeded"}
    since = {previous: number for number, previous in runs.items()}
    return [
        (number, since.get(previous, previous) if type_ == "MapStateExited" else previous, type_)
        for number, previous, type_ in history
    ]
