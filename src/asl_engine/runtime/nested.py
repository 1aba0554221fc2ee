"""Executions that a task starts: `states:startExecution`, alone, with `.sync`, `.sync:2` or `.waitForTaskToken`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Protocol, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from asl_engine.history.documents import serialise
from asl_engine.history.resources import Pattern
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.journal.port import ExecutionRecord, StateMachineRecord, Status
from asl_engine.language.json_problems import problem_of_input
from asl_engine.language.values import JSON, Failure
from asl_engine.runtime.descriptions import describe, milliseconds
from asl_engine.runtime.errors import ExecutionAlreadyExists, ExecutionDoesNotExist
from asl_engine.runtime.names import is_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a state machine ARN stands for: a revision, by a version or an alias or neither."""

    state_machine: StateMachineRecord
    version_arn: str | None = None
    alias_arn: str | None = None


FindTarget: TypeAlias = Callable[[str], Target | None]


class Starts(Protocol):
    """What the engine does for nested executions."""

    async def start_nested(
        self, target: Target, *, arn: str, name: str, given: str, request: TaskRequest
    ) -> ExecutionRecord: ...

    async def settled(self, arn: str) -> ExecutionRecord: ...


class NestedExecutions:
    """An integration. The engine stops an execution that a task waits for when the task is over before."""

    def __init__(self, engine: Callable[[], Starts], find_target: FindTarget, now: Callable[[], datetime]) -> None:
        """`engine` is asked for when it is needed: it is made after its integrations."""
        self._engine = engine
        self._find_target = find_target
        self._now = now

    async def run(self, request: TaskRequest) -> TaskOutcome:
        if isinstance(request.submitted, dict):
            return await self._follow(request, str(request.submitted["ExecutionArn"]))
        started = await self._start(request)
        if isinstance(started, Failed):
            return started
        answer = _start_answer(started, request.task_id)
        return Succeeded(answer) if request.resource.pattern is Pattern.REQUEST_RESPONSE else Submitted(answer)

    async def _start(self, request: TaskRequest) -> ExecutionRecord | Failed:
        arguments = request.arguments if isinstance(request.arguments, dict) else {}
        machine_arn = str(arguments.get("StateMachineArn"))
        if not machine_arn.startswith("arn:"):
            return _refused(request, "InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {machine_arn}'")
        target = self._find_target(machine_arn)
        if target is None:
            return _refused(request, "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{machine_arn}'")
        given, name = _input(arguments.get("Input")), arguments.get("Name")
        if (problem := problem_of_input(given)) is not None:
            return _refused(request, "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{problem}'")
        unique = str(uuid5(NAMESPACE_URL, request.task_id))
        name = name if isinstance(name, str) and name else unique
        if not is_name(name):
            return _refused(request, "InvalidName", f"Invalid Name: '{name}'")
        arn = _execution_arn(target.state_machine, name, unique)
        try:
            return await self._engine().start_nested(
                target,
                name=name,
                arn=arn,
                given=given,
                request=request,
            )
        except ExecutionAlreadyExists:
            return _refused(request, "ExecutionAlreadyExists", f"Execution Already Exists: '{arn}'")

    async def _follow(self, request: TaskRequest, arn: str) -> TaskOutcome:
        try:
            ended = await self._engine().settled(arn)
        except ExecutionDoesNotExist:
            return _refused(request, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
        described = describe(ended, self._now(), parsed=request.resource.pattern is Pattern.SYNC_2)
        if ended.status is Status.SUCCEEDED:
            return Succeeded(described)
        return Failed(Failure("States.TaskFailed", serialise(described)))


def _input(given: JSON) -> str:
    """What the API is given: a text as it stands, as if it came from outside (recorded on AWS in December 2024)."""
    if isinstance(given, str):
        return given
    return "{}" if given is None else serialise(given)


def _execution_arn(state_machine: StateMachineRecord, name: str, unique: str) -> str:
    if state_machine.type == "EXPRESS":
        return f"{state_machine.arn.replace(':stateMachine:', ':express:')}:{name}:{unique}"
    return f"{state_machine.arn.replace(':stateMachine:', ':execution:')}:{name}"


def _start_answer(record: ExecutionRecord, task_id: str) -> dict[str, JSON]:
    """What the SDK hands on of StartExecution's answer, in AWS's order of names."""
    body = f'{{"executionArn":"{record.arn}","startDate":{_epoch_seconds(record.started_at)}}}'
    request_id = str(uuid5(NAMESPACE_URL, f"{task_id}/request"))
    headers = {
        "connection": "keep-alive",
        "Content-Length": str(len(body.encode())),
        "Content-Type": "application/x-amz-json-1.0",
        "Date": format_datetime(record.started_at, usegmt=True),
        "x-amzn-RequestId": request_id,
    }
    return {
        "ExecutionArn": record.arn,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": {**headers},
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": request_id},
        "StartDate": milliseconds(record.started_at),
    }


def _refused(request: TaskRequest, code: str, message: str) -> Failed:
    request_id = uuid5(NAMESPACE_URL, f"{request.task_id}/request")
    details = f"Service: AWSStepFunctions; Status Code: 400; Error Code: {code}; Request ID: {request_id}; Proxy: null"
    return Failed(Failure(f"StepFunctions.{code}Exception", f"{message} ({details})"))


def _epoch_seconds(moment: datetime) -> str:
    """As Java prints the number: 1.691851539413E9."""
    return f"{moment.timestamp() / 1e9:.12f}".rstrip("0") + "E9"
