"""The real definition on the real engine, its tasks answered in this process instead of in Lambda processes."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any

from asl_engine.history.events import StateEntered
from asl_engine.integrations.port import Failed, Succeeded, TaskOutcome, TaskRequest
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import SaveStateMachine, StateMachineRecord, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.clock import TurnedClock
from asl_engine.runtime.engine import Engine, NewExecution
from sbir_etl import lambdas, local
from sbir_etl.settings import Settings

Function = Callable[[dict[str, Any]], dict[str, Any]]
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How an execution ended, and the states it went through."""

    status: Status
    output: Any
    error: str | None
    cause: str | None
    states: tuple[str, ...]


def cause_of(ended: Ended, *, error: str) -> str:
    """Why it failed, once it is sure that it failed with this error, recorded, and for good."""
    assert (ended.status, ended.error) == ("FAILED", error), ended
    assert ended.states[-3:] == ("ErrorHandler", "CheckResumable", "RefreshFailed")
    return ended.cause or ""


@dataclass
class Functions:
    """Stands in for Lambda: a function that raises fails its task with the exception's name, as Lambda reports it."""

    table: Mapping[str, Function]
    calls: list[str] = field(default_factory=list)
    under_way: int = 0

    async def run(self, request: TaskRequest) -> TaskOutcome:
        assert isinstance(request.arguments, dict)
        name, payload = request.arguments["FunctionName"], request.arguments["Payload"]
        assert isinstance(name, str)
        assert isinstance(payload, dict)
        self.calls.append(name)
        self.under_way += 1
        try:
            result = await asyncio.to_thread(self.table[name], dict(payload))
        except Exception as error:  # noqa: BLE001 - whatever a function raises is its task's failure
            document = {"errorMessage": str(error), "errorType": type(error).__name__}
            return Failed(Failure(type(error).__name__, json.dumps(document)))
        finally:
            self.under_way -= 1
        return Succeeded({"ExecutedVersion": "$LATEST", "Payload": json.loads(json.dumps(result)), "StatusCode": 200})


class StateMachine:
    """The weekly refresh on an engine that keeps nothing; the clock is turned whenever all there is to do is wait."""

    def __init__(self, table: Mapping[str, Function]) -> None:
        self.functions = Functions(table)
        self._names = count(1)

    def skip_names(self, number: int) -> None:
        """Go on after executions that another machine ran over the same storage."""
        for _ in range(number):
            next(self._names)

    def execute(self, given: dict[str, Any]) -> Ended:
        """Run one execution to its end."""
        (ended,) = asyncio.run(self._execute(given))
        return ended

    def execute_and_redrive(self, given: dict[str, Any]) -> tuple[Ended, ...]:
        """Run one execution to its end and redrive it; both ends."""
        return asyncio.run(self._execute(given, redrives=1))

    async def _execute(self, given: dict[str, Any], redrives: int = 0) -> tuple[Ended, ...]:
        clock = TurnedClock(START)
        engine = Engine(journal=MemoryJournal(), resolve=lambda _: self.functions, clock=clock, seed=lambda: "seed")
        await engine.open()
        machine = StateMachineRecord(
            arn=local.STATE_MACHINE_ARN,
            name=local.STATE_MACHINE,
            type="STANDARD",
            definition=local.definition(),
            role_arn=local.ROLE_ARN,
            revision_id="1",
            created_at=START,
            updated_at=START,
        )
        await engine.journal.commit([SaveStateMachine(machine)])
        name = f"run-{next(self._names)}"
        arn = f"{local.STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:{name}"
        await engine.start_execution(NewExecution(arn=arn, name=name, state_machine=machine, input=json.dumps(given)))
        try:
            ends = [await self._ended(engine, clock, arn)]
            for _ in range(redrives):
                await engine.redrive_execution(arn)
                ends.append(await self._ended(engine, clock, arn))
            return tuple(ends)
        finally:
            await engine.close()

    async def _settle(self, ending: "asyncio.Future[Any]") -> None:
        """Until a function answers, or the loop has nothing left to do: only then may the clock be turned."""
        if self.functions.under_way:
            await asyncio.wait([ending], timeout=0.02)
        for _ in range(100):
            await asyncio.sleep(0)

    async def _ended(self, engine: Engine, clock: TurnedClock, arn: str) -> Ended:
        ending = asyncio.ensure_future(engine.settled(arn))
        while not ending.done():
            await self._settle(ending)
            if not ending.done() and not self.functions.under_way:
                clock.turn_to_next()
        record = ending.result()
        failure = record.failure or Failure(None)
        return Ended(
            status=record.status,
            output=json.loads(record.output) if record.output else None,
            error=failure.error,
            cause=failure.cause,
            states=tuple(
                event.name for event in engine.journal.executions.events(arn) if isinstance(event, StateEntered)
            ),
        )


def steps(settings: Settings) -> dict[str, Function]:
    """The real steps, called in this process."""
    return {
        function.name: partial(lambdas.run, step, settings=settings) for step, function in lambdas.FUNCTIONS.items()
    }
