"""Which integration a task's Resource belongs to."""

from typing import Final

from asl_engine.history.resources import Manner, Resource
from asl_engine.integrations.port import Failed, Integration, Resolve, TaskOutcome, TaskRequest
from asl_engine.language.values import Failure


class Unavailable:
    """Stands in for a service that this engine does not call: its tasks fail and say so."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def run(self, request: TaskRequest) -> TaskOutcome:
        return Failed(Failure("States.Runtime", f"{request.resource.arn}: {self._reason}"))


_INVOKE: Final = {("lambda", "invoke"), ("lambda", "invoke.waitForTaskToken")}


def integrations(*, lambda_functions: Integration, services: Integration) -> Resolve:
    """Choose by resource among the integrations given; `services` takes what no other does."""

    def resolve(resource: Resource) -> Integration:
        if resource.manner is Manner.LAMBDA_FUNCTION or (resource.service, resource.action) in _INVOKE:
            return lambda_functions
        return services

    return resolve
