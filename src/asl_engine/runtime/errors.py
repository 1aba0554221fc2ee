"""Why the engine refuses a request.

Refused
├── ExecutionAlreadyExists
├── ExecutionDoesNotExist
├── InvalidToken             not a token of this engine
├── TaskDoesNotExist         the task was never scheduled, or its execution is over
└── TaskTimedOut             the task is no longer the one in flight
"""


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
