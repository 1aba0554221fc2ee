"""Which regular expressions JSONata may use."""

import pytest

from asl_engine.language.jsonata_library import JsonataSyntaxError, compile_expression


@pytest.mark.parametrize(
    "pattern", ["a+", "(ab)+c*", r"^(\d+,)*\d+$", "(a{2}b*)+", "((a|b)c)*", "(a*){2}", "x(?=y)", "(?:a|b+c)d", "(a?b)+"]
)
def test_patterns_that_end_are_compiled(pattern: str) -> None:
    compile_expression(f"$match('a', /{pattern}/)")


@pytest.mark.parametrize(
    "pattern", ["(a+)+", r"(\w+\s?)+", "(x+x+)+y", "((a*)*)", "(a+|b)+", "b(?:(a+?)*)c", "x|(a+)+", "((a+)+b)+"]
)
def test_patterns_that_may_take_for_ever_are_refused(pattern: str) -> None:
    with pytest.raises(JsonataSyntaxError, match="can take for ever"):
        compile_expression(f"$match('a', /{pattern}/)")
