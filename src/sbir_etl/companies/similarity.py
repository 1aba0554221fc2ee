"""How alike two normalised names are, seen from both sides: a name within a longer one is not the same name."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import OSA

# Below this, two words are two words and not one misspelt: a slip in a word of three letters makes another word.
SAME_WORD: Final = 0.75
# What a pair can reach at most of whose words some have no counterpart.
_INCOMPLETE: Final = 0.8
_ABBREVIATIONS: Final = {
    "tech": "technologies", "techs": "technologies", "technology": "technologies", "sys": "systems",
    "system": "systems", "lab": "laboratories", "labs": "laboratories", "laboratory": "laboratories",
    "intl": "international", "assoc": "associates", "engr": "engineering", "eng": "engineering",
    "mfg": "manufacturing", "natl": "national", "sci": "sciences", "science": "sciences", "dev": "development",
    "grp": "group", "svcs": "services", "univ": "university", "amer": "american", "mgmt": "management",
    "solution": "solutions",
}  # fmt: skip


def spelled_out(name: str) -> str:
    """`name` with the usual abbreviations and singulars of business names in one form."""
    return " ".join([_ABBREVIATIONS.get(word, word) for word in name.split()])


def similarity(left: str, right: str) -> float:
    """Between 0 and 1: how much of either name is found in the other, word for word, in any order.

    The smaller share counts, and no more than the worst word's likeness. Numbers must agree: "Station 4" is not
    "Station 5".

    >>> similarity("physical sciences", "sciences physcal")
    0.875
    >>> similarity("triton systems", "triton") < 0.5
    True
    """
    left_letters, right_letters = left.replace(" ", ""), right.replace(" ", "")
    if left_letters == right_letters:
        return 1.0  # "Blue Heron Optics" and "Blueheron Optics"
    left_words, right_words = left.split(), right.split()
    only_words = left_letters.isalpha() and right_letters.isalpha()
    if not only_words and _numbers(left_words) != _numbers(right_words):
        return 0.0
    pairs = _pairs(left_words, right_words)
    if not pairs:
        return 0.0
    found_left = sum(len(word) * likeness for word, _, likeness in pairs) / sum(map(len, left_words))
    found_right = sum(len(word) * likeness for _, word, likeness in pairs) / sum(map(len, right_words))
    complete = len(pairs) == len(left_words) == len(right_words)
    most = min(likeness for *_, likeness in pairs) if complete else _INCOMPLETE
    return min(found_left, found_right, most)


def _numbers(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if not word.isalpha())


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str, float]]:
    """Words of `left` with their counterparts in `right` and the likeness of both; every word is used once."""
    free = list(right)
    pairs = []
    inexact = []
    for word in left:
        if word in free:
            free.remove(word)
            pairs.append((word, word, 1.0))
        else:
            inexact.append(word)
    for word in inexact:
        likeness, other = max(((_likeness(word, other), other) for other in free), default=(0.0, ""))
        if likeness:
            free.remove(other)
            pairs.append((word, other, likeness))
    return pairs


def _likeness(word: str, other: str) -> float:
    return float(OSA.normalized_similarity(word, other, score_cutoff=SAME_WORD))
