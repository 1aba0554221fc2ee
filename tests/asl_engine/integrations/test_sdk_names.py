"""Names of the AWS SDK for Java."""

import botocore.session
import pytest

from asl_engine.integrations.sdk_names import (
    client_class,
    clients_by_package,
    exception_class,
    package,
    property_name,
)


@pytest.mark.parametrize(
    ("service_id", "package_name", "class_name"),
    [
        ("SFN", "sfn", "Sfn"),
        ("DynamoDB", "dynamodb", "DynamoDb"),
        ("Secrets Manager", "secretsmanager", "SecretsManager"),
        ("CloudWatch Logs", "cloudwatchlogs", "CloudWatchLogs"),
        ("S3", "s3", "S3"),
    ],
)
def test_a_service_id_gives_the_package_and_the_class(service_id: str, package_name: str, class_name: str) -> None:
    assert package(service_id) == package_name
    assert client_class(service_id) == class_name


@pytest.mark.parametrize(
    ("member", "name"),
    [("stateMachineArn", "StateMachineArn"), ("ETag", "ETag"), ("DBInstanceArn", "DbInstanceArn"), ("SS", "Ss")],
)
def test_only_a_leading_acronym_is_spelled_otherwise(member: str, name: str) -> None:
    assert property_name(member) == name


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        ("NoSuchBucket", "NoSuchBucketException"),
        ("NotFoundException", "NotFoundException"),
        ("DBInstanceNotFoundFault", "DBInstanceNotFoundException"),
    ],
)
def test_every_error_is_an_exception(shape: str, name: str) -> None:
    assert exception_class(shape) == name


def test_every_package_leads_to_the_service_that_has_its_id() -> None:
    session = botocore.session.Session()
    by_package = clients_by_package(session)
    for name in ("stepfunctions", "logs", "events", "elbv2", "ce", "rds", "bedrock-runtime", "application-autoscaling"):
        assert by_package[package(session.get_service_model(name).service_id)] == name
