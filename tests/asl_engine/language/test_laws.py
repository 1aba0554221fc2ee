"""Laws that hold for every path, template and stream of chance."""

import json

from hypothesis import given
from hypothesis import strategies as st

from asl_engine.language.errors import Diagnostic
from asl_engine.language.intrinsic_functions import FUNCTIONS
from asl_engine.language.path_filters import same
from asl_engine.language.path_syntax import PathSyntaxError
from asl_engine.language.paths import compile_path, read, write
from asl_engine.language.renderings import java_text, json_text
from asl_engine.language.templates import fill
from asl_engine.language.validate import diagnose
from asl_engine.language.values import ABSENT, JSON, Entropy, Scope

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES: st.SearchStrategy[JSON] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)
KEYS = st.lists(st.text(max_size=5) | st.integers(min_value=0, max_value=3), max_size=4)
PLAIN_TEMPLATES: st.SearchStrategy[JSON] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=5).filter(lambda key: not key.endswith(".$")), inner, max_size=4)
    ),
    max_leaves=20,
)


def scope_of(value: JSON) -> Scope:
    return Scope(input=value, context={"held": value}, variables={"held": value})


def written(keys: list[str | int]) -> str:
    """The path along keys in bracket notation."""
    escaped = (key.replace("\\", "\\\\").replace("'", "\\'") if isinstance(key, str) else key for key in keys)
    return "$" + "".join(f"['{key}']" if isinstance(key, str) else f"[{key}]" for key in escaped)


@given(VALUES, KEYS)
def test_a_definite_path_finds_what_walking_finds(value: JSON, keys: list[str | int]) -> None:
    found = compile_path(written(keys)).find(value)

    assert found is walked(value, keys) or found == walked(value, keys)


def walked(value: JSON, keys: list[str | int]) -> object:
    for key in keys:
        if isinstance(key, str):
            if not isinstance(value, dict) or key not in value:
                return ABSENT
            value = value[key]
        else:
            if not isinstance(value, list) or key >= len(value):
                return ABSENT
            value = value[key]
    return value


@given(VALUES, st.lists(st.text(max_size=5), max_size=4), VALUES)
def test_what_is_written_is_read_and_the_original_stays(held: JSON, names: list[str], value: JSON) -> None:
    original: JSON = {"held": held}
    path, before = written(["new", *names]), json.dumps(original)

    changed = write(path, original, value)

    assert read(path, scope_of(None), changed) == value
    assert read("$.held", scope_of(None), changed) == held
    assert json.dumps(original) == before


@given(VALUES)
def test_everything_below_is_found_once(value: JSON) -> None:
    found = compile_path("$..*").find(value)

    assert isinstance(found, list)
    assert len(found) == count(value) - 1


def count(value: JSON) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(count, children))


@given(VALUES)
def test_input_context_and_variables_are_read_alike(value: JSON) -> None:
    scope = scope_of(value)

    assert read("$", scope, value) == read("$$.held", scope, None) == read("$held", scope, None) == value


@given(PLAIN_TEMPLATES)
def test_a_template_without_dynamic_keys_is_itself(template: JSON) -> None:
    assert fill(template, scope_of(None), None) == template


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_a_template_of_paths_rebuilds_the_input(value: dict[str, JSON]) -> None:
    template: JSON = {f"{name}.$": written([name]) for name in value}

    assert fill(template, scope_of(value), value) == value


@given(st.text())
def test_any_text_is_a_path_or_none(text: str) -> None:
    try:
        compiled = compile_path("$" + text)
    except PathSyntaxError:
        return
    compiled.find({"a": [1]})


@given(VALUES, VALUES)
def test_equality_is_that_of_json(left: JSON, right: JSON) -> None:
    assert same(left, left)
    assert same(left, right) == same(right, left)
    if json_text(left) == json_text(right):
        assert same(left, right)


@given(VALUES)
def test_json_text_is_json(value: JSON) -> None:
    assert json.loads(json_text(value)) == value
    assert isinstance(java_text(value), str)


@given(st.text(), st.integers(min_value=1, max_value=5))
def test_a_stream_of_chance_is_its_seed_s(seed: str, length: int) -> None:
    first, second = Entropy(seed), Entropy(seed)

    assert [first.draw() for _ in range(length)] == [second.draw() for _ in range(length)]
    assert 0 <= first.fraction() < 1
    assert first.uuid() != first.uuid()


@given(st.lists(VALUES, max_size=4), st.sampled_from(sorted(FUNCTIONS)))
def test_an_intrinsic_function_gives_json_or_says_why_not(arguments: list[JSON], name: str) -> None:
    template: JSON = {"v.$": f"{name}({', '.join(f'$[{index}]' for index in range(len(arguments)))})"}
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Parameters": template, "End": True}}}

    diagnostics = diagnose(json.dumps(definition))

    takes = FUNCTIONS[name].fewest <= len(arguments) <= FUNCTIONS[name].most
    assert (not diagnostics) == takes


@given(VALUES)
def test_any_json_is_diagnosed(value: JSON) -> None:
    assert all(isinstance(diagnostic, Diagnostic) for diagnostic in diagnose(json.dumps(value)))


@given(VALUES, st.sampled_from(["Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map"]))
def test_any_state_is_diagnosed(value: JSON, kind: str) -> None:
    fields = {"Type": kind, "Next": value, "Choices": [value], "Branches": [value], "ItemProcessor": value}
    more = {"Retry": [value], "Catch": [value], "Assign": value, "Parameters": value, "InputPath": value}
    states = {"A": {**fields, **more}, "B": value}

    assert diagnose(json.dumps({"StartAt": "A", "States": states}))


def test_absent_is_nothing() -> None:
    assert not ABSENT
    assert repr(ABSENT) == "ABSENT"
