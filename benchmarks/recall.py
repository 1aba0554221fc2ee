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

from sbir_etl.companies.likeness import DEFAULTS
from sbir_etl.companies.matching import _TABLES
from sbir_etl.companies.pairs import find_pairs
from sbir_etl.companies.similarity import similarity
from sbir_etl.database import connect, quoted

# Similarity is word for word; no pair from the candidate level on has been seen that this lets go.
ROUGHLY = 50
CHUNK = 2_000

Pair = tuple[str, str, str]


def every_pair(names: list[tuple[bool, str, str]]) -> dict[Pair, float]:
    """State, open and listed name of all pairs from the candidate level on, each open name against all listed ones."""
    by_state: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for listed, state, words in names:
        by_state[state][listed].append(words)
    found = {}
    for state, (open_names, listed_names) in by_state.items():
        for start in range(0, len(open_names), CHUNK):
            chunk = open_names[start : start + CHUNK]
            rough = process.cdist(chunk, listed_names, scorer=fuzz.token_sort_ratio, score_cutoff=ROUGHLY)
            for one, other in np.argwhere(rough > 0):
                score = similarity(chunk[one], listed_names[other])
                if score >= DEFAULTS.candidate:
                    found[state, chunk[one], listed_names[other]] = score
    return found


def main(companies: Path, catalogue: Path, every: int) -> None:
    """Print the recall at both levels, of every so many open names."""
    with connect() as connection:
        connection.execute(_TABLES.format(companies=quoted(companies), catalogue=f"read_parquet({quoted(catalogue)})"))
        find_pairs(connection, DEFAULTS)
        picked = f"SELECT listed, state, words FROM spellings WHERE listed OR number % {every} = 0"
        names = connection.execute(picked).fetchall()
        rows = connection.execute("SELECT state, open_words, listed_words, score FROM alike").fetchall()
    blocked = {(state, one, other) for state, one, other, _ in rows}
    complete = every_pair(names)
    sys.stdout.write(f"{sum(not listed for listed, *_ in names):,} open names, ")
    sys.stdout.write(f"{sum(listed for listed, *_ in names):,} listed ones\n")
    for level in (DEFAULTS.candidate, DEFAULTS.accepted):
        wanted = {pair for pair, score in complete.items() if score >= level}
        found = len(wanted & blocked)
        sys.stdout.write(f"from {level}: {len(wanted):,} by comparing all, {found:,} by rare grams, ")
        sys.stdout.write(f"recall {found / max(len(wanted), 1):.4f}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
