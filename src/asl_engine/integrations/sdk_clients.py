"""botocore's clients: made on first use, called in a bounded pool of threads, and sent to the endpoints configured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from threading import Lock
from typing import Final, NamedTuple, TypeVar

from asl_engine.integrations.call_threads import THREADS, CallThreads
from asl_engine.integrations.emulators import as_aws, message_as_aws
from asl_engine.integrations.sdk_names import clients_by_package
from asl_engine.integrations.sdk_types import Client, ClientError, OperationModel, ServiceModel, Session, Value

_CONNECT_SECONDS: Final = 5
_READ_SECONDS: Final = 70  # GetActivityTask waits for 60 s
_ATTEMPTS: Final = 3
_METADATA: Final = "ResponseMetadata"


T = TypeVar("T")


class NoEndpoint(Exception):
    """Nobody said where this service is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """`by_service` holds botocore's client names and goes before `every_other`.

    Without an endpoint a service is called on AWS, with the user's own credentials, only when `real_aws` is set.
    """

    by_service: Mapping[str, Callable[[], str]] = field(default_factory=dict)
    every_other: str | None = None
    real_aws: bool = False

    def find(self, client: str) -> str | None:
        """None is AWS itself.

        Raises:
            NoEndpoint
        """
        if client in self.by_service:
            return self.by_service[client]()
        if self.every_other is None and not self.real_aws:
            options = f"--services-endpoint URL, --{client}-endpoint URL where there is one, or --real-aws"
            raise NoEndpoint(f"no endpoint is configured for the service '{client}'; start the engine with {options}")
        return self.every_other


class Caller(NamedTuple):
    """`role` is the one to call with, if it is not the state machine's own; `account` is the role's."""

    account: str
    region: str
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """`values` are in botocore's names; `headers` in lower case."""

    values: Mapping[str, Value]
    status: int
    request_id: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What the service said against the request; `shape` is the name of the error in its model, if it is there."""

    code: str
    message: str
    shape: str | None
    status: int
    request_id: str
    extended_request_id: str
    attempts: int = 1


class Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.refusal = refusal


class Unreachable(Exception):
    """Nobody answered, or not in time."""


class SdkClients:
    """Calls services by botocore's names."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._threads = CallThreads()
        self._making = Lock()
        self._made: dict[tuple[str, Caller], Client] = {}
        self._models: dict[str, ServiceModel] = {}

    async def call(self, client: str, caller: Caller, operation: str, parameters: Mapping[str, Value]) -> Reply:
        """Raises: Refused, Unreachable, NoEndpoint."""
        return await self.in_thread(partial(self._call, client, caller, operation, parameters))

    async def in_thread(self, work: Callable[[], T]) -> T:
        """For what takes a while the first time: importing botocore, reading a model, making a client."""
        return await self._threads.run(work)

    def close(self) -> None:
        """Calls under way are left to themselves."""
        self._threads.close()
        for client in self._made.values():
            client.close()

    # --- models ---

    @cached_property
    def _session(self) -> Session:
        import botocore.session

        return botocore.session.Session()

    @cached_property
    def _clients(self) -> Mapping[str, str]:
        return clients_by_package(self._session)

    def client_of(self, package: str) -> str | None:
        """botocore's name of the service that the SDK for Java calls so."""
        return self._clients.get(package)

    def model(self, client: str, operation: str) -> OperationModel | None:
        """None when the service has no such operation."""
        with self._making:
            if client not in self._models:
                self._models[client] = self._session.get_service_model(client)
            service = self._models[client]
            return service.operation_model(operation) if operation in service.operation_names else None

    # --- calls ---

    def _call(self, client: str, caller: Caller, operation: str, parameters: Mapping[str, Value]) -> Reply:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        made = self._client(client, caller)
        try:
            answer = made._make_api_call(operation, dict(parameters))  # noqa: SLF001 - how boto3 calls by wire names
        except ClientError as error:
            refusal = _refusal(error, made.meta.service_model, operation)
            message = message_as_aws(operation, parameters, refusal.code, refusal.message)
            raise Refused(replace(refusal, message=message)) from error
        except BotoCoreError as error:
            raise Unreachable(f"Unable to execute HTTP request: {error}") from error
        except ResponseParserError as error:
            raise Unreachable("Unable to unmarshall response") from error
        return _reply(answer, as_aws(client, operation, parameters, answer))

    def _client(self, name: str, caller: Caller) -> Client:
        endpoint = self._endpoints.find(name)
        if endpoint is None and caller.role is not None:
            raise NoEndpoint(f"the role '{caller.role}' cannot be taken on AWS itself; leave Credentials out")
        with self._making:
            if (name, caller) not in self._made:
                self._made[name, caller] = self._make(name, caller, endpoint)
            return self._made[name, caller]

    def _make(self, name: str, caller: Caller, endpoint: str | None) -> Client:
        from botocore.config import Config

        config = Config(
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=_READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
            max_pool_connections=THREADS,
            parameter_validation=False,
            # The SDK that Step Functions uses asks for no checksums, and so gets none to show.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"} if endpoint else None,
        )
        if endpoint is None:
            return self._session.create_client(name, region_name=caller.region, config=config)
        return self._session.create_client(
            name,
            region_name=caller.region,
            config=config,
            endpoint_url=endpoint,
            # Emulators read the account out of the access key; nobody checks the secret.
            aws_access_key_id=caller.account,
            aws_secret_access_key="local",  # noqa: S106
        )


def _reply(answer: Value, corrected: Mapping[str, Value]) -> Reply:
    values = {name: _read_to_end(value) for name, value in corrected.items() if name != _METADATA}
    metadata = answer[_METADATA]
    headers = {name.lower(): str(value) for name, value in metadata.get("HTTPHeaders", {}).items()}
    return Reply(
        values=values,
        status=metadata["HTTPStatusCode"],
        request_id=metadata.get("RequestId") or headers.get("x-amz-request-id", ""),
        headers=headers,
    )


def _read_to_end(value: Value) -> Value:
    """Streams are read here, in a thread of the pool."""
    if not hasattr(value, "read"):
        return value
    with value:
        return value.read()


def _refusal(error: ClientError, service: ServiceModel, operation: str) -> Refusal:
    answer = error.response
    metadata = answer.get(_METADATA, {})
    details = answer.get("Error", {})
    code = str(details.get("Code", "Unknown"))
    request_id = metadata.get("RequestId") or "unknown"
    shape = _error_shape({code, details.get("QueryErrorCode")}, service)
    bare = code.isdigit()  # the status: an answer to HEAD has no body that could say more
    return Refusal(
        code=code,
        message="null" if bare else str(details.get("Message", "")),
        shape=_missing_shape(code, service.operation_model(operation)) if bare else shape,
        status=metadata.get("HTTPStatusCode", 0),
        request_id=request_id,
        extended_request_id=metadata.get("HostId") or request_id,
        attempts=metadata.get("RetryAttempts", 0) + 1,
    )


def _missing_shape(code: str, operation: OperationModel) -> str | None:
    """The SDK for Java takes a bare 404 for the one error that the operation has."""
    shapes = operation.error_shapes
    return shapes[0].name if code == "404" and len(shapes) == 1 else None


def _error_shape(codes: set[str | None], service: ServiceModel) -> str | None:
    """SQS answers with the codes of its older protocol too, which the model does not know."""
    return next((shape.name for shape in service.error_shapes if {shape.name, shape.error_code} & codes), None)
