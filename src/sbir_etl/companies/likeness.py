"""Names of one state that are nearly the same, found without comparing every name with every other.

A name's grams are its four-letter pieces, blanks left out, and its two ends: a slip of the pen spoils four pieces, not
the name, and in the middle of a short name, where it spoils them all, not the ends. Pairs that share a rare gram are
compared, first roughly and many at a time, then word for word. Only within a state: without it nothing would be
accepted, and hardly anything be worth a look.
"""

from dataclasses import dataclass
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from sbir_etl.companies.similarity import similarity

# On rapidfuzz's scale to 100, of the names as they are or with their words sorted (a slip in a first letter upsets the
# sorting, words in another order the names as they are). No pair similar enough to be a candidate was seen below.
_ROUGHLY_ALIKE: Final = 70
# Open names whose pairs are in memory together: at most eight hundred pairs each, and seldom more than sixty.
_NAMES_AT_A_TIME: Final = 5_000


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

_NAMES: Final = """
CREATE MACRO grams(letters) AS list_append(
    list_distinct(list_transform(
        range(1, greatest(length(letters) - 2, 2)), lambda place: substr(letters, place, 4)
    )),
    letters[:2] || '~' || letters[-2:]
);

CREATE TABLE spellings AS
WITH seen AS (
    SELECT all_states, unnest(all_names) AS one_name, false AS listed FROM company
    WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted')
    UNION ALL SELECT all_states, unnest(all_names), true FROM firm
)
SELECT row_number() OVER (ORDER BY listed, state, words) - 1 AS number, *
FROM (SELECT DISTINCT listed, unnest(all_states) AS state, spelled_out(one_name) AS words FROM seen);

CREATE VIEW name_grams AS
SELECT number, listed, state, length(replace(words, ' ', '')) AS letters, unnest(grams(replace(words, ' ', ''))) AS gram
FROM spellings;
"""

_LOOKED_UP: Final = """
CREATE TABLE looked_up AS
WITH rare AS (
    SELECT state, gram, count(*) AS names FROM name_grams WHERE listed GROUP BY ALL HAVING count(*) <= $most_sharing
)
SELECT number, letters, state, gram FROM name_grams JOIN rare USING (state, gram) WHERE NOT listed
QUALIFY row_number() OVER (PARTITION BY number ORDER BY names, gram) <= $rarest_grams
"""

_FOUND_UNDER: Final = """
CREATE TABLE found_under AS
SELECT number, letters, state, gram FROM name_grams SEMI JOIN looked_up USING (state, gram) WHERE listed
"""

_TOGETHER: Final = """
SELECT DISTINCT looked_up.number AS open_number, found_under.number AS listed_number
FROM looked_up JOIN found_under USING (state, gram)
WHERE looked_up.number BETWEEN $first AND $last
    AND found_under.letters BETWEEN looked_up.letters * 0.7 AND looked_up.letters / 0.7
"""

_ALIKE: Final = """
CREATE TABLE alike AS
SELECT open_name.state, open_name.words AS open_words, listed_name.words AS listed_words, score
FROM (SELECT unnest($open) AS open_number, unnest($listed) AS listed_number, unnest($scores) AS score)
JOIN spellings AS open_name ON open_name.number = open_number
JOIN spellings AS listed_name ON listed_name.number = listed_number;
"""


def find_alike(connection: duckdb.DuckDBPyConnection, settings: MatchSettings) -> None:
    """Make the table `alike` (state, open_words, listed_words, score) of the names left open and those listed.

    Reads the tables `company`, `firm` and `pairs`; names are spelled out.
    """
    connection.execute(_NAMES)
    words = connection.execute("SELECT words FROM spellings ORDER BY number").fetchnumpy()["words"]
    connection.execute(_LOOKED_UP, {"most_sharing": settings.most_sharing, "rarest_grams": settings.rarest_grams})
    connection.execute(_FOUND_UNDER)
    open_numbers, listed_numbers = _roughly_alike(connection, words)
    scores = [similarity(words[one], words[other]) for one, other in zip(open_numbers, listed_numbers, strict=True)]
    kept = [index for index, score in enumerate(scores) if score >= settings.candidate]
    connection.execute(
        _ALIKE,
        {
            "open": [int(open_numbers[index]) for index in kept],
            "listed": [int(listed_numbers[index]) for index in kept],
            "scores": [scores[index] for index in kept],
        },
    )


Numbers = NDArray[np.int64]


def _roughly_alike(connection: duckdb.DuckDBPyConnection, words: NDArray[Any]) -> Numbers:
    """Two rows of numbers: open names, and listed ones that they may be."""
    (names,) = connection.execute("SELECT count(*) FROM spellings WHERE NOT listed").fetchall()[0]
    firsts = range(0, max(names, 1), _NAMES_AT_A_TIME)
    return np.concatenate([_roughly_alike_from(connection, words, first) for first in firsts], axis=1)


def _roughly_alike_from(connection: duckdb.DuckDBPyConnection, words: NDArray[Any], first: int) -> Numbers:
    together = connection.execute(_TOGETHER, {"first": first, "last": first + _NAMES_AT_A_TIME - 1}).fetchnumpy()
    pairs = np.stack([together["open_number"], together["listed_number"]])
    likely = np.zeros(pairs.shape[1], dtype=bool)
    for scorer in (fuzz.ratio, fuzz.token_sort_ratio):
        likely |= process.cpdist(words[pairs[0]], words[pairs[1]], scorer=scorer, score_cutoff=_ROUGHLY_ALIKE) > 0
    return pairs[:, likely]
