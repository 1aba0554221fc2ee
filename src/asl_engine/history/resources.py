"""What a Task's Resource says about the events it leaves: which service, which action, how its end is known."""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Manner(StrEnum):
    """The value is what the names of a task's events begin with."""

    LAMBDA_FUNCTION = "LambdaFunction"
    ACTIVITY = "Activity"
    SERVICE = "Task"


class Pattern(StrEnum):
    """When a task is over: with the answer, with the job it started, or with its token's return."""

    REQUEST_RESPONSE = ""
    SYNC = ".sync"
    SYNC_2 = ".sync:2"
    WAIT_FOR_TASK_TOKEN = ".waitForTaskToken"  # noqa: S105  # AWS's suffix, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """`service` and `action` are the `resourceType` and `resource` of AWS's events, which SERVICE tasks show."""

    arn: str
    manner: Manner
    pattern: Pattern = Pattern.REQUEST_RESPONSE
    service: str = ""
    action: str = ""

    @property
    def returned_by_token(self) -> bool:
        """Whether only SendTaskSuccess or SendTaskFailure ends the task."""
        return self.manner is Manner.ACTIVITY or self.pattern is Pattern.WAIT_FOR_TASK_TOKEN

    @property
    def has_token(self) -> bool:
        """Whether the task can be ended by its token, which its parameters may hand on."""
        return self.manner is Manner.ACTIVITY or self.pattern is not Pattern.REQUEST_RESPONSE


@lru_cache(maxsize=1024)
def parse_resource(arn: str) -> Resource:
    """Reads `arn:…:lambda:…`, `arn:…:activity:…` and `arn:aws:states:::service:action[.pattern]`."""
    if ":lambda:" in arn and ":states:::" not in arn:
        return Resource(arn=arn, manner=Manner.LAMBDA_FUNCTION)
    if ":activity:" in arn:
        return Resource(arn=arn, manner=Manner.ACTIVITY)
    service, _, action = arn.partition(":states:::")[2].rpartition(":")
    pattern = Pattern.REQUEST_RESPONSE
    if action == "2" and service.endswith(".sync"):
        service, _, action = service.rpartition(":")
        action, pattern = f"{action}:2", Pattern.SYNC_2
    elif action.endswith(".sync"):
        pattern = Pattern.SYNC
    elif action.endswith(".waitForTaskToken"):
        pattern = Pattern.WAIT_FOR_TASK_TOKEN
    return Resource(arn=arn, manner=Manner.SERVICE, pattern=pattern, service=service, action=action)
