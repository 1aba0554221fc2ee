"""What a Task's Resource names."""

import pytest

from asl_engine.history.resources import Manner, Pattern, parse_resource


@pytest.mark.parametrize(
    ("arn", "service", "action", "pattern"),
    [
        ("arn:aws:states:::lambda:invoke", "lambda", "invoke", Pattern.REQUEST_RESPONSE),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "sqs",
            "sendMessage.waitForTaskToken",
            Pattern.WAIT_FOR_TASK_TOKEN,
        ),
        ("arn:aws:states:::states:startExecution.sync", "states", "startExecution.sync", Pattern.SYNC),
        ("arn:aws:states:::states:startExecution.sync:2", "states", "startExecution.sync:2", Pattern.SYNC_2),
        ("arn:aws:states:::aws-sdk:s3:getObject", "aws-sdk:s3", "getObject", Pattern.REQUEST_RESPONSE),
    ],
)
def test_a_service_resource_names_service_action_and_pattern(
    arn: str, service: str, action: str, pattern: Pattern
) -> None:
    resource = parse_resource(arn)
    assert (resource.manner, resource.service, resource.action, resource.pattern) == (
        Manner.SERVICE,
        service,
        action,
        pattern,
    )


def test_a_function_is_called_by_its_own_arn() -> None:
    assert parse_resource("arn:aws:lambda:us-east-1:123456789012:function:f").manner is Manner.LAMBDA_FUNCTION


@pytest.mark.parametrize(
    ("arn", "by_token"),
    [
        ("arn:aws:states:::lambda:invoke", False),
        ("arn:aws:states:::states:startExecution.sync", False),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", True),
        ("arn:aws:states:us-east-1:123456789012:activity:a", True),
    ],
)
def test_some_tasks_end_with_their_token_only(arn: str, by_token: bool) -> None:  # noqa: FBT001  # a parameter of the table
    assert parse_resource(arn).returned_by_token is by_token
