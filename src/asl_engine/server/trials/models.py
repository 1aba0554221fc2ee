"""What service integrations return, out of botocore's models, which are loaded when the first mock is checked."""

from collections.abc import Mapping
from typing import Final

from asl_engine.history.resources import Manner, Pattern, parse_resource
from asl_engine.integrations.sdk_clients import SdkClients
from asl_engine.integrations.sdk_shapes import OPTIMISED
from asl_engine.integrations.services import Services
from asl_engine.server.trials.mocks import OutputModel

# Integrations that are more than a call of a service: client, operation, and the fields that hold any JSON.
_OWN: Final[Mapping[tuple[str, str], tuple[str, str, frozenset[str]]]] = {
    ("lambda", "invoke"): ("lambda", "Invoke", frozenset({"Payload"})),
    ("states", "startExecution"): ("stepfunctions", "StartExecution", frozenset()),
    ("states", "startExecution.sync"): ("stepfunctions", "DescribeExecution", frozenset()),
    ("states", "startExecution.sync:2"): ("stepfunctions", "DescribeExecution", frozenset({"input", "output"})),
}


class OutputModels:
    def __init__(self, clients: SdkClients, services: Services) -> None:
        self._clients = clients
        self._services = services

    def find(self, arn: str) -> OutputModel | None:
        """Implements `mocks.FindOutputModel`. What a task returns is not what was called for it returns when it is
        ended by its token, or with a job.
        """
        resource = parse_resource(arn)
        if resource.manner is not Manner.SERVICE or resource.returned_by_token:
            return None
        own = _OWN.get((resource.service, resource.action))
        if own is not None:
            client, operation, free = own
            model = self._clients.model(client, operation)
            return None if model is None else OutputModel(shape=model.output_shape, spell=OPTIMISED.name, free=free)
        call = self._services.find(resource)
        if call is None or call.operation.output_shape is None or resource.pattern is not Pattern.REQUEST_RESPONSE:
            return None
        return OutputModel(shape=call.operation.output_shape, spell=call.dialect.name)
