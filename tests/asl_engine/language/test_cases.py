"""Runs the behaviour cases in tests/cases/language, one file per subject."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from asl_engine.language import conditions, dataflow, intrinsics, parse, paths, retries, templates
from asl_engine.language.definition import Catcher, ChoiceRule, Condition, State
from asl_engine.language.errors import Diagnostic
from asl_engine.language.intrinsics import IntrinsicSyntaxError
from asl_engine.language.path_syntax import PathSyntaxError
from asl_engine.language.validate import diagnose
from asl_engine.language.values import ABSENT, Entropy, EvaluationFailure, Failure, Scope, StateFailed

Case = Mapping[str, Any]

CASES: Final = Path(__file__).parents[2] / "cases" / "language"
NEW_YEAR: Final = datetime(2026, 1, 1, tzinfo=UTC)


def cases(name: str) -> pytest.MarkDecorator:
    """The cases of a file as parameters named after them."""
    found = json.loads((CASES / name).read_text())
    return pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in found])


def scope_of(case: Case) -> Scope:
    return Scope(
        input=case["input"],
        context=case.get("context", {}),
        variables=case.get("variables", {}),
        error_output=case.get("error_output", ABSENT),
        entropy=Entropy("a seed"),
    )


def check(case: Case, expected: Any, evaluate: Callable[[], object]) -> None:
    """The evaluation gives what the case says, or fails as it says."""
    if "fails" not in case:
        value = evaluate()
        assert value == expected
        assert json.dumps(value, default=str) == json.dumps(expected, default=str)  # 1, 1.0 and true differ
        return
    with pytest.raises(StateFailed) as failed:
        evaluate()
    assert described(failed.value.failure) == case["fails"]


def described(failure: Failure) -> dict[str, object]:
    described: dict[str, object] = {"error": failure.error, "cause": failure.cause}
    return described | ({"location": failure.location} if isinstance(failure, EvaluationFailure) else {})


@cases("paths.json")
def test_paths(case: Case) -> None:
    if case.get("syntax_error"):
        with pytest.raises(PathSyntaxError):
            paths.compile_path(case["read"])
    elif "write" in case:
        before = json.dumps(case["onto"])
        check(case, case.get("value"), lambda: paths.write(case["write"], case["onto"], case["put"]))
        assert json.dumps(case["onto"]) == before
    else:
        check(case, case.get("value"), lambda: paths.required(case["read"], scope_of(case), case["input"]))


@cases("templates.json")
def test_templates(case: Case) -> None:
    if "call" not in case:
        check(case, case.get("value"), lambda: templates.fill(case["template"], scope_of(case), case["input"]))
    elif case["syntax_error"]:
        with pytest.raises(IntrinsicSyntaxError):
            intrinsics.parse_call(case["call"])
    else:
        assert intrinsics.parse_call(case["call"]).text == case["call"]


@cases("choices.json")
def test_choice_rules(case: Case) -> None:
    rule = _rule(case["rule"])
    check(case, case.get("holds"), lambda: conditions.holds(rule, scope_of(case), case["input"]))


def _rule(fields: Mapping[str, Any]) -> Condition:
    state: Any = parse.parse_state("C", {"Type": "Choice", "Choices": [{**fields, "Next": "N"}]})
    rule: ChoiceRule = state.choices[0]
    assert not isinstance(rule.condition, str | bool)
    return rule.condition


@cases("retries.json")
def test_retries(case: Case) -> None:
    if "error_equals" in case:
        catcher = Catcher(error_equals=tuple(case["error_equals"]), next="N")
        assert retries.next_catcher([catcher], Failure(case["error"])) == (catcher if case["covers"] else None)
        return
    state: Any = parse.parse_state("T", {"Type": "Task", "Resource": "arn", "Retry": case["retry"]})
    retry = retries.next_retry(state.retry, Failure(case["error"]), case["attempts"], case["jitter"])
    given = retry and {"retrier": retry.retrier, "delay_seconds": retry.delay_seconds}
    assert given == case["gives"]


@cases("jsonpath_states.json")
def test_jsonpath_states(case: Case) -> None:
    check(case, case.get("gives"), lambda: DO[case["do"]](_state(case), scope_of(case), case))


@cases("jsonata_states.json")
def test_jsonata_states(case: Case) -> None:
    check(case, case.get("gives"), lambda: DO[case["do"]](_state(case), scope_of(case), case))


def _state(case: Case) -> State:
    return parse.parse_state("S", case["state"])


def _exit(exit_: dataflow.Exit) -> dict[str, object]:
    return {"output": exit_.output, "assigned": dict(exit_.assigned)}


def _chosen(chosen: dataflow.Chosen) -> dict[str, object]:
    return {"next": chosen.next, **_exit(chosen.exit)}


def _failure(failure: Failure) -> dict[str, object]:
    return {"error": failure.error, "cause": failure.cause}


def _tolerance(tolerance: dataflow.Tolerance) -> dict[str, object]:
    return {"count": tolerance.count, "percentage": tolerance.percentage}


DO: Final[Mapping[str, Callable[[Any, Scope, Case], object]]] = {
    "arguments": lambda state, scope, _: dataflow.arguments(state, scope),
    "leave": lambda state, scope, case: _exit(dataflow.leave(state, scope, case.get("result", ABSENT))),
    "caught": lambda state, scope, case: _exit(dataflow.caught(state.catch[case["catcher"]], state, scope)),
    "choose": lambda state, scope, _: _chosen(dataflow.choose(state, scope)),
    "wait": lambda state, scope, _: dataflow.wait_until(state, scope, NEW_YEAR).isoformat(),
    "fail": lambda state, scope, _: _failure(dataflow.fail(state, scope)),
    "timeout": lambda state, scope, _: dataflow.timeout_seconds(state, scope),
    "heartbeat": lambda state, scope, _: dataflow.heartbeat_seconds(state, scope),
    "credentials": lambda state, scope, _: repr_absent(dataflow.credentials(state, scope)),
    "items": lambda state, scope, _: dataflow.map_items(state, scope),
    "plan": lambda state, scope, _: dataflow.map_plan(state, scope),
    "item": lambda state, scope, _: dataflow.item_input(state, scope),
    "concurrency": lambda state, scope, _: dataflow.max_concurrency(state, scope),
    "tolerance": lambda state, scope, _: _tolerance(dataflow.tolerance(state, scope)),
}


def repr_absent(value: object) -> object:
    return repr(value) if value is ABSENT else value


@cases("definitions.json")
def test_definitions(case: Case) -> None:
    text = case["text"] if "text" in case else json.dumps(case["definition"])
    options = {name: case[name] for name in ("express",) if name in case}
    if "known_resources" in case:
        options["is_known_resource"] = case["known_resources"].__contains__
    if "known_parameters" in case:
        known = case["known_parameters"]
        options["parameter_problems"] = lambda _, given: [f"wrong: {name}" for name in given if name not in known]
    assert list(map(written, diagnose(text, **options))) == case["problems"]


def written(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.severity} {diagnostic}"
