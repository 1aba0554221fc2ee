"""The console's modules in a real Chromium, over histories that the engine has just written.

The page is served from a free port with the console's own content security policy, so what breaks it breaks here.
"""

import asyncio
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import asl_engine
from asl_engine.integrations.mocked_responses import parse
from asl_engine.local import Service, ServiceOptions
from asl_engine.runtime.clock import TurnedClock
from tests.browsers import chromium

STATIC = Path(asl_engine.__file__).parent / "console" / "static"
PAGE = b"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Modules</title>
<link rel="stylesheet" href="graph.css"><link rel="stylesheet" href="timeline.css">
<link rel="stylesheet" href="page.css">
</head><body><main></main></body></html>"""
STYLE = b"html, body { margin: 0; height: 100% } main { height: 100% }"


class EngineOfTests:
    """The engine with a memory journal, called over HTTP as its clients call it, and a clock that it turns itself."""

    def __init__(self, service: Service, clock: TurnedClock, loop: asyncio.AbstractEventLoop) -> None:
        self._service = service
        self._clock = clock
        self._loop = loop

    def call(self, operation: str, **parameters: Any) -> Any:
        headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(self._service.endpoint, json.dumps(parameters).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def start(self, definition: Any, given: Any = None, *, mocked: bool = True) -> str:
        """Starts an execution of a new state machine; the execution's ARN."""
        arn = self.call(
            "CreateStateMachine",
            name="machine",
            definition=json.dumps(definition),
            roleArn="arn:aws:iam::123456789012:role/engine",
        )["stateMachineArn"]
        case = "#answers" if mocked else ""
        started = self.call(
            "StartExecution", stateMachineArn=f"{arn}{case}", input=json.dumps(given or {}, separators=(",", ":"))
        )
        return str(started["executionArn"])

    def events(self, execution: str, **parameters: Any) -> list[Any]:
        """The history as it stands, all pages of it."""
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = self.call("GetExecutionHistory", executionArn=execution, maxResults=1000, **token, **parameters)
            found += page["events"]
            if "nextToken" not in page:
                return found
            token = {"nextToken": page["nextToken"]}

    def until_end(self, execution: str) -> list[Any]:
        """The whole history; the time is moved on to whatever is due next."""
        while self.call("DescribeExecution", executionArn=execution)["status"] == "RUNNING":
            self.turn()
        return self.events(execution)

    def run(self, definition: Any, given: Any = None, *, mocked: bool = True) -> list[Any]:
        return self.until_end(self.start(definition, given, mocked=mocked))

    def turn(self, seconds: float | None = None) -> None:
        """Moves the time on: to the next alarm, or by so many seconds."""

        async def turn() -> None:
            if seconds is None:
                self._clock.turn_to_next()
            else:
                self._clock.turn(seconds)

        asyncio.run_coroutine_threadsafe(turn(), self._loop).result(10)


@contextmanager
def engine_answering(answers: Mapping[str, Sequence[Any]] | None = None) -> Iterator[EngineOfTests]:
    """An engine in which tasks get the answers told for their state, call by call: `Return` or `Throw`."""
    mocks = {
        "StateMachines": {"machine": {"TestCases": {"answers": {state: state for state in answers or {}}}}},
        "MockedResponses": {
            state: {str(number): answer for number, answer in enumerate(of_state)}
            for state, of_state in (answers or {}).items()
        },
    }
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    clock = TurnedClock()
    service = Service(ServiceOptions(port=0, mocks=parse(json.loads(json.dumps(mocks)))), clock)
    asyncio.run_coroutine_threadsafe(service.start(), loop).result(10)
    try:
        yield EngineOfTests(service, clock, loop)
    finally:
        asyncio.run_coroutine_threadsafe(service.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture
def make_engine() -> Iterator[Callable[..., EngineOfTests]]:
    """`make_engine(State=[{"Throw": …}, {"Return": …}])` starts an engine whose tasks answer so."""
    with ExitStack() as engines:
        yield lambda **answers: engines.enter_context(engine_answering(answers))


class _Files(SimpleHTTPRequestHandler):
    """The static files, and an empty page beside them."""

    def do_GET(self) -> None:
        own = {
            "/": (b"text/html", PAGE),
            "/page.css": (b"text/css", STYLE),
            "/favicon.ico": (b"image/x-icon", b""),
        }.get(self.path)
        if own is None:
            super().do_GET()
            return
        self.send_response(200)
        self.send_header("Content-Type", own[0].decode())
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(own[1])

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def static_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, directory=str(STATIC)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any, static_url: str) -> Iterator[Any]:
    """A page in which nothing goes wrong unseen: errors and refusals of the policy fail the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    opened.goto(static_url)
    yield opened
    opened.close()
    assert wrong == []


@pytest.fixture
def fold(page: Any, static_url: str) -> Callable[..., Any]:
    """`fold(events, definition)`: the model that `foldHistory` makes of them."""

    def folded(events: list[Any], definition: Any) -> Any:
        script = """async ([url, events, definition]) => {
            const { foldHistory } = await import(`${url}/execution.js`);
            return foldHistory(events, definition);
        }"""
        return page.evaluate(script, [static_url, events, definition])

    return folded
