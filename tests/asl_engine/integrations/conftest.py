"""A moto server that stands for AWS, and requests of tasks to it."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from asl_engine.history.resources import parse_resource
from asl_engine.integrations.port import TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import Endpoints, SdkClients
from asl_engine.integrations.services import Services
from asl_engine.language.values import JSON

REGION = "eu-west-1"


@pytest.fixture(scope="session")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def aws(moto_url: str) -> Iterator[Callable[[str], Any]]:
    """botocore's client of a service, as a user has it."""
    session = botocore.session.Session()
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in made:
            made[service] = session.create_client(
                service,
                region_name=REGION,
                endpoint_url=moto_url,
                aws_access_key_id="222222222222",
                aws_secret_access_key="secret",
            )
        return made[service]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def clients(moto_url: str) -> Iterator[SdkClients]:
    clients = SdkClients(Endpoints(every_other=moto_url))
    yield clients
    clients.close()


async def no_pause(_seconds: float) -> None:
    """Tests do not wait."""


@pytest.fixture
def services(clients: SdkClients) -> Services:
    return Services(clients, pause=no_pause)


@pytest.fixture
def ask(services: Services) -> Callable[..., TaskOutcome]:
    """Run a task of this resource (without `arn:aws:states:::`) with these arguments."""

    def run(resource: str, arguments: JSON, **more: Any) -> TaskOutcome:
        return asyncio.run(services.run(_task(resource, arguments, **more)))

    return run


@pytest.fixture(scope="session")
def request_of() -> Callable[..., TaskRequest]:
    """Make the request of such a task."""
    return _task


def _task(resource: str, arguments: JSON, **more: Any) -> TaskRequest:
    request = TaskRequest(
        task_id="task-1",
        execution_arn=f"arn:aws:states:{REGION}:222222222222:execution:machine:run",
        state_name="Call",
        resource=parse_resource(resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}"),
        arguments=arguments,
        token="token",
        attempt=0,
    )
    return replace(request, **more)
