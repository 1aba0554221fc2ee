"""Reading the award CSV once: every record becomes a row of raw.parquet or, with its bytes, of unreadable.parquet.

Two readers that share no code must agree. `records` walks the bytes, counts the records and finds the damaged ones;
DuckDB then parses the rest in strict mode into Parquet. DuckDB never has to recover from damage: where there is any, or
row ends are not all line feeds, it gets a copy in which each damaged record is a row of nothing, so that record numbers
stay those of the file.
"""

import csv
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final, Literal, NamedTuple

import duckdb

from sbir_etl.awards import parquet
from sbir_etl.awards.records import BLANK, MAX_RECORD_BYTES, Record, Stretch, records, stretches
from sbir_etl.awards.schema import HEADER, NAMES
from sbir_etl.database import connect, quoted
from sbir_etl.errors import GateFailed, SourceRejected

RowEnds = Literal["\\n", "\\r\\n", "mixed", "none"]

MAX_KEPT_BYTES: Final = 65_536
BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_BATCH: Final = 200
_FIELDS: Final = len(NAMES)
_OTHER_FORMATS: Final = {
    b"<": ("an HTML or XML page", "open the address in a browser: the site may be down or have moved the file"),
    b"{": ("a JSON document", "read it: it may say what the site wants"),
    b"PK\x03\x04": ("a ZIP archive", "unpack it and give the CSV file in it"),
    b"\x1f\x8b": ("a file packed with gzip more than once", "unpack it"),
    b"\xff\xfe": ("UTF-16 text", "convert it to UTF-8"),
    b"\xfe\xff": ("UTF-16 text", "convert it to UTF-8"),
}
_NAME_LENGTH: Final = 40
_NOTHING: Final = b"," * (_FIELDS - 1) + b"\n"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was read: `rows` and `unreadable` as the walk counted them, `readable` as DuckDB did (`gates.reconciled`).

    `blank_lines` are empty lines between records: no records, but counted. `physical_lines` includes the header's.
    `truncated`: the last record is damaged and lacks its row end, as a download that broke off leaves it.
    """

    bytes: int
    rows: int
    readable: int
    unreadable: int
    physical_lines: int
    blank_lines: int
    byte_order_mark: bool
    row_ends: RowEnds
    truncated: bool


def check_header(csv_path: Path) -> None:
    """Raises: SourceRejected that says which columns are missing, extra or moved, or that the file is empty or HTML."""
    with csv_path.open("rb") as stream:
        line = stream.readline(MAX_KEPT_BYTES).removeprefix(BYTE_ORDER_MARK)
    if not line.strip():
        raise SourceRejected(
            f"{csv_path.name}: an empty first line, wanted the header {_shown(HEADER)}; download again"
        )
    if other := _other_format(line):
        found_format, advice = other
        raise SourceRejected(
            f"{csv_path.name}: {found_format}, wanted a CSV file with {_FIELDS} columns in UTF-8; {advice}"
        )
    found = tuple(next(csv.reader([line.decode("utf-8", "replace").rstrip("\r\n")])))
    if found != HEADER:
        raise SourceRejected(
            f"{csv_path.name}: a header of {len(found)} columns, wanted {_FIELDS}: {_difference(found)}; "
            "compare it with the SBA's data dictionary, and adapt the schema if the change is meant"
        )


def _other_format(line: bytes) -> tuple[str, str] | None:
    """What the first line says the file is instead, and what to do about it."""
    for beginning, other in _OTHER_FORMATS.items():
        if line.lstrip().startswith(beginning):
            return other
    if b"\0" in line:
        return "bytes that are no UTF-8 text", "give the file as the site serves it"
    if b"\r" in line.rstrip(b"\r\n"):
        return "rows that end with carriage returns alone", "convert its line ends"
    for separator in (b";", b"\t", b"|"):
        if line.count(separator) == _FIELDS - 1:
            return f"columns separated by {separator.decode()!r}", "give the file as the site serves it"
    return None


def _difference(found: Sequence[str]) -> str:
    missing = [_name(name) for name in HEADER if name not in found]
    extra = [_name(name) for name in (Counter(found) - Counter(HEADER)).elements()]
    common = zip((name for name in found if name in HEADER), (name for name in HEADER if name in found), strict=False)
    moved = [f"{_name(got)} where {want!r} belongs" for got, want in common if got != want]
    kinds = {"missing": missing, "extra": extra, "moved": moved}
    return "; ".join(f"{kind} {_shown(names)}" for kind, names in kinds.items() if names)


def _name(name: str) -> str:
    return repr(name if len(name) <= _NAME_LENGTH else f"{name[:_NAME_LENGTH]}…")


def _shown(names: Sequence[str], limit: int = 8) -> str:
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")


def read_csv(csv_path: Path, raw_path: Path, unreadable_path: Path, *, scratch: Path) -> Reading:
    """Parse the file into raw.parquet and unreadable.parquet.

    raw.parquet: row_number BIGINT (1 = first record after the header), then the 42 columns of `schema.NAMES`, VARCHAR,
    verbatim, '' for empty. unreadable.parquet: row_number, byte_offset, line (physical, header = 1), size in bytes,
    raw BLOB (the first 64 KiB; all of it stays in the file at byte_offset), reason.
    Raises: SourceRejected for a wrong header, GateFailed when DuckDB refuses what the walk found sound.
    """
    check_header(csv_path)
    reading, damaged = _survey(csv_path)
    # A second thread halves the wall time of the parse and costs a quarter more CPU, and a fifth more memory.
    with connect(scratch, threads=1) as database, _strict(csv_path, reading, scratch) as strict_path:
        # The parsed rows are streamed past the damaged ones, never the other way round: that keeps order and memory.
        database.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        _write_unreadable(database, csv_path, damaged, unreadable_path)
        parsed = _write_raw(database, strict_path, raw_path)
    return replace(reading, readable=parsed)


class _Damaged(NamedTuple):
    row_number: int
    offset: int
    line: int
    size: int
    reason: str


def _survey(csv_path: Path) -> tuple[Reading, list[_Damaged]]:
    damaged: list[_Damaged] = []
    endings: Counter[bytes] = Counter()
    rows, blank_lines = -1, 0  # the first record is the header
    last: Stretch | Record = Record(0, 1, b"", 0, None)
    for last in _stretches(csv_path):
        if isinstance(last, Stretch):
            endings[last.row_end] += 1
            rows += last.rows
            continue
        endings[last.raw[-2:]] += 1
        if last.damage is BLANK:
            blank_lines += 1
            continue
        rows += 1
        if last.damage is not None:
            damaged.append(_Damaged(rows, last.offset, last.line, last.size, last.damage))
    reading = Reading(
        bytes=csv_path.stat().st_size,
        rows=rows,
        readable=rows - len(damaged),
        unreadable=len(damaged),
        physical_lines=last.line + last.raw.count(b"\n", 0, -1),
        blank_lines=blank_lines,
        byte_order_mark=_start(csv_path) > 0,
        row_ends=_row_ends(endings),
        truncated=isinstance(last, Record) and last.damage not in (None, BLANK) and not last.raw.endswith(b"\n"),
    )
    return reading, damaged


def _stretches(csv_path: Path) -> Iterator[Stretch | Record]:
    """The header and all records, from behind the byte order mark where there is one."""
    with csv_path.open("rb") as stream:
        yield from stretches(stream, fields=_FIELDS, start=_start(csv_path))


def _records(csv_path: Path) -> Iterator[Record]:
    """The same, one by one."""
    with csv_path.open("rb", buffering=1 << 20) as stream:
        yield from records(stream, fields=_FIELDS, start=_start(csv_path))


def _start(csv_path: Path) -> int:
    with csv_path.open("rb") as stream:
        return len(BYTE_ORDER_MARK) if stream.read(3) == BYTE_ORDER_MARK else 0


def _row_ends(endings: Counter[bytes]) -> RowEnds:
    carriage_return = endings[b"\r\n"] > 0
    line_feed = any(ending.endswith(b"\n") and ending != b"\r\n" for ending in endings)
    if carriage_return and line_feed:
        return "mixed"
    if carriage_return:
        return "\\r\\n"
    return "\\n" if line_feed else "none"


@contextmanager
def _strict(csv_path: Path, reading: Reading, scratch: Path) -> Iterator[Path]:
    """The file itself where all of it is strict, else a copy with each damaged record replaced by a row of nothing."""
    if not reading.unreadable and reading.row_ends == "\\n":
        yield csv_path
        return
    with tempfile.NamedTemporaryFile(dir=scratch, suffix=".csv") as copy:
        for record in _records(csv_path):
            if record.damage is None:
                copy.write(record.raw.removesuffix(b"\n").removesuffix(b"\r") + b"\n")
            elif record.damage is not BLANK:
                copy.write(_NOTHING)
        copy.flush()
        yield Path(copy.name)


def _write_unreadable(
    database: duckdb.DuckDBPyConnection, csv_path: Path, damaged: Sequence[_Damaged], unreadable_path: Path
) -> None:
    database.execute(
        "CREATE TABLE unreadable "
        "(row_number BIGINT, byte_offset BIGINT, line BIGINT, size BIGINT, reason VARCHAR, raw BLOB)"
    )
    with csv_path.open("rb") as stream:
        for start in range(0, len(damaged), _BATCH):
            batch = damaged[start : start + _BATCH]
            raw = [_bytes_of(stream, item) for item in batch]
            columns = [*map(list, zip(*batch, strict=True)), raw]
            database.execute(f"INSERT INTO unreadable SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
    parquet.write(database, "FROM unreadable", unreadable_path)


def _bytes_of(stream: BinaryIO, item: _Damaged) -> bytes:
    stream.seek(item.offset)
    return stream.read(min(item.size, MAX_KEPT_BYTES))


def _write_raw(database: duckdb.DuckDBPyConnection, strict_path: Path, raw_path: Path) -> int:
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES)
    # A bare carriage return cannot stand in a sound record outside quotes, so that no cell reads as NULL.
    rows = f"""
        SELECT row_number() OVER () AS row_number, * FROM read_csv({quoted(strict_path)},
            columns = {{{columns}}}, auto_detect = false, strict_mode = true, header = true, delim = ',', quote = '"',
            escape = '"', new_line = '\\n', nullstr = E'\\r', allow_quoted_nulls = false, null_padding = false,
            max_line_size = {2 * MAX_RECORD_BYTES}, buffer_size = {8 * MAX_RECORD_BYTES})
    """
    try:
        return parquet.write(database, f"FROM ({rows}) ANTI JOIN unreadable USING (row_number)", raw_path)
    except duckdb.InvalidInputException as error:  # pragma: no cover - no bytes are known that get here
        raise GateFailed(
            f"{strict_path.name}: DuckDB refuses a record that the count takes for sound ({str(error)[:300]}), wanted "
            "both readers to agree; nothing was stored, report this file"
        ) from error
