"""Company names in the one form in which they are compared."""

import html
import re
import unicodedata
from typing import Final

# What firms are, legally; it says nothing about which firm it is, and every source spells it differently.
_DESIGNATORS: Final = frozenset(
    (
        "inc", "incorporated", "incorp", "llc", "llp", "lllp", "lp", "ltd", "limited", "corp", "corporation", "co",
        "company", "pllc", "plc", "pc", "pbc", "gmbh", "lc",
    )
)  # fmt: skip
# Letters that decompose to no base letter.
_UNDECOMPOSED: Final = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ð": "d", "þ": "th"})
_APOSTROPHES: Final = re.compile(r"['’‘`´]")
# "(STAR)", "(formerly Nonesuch, Inc.)", "(DBA: Nonesu" cut off by the width of a form.
_ASIDE: Final = re.compile(r"(?<=[\w.,]) *\([^)]*(?:\)|$)")
_WORD: Final = re.compile(r"[a-z0-9]+")
# The blank comes first because Python looks quickly for what a pattern begins with.
_SPELLED_OUT: Final = re.compile(r" (?<=\b[a-z] )(?=[a-z]\b)")


def normalized_name(name: str) -> str:
    """`name` without what spellings of one firm differ in: accents, case, punctuation, asides, legal form at the end.

    Only at the end: "PC Photonics" keeps its first word. Never empty for a name that is not blank.

    >>> normalized_name("Müller & Sons Optics, L.L.C. ")
    'muller and sons optics'
    """
    text = html.unescape(name).casefold()
    if "(" in text:
        text = _ASIDE.sub(" ", text)
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(_UNDECOMPOSED))
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    text = _APOSTROPHES.sub("", text.replace("&", " and "))
    words = _WORD.findall(text)
    if 1 in map(len, words):
        words = _SPELLED_OUT.sub("", " ".join(words)).split()
    while len(words) > 1 and (words[-1] in _DESIGNATORS or words[-1] == "the"):
        words.pop()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    return " ".join(words) or name.strip().casefold()
