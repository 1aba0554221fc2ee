"""Activities and tags through boto3."""

from collections.abc import Callable
from typing import Any

import pytest

Refusal = Callable[..., tuple[str, str]]
KEY = {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "alias/own"}


def test_an_activity_may_be_created_twice_alike(client: Any, refusal: Refusal) -> None:
    created = client.create_activity(name="twice")
    assert client.create_activity(name="twice")["creationDate"] == created["creationDate"]
    assert refusal(client.create_activity, name="twice", encryptionConfiguration=KEY) == (
        "ActivityAlreadyExists",
        f"Activity Already Exists: '{created['activityArn']}'",
    )


def test_an_activity_is_described_and_deleted(client: Any, refusal: Refusal) -> None:
    arn = client.create_activity(name="known")["activityArn"]
    described = client.describe_activity(activityArn=arn)
    assert arn == "arn:aws:states:us-east-2:111111111111:activity:known"
    assert (described["name"], described["encryptionConfiguration"]) == ("known", {"type": "AWS_OWNED_KEY"})
    client.delete_activity(activityArn=arn)
    client.delete_activity(activityArn=arn)
    assert refusal(client.describe_activity, activityArn=arn) == (
        "ActivityDoesNotExist",
        f"Activity Does Not Exist: '{arn}'",
    )


def test_activities_are_listed_page_by_page(client: Any) -> None:
    arns = [client.create_activity(name=f"listed-{number}")["activityArn"] for number in range(3)]
    pages = client.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 2})
    found = [activity["activityArn"] for page in pages for activity in page["activities"]]
    assert [arn for arn in found if arn in arns] == arns


@pytest.mark.parametrize("name", ["with space", "a/b", "\x00a"])
def test_some_names_are_refused(client: Any, name: str, refusal: Refusal) -> None:
    assert refusal(client.create_activity, name=name) == ("InvalidName", f"Invalid Name: '{name}'")


def test_tags_are_set_replaced_and_taken_away(client: Any, create: Callable[..., str]) -> None:
    arn = create(tags=[{"key": "team", "value": "data"}, {"key": "stage", "value": "test"}])
    client.tag_resource(resourceArn=arn, tags=[{"key": "stage", "value": "live"}, {"key": "new", "value": "1"}])
    client.untag_resource(resourceArn=arn, tagKeys=["team", "none"])
    tags = client.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"key": "stage", "value": "live"}, {"key": "new", "value": "1"}]


def test_activities_have_tags_of_their_own(client: Any) -> None:
    tags = [{"key": "team", "value": "data"}]
    arn = client.create_activity(name="tagged", tags=tags)["activityArn"]
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == tags


def test_only_what_is_there_has_tags(client: Any, create: Callable[..., str], refusal: Refusal) -> None:
    unknown = "arn:aws:states:us-east-2:111111111111:stateMachine:unknown"
    assert refusal(client.list_tags_for_resource, resourceArn=unknown)[0] == "ResourceNotFound"
    many = [{"key": str(number), "value": "v"} for number in range(51)]
    assert refusal(client.tag_resource, resourceArn=create(), tags=many)[0] == "TooManyTags"
