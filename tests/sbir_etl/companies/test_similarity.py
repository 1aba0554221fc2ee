import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbir_etl.companies.similarity import similarity, spelled_out

NAMES = st.lists(st.text("abc1", min_size=1, max_size=8), min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("physical sciences", "physcal sciences"),
        ("physical sciences", "physical sceinces"),
        ("physical sciences", "sciences physical"),
        ("blue heron optics", "blueheron optics"),
    ],
)
def test_slips_order_and_blanks_hardly_matter(left: str, right: str) -> None:
    assert similarity(left, right) >= 0.85


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("triton systems", "triton"),
        ("physical sciences", "physical sciences optical"),
        ("advanced photonic integrated circuits", "advanced photonic integrated circuits group"),
        ("delta delta", "delta"),
        ("station 4 labs", "station 5 labs"),
        ("amber agriculture", "alder agriculture"),
        ("ibx", "ibm"),
        ("optics", "robotics"),
    ],
)
def test_a_part_of_a_name_or_another_word_is_never_enough(left: str, right: str) -> None:
    assert similarity(left, right) < 0.85


def test_abbreviations_are_spelled_out() -> None:
    assert spelled_out("acme intl tech") == spelled_out("acme international technology")


@given(NAMES, NAMES)
def test_it_is_a_share_and_a_name_is_wholly_like_itself(left: str, right: str) -> None:
    assert 0 <= similarity(left, right) <= 1
    assert similarity(left, left) == 1
