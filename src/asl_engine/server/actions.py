"""The actions of the API in one table; what is not in it answers UnknownOperationException."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from asl_engine.server import executions, state_machines, task_tokens
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.wire import Answer

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Action(Generic[R]):
    request_type: type[R]
    perform: Callable[[Backend, Caller, R], Awaitable[Answer]]


ACTIONS: Final[Mapping[str, Action[Any]]] = {
    "CreateStateMachine": Action(state_machines.CreateRequest, state_machines.create),
    "UpdateStateMachine": Action(state_machines.UpdateRequest, state_machines.update),
    "DescribeStateMachine": Action(state_machines.DescribeRequest, state_machines.describe),
    "DeleteStateMachine": Action(state_machines.DeleteRequest, state_machines.delete),
    "ListStateMachines": Action(state_machines.ListRequest, state_machines.list_all),
    "ValidateStateMachineDefinition": Action(state_machines.ValidateRequest, state_machines.validate),
    "StartExecution": Action(executions.StartRequest, executions.start),
    "StopExecution": Action(executions.StopRequest, executions.stop),
    "DescribeExecution": Action(executions.DescribeRequest, executions.describe),
    "ListExecutions": Action(executions.ListRequest, executions.list_of_machine),
    "GetExecutionHistory": Action(executions.HistoryRequest, executions.history),
    "SendTaskSuccess": Action(task_tokens.SuccessRequest, task_tokens.succeed),
    "SendTaskFailure": Action(task_tokens.FailureRequest, task_tokens.fail),
    "SendTaskHeartbeat": Action(task_tokens.HeartbeatRequest, task_tokens.keep_alive),
    "DescribeStateMachineForExecution": Action(executions.DescribeRequest, executions.describe_state_machine),
}
