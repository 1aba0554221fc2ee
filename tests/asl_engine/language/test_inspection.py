"""What TestState may show between the fields of a state."""

from typing import Any

import pytest

from asl_engine.language import dataflow, inspection
from asl_engine.language.definition import Map
from asl_engine.language.parse import parse_state
from asl_engine.language.validate import diagnose_state
from asl_engine.language.values import Scope

BRANCHES: list[Any] = [{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}]
GIVEN: dict[str, Any] = {"a": {"b": 1}, "list": [1, 2], "most": 3, "part": 4.5}
JSONATA = {"QueryLanguage": "JSONata"}
TASK: dict[str, Any] = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
MAP: dict[str, Any] = {"Type": "Map", "ItemProcessor": BRANCHES[0], "End": True}

BEFORE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {**TASK, "InputPath": "$.a", "Parameters": {"c.$": "$.b"}},
        {"after_input_path": {"b": 1}, "after_parameters": {"c": 1}},
    ),
    ({**TASK, **JSONATA, "Arguments": {"c": "{% $states.input.a.b %}"}}, {"after_arguments": {"c": 1}}),
    ({**TASK, **JSONATA}, {}),
    ({"Type": "Pass", "InputPath": "$.a"}, {"after_input_path": {"b": 1}, "after_parameters": {"b": 1}}),
    ({"Type": "Succeed", "InputPath": "$.a"}, {"after_input_path": {"b": 1}}),
    ({"Type": "Parallel", "Branches": BRANCHES}, {}),
    ({"Type": "Fail"}, {}),
    (MAP, {"max_concurrency": 0}),
    (
        {**MAP, "ToleratedFailureCountPath": "$.most", "ToleratedFailurePercentagePath": "$.part"},
        {"max_concurrency": 0, "tolerated_failure_count": 3, "tolerated_failure_percentage": 4.5},
    ),
    (
        {**MAP, **JSONATA, "MaxConcurrency": 2, "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 5},
        {"max_concurrency": 2, "tolerated_failure_count": 1, "tolerated_failure_percentage": 5.0},
    ),
]

AFTER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {**TASK, "ResultSelector": {"x.$": "$.r"}, "ResultPath": "$.out"},
        {
            "result": {"r": 7},
            "after_result_selector": {"x": 7},
            "after_result_path": {**GIVEN, "out": {"x": 7}},
        },
    ),
    ({**TASK, **JSONATA}, {"result": {"r": 7}}),
    ({"Type": "Pass"}, {"after_result_selector": {"r": 7}, "after_result_path": {"r": 7}}),
    (
        {"Type": "Parallel", "Branches": BRANCHES},
        {"after_result_selector": {"r": 7}, "after_result_path": {"r": 7}},
    ),
    ({"Type": "Succeed"}, {}),
]


def scope() -> Scope:
    return Scope(input=GIVEN, context={}, variables={})


@pytest.mark.parametrize(("fields", "values"), BEFORE)
def test_what_a_state_is_given_is_shown(fields: dict[str, Any], values: dict[str, Any]) -> None:
    assert dict(inspection.before(parse_state("S", fields), scope())) == values


@pytest.mark.parametrize(("fields", "values"), AFTER)
def test_what_becomes_of_a_result_is_shown(fields: dict[str, Any], values: dict[str, Any]) -> None:
    assert dict(inspection.after(parse_state("S", fields), scope(), {"r": 7})) == values


def test_the_items_of_a_map_are_shown_where_fields_make_them() -> None:
    plain = parse_state("S", MAP)
    selected = parse_state("S", {**MAP, "ItemsPath": "$.list", "ItemSelector": {"n.$": "$$.Map.Item.Value"}})
    assert isinstance(plain, Map)
    assert isinstance(selected, Map)
    assert dict(inspection.items(plain, scope(), [1, 2])) == {}
    assert dict(inspection.items(selected, scope(), [1, 2])) == {
        "after_items_path": [1, 2],
        "after_item_selector": [{"n": 1}, {"n": 2}],
    }


def test_a_state_alone_is_checked_without_its_neighbours() -> None:
    assert diagnose_state('{"Type": "Pass", "Next": "Elsewhere"}') == ()
    assert [found.code for found in diagnose_state("[]")] == ["SCHEMA_VALIDATION_FAILED"]
    assert [str(found) for found in diagnose_state('{"Type": "Pass", "End": "yes"}')] == [
        "SCHEMA_VALIDATION_FAILED: Expected value of type [BOOLEAN] at /End"
    ]


def test_the_plan_of_a_distributed_map_is_evaluated() -> None:
    reader: dict[str, Any] = {
        "Resource": "r",
        "ReaderConfig": {"MaxItemsPath": "$.most"},
        "Parameters": {"Key.$": "$.a.b"},
    }
    by_path = parse_state("S", {**MAP, "ItemReader": reader})
    by_expression = parse_state(
        "S", {**MAP, **JSONATA, "ItemReader": {"Resource": "r", "Arguments": {"Key": "{% $states.input.a.b %}"}}}
    )
    assert isinstance(by_path, Map)
    assert isinstance(by_expression, Map)
    assert dataflow.map_plan(by_path, scope()) == {
        "ItemReader": {"Resource": "r", "ReaderConfig": {"MaxItems": 3}, "Parameters": {"Key": 1}}
    }
    assert dataflow.map_plan(by_expression, scope()) == {"ItemReader": {"Resource": "r", "Parameters": {"Key": 1}}}
