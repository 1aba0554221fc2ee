"""Values between state machines and botocore."""

from datetime import UTC, datetime
from typing import Any

import botocore.session
import pytest

from asl_engine.integrations.sdk_shapes import AWS_SDK, OPTIMISED, WrongParameter
from asl_engine.language.values import JSON

SESSION = botocore.session.Session()


def operation(service: str, name: str) -> Any:
    return SESSION.get_service_model(service).operation_model(name)


MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text", "number"),
    [
        (MOMENT, "2026-01-02T03:04:05Z", 1767323045000),
        (MOMENT.replace(microsecond=678000), "2026-01-02T03:04:05.678Z", 1767323045678),
        (MOMENT.replace(microsecond=678900), "2026-01-02T03:04:05.678900Z", 1767323045679),
    ],
)
def test_dates_are_texts_for_the_sdk_and_numbers_otherwise(moment: datetime, text: str, number: int) -> None:
    shape = operation("stepfunctions", "StartExecution").output_shape
    assert AWS_SDK.write({"startDate": moment}, shape) == {"StartDate": text}
    assert OPTIMISED.write({"startDate": moment}, shape) == {"StartDate": number}


def test_keys_of_maps_stay_as_they_are() -> None:
    shape = operation("sqs", "GetQueueAttributes").output_shape
    assert AWS_SDK.write({"Attributes": {"queueARN": "a"}}, shape) == {"Attributes": {"queueARN": "a"}}


def test_bytes_are_texts_or_base64() -> None:
    shape = operation("kms", "Encrypt").output_shape
    assert AWS_SDK.write({"CiphertextBlob": b"text"}, shape) == {"CiphertextBlob": "text"}
    assert AWS_SDK.write({"CiphertextBlob": bytearray(b"\xff")}, shape) == {"CiphertextBlob": "/w=="}


def test_what_no_state_can_hold_is_nothing() -> None:
    shape = operation("kinesis", "SubscribeToShard").output_shape
    assert AWS_SDK.write({"EventStream": object()}, shape) == {"EventStream": None}


@pytest.mark.parametrize(
    ("service", "name", "given", "wanted"),
    [
        (
            "stepfunctions",
            "StartExecution",
            {"StateMachineArn": "a", "Input": {"x": 1}},
            {"stateMachineArn": "a", "input": '{"x":1}'},
        ),
        ("lambda", "Invoke", {"FunctionName": "f", "Payload": {"x": 1}}, {"FunctionName": "f", "Payload": b'{"x":1}'}),
        (
            "rds",
            "DescribeDBInstances",
            {"DbInstanceIdentifier": "d", "MaxRecords": "20"},
            {"DBInstanceIdentifier": "d", "MaxRecords": 20},
        ),
        ("rds", "DescribeDBInstances", {"DBInstanceIdentifier": None}, {}),
        (
            "dynamodb",
            "GetItem",
            {"ConsistentRead": "true", "Key": {"k": {"S": "v"}}},
            {"ConsistentRead": True, "Key": {"k": {"S": "v"}}},
        ),
        ("dynamodb", "GetItem", {"ConsistentRead": False}, {"ConsistentRead": False}),
        ("s3", "PutObject", {"Expires": "2026-01-02T03:04:05Z"}, {"Expires": "2026-01-02T03:04:05Z"}),
        (
            "bedrock-agent-runtime",
            "Retrieve",
            {
                "RetrievalConfiguration": {
                    "VectorSearchConfiguration": {"Filter": {"Equals": {"Key": "k", "Value": {"any": 1}}}}
                }
            },
            {
                "retrievalConfiguration": {
                    "vectorSearchConfiguration": {"filter": {"equals": {"key": "k", "value": {"any": 1}}}}
                }
            },
        ),
    ],
)
def test_parameters_become_what_the_model_wants(service: str, name: str, given: JSON, wanted: Any) -> None:
    assert AWS_SDK.read(given, operation(service, name).input_shape) == wanted


@pytest.mark.parametrize(
    ("service", "name", "given", "field"),
    [
        ("dynamodb", "GetItem", {"ConsistentRead": "perhaps"}, "ConsistentRead"),
        ("dynamodb", "GetItem", {"Key": []}, "Key"),
        ("dynamodb", "GetItem", {"AttributesToGet": "a"}, "AttributesToGet"),
        ("s3", "PutObject", {"Expires": []}, "Expires"),
        ("sqs", "SendMessage", {"DelaySeconds": True}, "DelaySeconds"),
    ],
)
def test_a_value_of_another_type_is_refused(service: str, name: str, given: JSON, field: str) -> None:
    with pytest.raises(WrongParameter) as caught:
        OPTIMISED.read(given, operation(service, name).input_shape)
    assert str(caught.value) == f"The value of the field '{field}' has an invalid format"
