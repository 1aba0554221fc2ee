"""Writing a sample: the award file and the company-search exports beside it."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from operator import itemgetter
from pathlib import Path
from typing import Final

from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.exports import CompanyExports
from sbir_etl.awards.sample.firms import draw_firm
from sbir_etl.awards.sample.records import Record, draw_records
from sbir_etl.awards.schema import COLUMNS

# Records are mixed within a block of firms: nothing is sorted by company, and memory does not grow with the file.
_FIRMS_PER_BLOCK: Final = 400
_PROGRESS_EVERY: Final = 1000
_ROWS_PER_DUPLICATE: Final = 73_000
_COLLISIONS: Final = 0.001

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Mutations:
    """What a next vintage did to the file it came from; `by_field` counts changed awards per column name."""

    added: int
    removed: int
    changed: int
    by_field: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class SampleSummary:
    """What was written: `rows` and `size` (bytes) are of the award file."""

    awards_path: Path
    company_paths: tuple[Path, ...]
    rows: int
    size: int
    mutations: Mutations | None = None


def write_sample(
    out_dir: Path,
    *,
    rows: int,
    seed: int,
    next_vintage_of: Path | None = None,
    progress: Progress | None = None,
) -> SampleSummary:
    """Write `award_data.csv` and `companies/*company_search*.csv` under `out_dir`; `progress` hears the rows so far.

    With `next_vintage_of` the award file is that one as it might look some months later, and `rows` plays no part.
    """
    if next_vintage_of is not None:
        raise NotImplementedError
    awards_path = out_dir / "award_data.csv"
    with CompanyExports(out_dir / "companies") as exports:
        written = _write(awards_path, _records(seed, rows, exports), progress or (lambda _rows: None))
    return SampleSummary(
        awards_path=awards_path,
        company_paths=tuple(sorted(exports.paths)),
        rows=written,
        size=awards_path.stat().st_size,
    )


def _write(path: Path, records: Iterator[Record], progress: Progress) -> int:
    in_order = itemgetter(*(column.name for column in COLUMNS))
    aside = path.with_name(path.name + ".part")
    written = 0
    with aside.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([column.header for column in COLUMNS])
        for written, record in enumerate(records, start=1):
            writer.writerow(in_order(record))
            if written % _PROGRESS_EVERY == 0:
                progress(written)
    aside.replace(path)
    progress(written)
    return written


def _records(seed: int, rows: int, exports: CompanyExports) -> Iterator[Record]:
    """Exactly `rows` records, block by block."""
    draws = Draws(seed, "awards")
    catalogue = Draws(seed, "catalogue")
    most_awards = max(1, rows // 40)
    serials = count(1)
    left = rows
    for first in count(1, _FIRMS_PER_BLOCK):
        if left <= 0:
            return
        block: list[Record] = []
        for number in range(first, first + _FIRMS_PER_BLOCK):
            firm = draw_firm(draws, number, most_awards=most_awards)
            block += islice(draw_records(draws, firm, serials), left - len(block))
            exports.add(catalogue, firm)
            if len(block) >= left:
                break
        left -= len(block)
        draws.shuffle(block)
        yield from block
