"""From the CSV to raw.parquet and unreadable.parquet, with every record accounted for."""

import csv
import gzip
import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbir_etl.awards.reading import MAX_KEPT_BYTES, Reading, check_header, read_csv
from sbir_etl.awards.records import MAX_RECORD_BYTES, records
from sbir_etl.awards.sample import write_sample
from sbir_etl.awards.schema import HEADER, NAMES
from sbir_etl.errors import SourceRejected

HEADER_LINE = (",".join(HEADER) + "\n").encode()
ROW = b",".join(b"%d" % number for number in range(42)) + b"\n"
ROW_WITHOUT_COMPANY = ROW[1:]
QUOTES = "a quote inside an unquoted field, or text after a closing quote"

WriteCsv = Callable[[bytes], Path]


def table(path: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as database:
        return database.execute("FROM read_parquet(?)", [str(path)]).fetchall()


def read(csv_path: Path) -> tuple[Reading, list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The figures, the readable rows, and the unreadable ones."""
    raw, unreadable = csv_path.with_name("raw.parquet"), csv_path.with_name("unreadable.parquet")
    figures = read_csv(csv_path, raw, unreadable, scratch=csv_path.parent)
    return figures, table(raw), table(unreadable)


def row_with(field: bytes) -> bytes:
    """ROW with another company."""
    return field + ROW[1:]


def test_rows_are_kept_verbatim_and_numbered_from_one(write_csv: WriteCsv) -> None:
    figures, rows, unreadable = read(write_csv(row_with(b'" 007 ""x""\nNULL"') + row_with(b"NA") + row_with(b"")))

    assert [row[:3] for row in rows] == [(1, ' 007 "x"\nNULL', "1"), (2, "NA", "1"), (3, "", "1")]
    assert unreadable == []
    assert (figures.rows, figures.readable, figures.physical_lines, figures.row_ends) == (3, 3, 5, "\\n")


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (b"1,2,3\n", "3 fields, wanted 42"),
        (ROW[:-1] + b",42\n", "43 fields, wanted 42"),
        (row_with(b'"0"x'), QUOTES),
        (row_with(b'"0 \\" x"'), QUOTES),
        (row_with(b'0" x'), QUOTES),
        (row_with(b"\xe9t\xe9"), "bytes that are not UTF-8 (e9)"),
        (row_with(b"a\x00b"), "a NUL byte"),
        (row_with(b"a\rb"), "a carriage return outside quotes"),
        (ROW[:-3] + b'"41\n', "a quote that is never closed"),
    ],
)
def test_damaged_records_are_set_aside_with_place_bytes_and_reason(
    write_csv: WriteCsv, damaged: bytes, reason: str
) -> None:
    before = row_with(b'"two\nlines"')

    figures, rows, unreadable = read(write_csv(before + damaged + ROW + damaged + ROW))

    assert (figures.rows, figures.readable, figures.unreadable) == (5, 3, 2)
    assert [row[0] for row in rows] == [1, 3, 5]
    offset = len(HEADER_LINE + before)
    assert unreadable == [
        (2, offset, 4, len(damaged), reason, damaged),
        (4, offset + len(damaged + ROW), 6, len(damaged), reason, damaged),
    ]


@pytest.mark.parametrize(
    "cell", ["line\u2028separator", "\x85 next \u0085 line", "\x91quoted\x92", "\ufffd", "\u00a0", "\ufeff"]
)
def test_odd_characters_are_data(write_csv: WriteCsv, cell: str) -> None:
    _, rows, _ = read(write_csv(row_with(cell.encode())))

    assert rows[0][1] == cell


@pytest.mark.parametrize(
    ("row_ends", "kind"), [((b"\r\n", b"\r\n"), "\\r\\n"), ((b"\n", b"\r\n"), "mixed"), ((b"\n", b""), "\\n")]
)
def test_any_row_ends_read_the_same(tmp_path: Path, row_ends: tuple[bytes, bytes], kind: str) -> None:
    path = tmp_path / "awards.csv"
    row = row_with(b'"a\r\nb\nc"').removesuffix(b"\n")
    path.write_bytes(HEADER_LINE.rstrip() + row_ends[0] + row + row_ends[0] + row + row_ends[1])

    figures, rows, _ = read(path)

    assert [row[:3] for row in rows] == [(1, "a\r\nb\nc", "1"), (2, "a\r\nb\nc", "1")]
    assert rows[0][-1] == rows[1][-1] == "41"
    assert figures.row_ends == kind


def test_a_byte_order_mark_is_noted_and_no_part_of_the_header(tmp_path: Path) -> None:
    path = tmp_path / "awards.csv"
    path.write_bytes(b'\xef\xbb\xbf"Company"' + HEADER_LINE[len("Company") :] + ROW)

    figures, rows, _ = read(path)

    assert figures.byte_order_mark
    assert len(rows) == 1


def test_blank_lines_are_counted_and_are_no_rows(write_csv: WriteCsv) -> None:
    figures, rows, _ = read(write_csv(b"\n" + ROW + b"\n\n" + b"1,2\n" + ROW + b"\n"))

    assert (figures.rows, figures.blank_lines) == (3, 4)
    assert [row[0] for row in rows] == [1, 3]


def test_a_header_alone_is_a_file_without_rows(write_csv: WriteCsv) -> None:
    figures, rows, _ = read(write_csv(b""))

    assert (figures.rows, rows) == (0, [])


def test_a_file_that_broke_off_is_noted(write_csv: WriteCsv) -> None:
    assert read(write_csv(ROW + ROW[:20]))[0].truncated
    assert not read(write_csv(ROW + ROW[:-1]))[0].truncated


def test_a_giant_field_is_readable_up_to_the_limit(write_csv: WriteCsv) -> None:
    large = b'"' + b"x" * (MAX_RECORD_BYTES - 1000) + b'"'

    figures, rows, _ = read(write_csv(row_with(large) + ROW))

    assert (figures.readable, len(rows[0][1])) == (2, MAX_RECORD_BYTES - 1000)


def test_of_a_record_beyond_the_limit_the_beginning_is_kept(write_csv: WriteCsv) -> None:
    giant = row_with(b"x" * (MAX_RECORD_BYTES + 1000))

    figures, rows, unreadable = read(write_csv(ROW + giant + ROW))

    assert (figures.rows, [row[0] for row in rows]) == (3, [1, 3])
    ((row_number, offset, _, size, reason, raw),) = unreadable
    assert (row_number, offset, size) == (2, len(HEADER_LINE + ROW), len(giant))
    assert raw == giant[:MAX_KEPT_BYTES]
    assert reason == f"a line longer than {MAX_RECORD_BYTES:,} bytes"


def test_many_damaged_records_are_all_kept(write_csv: WriteCsv) -> None:
    figures, rows, unreadable = read(write_csv((ROW + b"1,2\n") * 1000))

    assert (figures.readable, figures.unreadable) == (1000, 1000)
    assert [row[0] for row in rows] == list(range(1, 2001, 2))
    assert [row[0] for row in unreadable] == list(range(2, 2001, 2))


def test_the_same_file_gives_the_same_bytes_and_leaves_nothing_behind(tmp_path: Path, write_csv: WriteCsv) -> None:
    path = write_csv((ROW + b"1,2\n") * 5000)
    read(path)
    first = (tmp_path / "raw.parquet").read_bytes()

    read(path)

    assert (tmp_path / "raw.parquet").read_bytes() == first
    assert sorted(file.name for file in tmp_path.iterdir()) == ["award_data.csv", "raw.parquet", "unreadable.parquet"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty first line, wanted the header Company, Award Title"),
        (b"\xef\xbb\xbf\n", "an empty first line"),
        (b"<!DOCTYPE html>\n<html>", "an HTML or XML page"),
        (b"\xef\xbb\xbf  <?xml version", "an HTML or XML page"),
        (HEADER_LINE.replace(b",Duns", b""), "a header of 41 columns, wanted 42: missing 'Duns';"),
        (HEADER_LINE.replace(b"Duns", b"DUNS"), "missing 'Duns'; extra 'DUNS'"),
        (HEADER_LINE.replace(b"UEI,Duns", b"Duns,UEI"), "moved 'Duns' where 'UEI' belongs, 'UEI' where 'Duns' belongs"),
        (HEADER_LINE.replace(b"UEI", b"UEI,UEI"), "extra 'UEI'"),
        (
            b"\x80" * 1000 + b"\n",
            "a header of 1 columns, wanted 42: missing 'Company'.* and 34 more; extra '\ufffd{40}…'",
        ),
        (HEADER_LINE.decode().encode("utf-16"), "UTF-16 text, wanted a CSV file .*; convert it to UTF-8"),
        (HEADER_LINE.decode().encode("utf-16-le"), "bytes that are no UTF-8 text"),
        (HEADER_LINE.replace(b",", b";"), "columns separated by ';', wanted"),
        (HEADER_LINE.replace(b"\n", b"\r") * 2, "rows that end with carriage returns alone"),
        (b"PK\x03\x04\x14", "a ZIP archive, wanted a CSV file .*; unpack it"),
        (b'{"error": "denied"}', "a JSON document"),
    ],
)
def test_a_wrong_header_says_what_is_missing_extra_and_moved(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "awards.csv"
    path.write_bytes(content)

    with pytest.raises(SourceRejected, match=message):
        check_header(path)


cells = st.sampled_from(
    [b"", b"1", b'"a"', b'"x\n""y"",\r\n"', b'""', b'"', b"\\", b"\x00", b" ", b'" ', b"\xc3\xa9", b"\xff", b"\r"]
)
sound_cells = st.sampled_from([b"", b"01", b'"a, b"', b'"x\n""y"",\r\n"', b'""', b"\\", "\u2028".encode(), b'"\n"'])
row_ends = st.sampled_from([b"\n", b"\r\n"])


def rows_of(of_cells: st.SearchStrategy[bytes], count: st.SearchStrategy[int]) -> st.SearchStrategy[bytes]:
    """Rows that repeat a few drawn cells, so that 42 columns cost little to draw."""
    return st.builds(
        lambda drawn, columns, end: b",".join((drawn * 42)[:columns]) + end,
        st.lists(of_cells, min_size=1, max_size=5),
        count,
        row_ends,
    )


bodies = st.lists(
    st.one_of(
        rows_of(sound_cells, st.just(42)),
        rows_of(cells, st.integers(40, 44)),
        st.sampled_from([b"\n", b"\r", b'"', b"\xff", b"junk\n"]),
        st.binary(max_size=30),
    ),
    max_size=12,
).map(b"".join)


@settings(max_examples=40, deadline=None)
@given(bodies)
def test_any_bytes_are_read_or_set_aside_and_what_is_read_is_what_csv_reader_reads(body: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "awards.csv"
        path.write_bytes(HEADER_LINE + body)

        figures, rows, unreadable = read(path)

    assert figures.rows == len(rows) + len(unreadable)
    assert sorted(row[0] for row in rows + unreadable) == list(range(1, figures.rows + 1))
    left = HEADER_LINE + body
    for _, offset, _, size, _, raw in reversed(unreadable):
        assert left[offset : offset + size] == raw
        left = left[:offset] + left[offset + size :]
    expected = [row for row in csv.reader(io.StringIO(left.decode(), newline=""), strict=True) if row][1:]
    assert [list(row[1:]) for row in rows] == expected


DAMAGES: tuple[Callable[[bytes], bytes], ...] = (
    lambda record: record.rsplit(b",", 3)[0] + b"\n",
    lambda record: record[:-1] + b",extra\n",
    lambda record: b'"A"B' + record,
    lambda record: b'"A \\" B"' + record,
    lambda record: b'5" pipe' + record,
    lambda record: b"\xe9" + record,
    lambda record: b"\x00" + record,
)


def test_damage_strewn_over_a_file_is_all_found_and_no_other_row_is_touched(tmp_path: Path) -> None:
    path = write_sample(tmp_path, rows=2000, seed=11).awards_path
    with path.open("rb") as stream:
        _, *sound = (record.raw for record in records(stream, fields=42))
    damaged = [damage(ROW_WITHOUT_COMPANY) for damage in DAMAGES] * 20
    places = {index * 13 + 5: record for index, record in enumerate(damaged)}
    body = [record for index, row in enumerate(sound) for record in (row, places.get(index, b"")) if record]
    path.write_bytes(HEADER_LINE + b"".join(body))

    figures, rows, unreadable = read(path)

    assert (figures.rows, figures.unreadable) == (2000 + len(damaged), len(damaged))
    assert [raw for *_, raw in unreadable] == damaged
    expected = csv.reader(io.StringIO(b"".join(sound).decode(), newline=""), strict=True)
    assert [list(row[1:]) for row in rows] == list(expected)


REAL_ROWS = os.environ.get("SBIR_ETL_REAL_ROWS")


@pytest.mark.skipif(not REAL_ROWS, reason="set SBIR_ETL_REAL_ROWS to the folder of real-awards-*.csv.gz")
@pytest.mark.parametrize(("name", "count"), [("dod-2017-2019", 6880), ("mixed-sample", 805)])
def test_real_rows_are_all_read_as_csv_reader_reads_them(tmp_path: Path, name: str, count: int) -> None:
    path = tmp_path / "awards.csv"
    path.write_bytes(gzip.decompress((Path(str(REAL_ROWS)) / f"real-awards-{name}.csv.gz").read_bytes()))

    figures, rows, unreadable = read(path)

    assert (figures.rows, figures.readable, unreadable) == (count, count, [])
    with path.open(encoding="utf-8", newline="") as stream:
        expected = list(csv.reader(stream))[1:]
    assert [list(row[1:]) for row in rows] == expected
    assert len(NAMES) == len(expected[0])
