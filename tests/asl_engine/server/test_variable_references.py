"""Which variables a definition's states read."""

import json
from typing import Any

import pytest

from asl_engine.server.variable_references import variable_references


@pytest.mark.parametrize(
    ("state", "names"),
    [
        ({"InputPath": "$b", "OutputPath": "$a.x[0]"}, ["a", "b"]),
        ({"Parameters": {"x.$": "$.y", "c.$": "$$.Execution.Id", "plain": "$no"}, "Result": "$no"}, []),
        ({"Parameters": {"deep": [{"x.$": "States.Format('$no {}', $yes, $.no, $$.no)"}]}}, ["yes"]),
        ({"Choices": [{"Variable": "$guess", "StringEqualsPath": "$answer"}], "Assign": {"n.$": "$old"}},
         ["answer", "guess", "old"]),
        ({"Output": "{% $sum($list) + $states.input.x + $one %}", "Comment": "$no"}, ["list", "one"]),
        ({"Output": "{% ($local := 1; $map($items, function($v, $i) { $v + $local + '$no' })) %}"}, ["items"]),
    ],
)  # fmt: skip
def test_a_state_reads_variables(state: dict[str, Any], names: list[str]) -> None:
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", **state}}})
    assert variable_references(definition) == ({"A": names} if names else {})


@pytest.mark.parametrize("nested", ["ItemProcessor", "Iterator", "Branches"])
def test_nested_states_stand_under_their_own_names(nested: str) -> None:
    inner: Any = {"StartAt": "In", "States": {"In": {"Type": "Pass", "InputPath": "$inner"}}}
    outer = {"Type": "Map", "ItemsPath": "$outer", nested: [inner] if nested == "Branches" else inner}
    definition = json.dumps({"StartAt": "Out", "States": {"Out": outer}})
    assert variable_references(definition) == {"Out": ["outer"], "In": ["inner"]}
