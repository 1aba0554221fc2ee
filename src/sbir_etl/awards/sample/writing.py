"""Writing a sample: the award file and the company-search exports beside it."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final

from sbir_etl.awards.sample.blocks import file_records
from sbir_etl.awards.sample.exports import CompanyExports
from sbir_etl.awards.sample.records import Record
from sbir_etl.awards.sample.vintage import Mutations, Tally, next_records
from sbir_etl.awards.schema import COLUMNS
from sbir_etl.errors import InvalidInput

_PROGRESS_EVERY: Final = 1000

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class SampleSummary:
    """What was written: `rows` and `size` (bytes) are of the award file; `mutations` are a next vintage's."""

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

    With `next_vintage_of` only the award file is written: that one as it might look some months later, of whatever
    size that gives (`rows` then plays no part). Raises: InvalidInput for fewer than one row or no such file.
    """
    report = progress or (lambda _rows: None)
    out_dir.mkdir(parents=True, exist_ok=True)
    if next_vintage_of is not None:
        return _write_next(out_dir / "award_data.csv", next_vintage_of, seed, report)
    if rows < 1:
        raise InvalidInput(f"rows: got {rows}, wanted at least 1")
    awards_path = out_dir / "award_data.csv"
    with CompanyExports(out_dir / "companies") as exports:
        written = _write(awards_path, file_records(seed, rows, exports), report)
    return SampleSummary(
        awards_path=awards_path,
        company_paths=tuple(sorted(exports.paths)),
        rows=written,
        size=awards_path.stat().st_size,
    )


def _write_next(awards_path: Path, before: Path, seed: int, report: Progress) -> SampleSummary:
    if not before.is_file():
        raise InvalidInput(f"next_vintage_of: no file at {before}; give the award_data.csv of a sample")
    tally = Tally()
    try:
        written = _write(awards_path, next_records(before, seed, tally), report)
    except (ValueError, csv.Error) as error:
        raise InvalidInput(f"next_vintage_of: {before}: {error}, wanted an award file without damage") from error
    return SampleSummary(
        awards_path=awards_path,
        company_paths=(),
        rows=written,
        size=awards_path.stat().st_size,
        mutations=tally.mutations(),
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
