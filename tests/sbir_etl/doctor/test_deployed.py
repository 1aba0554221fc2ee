"""What stands in an account, looked at on a moto server: all of it, and with each part missing or spoilt."""

import io
import json
import os
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import boto3
import httpx
import pytest
from botocore.client import BaseClient
from typer.testing import CliRunner

from sbir_etl import local
from sbir_etl.cli.app import app
from sbir_etl.doctor.deployed import ALARMS, Deployment, checks, clients
from sbir_etl.doctor.findings import Finding, Status, examine
from sbir_etl.lambdas import FUNCTIONS
from tests.sbir_etl.doctor.conftest import REGION

ACCOUNT, BUCKET = "123456789012", "sbir-etl-doctor"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sbir-etl"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:sbir-etl-alerts"
QUEUE = f"{local.STATE_MACHINE}-missed-starts"
SECRET = "sbir-etl/github-token"
VALUE = "github_pat_11SESAME0OPEN"

Clients: TypeAlias = Mapping[str, Any]


@pytest.fixture(scope="module")
def made(aws: str) -> Clients:
    return clients(REGION)


@pytest.fixture
def account(aws: str, made: Clients) -> Clients:
    """A healthy deployment, made anew."""
    httpx.post(f"{aws}/moto-api/reset").raise_for_status()
    boto3.client("iam").create_role(RoleName="sbir-etl", AssumeRolePolicyDocument="{}")
    make_machine(made, local.definition())
    make_functions(made)
    made["secretsmanager"].create_secret(Name=SECRET, SecretString=VALUE)
    made["s3"].create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    made["s3"].put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    made["scheduler"].create_schedule(**schedule("ENABLED"))
    made["sqs"].create_queue(QueueName=QUEUE)
    made["sns"].create_topic(Name="sbir-etl-alerts")
    made["sns"].subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUE}")
    for name in ALARMS:
        made["cloudwatch"].put_metric_alarm(**alarm(name, [TOPIC]))
    return made


def make_machine(made: Clients, definition: str) -> None:
    made["stepfunctions"].create_state_machine(
        name=local.STATE_MACHINE,
        definition=definition,
        roleArn=ROLE,
        loggingConfiguration={"level": "ALL", "includeExecutionData": True, "destinations": []},
    )


def make_functions(made: Clients) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("sbir_etl.py", "")
    for function in FUNCTIONS.values():
        made["lambda"].create_function(
            FunctionName=function.name,
            Runtime="python3.13",
            Role=ROLE,
            Handler=function.handler,
            MemorySize=function.memory_mb,
            Timeout=function.timeout_seconds,
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"SBIR_ETL_GITHUB_TOKEN_SECRET": SECRET}},
        )


def schedule(state: str) -> dict[str, Any]:
    return {
        "Name": local.STATE_MACHINE,
        "ScheduleExpression": "cron(0 9 ? * MON *)",
        "ScheduleExpressionTimezone": "America/New_York",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": local.STATE_MACHINE_ARN, "RoleArn": ROLE},
        "State": state,
    }


def alarm(name: str, actions: list[str]) -> dict[str, Any]:
    return {
        "AlarmName": f"sbir-etl-refresh-{name}",
        "MetricName": "ExecutionsFailed",
        "Namespace": "AWS/States",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Statistic": "Sum",
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "AlarmActions": actions,
    }


def deployment(made: Clients, *, now: datetime | None = None) -> Deployment:
    return Deployment(
        clients=made,
        state_machine=local.STATE_MACHINE,
        definition=local.definition(),
        bucket=BUCKET,
        now=now or datetime.now(UTC),
    )


def find(name: str, made: Clients, **how: Any) -> Finding:
    return examine({name: checks(deployment(made, **how))[name]})[name]


def refresh(made: Clients, name: str, *, stop: bool) -> None:
    started = made["stepfunctions"].start_execution(stateMachineArn=local.STATE_MACHINE_ARN, name=name, input="{}")
    if stop:
        made["stepfunctions"].stop_execution(executionArn=started["executionArn"])


def test_a_healthy_deployment_has_everything_but_a_first_refresh(account: Clients) -> None:
    found = examine(checks(deployment(account)))
    assert {name: each for name, each in found.items() if each.status is not Status.OK and name != "last refresh"} == {}
    assert found["last refresh"].found == "no refresh ran yet"


def test_no_secret_is_read(account: Clients) -> None:
    asked: list[str] = []
    for client in account.values():
        client.meta.events.register("before-call", lambda model, **_: asked.append(model.name))
    found = examine(checks(deployment(account)))
    assert "DescribeSecret" in asked
    assert "GetSecretValue" not in asked
    assert VALUE not in str(found)
    assert {name for name in asked if not name.startswith(("Get", "List", "Describe", "Head"))} == set()


def test_without_credentials_the_cure_is_said(account: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(variable)
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert find("credentials", clients(REGION)).fix == "log in with the AWS CLI, or set AWS_PROFILE"


# Each way to spoil the deployment, the check that sees it, and what it then says.
Spoiling: TypeAlias = Callable[[Clients], Any]
PROBLEMS: tuple[tuple[str, str, Spoiling], ...] = (
    (
        "state machine",
        "another definition than the file's",
        lambda made: made["stepfunctions"].update_state_machine(
            stateMachineArn=local.STATE_MACHINE_ARN, definition=local.definition().replace("7200", "60")
        ),
    ),
    (
        "state machine",
        "StateMachineDoesNotExist",
        lambda made: made["stepfunctions"].delete_state_machine(stateMachineArn=local.STATE_MACHINE_ARN),
    ),
    (
        "functions",
        "not there: sbir-etl-load-neo4j",
        lambda made: made["lambda"].delete_function(FunctionName="sbir-etl-load-neo4j"),
    ),
    (
        "functions",
        "sbir-etl-create-pr MemorySize: got 128, wanted 1024",
        lambda made: made["lambda"].update_function_configuration(FunctionName="sbir-etl-create-pr", MemorySize=128),
    ),
    (
        "functions",
        "2 different zips",
        lambda made: made["lambda"].update_function_code(FunctionName="sbir-etl-create-pr", ZipFile=another_zip()),
    ),
    ("secrets", f"{SECRET}: about to be deleted", lambda made: made["secretsmanager"].delete_secret(SecretId=SECRET)),
    (
        "secrets",
        f"{SECRET}: not there",
        lambda made: made["secretsmanager"].delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True),
    ),
    ("bucket", f"{BUCKET}: 404", lambda made: made["s3"].delete_bucket(Bucket=BUCKET)),
    (
        "bucket",
        "versions are not kept",
        lambda made: made["s3"].put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"}),
    ),
    ("schedule", "no schedule", lambda made: made["scheduler"].delete_schedule(Name=local.STATE_MACHINE)),
    ("missed starts", "no queue", lambda made: made["sqs"].delete_queue(QueueUrl=queue(made))),
    (
        "alarms",
        "not there: sbir-etl-refresh-stale",
        lambda made: made["cloudwatch"].delete_alarms(AlarmNames=["sbir-etl-refresh-stale"]),
    ),
    (
        "alarms",
        "reach nobody: sbir-etl-refresh-failed",
        lambda made: made["cloudwatch"].put_metric_alarm(**alarm("failed", [])),
    ),
    ("alerts", "NotFound", lambda made: made["sns"].delete_topic(TopicArn=TOPIC)),
)
WARNINGS: tuple[tuple[str, str, Spoiling], ...] = (
    ("schedule", "disabled", lambda made: made["scheduler"].update_schedule(**schedule("DISABLED"))),
    ("missed starts", "1 starts failed", lambda made: made["sqs"].send_message(QueueUrl=queue(made), MessageBody="{}")),
    (
        "alarms",
        "in alarm: sbir-etl-refresh-failed",
        lambda made: made["cloudwatch"].set_alarm_state(
            AlarmName="sbir-etl-refresh-failed", StateValue="ALARM", StateReason="a test"
        ),
    ),
    (
        "alerts",
        "none confirmed",
        lambda made: made["sns"].unsubscribe(
            SubscriptionArn=made["sns"].list_subscriptions()["Subscriptions"][0]["SubscriptionArn"]
        ),
    ),
    ("last refresh", "1 executions, none succeeded", lambda made: refresh(made, "one", stop=True)),
)


def queue(made: Clients) -> str:
    url: str = made["sqs"].get_queue_url(QueueName=QUEUE)["QueueUrl"]
    return url


def another_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("another.py", "")
    return packed.getvalue()


@pytest.mark.parametrize(("check", "words", "spoil"), PROBLEMS, ids=lambda each: each if isinstance(each, str) else "")
def test_a_problem_is_found(check: str, words: str, spoil: Spoiling, account: Clients) -> None:
    spoil(account)
    found = find(check, account)
    assert found.status is Status.PROBLEM
    assert words in found.found
    assert found.wanted
    assert found.fix


@pytest.mark.parametrize(("check", "words", "spoil"), WARNINGS, ids=lambda each: each if isinstance(each, str) else "")
def test_a_warning_is_given(check: str, words: str, spoil: Spoiling, account: Clients) -> None:
    spoil(account)
    found = find(check, account)
    assert found.status is Status.WARNING
    assert words in found.found
    assert found.fix


def test_functions_that_name_no_secret_are_a_problem(account: Clients) -> None:
    for function in FUNCTIONS.values():
        account["lambda"].update_function_configuration(FunctionName=function.name, Environment={"Variables": {}})
    assert find("secrets", account).found == "no function names a secret"


class PlainLogs:
    """A function's configuration as AWS answers it; moto keeps no format of logs."""

    exceptions = type("Exceptions", (), {"ResourceNotFoundException": KeyError})

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        return {"State": "Active", "LoggingConfig": {"LogFormat": "Text"}, "CodeSha256": "abc"}


def test_functions_without_json_logs_are_a_problem(account: Clients) -> None:
    found = find("functions", {**account, "lambda": PlainLogs()})
    assert "sbir-etl-create-pr LogFormat: got Text, wanted JSON" in found.found


class Executions:
    """ListExecutions as AWS answers it, which moto never does for one that succeeded."""

    def __init__(self, client: BaseClient, *ends: tuple[str, datetime]) -> None:
        self.meta = client.meta
        self._ends = ends

    def list_executions(self, **_: Any) -> dict[str, Any]:
        return {
            "executions": [
                {"name": f"run-{number}", "status": status, "stopDate": stopped}
                for number, (status, stopped) in enumerate(self._ends)
            ]
        }


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([("SUCCEEDED", 1)], Status.OK),
        ([("RUNNING", 0), ("SUCCEEDED", 7)], Status.OK),
        ([("FAILED", 0), ("SUCCEEDED", 7)], Status.WARNING),
        ([("SUCCEEDED", 9)], Status.WARNING),
    ],
)
def test_the_last_refresh_is_looked_at(ends: list[tuple[str, int]], status: Status, account: Clients) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    executions = Executions(account["stepfunctions"], *((end, now - timedelta(days=days)) for end, days in ends))
    assert find("last refresh", {**account, "stepfunctions": executions}, now=now).status is status


def test_the_command_looks_at_a_deployment(account: Clients) -> None:
    told = CliRunner().invoke(app, ["doctor", "--deployed", "--region", REGION, "--bucket", BUCKET, "--json"])
    assert told.exit_code == 0, told.output
    assert {each["check"] for each in json.loads(told.stdout)} == set(checks(deployment(account)))
    account["scheduler"].delete_schedule(Name=local.STATE_MACHINE)
    told = CliRunner().invoke(app, ["doctor", "--deployed", "--region", REGION, "--bucket", BUCKET])
    assert told.exit_code == 1
    assert "1 problem" in told.output
