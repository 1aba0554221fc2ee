"""The engine with its console on a free port, for tests that read its pages and streams over HTTP."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import httpx

from asl_engine.local import Service, ServiceOptions
from asl_engine.runtime.clock import Clock, TurnedClock

WAIT = {
    "StartAt": "Long",
    "States": {"Long": {"Type": "Wait", "Seconds": 3600, "Next": "Last"}, "Last": {"Type": "Pass", "End": True}},
}
FAIL = {"StartAt": "Bad", "States": {"Bad": {"Type": "Fail", "Error": "Broken", "Cause": "because"}}}
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}}
LOOP = {
    "StartAt": "Count",
    "States": {
        "Count": {
            "Type": "Pass",
            "Parameters": {"n.$": "States.MathAdd($.n, -1)", "rest.$": "$.rest"},
            "Next": "Enough",
        },
        "Enough": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Count"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    },
}


class Served:
    """`http` is a client of the address; `turn` moves the time on to what is due next."""

    def __init__(self, service: Service, loop: asyncio.AbstractEventLoop, clock: Clock) -> None:
        self._service = service
        self._loop = loop
        self._clock = clock
        self.url = service.console
        self.http = httpx.Client(base_url=service.endpoint, timeout=30, trust_env=False)

    def call(self, operation: str, **parameters: Any) -> Any:
        headers = {"X-Amz-Target": f"AWSStepFunctions.{operation}"}
        answer = self.http.post("/", content=json.dumps(parameters), headers=headers)
        assert answer.is_success, answer.text
        return answer.json()

    def create(self, definition: Any, name: str = "machine") -> str:
        text = json.dumps(definition)
        created = self.call(
            "CreateStateMachine", name=name, definition=text, roleArn="arn:aws:iam::123456789012:role/engine"
        )
        return str(created["stateMachineArn"])

    def start(self, definition: Any, given: Any = None, *, machine: str = "machine", name: str | None = None) -> str:
        """Starts an execution of a state machine that is made for it when it is not there; the execution's ARN."""
        named = {} if name is None else {"name": name}
        arn = self.create(definition, machine)
        return str(
            self.call("StartExecution", stateMachineArn=arn, input=json.dumps(given or {}), **named)["executionArn"]
        )

    def settled(self, arn: str) -> str:
        """Waits until the execution has ended; its status."""
        return asyncio.run_coroutine_threadsafe(self._service.engine.settled(arn), self._loop).result(30).status.value

    def turn(self) -> None:
        """To the next alarm; one that an execution is about to set is waited for."""

        async def turned() -> bool:
            assert isinstance(self._clock, TurnedClock)
            return self._clock.turn_to_next()

        while not asyncio.run_coroutine_threadsafe(turned(), self._loop).result(10):
            time.sleep(0.01)

    def stop(self) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(self._service.stop(), self._loop)


@contextmanager
def served(options: ServiceOptions | None = None, clock: Clock | None = None) -> Iterator[Served]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    time = clock or TurnedClock()
    service = Service(options or ServiceOptions(port=0), time)
    try:
        asyncio.run_coroutine_threadsafe(service.start(), loop).result(10)
        engine = Served(service, loop, time)
        try:
            yield engine
        finally:
            engine.http.close()
            engine.stop().result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
