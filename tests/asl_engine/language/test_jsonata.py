"""JSONata where cases cannot reach: its limits, its laziness, its stream of chance."""

import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from asl_engine.language.dataflow import leave
from asl_engine.language.jsonata import evaluate
from asl_engine.language.jsonata_bindings import Bindings, JsonataFailed
from asl_engine.language.parse import parse_state
from asl_engine.language.paths import read
from asl_engine.language.values import ABSENT, JSON, Absent, Entropy, Scope, StateFailed, TookTooLong

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def bindings(most_steps: int = 1_000_000, **variables: JSON) -> Bindings:
    return Bindings(variables=variables, entropy=Entropy("seed"), now=lambda: NOW, most_steps=most_steps)


def test_an_endless_loop_ends() -> None:
    with pytest.raises(JsonataFailed, match="more than 500 steps"):
        evaluate("($f := function($n){$f($n)}; $f(1))", bindings(most_steps=500))


def test_infinity_is_no_json() -> None:
    with pytest.raises(JsonataFailed, match="D1001: Number out of range: inf"):
        evaluate("[$x]", bindings(x=float("inf")))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("$string($x)", '{"ü":[1,1e-7,true,null,{},[]]}'),
        ("$string([1,{'a':[]}], true)", '[\n  1,\n  {\n    "a": []\n  }\n]'),
        ("'a' & $x.ü[0] & $nope & null & 1.50 & true", "a1null1.5true"),
        (
            "[$string(1e20), $string(1.5e21), $string(-0.5), $string(0.1 + 0.2)]",
            ["1" + "0" * 20, "1.5e+21", "-0.5", "0.3"],
        ),
        ("[1, 2].$string()", ["1", "2"]),
        ("[$string(function(){1}), $string({'f': function(){1}})]", ["", '{"f":""}']),
        ("[$string('s'), $string(null)]", ["s", "null"]),
        ("$string($nope)", ABSENT),
        ("['12', '-1.5', '2e3', '0x1F', '0b11', '0o17', true].$number()", [12, -1.5, 2000, 31, 3, 15, 1]),
        ("$number($nope)", ABSENT),
        ("$toMillis('2017')", 1483228800000),
        ("$toMillis('2017-05')", 1493596800000),
        ("$toMillis('2017-05-15T15:12:59.152Z')", 1494861179152),
        ("$toMillis('2017-05-15T15:12:59.152+0100')", 1494857579152),
        ("$toMillis('1984', '[Y0001]')", 441763200000),
        ("$toMillis($nope)", ABSENT),
        (r"$length('\uD83D\uDE00')", 1),
        (r"'\\uD83D\\uDE00'", r"\uD83D\uDE00"),
    ],
)
def test_texts_are_those_of_the_reference(expression: str, value: JSON | Absent) -> None:
    assert evaluate(expression, bindings(x={"ü": [1.0, 1e-7, True, None, {}, []]})) == value


@pytest.mark.parametrize(
    ("expression", "error"),
    [
        ("$number('1_0')", 'D3030: Unable to cast value to a number: "1_0"'),
        ("$toMillis('x')", "D3110: The argument of the toMillis function must be an ISO 8601 formatted timestamp"),
        ("$toMillis('2017-13-01')", 'formatted timestamp. Given "2017-13-01"'),
    ],
)
def test_errors_are_those_of_the_reference(expression: str, error: str) -> None:
    with pytest.raises(JsonataFailed, match=re.escape(error)):
        evaluate(expression, bindings())


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(JsonataFailed, match="T1006: Attempted to invoke a non-function"):
        evaluate("$nope()", bindings())
    assert capsys.readouterr().out == ""


def test_the_same_seed_draws_the_same() -> None:
    expression = "[$random(), $uuid(), $shuffle([1..9])]"

    assert evaluate(expression, bindings()) == evaluate(expression, bindings())


def test_a_reference_is_answered_without_copying() -> None:
    large: JSON = {"rows": [{"a": 1}]}

    assert evaluate("$states.input.rows", bindings(states={"input": large})) is large["rows"]  # type: ignore[index, call-overload]


def test_what_an_expression_sees_is_not_changed() -> None:
    given: JSON = {"a": [None, {"b": None}]}

    assert evaluate("$merge([$states.input, {'c': null}])", bindings(states={"input": given})) == {
        "a": [None, {"b": None}],
        "c": None,
    }
    assert given == {"a": [None, {"b": None}]}


def test_now_is_the_scope_s_moment() -> None:
    state = parse_state("P", {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $now() %}", "End": True})
    scope = Scope(input={}, context={"State": {"EnteredTime": "2020-01-01T00:00:00Z"}}, variables={}, now=NOW)

    assert leave(state, scope).output == "2026-01-01T00:00:00.000Z"


def test_now_without_any_moment_is_the_epoch() -> None:
    state = parse_state("P", {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $millis() %}", "End": True})

    assert leave(state, Scope(input={}, context={}, variables={})).output == 0


def test_the_library_is_not_loaded_until_an_expression_needs_it() -> None:
    program = (
        "import sys\n"
        "from asl_engine.language import dataflow, parse, validate\n"
        'text = \'{"StartAt": "A", "States": {"A": {"Type": "Pass", "End": true}}}\'\n'
        "parse.load(text)\n"
        "sys.exit('jsonata' in sys.modules)\n"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(
    "expression",
    [
        *("$pad('x', 1000000000)", "$pad('x', -1000000000)", "($f := function($t) { $f($t & $t) }; $f('texttext'))"),
        *("$replace($text, 'a', $text)", "$replace($text, /a/, $text)", "$join([1..999].$text, $text)"),
        "($f := function($a) { $f($append($a, $a)) }; $f([1..99]))",
    ],
)
def test_texts_and_arrays_do_not_grow_without_end(expression: str) -> None:
    with pytest.raises(JsonataFailed, match="Texts and arrays grow beyond"):
        evaluate(expression, bindings(text="a" * 200_000))


@pytest.mark.parametrize(
    ("expression", "made"),
    [
        ("$replace('abab', 'a', 'c', 1)", "cbab"),
        ("$replace($text, 'b', $text) = $text", True),
        ("$replace('a1', /([a-z])(\\d)/, '$2$1')", "1a"),
        ("$replace('aa', /a/, function($m) { 'b' })", "bb"),
        ("$join(['a', 'b'], '-') & $join(['c'])", "a-bc"),
        ("$join($nothing)", ABSENT),
        ("$append(1, [2])", [1, 2]),
    ],
)
def test_what_grows_moderately_is_made(expression: str, made: JSON | Absent) -> None:
    assert evaluate(expression, bindings(text="a" * 200_000)) == made


class NoTime:
    """A limit that is up before anything has begun."""

    def __enter__(self) -> None:
        raise TookTooLong

    def __exit__(self, *_: object) -> None: ...


def test_an_evaluation_that_takes_too_long_fails_its_state() -> None:
    with pytest.raises(JsonataFailed, match="takes too long"):
        evaluate("1 + 1", Bindings(variables={}, entropy=Entropy(), now=lambda: NOW, limit=NoTime()))
    scope = Scope(input={"a": 1}, context={}, variables={}, limit=NoTime())
    assert read("$.a", scope, scope.input) == 1
    with pytest.raises(StateFailed, match=re.escape("Invalid path '$..a' : The search takes too long")):
        read("$..a", scope, scope.input)


def test_an_evaluation_without_memory_fails_its_state() -> None:
    def exhausted() -> datetime:
        raise MemoryError

    with pytest.raises(JsonataFailed, match="too much memory"):
        evaluate("$now()", Bindings(variables={}, entropy=Entropy(), now=exhausted))


def test_padding_works_on_context_and_arguments() -> None:
    assert evaluate("$t.a.$pad(3, '-') & $pad('y', -2)", bindings(t={"a": "x"})) == "x-- y"
