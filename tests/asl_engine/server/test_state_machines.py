"""State machines through boto3."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from asl_engine.runtime.clock import TurnedClock

ROLE = "arn:aws:iam::111111111111:role/engine"
PASS = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "End": True}}})
OTHER = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Succeed"}}})
DANGLING = json.dumps({"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Next": "Nowhere"}}})


def refusal(call: Callable[[], Any]) -> tuple[str, str]:
    """Code and message of the error a call ends in."""
    with pytest.raises(ClientError) as raised:
        call()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_created_state_machine_is_described(client: Any) -> None:
    created = client.create_state_machine(name="described", definition=PASS, roleArn=ROLE)
    described = client.describe_state_machine(stateMachineArn=created["stateMachineArn"])
    described.pop("ResponseMetadata")
    assert described == {
        "stateMachineArn": "arn:aws:states:us-east-2:111111111111:stateMachine:described",
        "name": "described",
        "status": "ACTIVE",
        "definition": PASS,
        "roleArn": ROLE,
        "type": "STANDARD",
        "creationDate": created["creationDate"],
        "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
        "tracingConfiguration": {"enabled": False},
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }


def test_creating_the_same_again_changes_nothing(client: Any) -> None:
    first = client.create_state_machine(name="again", definition=PASS, roleArn=ROLE)
    second = client.create_state_machine(
        name="again", definition=PASS, roleArn=f"{ROLE}2", tags=[{"key": "k", "value": "v"}]
    )
    assert second["stateMachineArn"] == first["stateMachineArn"]
    assert second["creationDate"] == first["creationDate"]


@pytest.mark.parametrize(
    "role",
    [
        "<execution-role-arn>",
        "arn:aws:iam::aws:policy/AWSBatchFullAccess",
        "arn:aws:iam::111111111111:user/engine",
        "arn:aws:iam::11111111111:role/engine",
        "arn:aws:iam:us-east-2:111111111111:role/engine",
        "arn:aws:iam::111111111111:role/",
        "arn:aws:iam::111111111111:role/an engine",
    ],
)
def test_what_is_no_arn_of_a_role_is_refused(client: Any, role: str) -> None:
    refused = ("InvalidArn", f"Invalid Role Arn: '{role}'")
    assert refusal(lambda: client.create_state_machine(name="roles", definition=PASS, roleArn=role)) == refused
    arn = client.create_state_machine(name="roles", definition=PASS, roleArn=ROLE)["stateMachineArn"]
    assert refusal(lambda: client.update_state_machine(stateMachineArn=arn, roleArn=role)) == refused
    assert client.describe_state_machine(stateMachineArn=arn)["roleArn"] == ROLE


def test_a_role_may_be_of_any_account_and_partition_and_have_a_path(client: Any) -> None:
    arn = client.create_state_machine(name="any-role", definition=PASS, roleArn=ROLE)["stateMachineArn"]
    for role in ("arn:aws:iam::000000000000:role/r", "arn:aws-us-gov:iam::111111111111:role/a+path/of=it,x@y.z_-"):
        client.update_state_machine(stateMachineArn=arn, roleArn=role)
        assert client.describe_state_machine(stateMachineArn=arn)["roleArn"] == role


@pytest.mark.parametrize(
    "other", [{"definition": OTHER}, {"type": "EXPRESS"}, {"tracingConfiguration": {"enabled": True}}]
)
def test_another_content_under_the_same_name_is_refused(client: Any, other: dict[str, Any]) -> None:
    same: dict[str, Any] = {"name": "taken", "definition": PASS, "roleArn": ROLE}
    arn = client.create_state_machine(**same)["stateMachineArn"]
    assert refusal(lambda: client.create_state_machine(**{**same, **other})) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{arn}'",
    )


def test_creating_with_a_version_is_another_request_than_without(client: Any) -> None:
    plain = {"name": "m", "definition": PASS, "roleArn": ROLE}
    client.create_state_machine(**plain)
    assert refusal(lambda: client.create_state_machine(**plain, publish=True))[0] == "StateMachineAlreadyExists"
    first = {**plain, "name": "published", "publish": True, "versionDescription": "first"}
    arn = client.create_state_machine(**first)["stateMachineVersionArn"]
    assert client.create_state_machine(**first)["stateMachineVersionArn"] == arn
    other = {**first, "versionDescription": "other"}
    assert refusal(lambda: client.create_state_machine(**other))[0] == "StateMachineAlreadyExists"


def test_a_key_of_ones_own_is_named(client: Any) -> None:
    encryption = {"type": "CUSTOMER_MANAGED_KMS_KEY"}
    create, named = client.create_state_machine, {"name": "m", "encryptionConfiguration": encryption}
    code, _ = refusal(lambda: create(**named, definition=PASS, roleArn=ROLE))
    assert code == "InvalidEncryptionConfiguration"
    assert refusal(lambda: client.create_activity(**named))[0] == "InvalidEncryptionConfiguration"


def test_a_bad_definition_is_refused_with_every_problem(client: Any) -> None:
    code, message = refusal(lambda: client.create_state_machine(name="bad", definition=DANGLING, roleArn=ROLE))
    assert code == "InvalidDefinition"
    assert message.startswith("Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: ")


def test_a_bad_name_is_refused(client: Any) -> None:
    assert refusal(lambda: client.create_state_machine(name="a b", definition=PASS, roleArn=ROLE)) == (
        "InvalidName",
        "Invalid Name: 'a b'",
    )


def test_the_settings_are_kept(client: Any, create: Callable[..., str]) -> None:
    destination = {"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-2:111111111111:log-group:g:*"}}
    arn = create(
        loggingConfiguration={"level": "ALL", "destinations": [destination]},
        tracingConfiguration={"enabled": True},
        encryptionConfiguration={"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "key"},
        type="EXPRESS",
    )
    described = client.describe_state_machine(stateMachineArn=arn)
    assert described["loggingConfiguration"] == {
        "level": "ALL",
        "includeExecutionData": False,
        "destinations": [destination],
    }
    assert described["tracingConfiguration"] == {"enabled": True}
    assert described["encryptionConfiguration"] == {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "key"}
    assert described["type"] == "EXPRESS"


@pytest.mark.parametrize(
    ("destinations", "problem"),
    [
        ([], "Must specify exactly one Log Destination."),
        ([{}, {}], "Must specify exactly one Log Destination."),
        ([{}], "Must set valid CloudWatch Log Group ARN."),
        ([{"cloudWatchLogsLogGroup": {}}], "Must set valid CloudWatch Log Group ARN."),
        (
            [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:s3:::bucket"}}],
            "Provided ARN is not CloudWatch Logs Log Group ARN.",
        ),
        (
            [{"cloudWatchLogsLogGroup": {"logGroupArn": "arn:aws:logs:us-east-1:111111111111:log-group:g"}}],
            "Log Group ARN must be provided with '*' qualifier.",
        ),
    ],
)
def test_logging_needs_one_log_group(create: Callable[..., str], destinations: Any, problem: str) -> None:
    assert refusal(lambda: create(loggingConfiguration={"level": "ERROR", "destinations": destinations})) == (
        "InvalidLoggingConfiguration",
        f"Invalid Logging Configuration: {problem}",
    )
    create(loggingConfiguration={"level": "OFF", "destinations": destinations})


def test_an_update_makes_a_new_revision(client: Any, create: Callable[..., str], clock: TurnedClock) -> None:
    arn = create()
    clock.turn(1)
    updated = client.update_state_machine(stateMachineArn=arn, definition=OTHER, roleArn=f"{ROLE}2")
    described = client.describe_state_machine(stateMachineArn=arn)
    assert described["definition"] == OTHER
    assert described["roleArn"] == f"{ROLE}2"
    assert described["revisionId"] == updated["revisionId"]
    assert (updated["updateDate"] - described["creationDate"]).total_seconds() == 1


def test_an_update_without_a_difference_is_none(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    assert "revisionId" not in client.update_state_machine(stateMachineArn=arn, roleArn=ROLE)


def test_an_update_of_settings_keeps_the_rest(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    client.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": True})
    described = client.describe_state_machine(stateMachineArn=arn)
    assert described["tracingConfiguration"] == {"enabled": True}
    assert described["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}


def test_an_update_needs_something_to_update(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    code, _ = refusal(lambda: client.update_state_machine(stateMachineArn=arn))
    assert code == "MissingRequiredParameter"


def test_an_update_checks_the_definition(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    code, _ = refusal(lambda: client.update_state_machine(stateMachineArn=arn, definition=DANGLING))
    assert code == "InvalidDefinition"


def test_a_deleted_state_machine_is_gone(client: Any, create: Callable[..., str]) -> None:
    arn = create()
    client.delete_state_machine(stateMachineArn=arn)
    client.delete_state_machine(stateMachineArn=arn)
    for call in (client.describe_state_machine, client.update_state_machine, client.start_execution):
        assert refusal(lambda call=call: call(stateMachineArn=arn)) == (  # type: ignore[misc]
            "StateMachineDoesNotExist",
            f"State Machine Does Not Exist: '{arn}'",
        )


def test_state_machines_are_listed_page_by_page(client: Any, create: Callable[..., str]) -> None:
    made = [create() for _ in range(3)]
    listed: list[str] = []
    parameters: dict[str, Any] = {"maxResults": 2}
    while True:
        page = client.list_state_machines(**parameters)
        assert len(page["stateMachines"]) <= 2
        listed += [machine["stateMachineArn"] for machine in page["stateMachines"]]
        if "nextToken" not in page:
            break
        parameters["nextToken"] = page["nextToken"]
    assert [arn for arn in listed if arn in made] == made
    assert len(listed) == len(set(listed))


def test_a_foreign_page_token_is_refused(client: Any) -> None:
    assert refusal(lambda: client.list_state_machines(nextToken="x")) == (
        "InvalidToken",
        "Invalid Token: 'Invalid token'",
    )


def test_a_definition_is_validated_without_being_created(client: Any) -> None:
    good = client.validate_state_machine_definition(definition=PASS)
    assert (good["result"], good["diagnostics"], good["truncated"]) == ("OK", [], False)
    bad = client.validate_state_machine_definition(definition=DANGLING, type="EXPRESS", severity="WARNING")
    assert bad["result"] == "FAIL"
    assert bad["diagnostics"][0]["code"] == "MISSING_TRANSITION_TARGET"
    assert bad["diagnostics"][0]["severity"] == "ERROR"


def test_diagnostics_can_be_limited(client: Any) -> None:
    states = {f"S{number}": {"Type": "Pass", "Next": f"N{number}"} for number in range(3)}
    definition = json.dumps({"StartAt": "S0", "States": states})
    answer = client.validate_state_machine_definition(definition=definition, maxResults=1)
    assert len(answer["diagnostics"]) == 1
    assert answer["truncated"] is True
