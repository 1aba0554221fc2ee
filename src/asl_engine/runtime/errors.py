"""Why the engine refuses a request, or cannot answer it.

EngineStopped                closed, or its journal failed, while the request was waiting
Refused
├── ExecutionAlreadyExists
├── ExecutionDoesNotExist
├── ExecutionNotRedrivable   carries the reason that DescribeExecution shows
├── ActivityDoesNotExist
├── MapRunDoesNotExist
├── ReadOnly                 the engine only looks at its journal
├── InvalidToken             not a token of this engine
├── TaskDoesNotExist         the task was never scheduled, or its execution is over
└── TaskTimedOut             the task is no longer the one in flight
"""


class EngineStopped(Exception):
    pass


class Refused(Exception):
    """`str()` is what the request named: an ARN or a token."""


class ExecutionAlreadyExists(Refused):
    pass


class ExecutionDoesNotExist(Refused):
    pass


class InvalidToken(Refused):
    pass


class TaskDoesNotExist(Refused):
    pass


class TaskTimedOut(Refused):
    pass


class ExecutionNotRedrivable(Refused):
    def __init__(self, arn: str, reason: str) -> None:
        super().__init__(arn)
        self.reason = reason


class ActivityDoesNotExist(Refused):
    pass


class MapRunDoesNotExist(Refused):
    pass


class ReadOnly(Refused):
    pass
