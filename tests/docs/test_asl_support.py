"""The page on what the engine supports, held against the tables the engine works by."""

import re
from pathlib import Path

from asl_engine.integrations import optimised
from asl_engine.language.conditions import OPERATORS
from asl_engine.language.intrinsic_functions import FUNCTIONS
from asl_engine.language.rules.states import FIELDS
from asl_engine.server.actions import ACTIONS

PAGE = (Path(__file__).parents[2] / "docs/asl-support.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def names(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def test_every_field_of_every_state_is_listed_and_no_other() -> None:
    rows = dict(re.findall(r"^\| (\w+) \| (`.*) \|$", section("States and their fields"), re.MULTILINE))
    assert {state: names(fields) for state, fields in rows.items()} == {
        state: set(fields) for state, fields in FIELDS.items()
    }


def test_every_choice_operator_is_listed_and_no_other() -> None:
    assert names(section("Choice operators")) == set(OPERATORS) | {"And", "Or", "Not", "Condition"}


def test_every_intrinsic_function_is_listed_and_no_other() -> None:
    listed = {name for name in names(section("Intrinsic functions")) if name.startswith("States.")}
    assert listed == set(FUNCTIONS)


def test_every_optimised_action_is_listed() -> None:
    rows = dict(re.findall(r"^\| ([\w-]+) \| (`.*) \|$", section("Integrations"), re.MULTILINE))
    assert set(rows) == set(optimised.SERVICES) | {"lambda", "states", "apigateway", "http"}
    for service, described in optimised.SERVICES.items():
        assert names(rows[service]) == set(described.actions), service


def test_every_operation_is_listed_and_no_other() -> None:
    listed = section("Operations").split(":\n")[1].split("\nboto3")[0]
    assert names(listed) == set(ACTIONS)
    assert f"All {len(ACTIONS)} " in section("Operations")
