"""The actions of the API in one table; what is not in it answers UnknownOperationException."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from asl_engine.server import (
    activities,
    aliases,
    definitions,
    executions,
    map_runs,
    starts,
    state_machines,
    tags,
    task_tokens,
    versions,
)
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.trials.action import test_state
from asl_engine.server.trials.requests import TestRequest
from asl_engine.server.wire import Answer

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Action(Generic[R]):
    """`waits` says that it may take long and is to be given up when the caller goes away."""

    request_type: type[R]
    perform: Callable[[Backend, Caller, R], Awaitable[Answer]]
    waits: bool = False


ACTIONS: Final[Mapping[str, Action[Any]]] = {
    # state machines
    "CreateStateMachine": Action(state_machines.CreateRequest, state_machines.create),
    "UpdateStateMachine": Action(state_machines.UpdateRequest, state_machines.update),
    "DescribeStateMachine": Action(state_machines.DescribeRequest, state_machines.describe),
    "DeleteStateMachine": Action(state_machines.DeleteRequest, state_machines.delete),
    "ListStateMachines": Action(state_machines.ListRequest, state_machines.list_all),
    "TestState": Action(TestRequest, test_state),
    "ValidateStateMachineDefinition": Action(definitions.ValidateRequest, definitions.validate),
    # versions and aliases
    "PublishStateMachineVersion": Action(versions.PublishRequest, versions.publish),
    "DeleteStateMachineVersion": Action(versions.DeleteRequest, versions.delete),
    "ListStateMachineVersions": Action(versions.ListRequest, versions.list_of_machine),
    "CreateStateMachineAlias": Action(aliases.CreateRequest, aliases.create),
    "UpdateStateMachineAlias": Action(aliases.UpdateRequest, aliases.update),
    "DescribeStateMachineAlias": Action(aliases.AliasRequest, aliases.describe),
    "DeleteStateMachineAlias": Action(aliases.AliasRequest, aliases.delete),
    "ListStateMachineAliases": Action(aliases.ListRequest, aliases.list_of_machine),
    # executions
    "StartExecution": Action(starts.StartRequest, starts.start),
    "StartSyncExecution": Action(starts.StartSyncRequest, starts.start_sync, waits=True),
    "StopExecution": Action(starts.StopRequest, starts.stop),
    "RedriveExecution": Action(starts.RedriveRequest, starts.redrive),
    "DescribeExecution": Action(executions.DescribeRequest, executions.describe),
    "ListExecutions": Action(executions.ListRequest, executions.list_of_machine),
    "GetExecutionHistory": Action(executions.HistoryRequest, executions.history),
    "DescribeStateMachineForExecution": Action(executions.DescribeRequest, executions.describe_state_machine),
    # the runs of distributed Maps
    "DescribeMapRun": Action(map_runs.DescribeRequest, map_runs.describe),
    "ListMapRuns": Action(map_runs.ListRequest, map_runs.list_of_execution),
    "UpdateMapRun": Action(map_runs.UpdateRequest, map_runs.update),
    # tasks and activities
    "SendTaskSuccess": Action(task_tokens.SuccessRequest, task_tokens.succeed),
    "SendTaskFailure": Action(task_tokens.FailureRequest, task_tokens.fail),
    "SendTaskHeartbeat": Action(task_tokens.HeartbeatRequest, task_tokens.keep_alive),
    "CreateActivity": Action(activities.CreateRequest, activities.create),
    "DescribeActivity": Action(activities.ActivityRequest, activities.describe),
    "DeleteActivity": Action(activities.ActivityRequest, activities.delete),
    "ListActivities": Action(activities.ListRequest, activities.list_all),
    "GetActivityTask": Action(activities.TaskRequest, activities.get_task, waits=True),
    # tags
    "TagResource": Action(tags.TagRequest, tags.tag),
    "UntagResource": Action(tags.UntagRequest, tags.untag),
    "ListTagsForResource": Action(tags.ListRequest, tags.list_of_resource),
}
