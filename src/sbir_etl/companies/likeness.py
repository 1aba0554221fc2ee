"""Names of one state that are nearly the same, found without comparing every name with every other.

Pairs that share a rare gram are compared, first roughly and many at a time, then word for word. Only within a state:
without it nothing would be accepted, and hardly anything be worth a look.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from sbir_etl.companies.grams import pairs_that_share
from sbir_etl.companies.handover import add_rows
from sbir_etl.companies.similarity import similarity, spelled_out

# On rapidfuzz's scale to 100, of the names as they are or with their words sorted (a slip in a first letter upsets the
# sorting, words in another order the names as they are). No pair similar enough to be a candidate was seen below.
_ROUGHLY_ALIKE: Final = 70


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """Scores are between 0 and 1; from `accepted` on a fuzzy match in the same place counts, from `candidate` on it is
    for review.

    `rarest_grams` of a name are looked up, none of them shared by more than `most_sharing` names of the state: together
    they bound the pairs that are compared, so the cost grows with the number of names and not its square.
    """

    accepted: float = 0.85
    candidate: float = 0.75
    rarest_grams: int = 8
    most_sharing: int = 100


DEFAULTS: Final = MatchSettings()

# Two UEIs are two firms, and so are two DUNS numbers. `marks` are those that every firm of a name has, 1 the UEI and
# 2 the DUNS; a company with a UEI of a listed firm is no longer open, and a DUNS that a listed firm has is no mark.
_NAMES: Final = """
WITH named AS (
    SELECT false AS listed, all_states, unnest(all_names) AS name, (uei IS NOT NULL)::INT
        + 2 * (all_duns <> [] AND id NOT IN (SELECT company_id FROM pairs WHERE method = 'duns'))::INT AS marks
    FROM company WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted')
    UNION ALL
    SELECT true, all_states, unnest(all_names), (uei IS NOT NULL)::INT + 2 * (all_duns <> [])::INT FROM firm
), placed AS (
    SELECT unnest(all_states) AS state, listed, name, marks FROM named
)
SELECT state, listed, name, bit_and(marks) FROM placed GROUP BY ALL ORDER BY ALL
"""

_ALIKE: Final = "CREATE TABLE alike (state VARCHAR, open_name VARCHAR, listed_name VARCHAR, score DOUBLE)"

Texts = NDArray[Any]
# Spelled out, with their marks.
Names = Mapping[str, int]


def find_alike(connection: duckdb.DuckDBPyConnection, settings: MatchSettings) -> None:
    """Make the table `alike` (state, open_name, listed_name, score) of the names left open and those listed.

    Reads the tables `company`, `firm` and `pairs`. What two UEIs or two DUNS numbers rule out may be missing.
    """
    spellings: dict[tuple[str, bool, str], list[str]] = defaultdict(list)
    sides: dict[str, tuple[dict[str, int], dict[str, int]]] = defaultdict(lambda: ({}, {}))
    for state, listed, name, marks in connection.execute(_NAMES).fetchall():
        words = spelled_out(name)
        spellings[state, listed, words].append(name)
        names = sides[state][listed]
        names[words] = names.get(words, marks) & marks
    connection.execute(_ALIKE)
    rows = [
        (state, open_name, listed_name, score)
        for state, (open_names, listed_names) in sides.items()
        for one, other, score in alike(open_names, listed_names, settings)
        for open_name, listed_name in product(spellings[state, False, one], spellings[state, True, other])
    ]
    add_rows(connection, "alike", rows)


def alike(open_names: Names, listed_names: Names, settings: MatchSettings) -> Iterator[tuple[str, str, float]]:
    """The open and the listed names of one state that are alike, with their scores, but for those that share a mark."""
    if not open_names or not listed_names:
        return
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
