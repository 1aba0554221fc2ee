"""A deployment rehearsed to its end: bootstrapped, deployed, run, updated, rolled back and taken down.

What is real: the CDK's command line, the AWS CLI, the templates, the zip (code, bytecode and locked wheels, built for
this machine), AWS's runtime client in a process per function, the definition as deployed, the objects in the bucket.

What stands in, and so proves nothing about AWS: moto for CloudFormation, S3, Secrets Manager, SNS and the rest (it
checks no permission, starts no schedule and raises no alarm), this project's engine for Step Functions, and its host
for Lambda, which enforces time but not memory. The wheels for arm64 and Amazon Linux are never run.
"""

import json
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from sbir_etl.awards.sample import write_sample
from sbir_etl.cli.app import app
from sbir_etl.lambdas import FUNCTIONS
from tests.github_api.servers import running as github_running
from tests.infrastructure.cdk import rehearsal
from tests.infrastructure.cdk.conftest import ROOT, TOOLS
from tests.infrastructure.cdk.rehearsal import ACCOUNT, Account, Cdk, Source

REHEARSE = "SBIR_ETL_REHEARSE_DEPLOY"
MACHINE = f"arn:aws:states:us-east-2:{ACCOUNT}:stateMachine:sbir-etl-weekly-refresh"
DEFINITION = ROOT / "infrastructure/step-functions/weekly-refresh-state-machine.json"
COST = ROOT / "benchmarks" / "cost.py"
BUCKET = "sbir-etl-production-data"
TOKEN = "github_pat_11REHEARSAL"
# Without the parameters of before: moto does not know those that were never given.
UNATTENDED = ("--require-approval=never", "--method=direct", "--no-previous-parameters")
Aws = Callable[..., Any]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(REHEARSE not in os.environ, reason=f"takes minutes: `make rehearse`, which sets {REHEARSE}=1"),
]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    log = tmp_path_factory.mktemp("moto") / "server.log"
    with rehearsal.account(log) as opened, pytest.MonkeyPatch.context() as environment:
        for name, value in opened.environment.items():
            environment.setenv(name, value)
        yield opened


@pytest.fixture(scope="module")
def cdk(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Cdk:
    if not TOOLS.is_dir():
        pytest.skip("the CDK's command line is not there: run `make cdk-tools`")
    folder = tmp_path_factory.mktemp("cdk")
    rehearsal.build_zip(folder / "lambda.zip")
    return Cdk(folder, account, {"repository": "acme/awards-0", "functions_zip": folder / "lambda.zip"})


@pytest.fixture(scope="module")
def released(cdk: Cdk) -> str:
    """The assembly of this checkout."""
    return cdk.synthesise("released", DEFINITION)


@pytest.fixture(scope="module")
def deployed(cdk: Cdk, released: str) -> str:
    cdk("bootstrap", f"aws://{ACCOUNT}/us-east-2")
    return cdk("deploy", "--all", released, *UNATTENDED)


@pytest.fixture(scope="module")
def aws(account: Account) -> Aws:
    """`aws …` as the guide writes it; what it prints, as JSON."""
    environment = {"PATH": str(Path(sys.executable).parent), **account.environment}

    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "awscli", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout

    return run


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Source:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=200, seed=5)
    return Source(folder / "award_data.csv")


@pytest.fixture(scope="module")
def source_url(
    account: Account, deployed: str, source: Source, aws: Aws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The deployed functions at work: the address of the file that they may fetch."""
    folder = tmp_path_factory.mktemp("lambda")
    aws("s3", "cp", "--recursive", str(source.path.parent / "companies"), f"s3://{BUCKET}/companies/")
    aws("secretsmanager", "create-secret", "--name", "sbir-etl/github-token", "--secret-string", TOKEN)
    with github_running(None) as github, rehearsal.serving(source) as url:
        repository, _ = github.create(folder, token=TOKEN)
        repository.begin()
        # The only settings that are not the deployment's: where GitHub is, and a folder for what Lambda keeps in /tmp.
        settings = {"SBIR_ETL_GITHUB_API": github.address, "SBIR_ETL_SCRATCH": str(folder / "tmp")}
        with rehearsal.functions(account, folder, settings):
            yield url


class Refreshes:
    """Executions by the guide's commands."""

    def __init__(self, aws: Aws, source_url: str) -> None:
        self._aws = aws
        self._source_url = source_url

    def start(self, *, machine: str = MACHINE, **given: Any) -> str:
        """Gives the execution's ARN."""
        text = json.dumps({"source_url": self._source_url} | given)
        started = self._aws("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", text)
        return str(started["executionArn"])

    def ended(self, execution_arn: str) -> dict[str, Any]:
        """What `describe-execution` says at its end, and the states of its history."""
        deadline = time.monotonic() + 240
        while boto3.client("stepfunctions").describe_execution(executionArn=execution_arn)["status"] == "RUNNING":
            assert time.monotonic() < deadline
            time.sleep(0.1)
        described = self._aws("stepfunctions", "describe-execution", "--execution-arn", execution_arn)
        history = self._aws("stepfunctions", "get-execution-history", "--execution-arn", execution_arn)["events"]
        entered = [each["stateEnteredEventDetails"]["name"] for each in history if "stateEnteredEventDetails" in each]
        return {**described, "states": entered}

    def run(self, **given: Any) -> dict[str, Any]:
        return self.ended(self.start(**given))


@pytest.fixture(scope="module")
def refreshes(aws: Aws, source_url: str) -> Refreshes:
    return Refreshes(aws, source_url)


def stored(prefix: str) -> set[str]:
    listed = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)
    return {each["Key"] for each in listed.get("Contents", ())}


def read(key: str) -> Any:
    return json.loads(boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())


def test_the_deployed_state_machine_is_the_file(deployed: str, aws: Aws) -> None:
    described = aws("stepfunctions", "describe-state-machine", "--state-machine-arn", MACHINE)
    assert described["definition"] == DEFINITION.read_text(encoding="utf-8")
    assert f"sbir-etl-access.StateMachineArn = {MACHINE}" in deployed


@pytest.mark.usefixtures("deployed")
def test_every_function_is_there_as_the_table_says() -> None:
    found = boto3.client("lambda").list_functions()["Functions"]
    assert {(each["FunctionName"], each["Handler"], each["MemorySize"], each["Timeout"]) for each in found} == {
        (each.name, each.handler, each.memory_mb, each.timeout_seconds) for each in FUNCTIONS.values()
    }


@pytest.mark.usefixtures("deployed")
def test_the_schedule_starts_it_and_the_alarms_reach_the_topic(aws: Aws) -> None:
    schedule = aws("scheduler", "get-schedule", "--name", "sbir-etl-weekly-refresh")
    assert schedule["Target"]["Arn"] == MACHINE
    assert schedule["Target"]["DeadLetterConfig"]["Arn"].endswith(":sbir-etl-weekly-refresh-missed-starts")
    (topic,) = aws("sns", "list-topics")["Topics"]
    alarms = aws("cloudwatch", "describe-alarms")["MetricAlarms"]
    assert len(alarms) == 7
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic["TopicArn"]}


@pytest.mark.usefixtures("deployed")
def test_an_unchanged_project_has_nothing_to_deploy(cdk: Cdk, released: str) -> None:
    said = cdk("diff", "--all", "--fail", "--method=template", released)
    assert "Number of stacks with differences: 0" in said


def test_a_refresh_of_the_deployed_functions_succeeds(refreshes: Refreshes) -> None:
    refresh = refreshes.run(force_refresh=False)
    assert refresh["status"] == "SUCCEEDED", refresh
    assert refresh["states"][0] == "DownloadCSV"
    assert refresh["states"][-1] == "CreatePR"
    assert len(refresh["states"]) == runpy.run_path(str(COST))["CHANGED"].states
    output = json.loads(refresh["output"])
    assert (output["status"], output["execution_arn"]) == ("success", refresh["executionArn"])
    assert output["output"]["pr_url"].endswith("/acme/awards-0/pull/1")
    assert read("current.json")["run_id"] == refresh["name"]
    assert any(key.endswith(".csv") for key in stored("vintages/"))


@pytest.mark.usefixtures("refreshes")
def test_the_doctor_finds_nothing_wrong_with_the_deployment() -> None:
    examined = CliRunner().invoke(app, ["doctor", "--deployed", "--json"])
    problems = [each for each in json.loads(examined.stdout) if each["status"] == "problem"]
    # Deployed, but moto's CloudFormation does not keep it.
    assert [each["found"] for each in problems] == [f"{BUCKET}: versions are not kept"]


def test_a_broken_input_ends_in_the_error_handler_which_tells_people(refreshes: Refreshes, aws: Aws) -> None:
    queues = boto3.client("sqs")  # the AWS CLI asks no other endpoint for queues than AWS's
    heard = queues.create_queue(QueueName="heard")["QueueUrl"]
    (topic,) = aws("sns", "list-topics")["Topics"]
    queue = f"arn:aws:sqs:us-east-2:{ACCOUNT}:heard"
    aws("sns", "subscribe", "--topic-arn", topic["TopicArn"], "--protocol", "sqs", "--notification-endpoint", queue)
    failed = refreshes.run(source_url="ftp://example.org/award_data.csv")
    assert (failed["status"], failed["error"]) == ("FAILED", "InvalidInput")
    assert failed["states"][:2] == ["DownloadCSV", "ErrorHandler"]
    assert read(f"runs/{failed['name']}/error.json")["state"] == "DownloadCSV"
    failures = ("list-executions", "--state-machine-arn", MACHINE, "--status-filter", "FAILED")
    assert [each["name"] for each in aws("stepfunctions", *failures)["executions"]] == [failed["name"]]
    (message,) = queues.receive_message(QueueUrl=heard)["Messages"]
    assert "SBIR refresh failed at DownloadCSV: InvalidInput" in message["Body"]


def test_a_file_that_a_gate_stops_leaves_what_is_live(refreshes: Refreshes, source: Source) -> None:
    live = read("current.json")
    with source.cut_in_half():
        failed = refreshes.run()
    assert failed["status"] == "FAILED"
    assert "ErrorHandler" in failed["states"]
    assert read("current.json") == live


def test_the_age_of_the_last_success_is_measured(refreshes: Refreshes, aws: Aws) -> None:
    """As the schedule of the freshness machine would start it."""
    scheduled = aws("scheduler", "get-schedule", "--name", "sbir-etl-freshness")["Target"]
    assert refreshes.run(machine=scheduled["Arn"], **json.loads(scheduled["Input"]))["status"] == "SUCCEEDED"
    metrics = aws("cloudwatch", "list-metrics", "--namespace", "sbir-etl")["Metrics"]
    assert [each["MetricName"] for each in metrics] == ["days_since_success"]


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A definition that says so when the file is unchanged."""
    definition = json.loads(DEFINITION.read_text(encoding="utf-8"))
    definition["States"]["CheckChanges"]["Default"] = "SayNothingChanged"
    definition["States"]["SayNothingChanged"] = {"Type": "Pass", "Next": "EndNoChanges"}
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(definition), encoding="utf-8")
    return path


def test_a_deploy_leaves_a_running_execution_alone_and_can_be_rolled_back(
    cdk: Cdk, released: str, changed: Path, refreshes: Refreshes, source: Source
) -> None:
    vintages = stored("vintages/")
    of_before, of_after = ["DownloadCSV", "CheckChanges", "EndNoChanges"], "SayNothingChanged"
    assert len(of_before) == runpy.run_path(str(COST))["NO_CHANGE"].states
    update = cdk.synthesise("changed", changed)
    with source.held():
        running = refreshes.start()
        cdk("deploy", "sbir-etl-step-functions", "--exclusively", update, *UNATTENDED)
    assert refreshes.ended(running)["states"] == of_before
    assert of_after in refreshes.run()["states"]

    cdk("deploy", "sbir-etl-step-functions", "--exclusively", released, *UNATTENDED)
    assert refreshes.run()["states"] == of_before
    assert stored("vintages/") == vintages


def test_an_update_by_hand_takes_the_definition_file_as_it_is(changed: Path, refreshes: Refreshes, aws: Aws) -> None:
    def update(path: Path) -> None:
        aws("stepfunctions", "update-state-machine", "--state-machine-arn", MACHINE, "--definition", f"file://{path}")

    update(changed)
    assert "SayNothingChanged" in refreshes.run()["states"]
    update(DEFINITION)
    described = aws("stepfunctions", "describe-state-machine", "--state-machine-arn", MACHINE)
    assert described["definition"] == DEFINITION.read_text(encoding="utf-8")


@pytest.mark.usefixtures("refreshes")
def test_taking_everything_down_keeps_the_vintages(cdk: Cdk, released: str, aws: Aws) -> None:
    """The storage's protection is deployed, but moto does not act on it."""
    vintages = stored("vintages/")
    assert vintages
    (storage,) = aws("cloudformation", "describe-stacks", "--stack-name", "sbir-etl-storage")["Stacks"]
    assert storage["EnableTerminationProtection"] is True
    cdk("destroy", "--all", "--force", released)
    assert aws("stepfunctions", "list-state-machines")["stateMachines"] == []
    assert aws("lambda", "list-functions")["Functions"] == []
    assert stored("vintages/") == vintages
