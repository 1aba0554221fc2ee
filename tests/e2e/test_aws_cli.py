"""The guide's commands by the real AWS CLI, against `sbir-etl serve`, with nothing added but the endpoint."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import local
from sbir_etl.awards.sample import write_sample
from tests.serving import Server, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

DEFINITION = Path(__file__).parents[2] / "infrastructure/step-functions/weekly-refresh-state-machine.json"
Aws = Callable[..., Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def aws(server: Server) -> Aws:
    """`aws stepfunctions …` against the server; what it prints, as JSON."""
    environment = {
        "AWS_ACCESS_KEY_ID": local.ACCOUNT,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": local.REGION,
        "PATH": str(Path(sys.executable).parent),
    }

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "awscli", "stepfunctions", *arguments, "--endpoint-url", server.endpoint]
        finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
        return json.loads(finished.stdout)

    return run


@pytest.fixture(scope="module")
def execution_arn(server: Server, aws: Aws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An execution started as the guide starts it, at its end."""
    sample = tmp_path_factory.mktemp("sample")
    write_sample(sample, rows=60, seed=2)
    given = json.dumps({"force_refresh": False, "source_url": str(sample / "award_data.csv")})
    started = aws("start-execution", "--state-machine-arn", local.STATE_MACHINE_ARN, "--input", given)
    deadline = time.monotonic() + 120
    while server.client.describe_execution(executionArn=started["executionArn"])["status"] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return str(started["executionArn"])


def test_describe_execution_shows_the_guides_output(aws: Aws, execution_arn: str) -> None:
    described = aws("describe-execution", "--execution-arn", execution_arn)
    assert described["status"] == "SUCCEEDED"
    assert json.loads(described["output"])["output"]["status"] == "success"


def test_get_execution_history_shows_every_state(aws: Aws, execution_arn: str) -> None:
    events = aws("get-execution-history", "--execution-arn", execution_arn)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered[0] == "DownloadCSV"
    assert entered[-1] == "CreatePR"


def test_update_state_machine_takes_the_definition_file_as_it_is(aws: Aws, execution_arn: str) -> None:
    updated = aws(
        "update-state-machine",
        "--state-machine-arn",
        local.STATE_MACHINE_ARN,
        "--definition",
        f"file://{DEFINITION}",
    )
    assert updated["updateDate"]
    described = aws("describe-state-machine", "--state-machine-arn", local.STATE_MACHINE_ARN)
    assert described["definition"] == DEFINITION.read_text(encoding="utf-8")
