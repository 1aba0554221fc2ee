"""Which integration runs a task, and which resources no task may name."""

import pytest

from asl_engine.history.resources import parse_resource
from asl_engine.integrations.services import Services
from asl_engine.integrations.table import Integrations, Unavailable


@pytest.fixture
def functions() -> Unavailable:
    return Unavailable("functions")


@pytest.fixture
def table(services: Services, functions: Unavailable) -> Integrations:
    return Integrations(own={"lambda": functions}, services=services)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:lambda:us-east-1:111111111111:function:hello",
        "arn:aws:states:::lambda:invoke",
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
    ],
)
def test_functions_are_run_by_their_own_integration(table: Integrations, functions: Unavailable, resource: str) -> None:
    assert table.resolve(parse_resource(resource)) is functions


def test_every_other_service_is_called_through_its_api(table: Integrations, services: Services) -> None:
    assert table.resolve(parse_resource("arn:aws:states:::sqs:sendMessage")) is services


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:lambda:us-east-1:111111111111:function:hello",
        "arn:aws:states:us-east-1:111111111111:activity:work",
        "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "arn:aws:states:::states:startExecution.sync:2",
        "arn:aws:states:::http:invoke",
        "arn:aws:states:::apigateway:invoke",
        "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "arn:aws:states:::batch:submitJob.sync",
        "arn:aws:states:::ecs:runTask.waitForTaskToken",
        "arn:aws:states:::elasticmapreduce:createCluster.sync",
        "arn:aws:states:::aws-sdk:sfn:startExecution",
        "arn:aws:states:::aws-sdk:secretsmanager:getSecretValue.waitForTaskToken",
        "arn:aws-cn:states:::sns:publish",
    ],
)
def test_what_step_functions_integrates_is_known(table: Integrations, arn: str) -> None:
    assert table.knows(arn)


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sqs:us-east-1:111111111111:queue",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::lambda:call",
        "arn:aws:states:::http:invoke.waitForTaskToken",
        "arn:aws:states:::sqs:sendMessage.sync",
        "arn:aws:states:::sqs:sendMessage.later",
        "arn:aws:states:::sqs:receiveMessage",
        "arn:aws:states:::nosuch:thing",
        "arn:aws:states:::aws-sdk:sfn:StartExecution",
        "arn:aws:states:::aws-sdk:stepfunctions:startExecution",
        "arn:aws:states:::aws-sdk:sfn:startExecution.sync",
        "arn:aws:states:::aws-sdk:sfn:noSuchAction",
    ],
)
def test_what_it_does_not_integrate_is_not(table: Integrations, arn: str) -> None:
    assert not table.knows(arn)
