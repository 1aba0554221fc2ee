"""The cases of `tests/cases/executions`: a definition, what its tasks answer, and the history it must leave."""

import json
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[2] / "cases" / "executions"


def cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['name']}")
        for path in sorted(CASES.glob("*.json"))
        for case in json.loads(path.read_text())
    ]


def play(make_world: Any, case: Any) -> Any:
    given = json.dumps(case.get("input", {}))
    return make_world(case["definition"], given, case.get("tasks", {}), redrives=case.get("redrives", 0)).run()


@pytest.mark.parametrize("case", cases())
def test_the_history_is_the_one_the_case_says(make_world: Any, case: Any) -> None:
    world = play(make_world, case)
    assert {key: world.end().get(key) for key in case["end"]} == case["end"]
    if "history" in case:
        assert world.shown() == case["history"]


@pytest.mark.parametrize("case", cases())
def test_the_history_is_the_same_after_a_cut_behind_any_event(make_world: Any, case: Any) -> None:
    whole = play(make_world, case)
    for keep in range(1, len(whole.journal)):
        again = whole.restart(keep).run()
        assert again.journal == whole.journal
