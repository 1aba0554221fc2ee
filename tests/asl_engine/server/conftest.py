"""The engine served in this process, with a memory journal and a clock turned by hand, called through boto3."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from asl_engine.local import Service, ServiceOptions
from asl_engine.runtime.clock import TurnedClock

ROLE = "arn:aws:iam::111111111111:role/engine"
PASS = {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Result": {"a": 1}, "End": True}}}


@pytest.fixture(scope="session")
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(scope="session")
def service(clock: TurnedClock) -> Iterator[Service]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = Service(ServiceOptions(port=0), clock)
    asyncio.run_coroutine_threadsafe(running.start(), loop).result(10)
    yield running
    asyncio.run_coroutine_threadsafe(running.stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture(scope="session")
def endpoint(service: Service) -> str:
    return service.endpoint


@pytest.fixture(scope="session")
def client(endpoint: str) -> Iterator[Any]:
    """boto3 with nothing but an endpoint; its access key is the account's number."""
    stepfunctions = boto3.client(
        "stepfunctions",
        endpoint_url=endpoint,
        region_name="us-east-2",
        aws_access_key_id="111111111111",
        aws_secret_access_key="secret",
        # Bad requests must reach the server, not be caught before they leave.
        config=Config(retries={"max_attempts": 0}, parameter_validation=False, inject_host_prefix=False),
    )
    yield stepfunctions
    stepfunctions.close()


@pytest.fixture
def create(client: Any, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Create a state machine with a name of its own and return its ARN."""
    made = 0

    def make(definition: Any = None, **parameters: Any) -> str:
        nonlocal made
        made += 1
        name = f"machine-{abs(hash(request.node.nodeid))}-{made}"
        text = json.dumps(definition or PASS)
        return str(
            client.create_state_machine(**{"name": name, "definition": text, "roleArn": ROLE, **parameters})[
                "stateMachineArn"
            ]
        )

    return make


@pytest.fixture(scope="session")
def refusal() -> Callable[..., tuple[str, str]]:
    """Code and message of the error that a call ends in."""

    def call(method: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as raised:
            method(**parameters)
        error = raised.value.response["Error"]
        return error["Code"], error["Message"]

    return call


@pytest.fixture
def finish(service: Service, client: Any) -> Callable[..., Any]:
    """Start an execution, wait until it has ended, and return what DescribeExecution says."""

    def run(arn: str, **parameters: Any) -> Any:
        started = client.start_execution(stateMachineArn=arn, **parameters)["executionArn"]
        while (answer := client.describe_execution(executionArn=started))["status"] == "RUNNING":
            pass
        return answer

    return run
