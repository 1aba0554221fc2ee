"""Definitions from which the console's drawings are made."""

from typing import Any

PASS = {"Type": "Pass", "End": True}


def machine(**states: Any) -> dict[str, Any]:
    """A definition, or a part of one, that starts at its first state."""
    return {"StartAt": next(iter(states)), "States": states}


LOOP = machine(
    Count={"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough"},
    Enough={
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericLessThan": 3, "Next": "Count"}],
        "Default": "Done",
    },
    Done={"Type": "Succeed"},
)
