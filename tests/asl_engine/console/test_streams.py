"""The streams: a history as it grows, what starts and ends, and readers that come back, are slow, or only look."""

import asyncio
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from asl_engine.console.streams import CHANGES_KEPT, EVENTS_PER_MESSAGE, Streams
from asl_engine.history.events import ExecutionFailed
from asl_engine.journal.memory import MemoryJournal
from asl_engine.language.values import Failure
from asl_engine.local import ServiceOptions
from tests.asl_engine.console.served import FAIL, LOOP, PASS, WAIT, Served, served

CHILDREN = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **PASS},
            "End": True,
        }
    },
}


class Messages:
    """The messages of a stream, read as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def __iter__(self) -> Iterator[dict[str, str]]:
        message: dict[str, str] = {}
        for line in self._lines:
            if line.startswith(":"):
                continue
            if line:
                name, _, value = line.partition(": ")
                message[name] = value
            elif message:
                yield message
                message = {}


def stream(engine: Served, path: str, **headers: str) -> Any:
    return engine.http.stream("GET", path, headers=headers)


def events_of(engine: Served, arn: str, query: str = "", **headers: str) -> tuple[list[Any], list[dict[str, str]]]:
    """All events of the stream, and its messages."""
    with stream(engine, f"/console/events?execution={arn}{query}", **headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        messages = list(Messages(answer))
    return [event for message in messages for event in json.loads(message["data"]).get("events", [])], messages


@pytest.fixture
def engine() -> Iterator[Served]:
    with served() as running:
        yield running


def test_a_history_comes_as_the_api_gives_it_and_then_the_stream_ends(engine: Served) -> None:
    arn = engine.start(LOOP, {"n": 200, "rest": "ü\u2028</script>"})
    engine.settled(arn)
    found, messages = events_of(engine, arn)
    asked = engine.call("GetExecutionHistory", executionArn=arn, maxResults=1000)
    assert found == asked["events"]
    assert [message.get("event") for message in messages] == [None, None, "end"]
    assert messages[0]["id"] == str(EVENTS_PER_MESSAGE)
    assert messages[1]["id"] == str(found[-1]["id"])


@pytest.mark.parametrize("told", ["header", "query"])
def test_a_reader_that_comes_back_goes_on_where_it_was(engine: Served, told: str) -> None:
    arn = engine.start(PASS)
    engine.settled(arn)
    query, headers = ("&after=2", {}) if told == "query" else ("&after=1", {"Last-Event-ID": "2"})
    found, _ = events_of(engine, arn, query, **headers)
    assert [event["id"] for event in found] == [3, 4]


def test_to_who_knows_it_all_the_answer_is_not_to_come_again(engine: Served) -> None:
    arn = engine.start(PASS)
    engine.settled(arn)
    assert engine.http.get(f"/console/events?execution={arn}", headers={"Last-Event-ID": "4"}).status_code == 204


def test_what_happens_is_told_while_the_execution_runs(engine: Served) -> None:
    arn = engine.start(WAIT)
    with stream(engine, f"/console/events?execution={arn}") as answer:
        messages = iter(Messages(answer))
        first = json.loads(next(messages)["data"])["events"]
        assert [event["type"] for event in first] == ["ExecutionStarted", "WaitStateEntered"]
        engine.turn()
        rest = list(messages)
    types = [event["type"] for message in rest for event in json.loads(message["data"]).get("events", [])]
    assert types == ["WaitStateExited", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    assert rest[-1]["event"] == "end"


def test_after_a_redrive_the_history_goes_on(engine: Served) -> None:
    arn = engine.start(FAIL)
    engine.settled(arn)
    known = events_of(engine, arn)[0][-1]["id"]
    engine.call("RedriveExecution", executionArn=arn)
    engine.settled(arn)
    found, _ = events_of(engine, arn, f"&after={known}")
    assert [event["type"] for event in found] == ["ExecutionRedriven", "ExecutionFailed"]


def test_the_executions_of_a_map_run_have_streams_too(engine: Served) -> None:
    parent = engine.start(CHILDREN, [1, 2])
    engine.settled(parent)
    run = engine.call("ListMapRuns", executionArn=parent)["mapRuns"][0]["mapRunArn"]
    children = engine.call("ListExecutions", mapRunArn=run)["executions"]
    assert len(children) == 2
    for child in children:
        found, _ = events_of(engine, child["executionArn"])
        assert found[-1]["type"] == "ExecutionSucceeded"


@pytest.mark.parametrize("arn", ["", "x", "arn:aws:states:us-east-1:123456789012:execution:machine:none"])
def test_an_execution_that_is_not_there_is_not_found(engine: Served, arn: str) -> None:
    answer = engine.http.get("/console/events", params={"execution": arn})
    assert (answer.status_code, answer.text) == (404, f"execution: got {arn!r}, wanted the ARN of an execution")


@pytest.mark.parametrize("known", ["-1", "x", "1.5", "٣", "9" * 30, "9" * 19])
def test_what_is_no_id_of_an_event_is_refused(engine: Served, known: str) -> None:
    arn = engine.start(PASS)
    answer = engine.http.get("/console/events", params={"execution": arn, "after": known})
    assert (answer.status_code, answer.text) == (400, f"Last-Event-ID: got {known!r}, wanted the id of an event")


def test_what_starts_ends_and_is_redriven_is_told_as_a_list_shows_it(engine: Served) -> None:
    with stream(engine, "/console/changes") as answer:
        messages = iter(Messages(answer))
        arn = engine.start(WAIT)
        first = json.loads(next(messages)["data"])["executions"]
        engine.call("StopExecution", executionArn=arn)
        second = json.loads(next(messages)["data"])["executions"]
        engine.call("RedriveExecution", executionArn=arn)
        third = json.loads(next(messages)["data"])["executions"]
    assert [(one["executionArn"], one["status"]) for one in first + second] == [(arn, "RUNNING"), (arn, "ABORTED")]
    assert (third[0]["status"], third[0]["redriveCount"]) == ("RUNNING", 1)
    assert third == engine.call("ListExecutions", stateMachineArn=third[0]["stateMachineArn"])["executions"]


def test_who_reads_nothing_holds_up_nobody_and_gets_it_all_in_the_end(engine: Served) -> None:
    # 20 MB, more than the buffers of a connection hold.
    arn = engine.start(LOOP, {"n": 40, "rest": "x" * 250_000})
    with socket.create_connection(
        (httpx.URL(engine.url).host, httpx.URL(engine.url).port or 0), timeout=30
    ) as connection:
        connection.sendall(
            f"GET /console/events?execution={arn} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
        )
        assert engine.settled(arn) == "SUCCEEDED"
        assert engine.call("DescribeExecution", executionArn=arn)["status"] == "SUCCEEDED"
        with connection.makefile("rb") as answer:
            content = answer.read()
    assert content.count(b'"type":"ChoiceStateExited"') == 40
    assert b"event: end" in content


def test_of_more_changes_than_are_kept_a_reader_hears_that_it_missed_some() -> None:
    ended = ExecutionFailed(id=2, previous_event_id=1, timestamp=datetime.now(UTC), failure=Failure("Broken"))

    async def read() -> bytes:
        streams = Streams(MemoryJournal())
        changes = streams.changes()
        await anext(changes)
        reading = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        for number in range(CHANGES_KEPT + 1):
            streams.heard(f"arn:{number}", [ended])
        return await reading

    assert asyncio.run(read()) == b"event: missed\ndata: {}\n\n"


def test_who_only_looks_sees_what_another_process_writes(tmp_path: Path) -> None:
    options = ServiceOptions(port=0, journal=tmp_path / "journal")
    with served(options) as writing:
        before = writing.start(WAIT, name="before")
        with (
            served(replace(options, read_only=True)) as looking,
            stream(looking, f"/console/events?execution={before}") as history,
            stream(looking, "/console/changes") as changes,
        ):
            events, news = iter(Messages(history)), iter(Messages(changes))
            assert len(json.loads(next(events)["data"])["events"]) == 2
            after = writing.start(PASS, machine="other", name="after")
            writing.turn()
            rest = list(events)
            seen: dict[str, str] = {}
            while seen != {before: "SUCCEEDED", after: "SUCCEEDED"}:
                seen |= {one["executionArn"]: one["status"] for one in json.loads(next(news)["data"])["executions"]}
    assert rest[-1]["event"] == "end"


def test_the_engines_end_is_the_end_of_its_streams(engine: Served) -> None:
    arn = engine.start(WAIT)
    with stream(engine, f"/console/events?execution={arn}") as history, stream(engine, "/console/changes") as changes:
        events = iter(Messages(history))
        next(events)
        engine.stop().result(10)
        assert list(events) == []
        assert list(Messages(changes)) == []
