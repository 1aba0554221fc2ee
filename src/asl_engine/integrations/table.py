"""Which integration a task's Resource belongs to, and whether it belongs to any."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from asl_engine.history.resources import Manner, Pattern, Resource, parse_resource
from asl_engine.integrations.parameters import OWN
from asl_engine.integrations.port import Failed, Integration, TaskOutcome, TaskRequest
from asl_engine.integrations.services import Services
from asl_engine.language.values import JSON, Failure

_INTEGRATION: Final = re.compile(r"arn:aws[a-z-]*:states:::.+")
_REQUEST_OR_TOKEN: Final = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})

# Actions that are more than a call of a service's API, with the patterns they have.
_OWN_ACTIONS: Final[Mapping[tuple[str, str], frozenset[Pattern]]] = {
    ("lambda", "invoke"): _REQUEST_OR_TOKEN,
    ("states", "startExecution"): frozenset(Pattern),
    ("apigateway", "invoke"): _REQUEST_OR_TOKEN,
    ("http", "invoke"): frozenset({Pattern.REQUEST_RESPONSE}),
}


class Unavailable:
    """Stands in for a service that this engine does not call: its tasks fail and say so."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    async def run(self, request: TaskRequest) -> TaskOutcome:
        return Failed(Failure("States.Runtime", f"{request.resource.arn}: {self._reason}"))


class Integrations:
    """`own` holds the integrations of `lambda`, `states`, `http` and `apigateway`; `services` takes all others."""

    def __init__(self, *, own: Mapping[str, Integration], services: Services) -> None:
        self._own = own
        self._services = services

    def resolve(self, resource: Resource) -> Integration:
        """Implements `port.Resolve`."""
        if resource.manner is Manner.LAMBDA_FUNCTION:
            return self._own["lambda"]
        return self._own.get(resource.service, self._services)

    def knows(self, arn: str) -> bool:
        """Whether a task may name this resource; Step Functions refuses others when the state machine is created."""
        resource = parse_resource(arn)
        if resource.manner is not Manner.SERVICE:
            return True
        if not _INTEGRATION.fullmatch(arn):
            return False
        service, action = _action(resource)
        patterns = _OWN_ACTIONS.get((service, action))
        if patterns is None:
            return self._services.knows(resource)
        return resource.pattern in patterns and resource.action == f"{action}{resource.pattern}"

    def problems_of_template(self, arn: str, template: Mapping[str, JSON]) -> Sequence[str]:
        """What is wrong with the parameters that a definition writes for a resource that is known."""
        resource = parse_resource(arn)
        fields = OWN.get(_action(resource))
        if fields is not None:
            return list(fields.problems_of_template(template))
        return list(self._services.problems_of_template(resource, template))

    def problems(self, resource: Resource, arguments: JSON) -> Sequence[str]:
        """Implements `turn.Refuse`."""
        if resource.manner is not Manner.SERVICE:
            return ()
        fields = OWN.get(_action(resource))
        return list(self._services.problems(resource, arguments) if fields is None else fields.problems(arguments))


def _action(resource: Resource) -> tuple[str, str]:
    return resource.service, resource.action.partition(".")[0]
