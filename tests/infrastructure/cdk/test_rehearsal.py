"""A deployment rehearsed: the CDK's own command line bootstraps and deploys all stacks to a moto server.

What it cannot prove: moto checks no permission, and passes over schedules, alarms, lifecycle rules and identity
providers.
"""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from sbir_etl.lambdas import FUNCTIONS
from tests.infrastructure.cdk.conftest import APP, CONTEXT, ROOT, TOOLS

REHEARSE = "SBIR_ETL_REHEARSE_DEPLOY"
ACCOUNT = "123456789012"
MACHINE = f"arn:aws:states:us-east-2:{ACCOUNT}:stateMachine:sbir-etl-weekly-refresh"
DEFINITION = ROOT / "infrastructure/step-functions/weekly-refresh-state-machine.json"
Cdk = Callable[..., str]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(REHEARSE not in os.environ, reason=f"takes minutes: set {REHEARSE}=1 to rehearse a deployment"),
]


@contextmanager
def moto_server() -> Iterator[str]:
    """The port of a server in a process of its own, where moto's own warnings are not errors."""
    program = str(Path(sys.executable).with_name("moto_server"))
    with subprocess.Popen([program, "-H", "127.0.0.1", "-p", "0"], stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = next(filter(None, (re.search(r"Running on http://127.0.0.1:(\d+)", line) for line in server.stderr)))
        reading = threading.Thread(target=server.stderr.read)  # or the server would wait for its log to be read
        reading.start()
        try:
            yield found[1]
        finally:
            server.terminate()
            reading.join()


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    """The environment of a client of an empty account."""
    with moto_server() as port, pytest.MonkeyPatch.context() as environment:
        variables = {
            "AWS_ENDPOINT_URL": f"http://localhost:{port}",  # by its name: the CDK puts a bucket before the host
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-2",
            "AWS_DEFAULT_REGION": "us-east-2",
        }
        for name, value in variables.items():
            environment.setenv(name, value)
        yield variables


@pytest.fixture(scope="module")
def cdk(account: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    home = tmp_path_factory.mktemp("home")
    environment = {**os.environ, **account, "HOME": str(home), "CDK_DISABLE_CLI_TELEMETRY": "true", "CI": "true"}
    context = [f"--context={key}={json.dumps(value).strip(chr(34))}" for key, value in CONTEXT.items()]
    options = [f"--app={sys.executable} {APP}", f"--output={home / 'cdk.out'}", "--no-notices", *context]

    def run(*arguments: str) -> str:
        command = [str(TOOLS / ".bin" / "cdk"), *arguments, *options]
        done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture(scope="module")
def deployed(cdk: Cdk) -> str:
    if not TOOLS.is_dir():
        pytest.skip("the CDK's command line is not there: run `make cdk-tools`")
    cdk("bootstrap", f"aws://{ACCOUNT}/us-east-2")
    return cdk("deploy", "--all", "--require-approval=never", "--method=direct")


def test_the_deployed_state_machine_is_the_file_and_an_update_by_hand_takes_it(deployed: str) -> None:
    stepfunctions: Any = boto3.client("stepfunctions")
    text = DEFINITION.read_text(encoding="utf-8")
    assert stepfunctions.describe_state_machine(stateMachineArn=MACHINE)["definition"] == text
    stepfunctions.update_state_machine(stateMachineArn=MACHINE, definition=text)
    assert f"sbir-etl-access.StateMachineArn = {MACHINE}" in deployed


@pytest.mark.usefixtures("deployed")
def test_every_function_is_there_as_the_table_says() -> None:
    found = boto3.client("lambda").list_functions()["Functions"]
    assert {(each["FunctionName"], each["Handler"], each["MemorySize"], each["Timeout"]) for each in found} == {
        (each.name, each.handler, each.memory_mb, each.timeout_seconds) for each in FUNCTIONS.values()
    }


@pytest.mark.usefixtures("deployed")
def test_an_unchanged_project_has_nothing_to_deploy(cdk: Cdk) -> None:
    assert "Number of stacks with differences: 0" in cdk("diff", "--all", "--fail", "--method=template")


@pytest.mark.usefixtures("deployed")
def test_the_bucket_and_a_vintage_in_it_outlive_the_stacks(cdk: Cdk) -> None:
    objects: Any = boto3.client("s3")
    objects.put_object(Bucket="sbir-etl-production-data", Key="vintages/x/award_data.csv", Body=b"kept")
    names = ("access", "observability", "step-functions", "functions")
    cdk("destroy", "--force", *(f"sbir-etl-{name}" for name in names))
    assert boto3.client("stepfunctions").list_state_machines()["stateMachines"] == []
    assert (
        Path(objects.list_objects_v2(Bucket="sbir-etl-production-data")["Contents"][0]["Key"]).name == "award_data.csv"
    )
