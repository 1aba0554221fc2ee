"""Published versions, and aliases that lead to them, through boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from asl_engine.runtime.clock import TurnedClock

Create = Callable[..., str]
Refusal = Callable[..., tuple[str, str]]


def returning(value: Any) -> str:
    return json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Result": value, "End": True}}})


@pytest.fixture
def versions(client: Any, create: Create, clock: TurnedClock) -> tuple[str, str, str]:
    """A state machine and its first two versions, which return 1 and 2."""
    arn = create(json.loads(returning(1)), publish=True, versionDescription="the first")
    clock.turn(1)
    second = client.update_state_machine(stateMachineArn=arn, definition=returning(2), publish=True)
    return arn, f"{arn}:1", second["stateMachineVersionArn"]


def listed(client: Any, arn: str) -> list[str]:
    answer = client.list_state_machine_versions(stateMachineArn=arn)
    return [version["stateMachineVersionArn"] for version in answer["stateMachineVersions"]]


def test_versions_count_up_and_the_newest_is_listed_first(client: Any, versions: tuple[str, str, str]) -> None:
    arn, first, second = versions
    assert (first, second) == (f"{arn}:1", f"{arn}:2")
    assert listed(client, arn) == [second, first]


def test_a_version_shows_the_revision_it_was_published_from(client: Any, versions: tuple[str, str, str]) -> None:
    _, first, _ = versions
    described = client.describe_state_machine(stateMachineArn=first)
    assert (described["stateMachineArn"], described["description"]) == (first, "the first")
    assert described["definition"] == returning(1)


def test_a_revision_is_published_once(client: Any, versions: tuple[str, str, str]) -> None:
    arn, _, second = versions
    again = client.publish_state_machine_version(stateMachineArn=arn, description="other words")
    assert again["stateMachineVersionArn"] == second
    assert (
        client.update_state_machine(stateMachineArn=arn, definition=returning(2), publish=True)[
            "stateMachineVersionArn"
        ]
        == second
    )


def test_only_the_current_revision_is_published(client: Any, versions: tuple[str, str, str], refusal: Refusal) -> None:
    arn, _, _ = versions
    current = client.describe_state_machine(stateMachineArn=arn)["revisionId"]
    assert refusal(client.publish_state_machine_version, stateMachineArn=arn, revisionId="INITIAL") == (
        "ConflictException",
        (
            "Failed to publish the State Machine version for revision INITIAL. "
            f"The current State Machine revision is {current}."
        ),
    )


def test_the_number_of_a_deleted_version_is_not_given_again(client: Any, versions: tuple[str, str, str]) -> None:
    arn, first, second = versions
    client.delete_state_machine_version(stateMachineVersionArn=second)
    client.delete_state_machine_version(stateMachineVersionArn=second)
    assert listed(client, arn) == [first]
    assert client.publish_state_machine_version(stateMachineArn=arn)["stateMachineVersionArn"] == f"{arn}:3"


def test_a_description_belongs_to_a_published_version(create: Create, refusal: Refusal) -> None:
    assert refusal(create, versionDescription="first") == (
        "ValidationException",
        "Version description can only be set when publish is true",
    )


def test_versions_and_aliases_go_with_their_state_machine(
    client: Any, versions: tuple[str, str, str], refusal: Refusal
) -> None:
    arn, first, _ = versions
    alias = client.create_state_machine_alias(name="prod", routingConfiguration=[route(first, 100)])
    client.delete_state_machine(stateMachineArn=arn)
    for gone in (first, alias["stateMachineAliasArn"]):
        assert refusal(client.start_execution, stateMachineArn=gone)[0] == "StateMachineDoesNotExist"
    assert listed(client, arn) == []
    assert refusal(client.list_state_machine_aliases, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"


# --- aliases ---------------------------------------------------------------------------------------------------


def route(version_arn: str, weight: int) -> dict[str, Any]:
    return {"stateMachineVersionArn": version_arn, "weight": weight}


@pytest.fixture
def alias(client: Any, versions: tuple[str, str, str]) -> str:
    created = client.create_state_machine_alias(
        name="prod", description="live", routingConfiguration=[route(versions[1], 100)]
    )
    return str(created["stateMachineAliasArn"])


def test_an_alias_is_described(client: Any, versions: tuple[str, str, str], alias: str) -> None:
    described = client.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert alias == f"{versions[0]}:prod"
    assert (described["name"], described["description"]) == ("prod", "live")
    assert described["routingConfiguration"] == [route(versions[1], 100)]
    assert described["creationDate"] == described["updateDate"]


def test_an_alias_may_be_created_twice_alike(
    client: Any, versions: tuple[str, str, str], alias: str, refusal: Refusal
) -> None:
    same = {"name": "prod", "description": "live", "routingConfiguration": [route(versions[1], 100)]}
    assert client.create_state_machine_alias(**same)["stateMachineAliasArn"] == alias
    other = {**same, "routingConfiguration": [route(versions[2], 100)]}
    assert refusal(client.create_state_machine_alias, **other)[0] == "ConflictException"


def test_an_alias_is_updated_and_deleted(
    client: Any, versions: tuple[str, str, str], alias: str, clock: TurnedClock, refusal: Refusal
) -> None:
    clock.turn(1)
    both = [route(versions[1], 30), route(versions[2], 70)]
    client.update_state_machine_alias(stateMachineAliasArn=alias, routingConfiguration=both)
    client.update_state_machine_alias(stateMachineAliasArn=alias, description="half and half")
    described = client.describe_state_machine_alias(stateMachineAliasArn=alias)
    assert (described["routingConfiguration"], described["description"]) == (both, "half and half")
    assert described["updateDate"] > described["creationDate"]
    client.delete_state_machine_alias(stateMachineAliasArn=alias)
    for call in (client.describe_state_machine_alias, client.delete_state_machine_alias):
        assert refusal(call, stateMachineAliasArn=alias) == (
            "ResourceNotFound",
            "Request references a resource that does not exist.",
        )


def test_an_update_of_an_alias_changes_something(client: Any, alias: str, create: Create, refusal: Refusal) -> None:
    update = client.update_state_machine_alias
    assert refusal(update, stateMachineAliasArn=alias)[0] == "ValidationException"
    elsewhere = create(publish=True)
    routing = [route(f"{elsewhere}:1", 100)]
    assert refusal(update, stateMachineAliasArn=alias, routingConfiguration=routing)[0] == "ValidationException"


def test_a_version_that_an_alias_leads_to_stays(
    client: Any, versions: tuple[str, str, str], alias: str, refusal: Refusal
) -> None:
    assert alias
    assert refusal(client.delete_state_machine_version, stateMachineVersionArn=versions[1]) == (
        "ConflictException",
        (
            "Version to be deleted must not be referenced by an alias. "
            "Current list of aliases referencing this version: [prod]"
        ),
    )


def test_aliases_are_listed_by_state_machine_and_by_version(
    client: Any, versions: tuple[str, str, str], alias: str
) -> None:
    arn, first, second = versions
    other = client.create_state_machine_alias(name="next", routingConfiguration=[route(second, 100)])
    found = [
        [
            one["stateMachineAliasArn"]
            for one in client.list_state_machine_aliases(stateMachineArn=of)["stateMachineAliases"]
        ]
        for of in (arn, first)
    ]
    assert found == [[alias, other["stateMachineAliasArn"]], [alias]]
    page = client.list_state_machine_aliases(stateMachineArn=arn, maxResults=1)
    rest = client.list_state_machine_aliases(stateMachineArn=arn, nextToken=page["nextToken"])
    assert [one["stateMachineAliasArn"] for one in rest["stateMachineAliases"]] == [other["stateMachineAliasArn"]]


@pytest.mark.parametrize(
    ("weights", "code"),
    [([(1, 50)], "ValidationException"), ([(1, 50), (1, 50)], "ValidationException"), ([(9, 100)], "ResourceNotFound")],
)
def test_routes_are_distinct_versions_that_make_a_whole(
    client: Any, versions: tuple[str, str, str], weights: list[tuple[int, int]], code: str, refusal: Refusal
) -> None:
    routing = [route(f"{versions[0]}:{number}", weight) for number, weight in weights]
    assert refusal(client.create_state_machine_alias, name="wrong", routingConfiguration=routing)[0] == code


def test_routes_lead_to_versions_of_one_state_machine(
    client: Any, versions: tuple[str, str, str], create: Create, refusal: Refusal
) -> None:
    call = client.create_state_machine_alias
    assert refusal(call, name="wrong", routingConfiguration=[route(versions[0], 100)])[0] == "InvalidArn"
    mixed = [route(versions[1], 50), route(f"{create(publish=True)}:1", 50)]
    assert refusal(call, name="wrong", routingConfiguration=mixed)[0] == "ValidationException"


@pytest.mark.parametrize("name", ["12", "with space", "a" * 81])
def test_the_name_of_an_alias_is_no_number(
    client: Any, versions: tuple[str, str, str], name: str, refusal: Refusal
) -> None:
    routing = [route(versions[1], 100)]
    code, message = refusal(client.create_state_machine_alias, name=name, routingConfiguration=routing)
    assert (code, "at 'name' failed to satisfy constraint" in message) == ("ValidationException", True)


def test_an_alias_itself_is_no_state_machine_to_describe(client: Any, alias: str, refusal: Refusal) -> None:
    assert refusal(client.describe_state_machine, stateMachineArn=alias)[0] == "StateMachineDoesNotExist"
