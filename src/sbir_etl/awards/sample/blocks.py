"""All records of a fresh sample in file order, and with them what only shows between records: copies and collisions."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count, islice
from typing import Final

from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.exports import CompanyExports
from sbir_etl.awards.sample.firms import Firm, draw_firm
from sbir_etl.awards.sample.records import Record, draw_records

# Records are mixed within a block of firms: nothing is sorted by company, and memory does not grow with the file.
_FIRMS_PER_BLOCK: Final = 400
# Three records of the published file are there twice; a small sample has them too, a tiny one does not.
_COPIES: Final = 3
_ROWS_WITH_COPIES: Final = 1000
_COLLISIONS: Final = 0.001
_SPIN_OFFS: Final = 0.002


def file_records(seed: int, rows: int, exports: CompanyExports) -> Iterator[Record]:
    """Exactly `rows` records; their firms are listed in `exports`."""
    draws = Draws(seed, "awards")
    serials = count(1)
    copied = [rows * part // (_COPIES + 1) for part in range(1, _COPIES + 1)] if rows >= _ROWS_WITH_COPIES else []
    originals = rows - len(copied)
    done = 0
    for block in _blocks(draws, Draws(seed, "exports"), exports, max(1, rows // 40)):
        records = list(islice(_with_collisions(draws, block, serials), originals - done))
        copies = [records[place - done] for place in copied if done <= place < done + len(records)]
        done += len(records)
        records += copies
        draws.shuffle(records)
        yield from records
        if done == originals:
            return


def _blocks(draws: Draws, listing: Draws, exports: CompanyExports, most_awards: int) -> Iterator[list[Firm]]:
    for first in count(1, _FIRMS_PER_BLOCK):
        firms: list[Firm] = []
        for number in range(first, first + _FIRMS_PER_BLOCK):
            firm = draw_firm(draws, number, most_awards=most_awards)
            if firms and draws.chance(_SPIN_OFFS):
                firm = replace(firm, duns=firms[-1].duns)
            exports.add(listing, firm)
            firms.append(firm)
        yield firms


def _with_collisions(draws: Draws, firms: list[Firm], serials: Iterator[int]) -> Iterator[Record]:
    """The firms' records; some few bear another award's identifiers."""
    earlier: Record | None = None
    for firm in firms:
        for record in draw_records(draws, firm, serials):
            if earlier and draws.chance(_COLLISIONS):
                yield record | {key: earlier[key] for key in ("agency_tracking_number", "contract", "phase")}
            else:
                yield record
            earlier = record
