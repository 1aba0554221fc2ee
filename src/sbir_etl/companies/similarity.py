"""How alike two normalised names are, seen from both sides: a name within a longer one is not the same name."""

from collections.abc import Sequence
from typing import Final

from rapidfuzz.distance import Levenshtein

# Below this, two words are different words and not one word misspelt.
_SAME_WORD: Final = 0.75
_ABBREVIATIONS: Final = {
    "tech": "technologies", "techs": "technologies", "technology": "technologies", "sys": "systems",
    "system": "systems", "lab": "laboratories", "labs": "laboratories", "laboratory": "laboratories",
    "intl": "international", "assoc": "associates", "engr": "engineering", "eng": "engineering",
    "mfg": "manufacturing", "natl": "national", "sci": "sciences", "science": "sciences", "dev": "development",
    "grp": "group", "svcs": "services", "univ": "university", "amer": "american", "mgmt": "management",
    "solution": "solutions",
}  # fmt: skip


def similarity(left: str, right: str) -> float:
    """Between 0 and 1; the smaller of how far each name's words are found in the other, in any order.

    Numbers must agree: "Station 4" is not "Station 5".

    >>> similarity("physical sciences", "physcal sciences") > 0.9
    True
    >>> similarity("triton systems", "triton") < 0.5
    True
    """
    left_words, right_words = _words(left), _words(right)
    if _numbers(left_words) != _numbers(right_words):
        return 0.0
    by_words = min(_coverage(left_words, right_words), _coverage(right_words, left_words))
    # "Blue Heron Optics" and "Blueheron Optics" differ in a space only.
    run_together = float(Levenshtein.normalized_similarity("".join(left_words), "".join(right_words), score_cutoff=0.9))
    return max(by_words, run_together)


def _words(name: str) -> list[str]:
    return [_ABBREVIATIONS.get(word, word) for word in name.split()]


def _numbers(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if any(letter.isdigit() for letter in word))


def _coverage(words: Sequence[str], others: Sequence[str]) -> float:
    total = sum(map(len, words))
    return sum(len(word) * _best(word, others) for word in words) / total if total else 0.0


def _best(word: str, others: Sequence[str]) -> float:
    if word in others:
        return 1.0
    return max(
        (float(Levenshtein.normalized_similarity(word, other, score_cutoff=_SAME_WORD)) for other in others),
        default=0.0,
    )
