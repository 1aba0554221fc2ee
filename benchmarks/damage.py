"""Damage planted in a full-size file: every damaged record is found, and no other row is lost or altered.

    python benchmarks/damage.py AWARD_DATA.csv [--each 200]

Six kinds of damage, `--each` of every kind, are strewn between the rows of a copy. What DownloadCSV then reads must be
the rows of the undamaged file, cell for cell as csv.reader reads them, and the damaged records must be set aside byte
for byte. Prints the counts; ends with an error where anything differs.
"""

import argparse
import csv
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import duckdb

from sbir_etl.awards.reading import read_csv
from sbir_etl.awards.records import MAX_RECORD_BYTES, records
from sbir_etl.awards.schema import NAMES
from sbir_etl.database import quoted

# Of a record on one line that starts with a bare company name.
DAMAGES: Final[dict[str, Callable[[bytes], bytes]]] = {
    "short": lambda record: record.rsplit(b",", 3)[0] + b"\n",
    "long": lambda record: record[:-1] + b",extra\n",
    "text after a closing quote": lambda record: b'"A"B' + record,
    "backslash quote": lambda record: b'"A \\" B"' + record,
    "bad UTF-8": lambda record: b"\xe9" + record,
    "bare quote in an unquoted field": lambda record: b'5" pipe' + record,
}
_BATCH: Final = 5_000


def plant(source: Path, target: Path, each: int) -> list[bytes]:
    """Write `source` with damaged records strewn evenly into it; those records, in their order."""
    with source.open("rb") as stream:
        rows = sum(1 for _ in records(stream, fields=len(NAMES))) - 1
    makers = list(DAMAGES.values()) * each
    every = max(rows // len(makers), 1)
    planted: list[bytes] = []
    with source.open("rb") as stream, target.open("wb") as out:
        victim = b""
        for number, record in enumerate(records(stream, fields=len(NAMES))):
            out.write(record.raw)
            if number and record.raw.count(b"\n") == 1 and not record.raw.startswith((b'"', b"\\")):
                victim = record.raw
            if victim and number and number % every == 0 and len(planted) < len(makers):
                planted.append(makers[len(planted)](victim))
                out.write(planted[-1])
    return planted


def rows_of(raw_path: Path) -> Iterator[list[str]]:
    """The rows of raw.parquet in their order, without their numbers."""
    with duckdb.connect() as connection:
        connection.execute(f"SELECT * EXCLUDE row_number FROM read_parquet({quoted(raw_path)}) ORDER BY row_number")
        while batch := connection.fetchmany(_BATCH):
            yield from map(list, batch)


def check(source: Path, each: int, folder: Path) -> None:
    """Plant, read and compare; prints what was found."""
    damaged_file, raw_path, unreadable_path = (folder / name for name in ("a.csv", "raw.parquet", "unreadable.parquet"))
    planted = plant(source, damaged_file, each)
    figures = read_csv(damaged_file, raw_path, unreadable_path, scratch=folder)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT raw FROM read_parquet({quoted(unreadable_path)}) ORDER BY row_number")
        set_aside = [raw for (raw,) in found.fetchall()]
    with source.open(encoding="utf-8", newline="") as stream:
        expected = csv.reader(stream, strict=True)
        next(expected)
        differing = sum(row != wanted for row, wanted in zip(rows_of(raw_path), expected, strict=True))
    sys.stdout.write(f"{len(planted):,} damaged records planted in {figures.readable:,} rows\n")
    sys.stdout.write(f"accepted {figures.readable:,} + rejected {figures.unreadable:,} = {figures.rows:,} counted\n")
    sys.stdout.write(f"set aside byte for byte: {sum(map(bytes.__eq__, set_aside, planted)):,}\n")
    sys.stdout.write(f"other rows that differ from csv.reader's: {differing:,}\n")
    if set_aside != planted or differing:
        sys.exit("damage was missed, or a sound row was altered")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("--each", type=int, default=200)
    chosen = parser.parse_args()
    csv.field_size_limit(2 * MAX_RECORD_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        check(chosen.source, chosen.each, Path(folder))


if __name__ == "__main__":
    main()
