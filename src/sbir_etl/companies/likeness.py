"""Names of one state that are nearly the same, found without comparing every name with every other.

Pairs that share a rare gram are compared, first roughly and many at a time, then word for word. Only within a state:
without it nothing would be accepted, and hardly anything be worth a look.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, product
from operator import itemgetter
from typing import Any, Final

import duckdb

from sbir_etl.companies.handover import add_rows
from sbir_etl.companies.match_settings import MatchSettings
from sbir_etl.companies.similarity import spelled_out

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


def find_alike(connection: duckdb.DuckDBPyConnection, settings: MatchSettings) -> None:
    """Make the table `alike` (state, open_name, listed_name, score) of the names left open and those listed.

    Reads the tables `company`, `firm` and `pairs`. What two UEIs or two DUNS numbers rule out may be missing.
    """
    connection.execute(_ALIKE)
    with connection.cursor() as reading:
        names = reading.execute(_NAMES).fetchone
        states = groupby(iter(names, None), key=itemgetter(0))
        add_rows(connection, "alike", (row for state, rows in states for row in _alike_in(state, rows, settings)))


def _alike_in(
    state: str, rows: Iterable[Sequence[Any]], settings: MatchSettings
) -> Iterator[tuple[str, str, str, float]]:
    spellings: dict[tuple[bool, str], list[str]] = defaultdict(list)
    open_names: dict[str, int] = {}
    listed_names: dict[str, int] = {}
    for _, listed, name, marks in rows:
        words = spelled_out(name)
        spellings[listed, words].append(name)
        names = listed_names if listed else open_names
        names[words] = names.get(words, marks) & marks
    if not open_names or not listed_names:
        return
    from sbir_etl.companies.comparison import alike  # numpy and the whole of rapidfuzz come with it

    for one, other, score in alike(open_names, listed_names, settings):
        for open_name, listed_name in product(spellings[False, one], spellings[True, other]):
            yield state, open_name, listed_name, score
