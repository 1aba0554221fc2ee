from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sbir_etl.companies.grams import pairs_that_share

NAMES = st.lists(st.text("abc é中", min_size=1, max_size=9).filter(str.strip), min_size=1, max_size=8, unique=True)


def grams(name: str) -> set[str]:
    letters = name.replace(" ", "")
    pieces = {letters[place : place + 4] for place in range(max(len(letters) - 3, 1))}
    return pieces | {f"{letters[:2]}~{letters[-2:]}"}


def of_like_length(one: str, other: str) -> bool:
    shorter, longer = sorted(len(name.replace(" ", "")) for name in (one, other))
    return 10 * shorter >= 7 * longer


def pairs_one_by_one(open_names: list[str], listed_names: list[str], rarest: int, most: int) -> set[tuple[int, int]]:
    sharing = Counter(gram for name in listed_names for gram in grams(name))
    pairs = set()
    for one, name in enumerate(open_names):
        rare = sorted((sharing[gram], gram) for gram in grams(name) if 0 < sharing[gram] <= most)[:rarest]
        looked_up = {gram for _, gram in rare}
        pairs |= {
            (one, other)
            for other, listed in enumerate(listed_names)
            if looked_up & grams(listed) and of_like_length(name, listed)
        }
    return pairs


@given(NAMES, NAMES, st.integers(1, 4), st.integers(1, 4))
def test_pairs_are_those_that_a_look_at_every_name_finds(
    open_names: list[str], listed_names: list[str], rarest: int, most: int
) -> None:
    found = [
        (int(one), int(other))
        for places in pairs_that_share(open_names, listed_names, rarest_grams=rarest, most_sharing=most)
        for one, other in zip(*places, strict=True)
    ]
    assert sorted(found) == sorted(pairs_one_by_one(open_names, listed_names, rarest, most))
