"""Requests held against AWS's own model of them."""

from typing import Any

import pytest

from asl_engine.server.model import MistypedMember, load_operations, violations

OPERATIONS = load_operations()


def broken(operation: str, request: Any) -> list[str]:
    return [str(violation) for violation in violations(request, OPERATIONS[operation].input)]


@pytest.mark.parametrize(
    ("operation", "request_", "violation"),
    [
        ("StartExecution", {}, "Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null"),
        (
            "ListExecutions",
            {"maxResults": 1001},
            (
                "Value '1001' at 'maxResults' failed to satisfy constraint: "
                "Member must have value less than or equal to 1000"
            ),
        ),
        (
            "ListExecutions",
            {"maxResults": -1},
            (
                "Value '-1' at 'maxResults' failed to satisfy constraint: "
                "Member must have value greater than or equal to 0"
            ),
        ),
        (
            "ListExecutions",
            {"statusFilter": "DONE"},
            (
                "Value 'DONE' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: "
                "[RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE]"
            ),
        ),
        (
            "StartExecution",
            {"stateMachineArn": ""},
            (
                "Value '' at 'stateMachineArn' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            "StartExecution",
            {"stateMachineArn": "a", "name": "n" * 81},
            (
                f"Value '{'n' * 81}' at 'name' failed to satisfy constraint: "
                "Member must have length less than or equal to 80"
            ),
        ),
        (
            "StartExecution",
            {"stateMachineArn": "a", "input": "i" * 262_145},
            "Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144",
        ),
        (
            "CreateStateMachine",
            {"name": "n", "definition": "{}", "roleArn": "r", "tags": [{"key": ""}]},
            (
                "Value '' at 'tags.1.member.key' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            ),
        ),
        (
            "CreateStateMachine",
            {"name": "n", "definition": "{}", "roleArn": "r", "encryptionConfiguration": {}},
            "Value null at 'encryptionConfiguration.type' failed to satisfy constraint: Member must not be null",
        ),
        (
            "CreateStateMachineAlias",
            {"name": "n", "routingConfiguration": [{"stateMachineVersionArn": "a", "weight": 34}] * 3},
            (
                f"Value '[{', '.join(['{stateMachineVersionArn=a, weight=34}'] * 3)}]' at 'routingConfiguration' "
                "failed to satisfy constraint: Member must have length less than or equal to 2"
            ),
        ),
    ],
)
def test_a_broken_constraint_is_said_in_aws_words(operation: str, request_: Any, violation: str) -> None:
    assert broken(operation, request_) == [violation]


def test_every_violation_is_found() -> None:
    assert len(broken("CreateStateMachine", {"type": "SLOW"})) == 4


def test_members_the_model_does_not_know_are_ignored() -> None:
    assert broken("ListStateMachines", {"colour": "blue"}) == []


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("StartExecution", {"stateMachineArn": 7}),
        ("ListStateMachines", {"maxResults": "7"}),
        ("ListStateMachines", {"maxResults": True}),
        ("CreateStateMachine", {"name": "n", "definition": "{}", "roleArn": "r", "tags": {}}),
        ("CreateStateMachine", {"name": "n", "definition": "{}", "roleArn": "r", "loggingConfiguration": "ALL"}),
    ],
)
def test_a_member_of_another_type_cannot_even_be_read(operation: str, request_: Any) -> None:
    with pytest.raises(MistypedMember, match="wanted"):
        broken(operation, request_)
