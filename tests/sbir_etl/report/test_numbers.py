"""Numbers as people read them."""

import doctest

import pytest

from sbir_etl.report import charts, numbers, text


def test_the_examples_in_the_docstrings_hold() -> None:
    for module in (numbers, text, charts):
        assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0"),
        ("0.40", "$0"),
        ("999", "$999"),
        ("999.99", "$1.00 k"),
        ("149998.50", "$150 k"),
        ("999499", "$999 k"),
        ("999500", "$1.00 M"),
        ("9994999999.99", "$9.99 B"),
        ("82159000000.00", "$82.2 B"),
        ("1500000000000", "$1,500 B"),
        ("-2500000", "-$2.50 M"),
    ],
)
def test_dollars_have_three_figures_and_never_a_thousand_of_a_unit(amount: str, words: str) -> None:
    assert numbers.dollars(amount) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (1.0, "100 %"), (0.9999, "> 99.9 %"), (0.9994, "99.9 %"), (1e-9, "< 0.1 %"), (None, "–")],
)
def test_a_share_is_only_called_all_or_nothing_when_it_is(share: float | None, words: str) -> None:
    assert numbers.percent(share) == words


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0 B"), (999, "999 B"), (211_004, "211 kB"), (4_300_000_000, "4.30 GB")]
)
def test_sizes_have_units(value: int, words: str) -> None:
    assert numbers.size(value) == words


def test_a_missing_count_is_a_dash() -> None:
    assert numbers.count(None) == "–"


def test_a_share_of_nothing_is_nothing() -> None:
    assert numbers.share_of(1, 0) == 0


def test_two_long_texts_are_shown_where_they_part() -> None:
    shared = "The proposed work continues as described. " * 20

    assert text.apart(f"{shared}It ends in May.", f"{shared}It ends in June.", 60) == (
        "…It ends in May.",
        "…It ends in June.",
    )
    assert text.apart("x" * 300, "x" * 299 + "y", 20) == ("…xxxxxx", "…xxxxxy")
    assert text.apart("short", "", 60) == ("short", "")
    assert text.apart("same " * 50, "same " * 50, 9) == ("same sam…", "same sam…")
