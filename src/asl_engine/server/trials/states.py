"""Running the state on trial: its data flow step by step, and what came of it."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from asl_engine.integrations import item_files
from asl_engine.integrations.item_files import UnreadableItems
from asl_engine.integrations.port import Failed, TaskOutcome
from asl_engine.interpreter.batches import batches
from asl_engine.interpreter.map_runs import EXCEEDED
from asl_engine.language import dataflow, inspection
from asl_engine.language.definition import Choice, Common, Fail, Map, Parallel, Pass, State, Succeed, Task, Wait
from asl_engine.language.retries import matches, next_retry
from asl_engine.language.values import ABSENT, JSON, Absent, Failure, Scope, StateFailed
from asl_engine.server.trials.contexts import STATE_NAME
from asl_engine.server.trials.mocks import Mock, Returned

_ENTERED_EVENT: Final = 2
"""A state on trial is the first of its execution: ExecutionStarted comes before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """`call` runs a task that is not mocked. `item_data` is what an ItemReader would find, as it is stored;
    `failed_iterations` is how many of a Map's items came to nothing. `data` gathers what there is to inspect, by our
    names of it.
    """

    state: State
    scope: Scope
    now: datetime
    mock: Mock | None
    call: Callable[[Task, JSON], Awaitable[TaskOutcome]]
    retries_made: int = 0
    item_data: str | int | None = None
    failed_iterations: int = 0
    data: dict[str, JSON] = field(default_factory=dict)

    def note(self, values: Iterable[tuple[str, JSON]]) -> None:
        for name, value in values:
            self.data[name] = value


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """`status` is AWS's; `handler` says which Retry or Catch took the failure."""

    status: str
    output: JSON | Absent = ABSENT
    failure: Failure | None = None
    next: str | None = None
    assigned: Mapping[str, JSON] = field(default_factory=dict)
    handler: Mapping[str, int] | None = None


async def run(trial: Trial) -> Verdict:
    try:
        return await _RUN[type(trial.state)](trial, trial.state)
    except StateFailed as failed:
        return _handled(trial, _framed(failed.failure))


async def _pass(trial: Trial, state: Pass) -> Verdict:
    trial.note(inspection.before(state, trial.scope))
    return _left(trial, state, dataflow.arguments(state, trial.scope))


async def _choose(trial: Trial, state: Choice) -> Verdict:
    trial.note(inspection.before(state, trial.scope))
    chosen = dataflow.choose(state, trial.scope)
    return _succeeded(chosen.exit, chosen.next)


async def _wait(trial: Trial, state: Wait) -> Verdict:
    """Finds the time to wait until, and does not wait."""
    trial.note(inspection.before(state, trial.scope))
    dataflow.wait_until(state, trial.scope, trial.now)
    return _left(trial, state)


async def _succeed(trial: Trial, state: Succeed) -> Verdict:
    trial.note(inspection.before(state, trial.scope))
    return _left(trial, state)


async def _fail(trial: Trial, state: Fail) -> Verdict:
    return Verdict(status="FAILED", failure=dataflow.fail(state, trial.scope))


async def _work(trial: Trial, state: Task | Parallel) -> Verdict:
    trial.note(inspection.before(state, trial.scope))
    arguments = dataflow.arguments(state, trial.scope)
    match trial.mock:
        case Returned(result):
            return _left(trial, state, result)
        case Failure() as failure:
            return _handled(trial, failure)
    assert isinstance(state, Task)  # a Parallel on trial has a mock
    return _outcome(trial, state, await trial.call(state, arguments))


async def _map(trial: Trial, state: Map) -> Verdict:
    trial.note(inspection.before(state, trial.scope))
    plan = dataflow.map_plan(state, trial.scope)
    try:
        found = _items(trial, state, plan.get("ItemReader"))
    except UnreadableItems as problem:
        return _handled(trial, Failure("States.ItemReaderFailed", str(problem)))
    trial.note(inspection.items(state, trial.scope, found))
    batcher = plan.get("ItemBatcher")
    if isinstance(batcher, dict):
        selected = trial.data.get("after_item_selector", found)
        trial.note([("after_item_batcher", batches(selected if isinstance(selected, list) else [], batcher))])
    if isinstance(trial.mock, Failure):
        return _handled(trial, trial.mock)
    if dataflow.tolerance(state, trial.scope).is_exceeded(trial.failed_iterations, len(found)):
        return _handled(trial, EXCEEDED)
    assert trial.mock is not None  # a Map on trial has a mock
    return _left(trial, state, trial.mock.result)


def _items(trial: Trial, state: Map, reader: JSON) -> list[JSON]:
    """Raises: UnreadableItems, StateFailed."""
    if not isinstance(reader, dict):
        return dataflow.map_items(state, trial.scope)
    if not isinstance(trial.item_data, str):
        return []
    configuration = reader.get("ReaderConfig")
    found = item_files.items(trial.item_data.encode(), configuration if isinstance(configuration, dict) else {})
    if isinstance(configuration, dict) and "ItemsPointer" in configuration:
        trial.note([("after_items_pointer", found)])
    return found


_RUN: Final[Mapping[type[Common], Callable[[Trial, Any], Awaitable[Verdict]]]] = {  # each takes its key's state
    Pass: _pass,
    Choice: _choose,
    Wait: _wait,
    Succeed: _succeed,
    Fail: _fail,
    Task: _work,
    Parallel: _work,
    Map: _map,
}


def _outcome(trial: Trial, state: Task, outcome: TaskOutcome) -> Verdict:
    match outcome:
        case Failed(failure):
            return _handled(trial, failure)
        case _:
            return _left(trial, state, getattr(outcome, "output", None))


def _left(trial: Trial, state: State, result: JSON | Absent = ABSENT) -> Verdict:
    if not isinstance(result, Absent):
        trial.note(inspection.after(state, trial.scope, result))
    return _succeeded(dataflow.leave(state, trial.scope, result), state.next)


def _succeeded(left: dataflow.Exit, following: str | None) -> Verdict:
    return Verdict(status="SUCCEEDED", output=left.output, assigned=left.assigned, next=following)


def _handled(trial: Trial, failure: Failure) -> Verdict:
    """What Retry and Catch make of a failure."""
    state = trial.state
    if not isinstance(state, Task | Parallel | Map):
        return Verdict(status="FAILED", failure=failure)
    attempts = [trial.retries_made] * len(state.retry)
    retry = next_retry(state.retry, failure, attempts, trial.scope.entropy.fraction())
    if retry is not None:
        handler = {"retry_index": retry.retrier, "retry_backoff_interval_seconds": round(retry.delay_seconds)}
        return Verdict(status="RETRIABLE", failure=failure, handler=handler)
    for index, catcher in enumerate(state.catch):
        if matches(catcher.error_equals, failure.error):
            return _caught(trial, state, index, failure)
    return Verdict(status="FAILED", failure=failure)


def _caught(trial: Trial, state: Task | Parallel | Map, index: int, failure: Failure) -> Verdict:
    """A Catch that itself fails is not caught again."""
    catcher = state.catch[index]
    error_output: JSON = {"Error": failure.error or "", "Cause": failure.cause or ""}
    try:
        left = dataflow.caught(catcher, state, replace(trial.scope, error_output=error_output))
    except StateFailed as failed:
        return Verdict(status="FAILED", failure=_framed(failed.failure))
    return Verdict(
        status="CAUGHT_ERROR",
        output=left.output,
        assigned=left.assigned,
        failure=failure,
        next=catcher.next,
        handler={"catch_index": index},
    )


def _framed(failure: Failure) -> Failure:
    place = f"the state '{STATE_NAME}' (entered at the event id #{_ENTERED_EVENT})"
    return Failure(failure.error, f"An error occurred while executing {place}. {failure.cause or ''}".rstrip())
