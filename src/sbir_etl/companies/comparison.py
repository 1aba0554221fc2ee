"""Names against names: which share a rare gram, which of those are roughly alike, and how alike word for word."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from sbir_etl.companies.grams import pairs_that_share
from sbir_etl.companies.match_settings import MatchSettings
from sbir_etl.companies.similarity import similarity

# On rapidfuzz's scale to 100, of the names as they are or with their words sorted (a slip in a first letter upsets the
# sorting, words in another order the names as they are). No pair similar enough to be a candidate was seen below.
_ROUGHLY_ALIKE: Final = 70

Texts = NDArray[Any]
# Spelled out, with their marks.
Names = Mapping[str, int]


def alike(open_names: Names, listed_names: Names, settings: MatchSettings) -> Iterator[tuple[str, str, float]]:
    """The open and the listed names of one state that are alike, with their scores, but for those that share a mark.

    Neither side is empty.
    """
    left, right = _texts(open_names), _texts(listed_names)
    left_sorted, right_sorted = _texts(map(_sorted_words, left)), _texts(map(_sorted_words, right))
    left_marks, right_marks = np.array([*open_names.values()]), np.array([*listed_names.values()])
    limits = {"rarest_grams": settings.rarest_grams, "most_sharing": settings.most_sharing}
    for places in pairs_that_share([*open_names], [*listed_names], **limits):
        one, other = np.stack(places)[:, left_marks[places[0]] & right_marks[places[1]] == 0]
        likely = _roughly_alike(left[one], right[other]) | _roughly_alike(left_sorted[one], right_sorted[other])
        for words, other_words in zip(left[one[likely]], right[other[likely]], strict=True):
            score = similarity(words, other_words)
            if score >= settings.candidate:
                yield words, other_words, score


def _texts(names: Iterable[str]) -> Texts:
    return np.array([*names], dtype=object)


def _sorted_words(name: str) -> str:
    return " ".join(sorted(name.split()))


def _roughly_alike(left: Texts, right: Texts) -> NDArray[np.bool_]:
    scores = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=_ROUGHLY_ALIKE)
    return np.asarray(scores > 0)
