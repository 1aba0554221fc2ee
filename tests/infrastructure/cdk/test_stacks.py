"""What the templates must say; ten ways to spoil them are each caught by one of these checks."""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deployment.stage import read_stage
from sbir_etl.doctor.deployed import ALARMS, DAYS_WITHOUT_SUCCESS
from sbir_etl.lambdas import FUNCTIONS
from sbir_etl.metrics import METRICS
from sbir_etl.settings import NAMES, PREFIX
from tests.infrastructure.cdk.conftest import CONTEXT, ROOT, Templates

STAGE = read_stage(CONTEXT)
DEFINITION = ROOT / "infrastructure/step-functions/weekly-refresh-state-machine.json"
MACHINE = "sbir-etl-weekly-refresh"
Check = Callable[[Templates], None]
Mutation = Callable[[Templates], None]


def of_type(templates: Templates, stack: str, kind: str) -> list[dict[str, Any]]:
    """The properties of every resource of a type in a stack."""
    resources = templates[f"sbir-etl-{stack}"]["Resources"].values()
    return [each["Properties"] for each in resources if each["Type"] == kind]


def only(templates: Templates, stack: str, kind: str) -> dict[str, Any]:
    (found,) = of_type(templates, stack, kind)
    return found


def text(value: Any) -> str:
    """An ARN as written, with what the account fills in left as its name."""
    match value:
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(each) for each in parts)
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, _]}:
            return f"<{name}>"
        case _:
            return str(value)


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(templates: Templates) -> Iterator[tuple[dict[str, Any], list[str], list[str]]]:
    """Every statement of every role, with its actions and resources."""
    for template in templates.values():
        for resource in template["Resources"].values():
            properties = resource.get("Properties", {})
            documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
            if resource["Type"] == "AWS::IAM::Policy":
                documents.append(properties["PolicyDocument"])
            for document in documents:
                for each in document["Statement"]:
                    yield each, as_list(each["Action"]), [text(one) for one in as_list(each["Resource"])]


def functions(templates: Templates) -> dict[str, dict[str, Any]]:
    return {each["FunctionName"]: each for each in of_type(templates, "functions", "AWS::Lambda::Function")}


def machine(templates: Templates) -> dict[str, Any]:
    return only(templates, "step-functions", "AWS::StepFunctions::StateMachine")


# What must hold.


def the_bucket_is_closed(templates: Templates) -> None:
    bucket = only(templates, "storage", "AWS::S3::Bucket")
    assert bucket["BucketName"] == "sbir-etl-production-data"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(bucket["PublicAccessBlockConfiguration"]) == 4
    assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def the_bucket_takes_tls_only(templates: Templates) -> None:
    policy = only(templates, "storage", "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    conditions = [each["Condition"] for each in policy if each["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in conditions
    assert all(each["Effect"] == "Deny" for each in policy)


def vintages_stay(templates: Templates) -> None:
    template = templates["sbir-etl-storage"]
    (bucket,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::S3::Bucket")
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    expiring = {each["Prefix"] for each in rules if "ExpirationInDays" in each}
    assert expiring == {"runs/"}
    assert {each.get("Prefix") for each in rules if "NoncurrentVersionExpiration" in each} == {"runs/", "graph/"}


def every_function_is_as_the_table_says(templates: Templates) -> None:
    deployed = functions(templates)
    assert set(deployed) == {each.name for each in FUNCTIONS.values()}
    for function in FUNCTIONS.values():
        properties = deployed[function.name]
        assert (properties["Handler"], properties["MemorySize"], properties["Timeout"]) == (
            function.handler,
            function.memory_mb,
            function.timeout_seconds,
        )
        assert properties["Timeout"] <= 900
        assert properties["Architectures"] == ["arm64"]


def all_functions_share_one_zip(templates: Templates) -> None:
    assert len({json.dumps(each["Code"]) for each in functions(templates).values()}) == 1


def two_never_write_the_graph_or_the_pointer(templates: Templates) -> None:
    alone = {name for name, each in functions(templates).items() if each.get("ReservedConcurrentExecutions") == 1}
    assert alone == {"sbir-etl-reset-neo4j", "sbir-etl-load-neo4j", "sbir-etl-smoke-checks"}


def no_secret_is_in_a_template(templates: Templates) -> None:
    for function in functions(templates).values():
        variables = function.get("Environment", {}).get("Variables", {})
        assert not [name for name in variables if re.search("TOKEN$|PASSWORD$", name)]


def every_variable_is_a_setting(templates: Templates) -> None:
    variables = {name for each in functions(templates).values() for name in each["Environment"]["Variables"]}
    assert {name.removeprefix(PREFIX) for name in variables} <= NAMES


def every_function_has_a_role_of_its_own(templates: Templates) -> None:
    roles = [json.dumps(each["Role"]) for each in functions(templates).values()]
    assert len(set(roles)) == len(FUNCTIONS)


def no_role_may_do_more_than_it_names(templates: Templates) -> None:
    """`*` as the resource only where AWS knows no other: log delivery, traces, one namespace of metrics."""
    for statement, actions, resources in statements(templates):
        assert not [each for each in actions if "*" in each], statement
        if "*" in resources:
            assert {each.partition(":")[0] for each in actions} <= {"logs", "xray", "cloudwatch"}, statement
        if "cloudwatch:PutMetricData" in actions:
            assert statement["Condition"] == {"StringEquals": {"cloudwatch:namespace": "sbir-etl"}}
        for resource in resources:
            assert not re.search(r"(s3:::|secret:|stateMachine:|function:)\*", resource), statement
    for template in templates.values():
        assert "ManagedPolicyArns" not in json.dumps(template)


def the_state_machine_is_the_one_definition(templates: Templates) -> None:
    assert machine(templates)["StateMachineName"] == MACHINE
    assert machine(templates)["DefinitionString"] == DEFINITION.read_text(encoding="utf-8")
    assert machine(templates).get("StateMachineType", "STANDARD") == "STANDARD"


def every_event_is_logged_and_traced(templates: Templates) -> None:
    logging = machine(templates)["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", True)
    assert machine(templates)["TracingConfiguration"] == {"Enabled": True}
    assert (
        only(templates, "step-functions", "AWS::Logs::LogGroup")["LogGroupName"] == f"/aws/vendedlogs/states/{MACHINE}"
    )
    groups = {each["LogGroupName"] for each in of_type(templates, "functions", "AWS::Logs::LogGroup")}
    assert groups == {f"/aws/lambda/{each.name}" for each in FUNCTIONS.values()}


def the_state_machine_may_call_every_function_of_the_definition(templates: Templates) -> None:
    named = set(re.findall(r'"FunctionName": "([^"]+)"', machine(templates)["DefinitionString"]))
    allowed = {
        resource.rpartition(":")[2]
        for _, actions, resources in statements(templates)
        if "lambda:InvokeFunction" in actions
        for resource in resources
    }
    assert allowed == named


def the_schedule_is_weekly_and_loses_no_start(templates: Templates) -> None:
    schedule = only(templates, "step-functions", "AWS::Scheduler::Schedule")
    assert (schedule["ScheduleExpression"], schedule["State"]) == ("cron(0 9 ? * MON *)", "ENABLED")
    assert schedule["ScheduleExpressionTimezone"] == "America/New_York"
    assert schedule["Target"]["RetryPolicy"]["MaximumRetryAttempts"] > 0
    assert schedule["Target"]["DeadLetterConfig"]["Arn"]
    assert json.loads(schedule["Target"]["Input"]) == {"s3_bucket": "sbir-etl-production-data"}


def every_trouble_has_an_alarm_that_reaches_people(templates: Templates) -> None:
    alarms = of_type(templates, "observability", "AWS::CloudWatch::Alarm")
    assert {each["MetricName"] for each in alarms} == {
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionThrottled",
        "ExecutionsAborted",
        "ExecutionTime",
        "ApproximateNumberOfMessagesVisible",
        "days_since_success",
    }
    assert all(each["AlarmActions"] for each in alarms)
    (stale,) = (each for each in alarms if each["MetricName"] == "days_since_success")
    assert (stale["Threshold"], stale["TreatMissingData"]) == (8, "breaching")


def alarms_may_publish(templates: Templates) -> None:
    policy = only(templates, "observability", "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    allowed = [each["Principal"] for each in policy if each["Effect"] == "Allow"]
    assert allowed == [{"Service": "cloudwatch.amazonaws.com"}]


def dashboard(templates: Templates) -> str:
    return text(only(templates, "observability", "AWS::CloudWatch::Dashboard")["DashboardBody"])


def the_dashboard_shows_what_people_ask(templates: Templates) -> None:
    for metric in ("ExecutionsSucceeded", "ExecutionTime", "ConsumedCapacity", "Errors"):
        assert f'"{metric}"' in dashboard(templates)


def the_dashboard_shows_every_metric_that_the_functions_publish(templates: Templates) -> None:
    shown = re.findall(r'\["sbir-etl","(\w+)"(?:,"step","(\w+)")?', dashboard(templates))
    curves = {(each.name, "") for each in METRICS if each.step}
    by_step = {(each.name, step) for each in METRICS if not each.step for step in FUNCTIONS}
    assert set(shown) == curves | by_step | {("days_since_success", "")}


def github_may_start_and_watch_this_one_state_machine(templates: Templates) -> None:
    role = only(templates, "access", "AWS::IAM::Role")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"repo:{STAGE.repository}:ref:refs/heads/main",
        }
    }
    granted = {
        (action, resource.partition("<AWS::AccountId>:")[2])
        for _, actions, resources in statements({"access": templates["sbir-etl-access"]})
        for action in actions
        for resource in resources
    }
    assert granted == {
        ("states:StartExecution", f"stateMachine:{MACHINE}"),
        ("states:DescribeExecution", f"execution:{MACHINE}:*"),
        ("states:GetExecutionHistory", f"execution:{MACHINE}:*"),
    }


CHECKS: tuple[Check, ...] = (
    the_bucket_is_closed,
    the_bucket_takes_tls_only,
    vintages_stay,
    every_function_is_as_the_table_says,
    all_functions_share_one_zip,
    two_never_write_the_graph_or_the_pointer,
    no_secret_is_in_a_template,
    every_variable_is_a_setting,
    every_function_has_a_role_of_its_own,
    no_role_may_do_more_than_it_names,
    the_state_machine_is_the_one_definition,
    every_event_is_logged_and_traced,
    the_state_machine_may_call_every_function_of_the_definition,
    the_schedule_is_weekly_and_loses_no_start,
    every_trouble_has_an_alarm_that_reaches_people,
    alarms_may_publish,
    the_dashboard_shows_what_people_ask,
    the_dashboard_shows_every_metric_that_the_functions_publish,
    github_may_start_and_watch_this_one_state_machine,
)


# How it can be spoilt.


def a_timeout_lambda_refuses(templates: Templates) -> None:
    functions(templates)["sbir-etl-load-neo4j"]["Timeout"] = 901


def an_open_bucket(templates: Templates) -> None:
    bucket = only(templates, "storage", "AWS::S3::Bucket")
    bucket["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


def a_bucket_without_tls(templates: Templates) -> None:
    del only(templates, "storage", "AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"][0]["Condition"]


def vintages_that_expire(templates: Templates) -> None:
    rules = only(templates, "storage", "AWS::S3::Bucket")["LifecycleConfiguration"]["Rules"]
    rules[0]["ExpirationInDays"] = 365


def a_missing_alarm(templates: Templates) -> None:
    resources = templates["sbir-etl-observability"]["Resources"]
    name = next(name for name, each in resources.items() if each["Properties"].get("MetricName") == "ExecutionsFailed")
    del resources[name]


def an_alarm_nobody_hears(templates: Templates) -> None:
    of_type(templates, "observability", "AWS::CloudWatch::Alarm")[0]["AlarmActions"] = []


def a_wildcard_role(templates: Templates) -> None:
    role = of_type(templates, "functions", "AWS::IAM::Role")[0]
    role["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = "s3:*"


def a_role_for_every_bucket(templates: Templates) -> None:
    role = of_type(templates, "functions", "AWS::IAM::Role")[0]
    role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = "arn:aws:s3:::*"


def a_token_in_the_environment(templates: Templates) -> None:
    functions(templates)["sbir-etl-create-pr"]["Environment"]["Variables"]["SBIR_ETL_GITHUB_TOKEN"] = "ghp_x"


def a_misspelt_setting(templates: Templates) -> None:
    functions(templates)["sbir-etl-create-pr"]["Environment"]["Variables"]["SBIR_ETL_MAX_ROWDROP"] = "0.1"


def a_definition_of_its_own(templates: Templates) -> None:
    machine(templates)["DefinitionString"] = machine(templates)["DefinitionString"].replace("7200", "60")


def a_quiet_state_machine(templates: Templates) -> None:
    machine(templates)["LoggingConfiguration"]["Level"] = "ERROR"


def a_start_that_gets_lost(templates: Templates) -> None:
    del only(templates, "step-functions", "AWS::Scheduler::Schedule")["Target"]["DeadLetterConfig"]


def a_curve_nobody_draws(templates: Templates) -> None:
    body = only(templates, "observability", "AWS::CloudWatch::Dashboard")["DashboardBody"]
    body["Fn::Join"][1] = [str(part).replace('"rejected"', '"rejects"') for part in body["Fn::Join"][1]]


def a_trusted_fork(templates: Templates) -> None:
    (trust,) = only(templates, "access", "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    trust["Condition"] = {"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}


def two_loads_at_once(templates: Templates) -> None:
    del functions(templates)["sbir-etl-load-neo4j"]["ReservedConcurrentExecutions"]


MUTATIONS: tuple[Mutation, ...] = (
    a_timeout_lambda_refuses,
    an_open_bucket,
    a_bucket_without_tls,
    vintages_that_expire,
    a_missing_alarm,
    an_alarm_nobody_hears,
    a_wildcard_role,
    a_role_for_every_bucket,
    a_token_in_the_environment,
    a_misspelt_setting,
    a_definition_of_its_own,
    a_quiet_state_machine,
    a_start_that_gets_lost,
    a_curve_nobody_draws,
    a_trusted_fork,
    two_loads_at_once,
)


def named(function: Callable[..., None]) -> str:
    return function.__name__


@pytest.mark.parametrize("check", CHECKS, ids=named)
def test_it_holds_that(check: Check, templates: Templates) -> None:
    check(templates)


def failing(templates: Templates) -> set[str]:
    failed = set()
    for check in CHECKS:
        try:
            check(templates)
        except (AssertionError, KeyError):
            failed.add(check.__name__)
    return failed


@pytest.mark.parametrize("mutation", MUTATIONS, ids=named)
def test_a_check_catches(mutation: Mutation, templates: Templates) -> None:
    spoilt = copy.deepcopy(templates)
    mutation(spoilt)
    assert failing(spoilt)


def test_the_stacks_have_the_names_the_guide_deploys(templates: Templates) -> None:
    assert set(templates) == {
        f"sbir-etl-{name}" for name in ("storage", "functions", "step-functions", "observability", "access")
    }


def test_what_the_doctor_looks_for_is_what_is_deployed(templates: Templates) -> None:
    alarms = {each["AlarmName"] for each in of_type(templates, "observability", "AWS::CloudWatch::Alarm")}
    assert alarms == {f"sbir-etl-refresh-{name}" for name in ALARMS}
    assert only(templates, "step-functions", "AWS::SQS::Queue")["QueueName"] == f"{MACHINE}-missed-starts"
    assert only(templates, "step-functions", "AWS::Scheduler::Schedule")["Name"] == MACHINE
    assert only(templates, "observability", "AWS::SNS::Topic")["TopicName"] == "sbir-etl-alerts"
    assert STAGE.days_without_success == DAYS_WITHOUT_SUCCESS


def test_cdk_nag_finds_nothing_that_is_not_answered_with_a_reason(assembly: Path) -> None:
    """It stops the synthesis otherwise; that it took part is seen by what was acknowledged."""
    report = json.loads((assembly / "validation-report.json").read_text(encoding="utf-8"))
    assert report["pluginReports"] == []
    acknowledged = "".join(path.read_text(encoding="utf-8") for path in assembly.glob("*.metadata.json"))
    assert "AwsSolutions-S1" in acknowledged


def test_cfn_lint_finds_nothing(assembly: Path) -> None:
    """W3005 is the CDK's doubled dependency. E3601 does not know that a Succeed state has an InputPath."""
    paths = sorted(assembly.glob("*.template.json"))
    lint = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "--regions",
        STAGE.region,
        "--format",
        "json",
        "--ignore-checks",
        "W3005",
    ]
    done = subprocess.run([*lint, "-t", *map(str, paths)], capture_output=True, text=True, check=False)
    findings = [(each["Rule"]["Id"], each["Message"]) for each in json.loads(done.stdout)]
    assert [each for each in findings if "'States/EndNoChanges/InputPath'" not in each[1]] == []
