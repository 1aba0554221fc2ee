"""Loading a definition: checking it and parsing it in one go."""

import json

import pytest

from asl_engine.language.definition import And, Choice, Comparison, Map, Not, Or, Parallel, QueryLanguage, Retrier, Task
from asl_engine.language.errors import InvalidDefinition
from asl_engine.language.parse import load, parse, parse_state
from asl_engine.language.values import JSON

DONE: JSON = {"Type": "Pass", "End": True}
FIELDS: dict[str, JSON] = {"Type": "Pass", "End": True}


def test_a_flawless_definition_is_parsed() -> None:
    machine = load(json.dumps({"StartAt": "A", "States": {"A": DONE}, "TimeoutSeconds": 5, "Comment": "c"}))

    assert (machine.start_at, machine.timeout_seconds, machine.comment) == ("A", 5, "c")
    assert machine.states["A"].end


def test_every_problem_is_in_the_refusal() -> None:
    with pytest.raises(InvalidDefinition) as refused:
        load(json.dumps({"StartAt": "pass1", "States": {"pass1": {"Type": "Pass", "Next": "pass3"}, "pass2": DONE}}))

    assert str(refused.value) == (
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: pass3 at /States/pass1/Next, "
        'MISSING_TRANSITION_TARGET: State "pass2" is not reachable. at /States/pass2'
    )
    assert [diagnostic.location for diagnostic in refused.value.diagnostics] == ["/States/pass1/Next", "/States/pass2"]


@pytest.mark.parametrize(
    ("number", "complaint"),
    [("1e400", "Unrecognized token '1e400'"), ("9" * 5000, "Number value length exceeds the maximum allowed")],
    ids=["too large", "too long"],
)
def test_a_number_that_nobody_can_hold_is_refused(number: str, complaint: str) -> None:
    text = json.dumps({"StartAt": "A", "States": {"A": {**FIELDS, "Result": [0.5, "here"]}}})
    assert load(text).states["A"].end
    with pytest.raises(InvalidDefinition, match=f"INVALID_JSON_DESCRIPTION: {complaint}"):
        load(text.replace('"here"', number))


def test_a_warning_refuses_nothing() -> None:
    machine = load(json.dumps({"StartAt": "A", "States": {"A": {**FIELDS, "Result": {"a.$": "$.x"}}}}))

    assert list(machine.states) == ["A"]


def test_unknown_fields_are_ignored_once_the_checks_have_passed() -> None:
    machine = parse(json.dumps({"StartAt": "A", "States": {"A": {**FIELDS, "Extra": 1}}, "Extra": 1}))

    assert machine.states["A"].name == "A"


def test_states_inherit_the_language_of_the_machine_not_of_the_map_around_them() -> None:
    inner = {"StartAt": "X", "States": {"X": DONE}}
    outer = {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner, "End": True}

    machine = parse(json.dumps({"StartAt": "M", "States": {"M": outer}}))

    state = machine.states["M"]
    assert isinstance(state, Map)
    assert state.query_language is QueryLanguage.JSONATA
    assert state.item_processor.states["X"].query_language is QueryLanguage.JSONPATH


def test_branches_inherit_the_language_of_the_machine() -> None:
    branch = {"StartAt": "X", "States": {"X": DONE}}
    state = {"Type": "Parallel", "Branches": [branch], "End": True}

    machine = parse(json.dumps({"StartAt": "P", "QueryLanguage": "JSONata", "States": {"P": state}}))

    parallel = machine.states["P"]
    assert isinstance(parallel, Parallel)
    assert parallel.branches[0].states["X"].query_language is QueryLanguage.JSONATA


def test_an_old_map_is_read_like_a_new_one() -> None:
    processor: JSON = {"StartAt": "X", "States": {"X": DONE}}

    state = parse_state("M", {"Type": "Map", "Iterator": processor, "Parameters": {"a": 1}})

    assert isinstance(state, Map)
    assert (state.mode, state.item_selector, list(state.item_processor.states)) == ("INLINE", {"a": 1}, ["X"])


def test_a_retrier_has_the_defaults_of_the_states_language() -> None:
    state = parse_state("T", {"Type": "Task", "Resource": "arn", "Retry": [{"ErrorEquals": ["A"], "BackoffRate": 3}]})

    assert isinstance(state, Task)
    assert state.retry == (Retrier(error_equals=("A",), backoff_rate=3.0),)


def test_rules_nest() -> None:
    leaf: JSON = {"Variable": "$.x", "IsNull": True}
    rule: JSON = {"And": [{"Or": [leaf]}, {"Not": leaf}], "Next": "A"}

    state = parse_state("C", {"Type": "Choice", "Choices": [rule]})

    comparison = Comparison(variable="$.x", operator="IsNull", operand=True)
    assert isinstance(state, Choice)
    assert state.choices[0].condition == And((Or((comparison,)), Not(comparison)))
