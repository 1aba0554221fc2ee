"""The engine as one runnable service: journal, runtime, integrations, server and console wired together."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import uuid4

from asl_engine.console import pages
from asl_engine.console.streams import Streams
from asl_engine.integrations.api_gateway import ApiGateway
from asl_engine.integrations.http_client import HttpClient
from asl_engine.integrations.http_tasks import HttpTasks
from asl_engine.integrations.lambda_functions import LambdaFunctions
from asl_engine.integrations.map_storage import S3MapStorage
from asl_engine.integrations.mocked_responses import MockConfiguration, MockedTasks
from asl_engine.integrations.port import Integration, Resolve
from asl_engine.integrations.sdk_clients import Endpoints, SdkClients
from asl_engine.integrations.services import Services
from asl_engine.integrations.table import Integrations, Unavailable
from asl_engine.integrations.web_calls import WebClient
from asl_engine.journal.memory import MemoryJournal
from asl_engine.journal.port import Journal
from asl_engine.journal.sqlite import Durability, SqliteJournal, SqliteReader
from asl_engine.runtime.clock import Clock, SystemClock
from asl_engine.runtime.engine import Engine
from asl_engine.runtime.nested import NestedExecutions, Target
from asl_engine.runtime.pace import REQUEST_SECONDS, EvaluationLimit
from asl_engine.server import targets
from asl_engine.server.app import make_app
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError
from asl_engine.server.execution_logs import ExecutionLogs
from asl_engine.server.listening import Listener
from asl_engine.server.trials.models import OutputModels

DEFAULT_PORT: Final = 8083
"""That of AWS Step Functions Local."""
_NO_LAMBDA: Final = Unavailable("no Lambda endpoint is configured; start the engine with --lambda-endpoint URL")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """`port` 0 takes a free one; without a `journal` everything is kept in memory and ends with the process.

    `account` and `region` hold for requests whose signature names none. `endpoints` says by botocore's names where
    services are, `services_endpoint` where all others are; without either a service is called on AWS, with the user's
    own credentials, only if `real_aws` says so. `mocks` has responses that stand in for services. `read_only` looks at
    a journal that another engine may be working on: nothing is resumed, and nothing can be started. `logs` is the
    folder of execution logs, beside the journal when none is given.
    """

    journal: Path | None = None
    port: int = DEFAULT_PORT
    account: str = "123456789012"
    region: str = "us-east-1"
    lambda_endpoint: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    services_endpoint: str | None = None
    real_aws: bool = False
    mocks: MockConfiguration | None = None
    wait_time_scale: float = 1.0
    durability: Durability = "process"
    logs: Path | None = None
    read_only: bool = False


class Service:
    """Serves the Step Functions API and the console on 127.0.0.1 and ::1 from `start` to `stop`.

    Also an async context manager. It leaves the process's signal handlers alone.
    """

    def __init__(self, options: ServiceOptions, clock: Clock | None = None) -> None:
        """A clock other than the machine's is for tests."""
        self._options = options
        self._clock = clock or SystemClock()
        self._closing = AsyncExitStack()
        self._integrations: Integrations
        self._output_models: OutputModels
        self._engine: Engine
        self._listener: Listener

    @property
    def endpoint(self) -> str:
        """The URL for `--endpoint-url`."""
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def console(self) -> str:
        """The address of the web page."""
        return f"{self.endpoint}/"

    @property
    def engine(self) -> Engine:
        return self._engine

    async def start(self) -> None:
        """Resume every execution that had not ended, then answer requests.

        Raises:
            OSError: the port is taken.
            JournalError: another engine works on this journal, or it cannot be used.
        """
        async with AsyncExitStack() as closing:
            self._integrations = self._make_integrations(closing)
            journal = self._open_journal()
            self._engine = Engine(
                journal=journal,
                resolve=self._resolve(journal),
                refuse=self._integrations.problems,
                map_storage=self._map_storage,
                clock=self._clock,
                seed=secrets.token_hex,
                wait_time_scale=self._options.wait_time_scale,
            )
            closing.push_async_callback(self._engine.close)
            self._listener = self._make_listener(self._engine)
            closing.push_async_callback(self._listener.stop)
            closing.callback(self._streams.close)
            if not self._options.read_only:
                self._engine.subscribe(self._streams.heard)
                self._log_executions(journal)
                await self._engine.open()
            await self._listener.start()
            self._closing = closing.pop_all()

    async def stop(self) -> None:
        """Answer the requests under way and leave running executions to the next start."""
        await self._closing.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _open_journal(self) -> Journal:
        if self._options.journal is None:
            return MemoryJournal()
        if self._options.read_only:
            return SqliteReader(self._options.journal)
        self._options.journal.parent.mkdir(parents=True, exist_ok=True)
        return SqliteJournal(self._options.journal, self._options.durability)

    def _log_executions(self, journal: Journal) -> None:
        folder = self._options.logs
        if folder is None and self._options.journal is not None:
            folder = self._options.journal.with_name(f"{self._options.journal.name}.logs")
        if folder is not None:
            self._engine.subscribe(ExecutionLogs(folder, journal).write)

    def _lambda_functions(self, closing: AsyncExitStack) -> Integration:
        if self._options.lambda_endpoint is None:
            return _NO_LAMBDA
        client = HttpClient(self._options.lambda_endpoint)
        closing.push_async_callback(client.close)
        return LambdaFunctions(client)

    def _make_integrations(self, closing: AsyncExitStack) -> Integrations:
        clients = self._sdk_clients(closing)
        services = Services(clients, pause=asyncio.sleep)
        self._map_storage = S3MapStorage(clients)
        self._output_models = OutputModels(clients, services)
        web = WebClient()
        closing.push_async_callback(web.close)
        own: dict[str, Integration] = {
            "lambda": self._lambda_functions(closing),
            "states": NestedExecutions(lambda: self._engine, self._find_target, self._clock.now),
            "http": HttpTasks(web, clients),
            "apigateway": ApiGateway(web, self._options.services_endpoint, real_aws=self._options.real_aws),
        }
        return Integrations(own=own, services=services)

    def _resolve(self, journal: Journal) -> Resolve:
        """Mocked responses stand in front of the integrations."""
        if self._options.mocks is None:
            return self._integrations.resolve

        def test_case_of(execution_arn: str) -> str | None:
            record = journal.executions.find(execution_arn)
            return None if record is None else record.test_case

        return MockedTasks(self._options.mocks, test_case_of, self._integrations.resolve).resolve

    def _find_target(self, arn: str) -> Target | None:
        """What a task names as state machine to start, with AWS's refusal left to the integration."""
        try:
            found = targets.resolve(self._backend, arn)
        except ApiError:
            return None
        return Target(
            state_machine=found.record,
            version_arn=None if found.version is None else found.version.arn,
            alias_arn=None if found.alias is None else found.alias.arn,
        )

    def _sdk_clients(self, closing: AsyncExitStack) -> SdkClients:
        clients = SdkClients(
            Endpoints(
                by_service={"stepfunctions": lambda: self.endpoint, **self._known_endpoints()},
                every_other=self._options.services_endpoint,
                real_aws=self._options.real_aws,
            )
        )
        closing.callback(clients.close)
        return clients

    def _known_endpoints(self) -> dict[str, Callable[[], str]]:
        known = dict(self._options.endpoints)
        if self._options.lambda_endpoint is not None:
            known["lambda"] = self._options.lambda_endpoint
        return {service: partial(str, endpoint) for service, endpoint in known.items()}

    def _make_listener(self, engine: Engine) -> Listener:
        self._backend = Backend(
            engine=engine,
            now=self._clock.now,
            new_id=lambda: str(uuid4()),
            draw=secrets.randbelow,
            resolve=self._integrations.resolve,
            find_output_model=self._output_models.find,
            make_limit=partial(EvaluationLimit, REQUEST_SECONDS),
            is_known_resource=self._integrations.knows,
            parameter_problems=self._integrations.problems_of_template,
            refuse=self._integrations.problems,
            is_test_case=self._options.mocks.knows if self._options.mocks else lambda *_: False,
        )
        caller = Caller(self._options.account, self._options.region)
        read_only = self._options.read_only
        self._streams = Streams(engine.journal, polls=read_only)
        console = pages.routes(engine.journal, self._streams, read_only=read_only)
        return Listener(make_app(self._backend, caller, console), self._options.port)
