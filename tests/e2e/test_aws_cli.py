"""The guide's commands by the AWS CLI and by boto3, against `sbir-etl serve`, with nothing added but the endpoint."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config

from sbir_etl import local
from sbir_etl.awards.sample import write_sample
from tests.serving import Server, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEFINITION = Path(__file__).parents[2] / "infrastructure/step-functions/weekly-refresh-state-machine.json"
Ask = Callable[..., Any]
"""`ask("DescribeExecution", executionArn=…)`: what comes back, with times as the speaker gives them."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


def ask_by_cli(endpoint: str) -> Iterator[Ask]:
    environment = {
        "AWS_ACCESS_KEY_ID": local.ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": local.REGION,
        "PATH": str(Path(sys.executable).parent),
    }

    def ask(action: str, **parameters: str) -> Any:
        options = [part for name, value in parameters.items() for part in (f"--{xform_name(name, '-')}", value)]
        command = [sys.executable, "-m", "awscli", "stepfunctions", xform_name(action, "-"), *options]
        finished = subprocess.run(
            [*command, "--endpoint-url", endpoint], env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    yield ask


def ask_by_boto3(endpoint: str) -> Iterator[Ask]:
    session = boto3.Session(aws_access_key_id=local.ACCOUNT, aws_secret_access_key="local", region_name=local.REGION)
    client = session.client("stepfunctions", endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}))

    def ask(action: str, **parameters: str) -> Any:
        read = {
            name: Path(value.removeprefix("file://")).read_text(encoding="utf-8") if name == "definition" else value
            for name, value in parameters.items()
        }
        return getattr(client, xform_name(action))(**read)

    yield ask
    client.close()


@pytest.fixture(scope="module", params=[ask_by_cli, ask_by_boto3], ids=["AWS CLI", "boto3"])
def ask(server: Server, request: pytest.FixtureRequest) -> Iterator[Ask]:
    yield from request.param(server.endpoint)


@pytest.fixture(scope="module")
def execution_arn(server: Server, ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An execution started as the guide starts it, at its end."""
    sample = tmp_path_factory.mktemp("sample")
    write_sample(sample, rows=60, seed=2)
    given = json.dumps({"force_refresh": True, "source_url": str(sample / "award_data.csv")})
    arn = str(ask("StartExecution", stateMachineArn=local.STATE_MACHINE_ARN, input=given)["executionArn"])
    deadline = time.monotonic() + 120
    while server.client.describe_execution(executionArn=arn)["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return arn


def test_describe_execution_shows_the_guides_output(ask: Ask, execution_arn: str) -> None:
    described = ask("DescribeExecution", executionArn=execution_arn)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"])["output"]["status"] == "success"


def test_get_execution_history_shows_every_state(ask: Ask, execution_arn: str) -> None:
    events = ask("GetExecutionHistory", executionArn=execution_arn)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered[0] == "DownloadCSV"
    assert entered[-1] == "CreatePR"


def test_list_executions_shows_it(ask: Ask, execution_arn: str) -> None:
    listed = ask("ListExecutions", stateMachineArn=local.STATE_MACHINE_ARN, statusFilter="SUCCEEDED")["executions"]
    assert execution_arn in [execution["executionArn"] for execution in listed]


def test_update_state_machine_takes_the_definition_file_as_it_is(ask: Ask, execution_arn: str) -> None:
    updated = ask("UpdateStateMachine", stateMachineArn=local.STATE_MACHINE_ARN, definition=f"file://{DEFINITION}")
    assert updated["updateDate"]
    described = ask("DescribeStateMachine", stateMachineArn=local.STATE_MACHINE_ARN)
    assert described["definition"] == DEFINITION.read_text(encoding="utf-8")
