"""What the search by rare grams misses of the similar names that comparing every name with every other would find.

    python benchmarks/recall.py COMPANIES.parquet CATALOGUE.parquet [EVERY]

Both searches look at the companies that no exact method accepted, within each state, at the candidate level and at the
accepted level; with EVERY, only every so many of the open names are compared with all listed ones, for their number is
squared. Prints a line per level: pairs found by comparing all, pairs of them found by rare grams, recall.
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process

from sbir_etl.companies.comparison import alike
from sbir_etl.companies.match_settings import DEFAULTS
from sbir_etl.companies.matching import _TABLES
from sbir_etl.companies.pairs import find_pairs
from sbir_etl.companies.similarity import similarity, spelled_out
from sbir_etl.database import connect, quoted

# Similarity is word for word; no pair from the candidate level on has been seen that this lets go.
ROUGHLY = 50
CHUNK = 2_000

Pair = tuple[str, str, str]
# Names open and listed, spelled out.
Sides = tuple[set[str], set[str]]

NAMES = """
WITH seen AS (
    SELECT all_states, unnest(all_names) AS name, false AS listed FROM company
    WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted' AND method <> 'fuzzy')
    UNION ALL SELECT all_states, unnest(all_names), true FROM firm
)
SELECT DISTINCT unnest(all_states) AS state, listed, name FROM seen
"""


def names_by_state(companies: Path, catalogue: Path, every: int) -> dict[str, Sides]:
    """Of the open names, every so many in their order."""
    with connect() as connection:
        connection.execute(_TABLES.format(companies=quoted(companies), catalogue=f"read_parquet({quoted(catalogue)})"))
        find_pairs(connection, DEFAULTS)
        rows = {(state, spelled_out(name), listed) for state, listed, name in connection.execute(NAMES).fetchall()}
    sides: dict[str, Sides] = defaultdict(lambda: (set(), set()))
    for state, words, _ in sorted(row for row in rows if not row[2])[::every]:
        sides[state][0].add(words)
    for state, words, listed in rows:
        if listed:
            sides[state][1].add(words)
    return sides


def by_rare_grams(sides: dict[str, Sides]) -> dict[Pair, float]:
    """State, open and listed name of the pairs that the search finds where no identifier rules any out."""
    return {
        (state, one, other): score
        for state, (open_names, listed_names) in sides.items()
        if open_names and listed_names
        for one, other, score in alike(dict.fromkeys(open_names, 0), dict.fromkeys(listed_names, 0), DEFAULTS)
    }


def by_comparing_all(sides: dict[str, Sides]) -> dict[Pair, float]:
    """The same of all pairs from the candidate level on, each open name against all listed ones."""
    found = {}
    for state, (open_names, listed_names) in sides.items():
        ordered, listed = list(open_names), list(listed_names)
        for start in range(0, len(ordered), CHUNK):
            chunk = ordered[start : start + CHUNK]
            rough = process.cdist(chunk, listed, scorer=fuzz.token_sort_ratio, score_cutoff=ROUGHLY)
            for one, other in np.argwhere(rough > 0):
                score = similarity(chunk[one], listed[other])
                if score >= DEFAULTS.candidate:
                    found[state, chunk[one], listed[other]] = score
    return found


def main(companies: Path, catalogue: Path, every: int) -> None:
    """Print the recall at both levels, of every so many open names."""
    sides = names_by_state(companies, catalogue, every)
    blocked, complete = by_rare_grams(sides), by_comparing_all(sides)
    sys.stdout.write(f"{sum(len(open_names) for open_names, _ in sides.values()):,} open names, ")
    sys.stdout.write(f"{sum(len(listed_names) for _, listed_names in sides.values()):,} listed ones\n")
    for level in (DEFAULTS.candidate, DEFAULTS.accepted):
        wanted = {pair for pair, score in complete.items() if score >= level}
        found = len(wanted & blocked.keys())
        sys.stdout.write(f"from {level}: {len(wanted):,} by comparing all, {found:,} by rare grams, ")
        sys.stdout.write(f"recall {found / max(len(wanted), 1):.4f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
