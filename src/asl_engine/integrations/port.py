"""What the engine asks of a service integration, and what it may answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from asl_engine.history.resources import Resource
from asl_engine.language.values import JSON, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """One attempt of one task.

    The same request is made again, with the same `task_id`, when its outcome is unknown after a crash. `submitted`
    is what an earlier call answered in `Submitted`; with it the integration follows what it started then.
    """

    task_id: str
    execution_arn: str
    state_name: str
    resource: Resource
    arguments: JSON
    token: str
    attempt: int
    credentials: JSON = None
    timeout_seconds: int | None = None
    heartbeat_seconds: int | None = None
    submitted: JSON = None


@dataclass(frozen=True, slots=True)
class Succeeded:
    output: JSON


@dataclass(frozen=True, slots=True)
class Failed:
    failure: Failure


@dataclass(frozen=True, slots=True)
class Submitted:
    """The request was accepted. With `.waitForTaskToken` the engine then waits for the token; with `.sync` it calls
    `run` again with `submitted` set, and that call returns the end of the job."""

    output: JSON


@dataclass(frozen=True, slots=True)
class Started:
    """A worker took an activity on; the task ends with its token."""

    worker_name: str | None = None


TaskOutcome: TypeAlias = Succeeded | Failed | Submitted | Started


class Integration(Protocol):
    async def run(self, request: TaskRequest) -> TaskOutcome:
        """Failures of the service are returned as `Failed`; what is raised fails the task as States.Runtime.

        Cancelled when the task timed out or its execution ended.
        """


Resolve: TypeAlias = Callable[[Resource], Integration]
"""The integration of a resource."""
