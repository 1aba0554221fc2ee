from collections.abc import Sequence
from itertools import product

import pytest

from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.firms import draw_firm
from sbir_etl.companies.comparison import alike
from sbir_etl.companies.match_settings import DEFAULTS, MatchSettings
from sbir_etl.companies.names import normalized_name
from sbir_etl.companies.similarity import similarity, spelled_out


def scores(
    open_names: Sequence[str], listed_names: Sequence[str], settings: MatchSettings = DEFAULTS
) -> dict[tuple[str, str], float]:
    """The likely pairs (open name, listed name) and their scores; no name has a mark."""
    unmarked = [dict.fromkeys(map(spelled_out, names), 0) for names in (open_names, listed_names)]
    return {(one, other): score for one, other, score in alike(unmarked[0], unmarked[1], settings)}


def test_a_misspelt_name_is_found() -> None:
    found = scores(["physcal sciences"], ["physical sciences", "optical devices"])
    assert found == {("physcal sciences", "physical sciences"): 0.875}


@pytest.mark.parametrize(
    ("one", "other"), [("zyx optics labs", "optics zyx lab"), ("a b", "ab"), ("harbor", "arbor"), ("monarch", "moarch")]
)
def test_other_orders_blanks_and_first_letters_are_found(one: str, other: str) -> None:
    assert scores([one], [other])


@pytest.mark.parametrize(("open_marks", "listed_marks", "compared"), [(1, 1, 0), (2, 3, 0), (1, 2, 1), (3, 0, 1)])
def test_names_that_share_a_mark_are_not_compared(open_marks: int, listed_marks: int, compared: int) -> None:
    found = alike({"physcal sciences": open_marks}, {"physical sciences": listed_marks}, DEFAULTS)
    assert len(list(found)) == compared


def test_a_gram_that_too_many_names_share_is_not_looked_up() -> None:
    listed = [f"aspen optics {word}" for word in ("east", "west", "ridge", "hill", "lake")]
    assert len(scores(["aspen optics north"], listed, MatchSettings(candidate=0.5, most_sharing=5))) == 5
    assert not scores(["aspen optics north"], listed, MatchSettings(candidate=0.5, most_sharing=4))


def test_only_the_rarest_grams_are_looked_up() -> None:
    listed = [f"aspen optics {word}" for word in ("norths", "ridge", "lake")]
    # "icsn" to "orth" are in one of them, "aspe" to "tics" in all
    found = [
        len(scores(["aspen optics north"], listed, MatchSettings(candidate=0.5, rarest_grams=grams)))
        for grams in (5, 6)
    ]
    assert found == [1, 3]


def test_names_that_would_be_accepted_are_found_as_if_all_had_been_compared() -> None:
    draws = Draws(5, "names")
    firms = [draw_firm(draws, number, most_awards=9) for number in range(3000)]
    listed = [normalized_name(firm.labels[0]) for firm in firms if firm.place.state == "CA"]
    misspelt = [name[:3] + name[4:] for name in listed[::2] if len(name) > 9]
    found = scores(misspelt, listed)
    accepted = {
        (one, other)
        for one, other in product(map(spelled_out, misspelt), map(spelled_out, listed))
        if similarity(one, other) >= DEFAULTS.accepted
    }
    assert len(accepted) > 50
    assert len(accepted & found.keys()) / len(accepted) >= 0.97
