"""The engine: starts executions, carries their decisions out and survives being killed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from asl_engine.history.events import HistoryEvent
from asl_engine.integrations.port import Resolve
from asl_engine.journal.port import ExecutionRecord, Journal, StateMachineRecord
from asl_engine.language.values import Failure
from asl_engine.runtime.clock import Clock

Listener: TypeAlias = Callable[[str, Sequence[HistoryEvent]], None]
"""Called with an execution's ARN and its new events, after they were committed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewExecution:
    """`input` is a JSON text that the caller has checked; `state_machine` is the revision to run."""

    arn: str
    name: str
    state_machine: StateMachineRecord
    input: str = "{}"
    trace_header: str | None = None


class Engine:
    """One per journal, on one event loop."""

    def __init__(
        self, *, journal: Journal, resolve: Resolve, clock: Clock, seed: Callable[[], str], wait_time_scale: float = 1.0
    ) -> None:
        """`seed` gives each new execution its own stream of chance."""
        raise NotImplementedError

    @property
    def journal(self) -> Journal:
        """Read from it freely; state machines are saved through its `commit`."""
        raise NotImplementedError

    async def open(self) -> None:
        """Resumes every execution that has not ended: tasks are dispatched again, timers armed again."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stops working and closes the journal; what is running goes on at the next `open`."""
        raise NotImplementedError

    async def start_execution(self, new: NewExecution) -> ExecutionRecord:
        """Returns once the start is committed. The same name and input as a running execution returns that one.

        Raises:
            ExecutionAlreadyExists: the name was used before, with another input or by an execution that has ended.
        """
        raise NotImplementedError

    async def stop_execution(self, arn: str, failure: Failure) -> datetime:
        """Aborts it and returns when; for one that has ended, when it ended.

        Raises:
            ExecutionDoesNotExist
        """
        raise NotImplementedError

    async def settled(self, arn: str) -> ExecutionRecord:
        """Waits until the execution has ended.

        Raises:
            ExecutionDoesNotExist
        """
        raise NotImplementedError

    async def send_task_success(self, token: str, output: str) -> None:
        """`output` is a JSON text that the caller has checked.

        Raises:
            InvalidToken, TaskDoesNotExist, TaskTimedOut
        """
        raise NotImplementedError

    async def send_task_failure(self, token: str, failure: Failure) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut."""
        raise NotImplementedError

    async def send_task_heartbeat(self, token: str) -> None:
        """Raises: InvalidToken, TaskDoesNotExist, TaskTimedOut."""
        raise NotImplementedError

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls the listener after every commit; returns the function that ends it."""
        raise NotImplementedError
