"""What stands in the AWS account where the refresh is deployed; only looked at, and no secret is read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sbir_etl.doctor.findings import ANSWER_SECONDS, Check, Finding, ok, problem, warning
from sbir_etl.lambdas import FUNCTIONS, Function

DAYS_WITHOUT_SUCCESS: Final = 8
ALARMS: Final = ("failed", "timed-out", "throttled", "aborted", "too-long", "not-started", "stale")
_SERVICES: Final = (
    "cloudwatch",
    "lambda",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "stepfunctions",
    "sts",
)
_REDEPLOY: Final = "deploy again: make deploy"

# boto3 makes its clients at run time; there is no type to name.
Client = Any


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What is looked at, and `definition` to compare with; the clients are made by `clients`."""

    clients: Mapping[str, Client]
    state_machine: str
    definition: str
    bucket: str
    now: datetime

    @property
    def account(self) -> str:
        answer: str = self.clients["sts"].get_caller_identity()["Account"]
        return answer

    def state_machine_arn(self) -> str:
        region = self.clients["stepfunctions"].meta.region_name
        return f"arn:aws:states:{region}:{self.account}:stateMachine:{self.state_machine}"


def clients(region: str) -> dict[str, Client]:
    """One of each service, with short time limits; addresses and credentials are those of the environment.

    Made before any check runs, since making them is not safe in several threads at a time.
    """
    from boto3.session import Session
    from botocore.config import Config

    quick = Config(connect_timeout=ANSWER_SECONDS, read_timeout=ANSWER_SECONDS, retries={"total_max_attempts": 2})
    session = Session(region_name=region)
    return {service: session.client(service, config=quick) for service in _SERVICES}


def checks(deployment: Deployment) -> Mapping[str, Check]:
    """By name, in the order in which a refresh would meet them."""
    return {
        "credentials": lambda: credentials(deployment),
        "state machine": lambda: state_machine(deployment),
        "last refresh": lambda: last_refresh(deployment),
        "functions": lambda: functions(deployment),
        "secrets": lambda: secrets(deployment),
        "bucket": lambda: bucket(deployment),
        "schedule": lambda: schedule(deployment),
        "missed starts": lambda: missed_starts(deployment),
        "alarms": lambda: alarms(deployment),
        "alerts": lambda: alerts(deployment),
    }


def credentials(deployment: Deployment) -> Finding:
    from botocore.exceptions import NoCredentialsError

    try:
        who = deployment.clients["sts"].get_caller_identity()
    except NoCredentialsError:
        return problem("none", wanted="those of the account", fix="log in with the AWS CLI, or set AWS_PROFILE")
    return ok(f"{who['Arn']} in account {who['Account']}")


def state_machine(deployment: Deployment) -> Finding:
    described = deployment.clients["stepfunctions"].describe_state_machine(
        stateMachineArn=deployment.state_machine_arn()
    )
    name = described["name"]
    if json.loads(described["definition"]) != json.loads(deployment.definition):
        return problem(
            f"{name}: another definition than the file's",
            wanted="the definition of this checkout",
            fix="cdk deploy sbir-etl-step-functions, or go to the commit that was deployed",
        )
    if described.get("loggingConfiguration", {}).get("level", "OFF") != "ALL":
        return warning(f"{name}: not every event is logged", wanted="the level ALL", fix=_REDEPLOY)
    return ok(f"{name} is {described['status']}, its definition is the file's")


def last_refresh(deployment: Deployment) -> Finding:
    found = deployment.clients["stepfunctions"].list_executions(
        stateMachineArn=deployment.state_machine_arn(), maxResults=100
    )["executions"]
    success = next((each for each in found if each["status"] == "SUCCEEDED"), None)
    wanted = f"one that succeeded in the last {DAYS_WITHOUT_SUCCESS} days"
    start = "see why in the history of the last one, then start a refresh"
    if success is None:
        told = f"{len(found)} executions, none succeeded" if found else "no refresh ran yet"
        return warning(told, wanted=wanted, fix=start if found else "start one: docs/aws.md, Starting it")
    last = found[0]
    told = f"{last['name']} {last['status']}; {success['name']} succeeded on {success['stopDate']:%Y-%m-%d}"
    if deployment.now - success["stopDate"] > timedelta(days=DAYS_WITHOUT_SUCCESS):
        return warning(told, wanted=wanted, fix=start)
    if last["status"] in ("FAILED", "TIMED_OUT", "ABORTED"):
        return warning(told, wanted="the last one to have succeeded", fix=start)
    return ok(told)


def functions(deployment: Deployment) -> Finding:
    """All are there, as the table says, and of one zip."""
    client = deployment.clients["lambda"]
    configured = {name: _configuration(client, name) for name in _names()}
    missing = [name for name, each in configured.items() if each is None]
    if missing:
        return problem(f"not there: {', '.join(missing)}", wanted="ten functions", fix=_REDEPLOY)
    different = [
        difference for each in FUNCTIONS.values() for difference in _differences(each, configured[each.name] or {})
    ]
    if different:
        return problem("; ".join(different), wanted="what sbir_etl.lambdas.FUNCTIONS says", fix=_REDEPLOY)
    codes = {each["CodeSha256"] for each in configured.values() if each}
    if len(codes) != 1:
        return problem(f"{len(codes)} different zips", wanted="one zip for all functions", fix=_REDEPLOY)
    return ok(f"{len(configured)} functions as the table says, all of the zip {codes.pop()[:12]}")


def _names() -> list[str]:
    return [function.name for function in FUNCTIONS.values()]


def _configuration(client: Client, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.get_function_configuration(FunctionName=name)
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def _differences(function: Function, found: Mapping[str, Any]) -> list[str]:
    """Without JSON logs there are no metrics; what an answer leaves out is not held against it."""
    wanted = {
        "Handler": function.handler,
        "MemorySize": function.memory_mb,
        "Timeout": function.timeout_seconds,
        "State": "Active",
        "LogFormat": "JSON",
    }
    got = {**found, **found.get("LoggingConfig", {})}
    return [
        f"{function.name} {name}: got {got[name]}, wanted {value}"
        for name, value in wanted.items()
        if got.get(name, value) != value
    ]


def secrets(deployment: Deployment) -> Finding:
    """Those that the functions' settings name."""
    found = [_configuration(deployment.clients["lambda"], name) or {} for name in _names()]
    variables = [each.get("Environment", {}).get("Variables", {}) for each in found]
    named = {value for each in variables for name, value in each.items() if name.endswith("_SECRET")}
    trouble = [told for name in sorted(named) if (told := _secret_trouble(deployment.clients["secretsmanager"], name))]
    if trouble:
        return problem(
            "; ".join(trouble),
            wanted="a secret with a value",
            fix="aws secretsmanager create-secret, or restore-secret",
        )
    if not named:
        return problem("no function names a secret", wanted="the GitHub token's at least", fix=_REDEPLOY)
    return ok(f"there, and not read: {', '.join(sorted(named))}")


def _secret_trouble(client: Client, name: str) -> str | None:
    try:
        described = client.describe_secret(SecretId=name)
    except client.exceptions.ResourceNotFoundException:
        return f"{name}: not there"
    if described.get("DeletedDate"):
        return f"{name}: about to be deleted"
    return None if described.get("VersionIdsToStages") else f"{name}: without a value"


def bucket(deployment: Deployment) -> Finding:
    """Only whether it is there: the functions' roles write, ours need not."""
    client = deployment.clients["s3"]
    try:
        client.head_bucket(Bucket=deployment.bucket)
    except client.exceptions.ClientError as error:
        return problem(
            f"{deployment.bucket}: {error.response['Error']['Code']}",
            wanted="a bucket that can be reached",
            fix="name the deployment's with --bucket, or cdk deploy sbir-etl-storage",
        )
    if client.get_bucket_versioning(Bucket=deployment.bucket).get("Status") != "Enabled":
        return problem(
            f"{deployment.bucket}: versions are not kept",
            wanted="versioning, or a vintage can be overwritten",
            fix="cdk deploy sbir-etl-storage",
        )
    return ok(f"{deployment.bucket} is there and keeps versions")


def schedule(deployment: Deployment) -> Finding:
    client = deployment.clients["scheduler"]
    try:
        found = client.get_schedule(Name=deployment.state_machine)
    except client.exceptions.ResourceNotFoundException:
        return problem(f"no schedule {deployment.state_machine}", wanted="a weekly one", fix=_REDEPLOY)
    when = f"{found['ScheduleExpression']} {found.get('ScheduleExpressionTimezone', '')}".strip()
    if found["State"] != "ENABLED":
        return warning(
            f"{when}, {found['State'].lower()}",
            wanted="it to be enabled, unless somebody else starts the refresh",
            fix="set schedule_enabled in cdk.json and deploy again",
        )
    return ok(f"{when}, enabled")


def missed_starts(deployment: Deployment) -> Finding:
    client = deployment.clients["sqs"]
    name = f"{deployment.state_machine}-missed-starts"
    try:
        url = client.get_queue_url(QueueName=name)["QueueUrl"]
    except client.exceptions.QueueDoesNotExist:
        return problem(f"no queue {name}", wanted="one, or a start that failed is lost", fix=_REDEPLOY)
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    waiting = int(attributes["ApproximateNumberOfMessages"])
    if waiting:
        return warning(
            f"{waiting} starts failed", wanted="none", fix="read the messages, mend it, start by hand, purge the queue"
        )
    return ok("none")


def alarms(deployment: Deployment) -> Finding:
    names = {f"sbir-etl-refresh-{name}" for name in ALARMS}
    answer = deployment.clients["cloudwatch"].describe_alarms(AlarmNamePrefix="sbir-etl-refresh-")
    found = {each["AlarmName"]: each for each in answer["MetricAlarms"]}
    if missing := sorted(names - set(found)):
        return problem(f"not there: {', '.join(missing)}", wanted=f"{len(names)} alarms", fix=_REDEPLOY)
    silent = sorted(
        name for name, each in found.items() if not (each.get("ActionsEnabled") and each.get("AlarmActions"))
    )
    if silent:
        return problem(f"reach nobody: {', '.join(silent)}", wanted="an action for each", fix=_REDEPLOY)
    ringing = sorted(name for name, each in found.items() if each["StateValue"] == "ALARM")
    if ringing:
        return warning(f"in alarm: {', '.join(ringing)}", wanted="none", fix="docs/aws.md, Monitoring, has the cures")
    return ok(f"{len(found)} alarms, none rings")


def alerts(deployment: Deployment) -> Finding:
    """An address that never confirmed hears nothing."""
    region = deployment.clients["sns"].meta.region_name
    topic = f"arn:aws:sns:{region}:{deployment.account}:sbir-etl-alerts"
    listed = deployment.clients["sns"].list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    heard = [each for each in listed if each["SubscriptionArn"].startswith("arn:")]
    if heard:
        return ok(f"{len(heard)} confirmed subscriptions of sbir-etl-alerts")
    return warning(
        f"{len(listed)} subscriptions of sbir-etl-alerts, none confirmed",
        wanted="somebody who hears of a failure",
        fix="set alert_email in cdk.json, deploy, and confirm the mail",
    )
