"""AWS services behind their own APIs: the optimised integrations, and `aws-sdk:service:action` for every other.

Parameters, results and errors are formed as Step Functions forms them, which calls optimised services through the
AWS SDK for Java 1 and `aws-sdk` ones through version 2. See
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias
from uuid import NAMESPACE_URL, uuid4, uuid5

from asl_engine.history.resources import Pattern, Resource
from asl_engine.integrations import emulators, jobs, optimised
from asl_engine.integrations.actions import Action, Service
from asl_engine.integrations.parameters import NO_OBJECT, missing, unsupported
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import (
    Caller,
    NoEndpoint,
    Refusal,
    Refused,
    Reply,
    SdkClients,
    Unreachable,
)
from asl_engine.integrations.sdk_names import client_class, exception_class
from asl_engine.integrations.sdk_shapes import AWS_SDK, OPTIMISED, Dialect, WrongParameter
from asl_engine.integrations.sdk_types import OperationModel, Shape, Value
from asl_engine.language.values import JSON, Failure

Pause: TypeAlias = Callable[[float], Awaitable[None]]

_AWS_SDK: Final = "aws-sdk:"
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """What a resource stands for: an operation of a service, and how Step Functions speaks about it."""

    client: str
    operation: OperationModel
    dialect: Dialect
    service: Service | None = None
    action: Action | None = None


class Services:
    """The integration with every service that botocore knows."""

    def __init__(self, clients: SdkClients, pause: Pause) -> None:
        """`pause` waits between two looks at a job."""
        self._clients = clients
        self._pause = pause
        self._found: dict[str, Call | None] = {}

    def knows(self, resource: Resource) -> bool:
        """Whether Step Functions has this integration."""
        if resource.service.startswith(_AWS_SDK):
            return self.find(resource) is not None
        return optimised.find(resource) is not None  # without botocore, which takes half a second to import

    def find(self, resource: Resource) -> Call | None:
        """None when Step Functions has no such integration."""
        if resource.service.startswith(_AWS_SDK):
            return self._find_sdk_action(resource)
        return self._find_optimised(resource)

    def problems_of_template(self, resource: Resource, template: Mapping[str, JSON]) -> Iterator[str]:
        """See `Integrations.problems_of_template`."""
        call = self._remembered(resource)
        shape = None if call is None else call.operation.input_shape
        if call is not None and shape is not None:
            yield from missing(_required(call, shape), template)
            yield from map(unsupported, call.dialect.unknown(_renamed(call, template), shape))

    def problems(self, resource: Resource, arguments: JSON) -> Iterator[str]:
        """See `Integrations.problems`."""
        call = self._remembered(resource)
        shape = None if call is None else call.operation.input_shape
        if call is None or shape is None:
            return
        if not isinstance(arguments, dict):
            yield NO_OBJECT
            return
        yield from missing(_required(call, shape), arguments)
        try:
            call.dialect.read(_renamed(call, arguments), shape)
        except WrongParameter as problem:
            yield str(problem)

    def _remembered(self, resource: Resource) -> Call | None:
        if resource.arn not in self._found:
            self._found[resource.arn] = self.find(resource)
        return self._found[resource.arn]

    async def run(self, request: TaskRequest) -> TaskOutcome:
        call = await self._clients.in_thread(partial(self._remembered, request.resource))
        if call is None:
            return Failed(Failure("States.Runtime", f"{request.resource.arn}: there is no such service integration"))
        try:
            return await self._run(call, request)
        except NoEndpoint as problem:
            return Failed(Failure("States.Runtime", f"{request.resource.arn}: {problem}"))
        except Refused as error:
            return Failed(_refused(call, error.refusal))
        except Unreachable as error:
            return Failed(_unreachable(call, error))

    async def _run(self, call: Call, request: TaskRequest) -> TaskOutcome:
        parameters = _parameters(call, request)
        caller = _caller(request)
        if request.submitted is not None:
            return await self._follow(call, caller, request)
        reply = await self._clients.call(call.client, caller, call.operation.name, parameters)
        output = _output(call, reply)
        if (failure := _failed_parts(call, reply, output)) is not None:
            return Failed(failure)
        if request.resource.pattern is Pattern.REQUEST_RESPONSE:
            return Succeeded(output)
        return Submitted(output)

    async def _follow(self, call: Call, caller: Caller, request: TaskRequest) -> TaskOutcome:
        """Looks at the job until it has ended."""
        assert call.action is not None
        assert call.action.job is not None
        job = call.action.job
        about = jobs.parameters(job, request.arguments, request.submitted)
        shape = call.operation.service_model.operation_model(job.operation).output_shape
        seconds = _FIRST_PAUSE_SECONDS
        while True:
            reply = await self._clients.call(call.client, caller, job.operation, about)
            verdict = jobs.verdict(job, reply.values)
            if verdict is not None:
                result = jobs.result(job, request.submitted, call.dialect.write(reply.values, shape), call.dialect)
                return Succeeded(result) if verdict else Failed(Failure("States.TaskFailed", _text(result)))
            await self._pause(seconds)
            seconds = min(seconds * 2, _LONGEST_PAUSE_SECONDS)

    def _find_optimised(self, resource: Resource) -> Call | None:
        found = optimised.find(resource)
        if found is None:
            return None
        service, name, action = found
        client = action.client or service.client
        operation = self._clients.model(client, action.operation or _capital(name))
        assert operation is not None
        return Call(client=client, operation=operation, dialect=OPTIMISED, service=service, action=action)

    def _find_sdk_action(self, resource: Resource) -> Call | None:
        client = self._clients.client_of(resource.service.removeprefix(_AWS_SDK))
        action = resource.action.removesuffix(Pattern.WAIT_FOR_TASK_TOKEN)
        if client is None or "." in action or not action[:1].islower():
            return None
        operation = self._clients.model(client, _capital(action))
        return None if operation is None else Call(client=client, operation=operation, dialect=AWS_SDK)


def _capital(action: str) -> str:
    return action[:1].upper() + action[1:]


def _caller(request: TaskRequest) -> Caller:
    """The account of the role in `Credentials`, else the execution's."""
    region, account = request.execution_arn.split(":")[3:5]
    match request.credentials:
        case {"RoleArn": str(role)} if role.count(":") >= 5:
            return Caller(role.split(":")[4], region, role)
        case _:
            return Caller(account, region)


def _parameters(call: Call, request: TaskRequest) -> dict[str, Value]:
    """Where the service can tell a request that is made again, it gets the same token each time.

    Raises:
        Refused: the service would miss something.
    """
    shape = call.operation.input_shape
    if shape is None:
        return {}
    assert isinstance(request.arguments, dict)  # or the task would not have been started
    token = str(uuid5(NAMESPACE_URL, request.task_id))
    tokens = dict.fromkeys(call.operation.idempotent_members, token)
    parameters: dict[str, Value] = {**tokens, **call.dialect.read(_renamed(call, request.arguments), shape)}
    missing = next((name for name in shape.required_members if name not in parameters), None)
    if missing is not None:
        raise Refused(_missing(call, missing))
    return parameters


def _required(call: Call, shape: Shape) -> tuple[str, ...]:
    """What AWS misses in the parameters, as a state machine writes it. Optimised integrations make their own tokens."""
    renamed = {} if call.action is None else call.action.parameters
    own = {name.strip("[]"): shown for shown, name in renamed.items()}
    made = call.operation.idempotent_members if call.action is not None else ()
    return tuple(own.get(name) or call.dialect.name(name) for name in shape.required_members if name not in made)


def _renamed(call: Call, arguments: Mapping[str, JSON]) -> JSON:
    names = {} if call.action is None else call.action.parameters
    wanted = {name: names.get(name, name) for name in arguments}
    return {
        wanted[name].strip("[]"): [value] if wanted[name].startswith("[") else value
        for name, value in arguments.items()
    }


def _missing(call: Call, member: str) -> Refusal:
    """The service's own refusal: botocore's models name what is required, and emulators stumble over its absence."""
    code = "ValidationException"
    name = member[:1].lower() + member[1:]
    message = (
        f"1 validation error detected: Value null at '{name}' failed to satisfy constraint: Member must not be null"
    )
    if "awsQueryCompatible" in call.operation.service_model.metadata or call.client == "sqs":
        code, message = "MissingParameter", f"The request must contain the parameter {member}."
    request_id = str(uuid4())
    return Refusal(
        code=code, message=message, shape=None, status=400, request_id=request_id, extended_request_id=request_id
    )


# --- results ---------------------------------------------------------------------------------------------------


def _output(call: Call, reply: Reply) -> JSON:
    shape = call.operation.output_shape
    output = {} if shape is None else call.dialect.write(reply.values, shape)
    assert isinstance(output, dict)
    if call.service is None or call.action is None:
        return output
    if call.action.results:
        output = {name: jobs.find(output, place) for name, place in call.action.results.items()}
    output = {name: _parsed(value) if name in call.action.json else value for name, value in output.items()}
    headers = call.service.headers if call.action.headers is None else call.action.headers
    length = emulators.body_length(call.operation, reply.values)
    return {**output, **_metadata(headers, reply, length)} if headers else output


_METADATA: Final = ("SdkHttpMetadata", "SdkResponseMetadata")


def _metadata(headers: Mapping[str, str], reply: Reply, length: int) -> dict[str, JSON]:
    came = {
        **reply.headers,
        "x-amzn-requestid": reply.request_id,
        "content-length": str(length),
    }
    shown = {name: always or came.get(name.lower(), "") for name, always in headers.items()}
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in shown.items()},
            "HttpHeaders": dict(sorted(shown.items(), key=lambda header: header[0].lower())),
            "HttpStatusCode": reply.status,
        },
        "SdkResponseMetadata": {"RequestId": reply.request_id},
    }


def _parsed(text: JSON) -> JSON:
    try:
        return json.loads(str(text))  # type: ignore[no-any-return]  # what it returns is JSON
    except ValueError:
        return text


def _without_metadata(output: JSON) -> JSON:
    if not isinstance(output, dict):
        return output
    return {name: value for name, value in output.items() if name not in _METADATA}


# --- failures --------------------------------------------------------------------------------------------------


def _failed_parts(call: Call, reply: Reply, output: JSON) -> Failure | None:
    """Some calls succeed as a whole and fail in parts; Step Functions then fails the task."""
    if call.action is None or call.action.failures is None:
        return None
    place, error = call.action.failures
    return Failure(error, _text(_without_metadata(output))) if reply.values.get(place) else None


def _refused(call: Call, refusal: Refusal) -> Failure:
    status, request_id = refusal.status, refusal.request_id
    if call.service is not None:
        name = call.service.exception if refusal.shape is None else exception_class(refusal.shape)
        details = f"Status Code: {status}; Error Code: {refusal.code}; Request ID: {request_id}; Proxy: null"
        return Failure(
            f"{call.service.error_prefix}.{name}",
            f"{refusal.message} (Service: {call.service.sdk_name}; {details})",
        )
    service = client_class(str(call.operation.service_model.service_id))
    name = f"{service}Exception" if refusal.shape is None else client_class(exception_class(refusal.shape))
    details = f"Status Code: {status}, Request ID: {request_id}"
    if call.client == "s3":
        details = f"{details}, Extended Request ID: {refusal.extended_request_id}"
    cause = f"{refusal.message} (Service: {service}, {details}) (SDK Attempt Count: {refusal.attempts})"
    return Failure(f"{service}.{name}", cause)


def _unreachable(call: Call, error: Unreachable) -> Failure:
    if call.service is not None:
        return Failure(f"{call.service.error_prefix}.SdkClientException", str(error))
    service = client_class(str(call.operation.service_model.service_id))
    return Failure(f"{service}.SdkClientException", str(error))


def _text(value: JSON) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
