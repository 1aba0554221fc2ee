"""What is wrong with the parameters of a task: in a definition, and once they are evaluated."""

import pytest

from asl_engine.history.resources import parse_resource
from asl_engine.integrations.parameters import OWN
from asl_engine.integrations.sdk_clients import SdkClients
from asl_engine.integrations.services import Services
from asl_engine.integrations.table import Integrations
from asl_engine.language.values import JSON


@pytest.fixture
def table(services: Services) -> Integrations:
    return Integrations(own={}, services=services)


NETWORK: JSON = {"awsvpcConfiguration": {"Subnets": ["s"]}}


@pytest.mark.parametrize(
    ("resource", "template", "problems"),
    [
        ("lambda:invoke", {"FunctionName.$": "$.f", "Payload": {"any": 1}}, []),
        ("lambda:invoke", {}, ["The field 'FunctionName' is required but was missing"]),
        ("lambda:invoke", {"FunctionName": "f", "X": 1}, ['The field "X" is not supported by Step Functions']),
        ("lambda:invoke", {"FunctionName": "f", "TaskToken.$": "$$.Task.Token"}, []),
        ("http:invoke", {"ApiEndpoint": "e", "Method": "GET", "InvocationConfig.$": "$"}, []),
        (
            "http:invoke",
            {"ApiEndpoint": "e"},
            [
                "The field 'Method' is required but was missing",
                "The field 'Authentication' is required but was missing",
            ],
        ),
        ("sqs:sendMessage", {"QueueUrl.$": "$.q"}, ["The field 'MessageBody' is required but was missing"]),
        ("states:startExecution.sync:2", {"StateMachineArn": "{% $arn %}", "Input": {}}, []),
        ("ecs:runTask.sync", {"TaskDefinition": "t", "NetworkConfiguration": {"AwsvpcConfiguration": {}}}, []),
        (
            "ecs:runTask.sync",
            {"TaskDefinition": "t", "NetworkConfiguration": NETWORK},
            ['The field "awsvpcConfiguration" is not supported by Step Functions'],
        ),
        (
            "events:putEvents",
            {"Entries": [{"Detail": {"any": 1}, "Kind": "x"}]},
            ['The field "Kind" is not supported by Step Functions'],
        ),
        ("dynamodb:putItem", {"TableName": "t", "Item": {"any": {"S": "x"}}}, []),
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": {"any": {"Text": "x"}}},
            ['The field "Text" is not supported by Step Functions'],
        ),
        ("elasticmapreduce:terminateCluster", {"ClusterId": "c"}, []),
        ("elasticmapreduce:terminateCluster", {}, ["The field 'ClusterId' is required but was missing"]),
        ("emr-serverless:startApplication", {"ApplicationId": "a"}, []),
        (
            "aws-sdk:emrserverless:startJobRun",
            {"ApplicationId": "a", "ExecutionRoleArn": "r"},
            ["The field 'ClientToken' is required but was missing"],
        ),
        ("aws-sdk:bedrockruntime:converse", {"ModelId": "m", "AdditionalModelRequestFields": {"any": {"x": 1}}}, []),
        ("aws-sdk:s3:listBuckets", {}, []),
        ("aws-sdk:nothing:atAll", {"X": 1}, []),
    ],
)
def test_a_definition_must_write_what_the_action_takes(
    table: Integrations, resource: str, template: dict[str, JSON], problems: list[str]
) -> None:
    assert table.problems_of_template(f"arn:aws:states:::{resource}", template) == problems


@pytest.mark.parametrize(
    ("resource", "arguments", "problems"),
    [
        ("lambda:invoke", {"FunctionName": "f"}, []),
        ("lambda:invoke", {"FunctionName": 3}, ["The value of the field 'FunctionName' has an invalid format"]),
        ("lambda:invoke", [], ["The parameters are not an object"]),
        ("apigateway:invoke", {"ApiEndpoint": "e", "Method": "GET", "Headers": {"a": ["b"]}}, []),
        (
            "apigateway:invoke",
            {"ApiEndpoint": "e", "Method": "GET", "Headers": {"a": "b"}, "QueryParameters": "?c=d"},
            [
                "The value of the field 'Headers' has an invalid format",
                "The value of the field 'QueryParameters' has an invalid format",
            ],
        ),
        (
            "http:invoke",
            {"ApiEndpoint": "e", "Method": "GET", "Authentication": {}, "Headers": ["a"], "Transform": None},
            ["The value of the field 'Headers' has an invalid format"],
        ),
        (
            "apigateway:invoke",
            {"ApiEndpoint": "e", "Method": "FETCH"},
            ["The value of the field 'Method' has an invalid format"],
        ),
        ("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": None}, []),
        ("sqs:sendMessage", {"QueueUrl": "q"}, ["The field 'MessageBody' is required but was missing"]),
        (
            "sqs:sendMessage",
            {"QueueUrl": "q", "MessageBody": "m", "Body": "x"},
            ['The field "Body" is not supported by Step Functions'],
        ),
        (
            "sqs:sendMessage",
            {"QueueUrl": "q", "MessageBody": "m", "DelaySeconds": "soon"},
            ["The value of the field 'DelaySeconds' has an invalid format"],
        ),
        ("sqs:sendMessage", 1, ["The parameters are not an object"]),
        ("aws-sdk:nothing:atAll", 1, []),
    ],
)
def test_a_task_is_started_only_with_what_its_action_takes(
    table: Integrations, resource: str, arguments: JSON, problems: list[str]
) -> None:
    assert list(table.problems(parse_resource(f"arn:aws:states:::{resource}"), arguments)) == problems


@pytest.mark.parametrize(
    ("client", "operation", "action"),
    [("lambda", "Invoke", ("lambda", "invoke")), ("stepfunctions", "StartExecution", ("states", "startExecution"))],
)
def test_the_fields_of_calls_of_one_api_are_those_of_its_model(
    clients: SdkClients, client: str, operation: str, action: tuple[str, str]
) -> None:
    model = clients.model(client, operation)
    assert model is not None
    members = {name[0].upper() + name[1:] for name in model.input_shape.members}
    assert set(OWN[action].required) | OWN[action].optional == members
    assert {name[0].upper() + name[1:] for name in model.input_shape.required_members} == set(OWN[action].required)


def test_a_function_takes_anything(table: Integrations) -> None:
    assert not table.problems(parse_resource("arn:aws:lambda:us-east-1:111111111111:function:f"), [1])
