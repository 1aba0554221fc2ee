"""What the walk over the bytes takes for a record, and what for damage."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sbir_etl.awards.records import BLANK, MAX_RECORD_BYTES, Record, Stretch, records, stretches

QUOTES = "a quote inside an unquoted field, or text after a closing quote"


def walk(data: bytes, fields: int = 3) -> list[Record]:
    return list(records(io.BytesIO(data), fields=fields))


def damages(data: bytes) -> list[tuple[bytes, str | None]]:
    return [(record.raw, record.damage) for record in walk(data)]


@pytest.mark.parametrize(
    "record",
    [
        b"1,2,3\n",
        b"1,2,3\r\n",
        b"1,2,3",
        b",,\n",
        b'"","",""\n',
        b'"a,b","c""d",""""\n',
        b'"a\nb\r\nc\rd",2,"""quoted""\n"\n',
        b'1,2,"line\n"" then\n"""\n',
        "1,caf\u00e9 \u2028 \x85 \u0085,\ufffd\n".encode(),
        b"=1,'2, 3 \n",
    ],
)
def test_a_strict_record_is_sound(record: bytes) -> None:
    assert damages(record * 2 if record.endswith(b"\n") else record)[-1] == (record, None)


@pytest.mark.parametrize(
    ("record", "damage"),
    [
        (b"1,2\n", "2 fields, wanted 3"),
        (b"1,2,3,4\n", "4 fields, wanted 3"),
        (b'1,"2"x,3\n', QUOTES),
        (b'1,"2" ,3\n', QUOTES),
        (b'1, "2",3\n', QUOTES),
        (b'1,"2\\"x",3\n', QUOTES),
        (b'1,5" pipe,3\n', QUOTES),
        (b'1,2,3"\n', QUOTES),
        (b"1,\xff,3\n", "bytes that are not UTF-8 (ff)"),
        (b"1,\xed\xa0\x80,3\n", "bytes that are not UTF-8 (ed)"),
        (b"1,2\r3,4\n", "a carriage return outside quotes"),
        (b"1,2,3\r\r\n", "a carriage return outside quotes"),
        (b"1,\x00,3\n", "a NUL byte"),
        (b"\n", BLANK),
        (b"\r\n", BLANK),
    ],
)
def test_damage_is_named_and_the_records_around_it_are_untouched(record: bytes, damage: str) -> None:
    good = b'1,"2\n2",3\n'

    assert damages(good + record + good) == [(good, None), (record, damage), (good, None)]


def test_a_damaged_record_keeps_the_quoted_lines_that_csv_reader_gives_it() -> None:
    record = b'"A"B,"first\nsecond\nthird",3\n'

    assert damages(record + b"1,2,3\n") == [(record, QUOTES), (b"1,2,3\n", None)]


def test_a_record_cut_off_inside_quotes_does_not_swallow_the_next_one() -> None:
    assert damages(b'1,"cut\n"1",2,"3\n3"\n1,2,3\n') == [
        (b'1,"cut\n', "a quote that is never closed"),
        (b'"1",2,"3\n3"\n', None),
        (b"1,2,3\n", None),
    ]


def test_a_cut_off_record_does_not_swallow_a_row_that_reaches_beyond_it() -> None:
    good = b'1,"with ""quotes"", in\ntwo lines",3\n'

    assert damages(b'1,"cut\n' + good + good) == [
        (b'1,"cut\n', "a quote that is never closed"),
        (good, None),
        (good, None),
    ]


def test_a_quote_that_is_never_closed_damages_one_line_only() -> None:
    assert damages(b'1,2,"3\n1,2,3\n1,2\n') == [
        (b'1,2,"3\n', "a quote that is never closed"),
        (b"1,2,3\n", None),
        (b"1,2\n", "2 fields, wanted 3"),
    ]


def test_a_quote_open_for_longer_than_a_record_may_be_damages_one_line_only() -> None:
    line = b"no record " * 100 + b"\n"
    count = 2 * MAX_RECORD_BYTES // len(line)

    found = walk(b'1,2,"3\n' + line * count + b"1,2,3\n")

    assert found[0].damage == "a quote that is never closed"
    assert found[-1] == Record(7 + count * len(line), count + 2, b"1,2,3\n", 6, None)
    assert len(found) == count + 2


def test_a_line_longer_than_a_record_may_be_is_one_damaged_record_with_its_beginning() -> None:
    giant = b"1," + b"x" * (3 * MAX_RECORD_BYTES) + b",3\n"

    first, second, third = walk(b"1,2,3\n" + giant + b"1,2,3\n")

    assert second.damage == f"a line longer than {MAX_RECORD_BYTES:,} bytes"
    assert (second.offset, second.size, len(second.raw)) == (6, len(giant), MAX_RECORD_BYTES)
    assert (first.damage, third.damage, third.line) == (None, None, 3)


def test_a_giant_line_within_a_record_is_never_taken_for_a_whole_one() -> None:
    giant = b'2",' + b"x" * (2 * MAX_RECORD_BYTES) + b"\n"

    opened, found, good = walk(b'1,"2\n' + giant + b"1,2,3\n")

    assert (opened.raw, opened.damage) == (b'1,"2\n', "a quote that is never closed")
    assert (found.size, found.damage) == (len(giant), f"a line longer than {MAX_RECORD_BYTES:,} bytes")
    assert good.damage is None


def test_a_giant_line_without_an_end_is_accounted_for() -> None:
    (record,) = walk(b"x" * (MAX_RECORD_BYTES + 1))

    assert record.size == MAX_RECORD_BYTES + 1


def test_the_walk_starts_behind_a_byte_order_mark() -> None:
    assert next(records(io.BytesIO(b'\xef\xbb\xbf"1",2,3\n'), fields=3, start=3)) == Record(3, 1, b'"1",2,3\n', 8, None)


pieces = st.sampled_from(
    [
        b'"',
        b'""',
        b",",
        b"\n",
        b"\r\n",
        b"\r",
        b"a",
        b" ",
        b"\\",
        b"\x00",
        b"\xff",
        "\u2028".encode(),
        b"1,2,3\n",
        b'"1\n",2,3\n',
    ]
)


@given(st.lists(pieces, max_size=40).map(b"".join))
@example(b'"\n""\n""\n')
def test_records_tile_the_bytes_and_sound_ones_read_as_csv_reader_reads_them(data: bytes) -> None:
    found = walk(data)

    assert b"".join(record.raw for record in found) == data
    assert [data.count(b"\n", 0, record.offset) + 1 for record in found] == [record.line for record in found]
    for record in found:
        if record.damage is None:
            (cells,) = csv.reader(io.StringIO(record.raw.decode(), newline=""), strict=True)
            assert len(cells) == 3


@given(st.lists(pieces, max_size=40).map(b"".join))
def test_where_nothing_is_damaged_the_records_are_those_of_csv_reader(data: bytes) -> None:
    found = [record for record in walk(data) if record.damage is not BLANK]

    if all(record.damage is None for record in found):
        rows = [row for row in csv.reader(io.StringIO(data.decode(), newline="")) if row]
        assert len(rows) == len(found)


@given(st.binary(max_size=300))
def test_any_bytes_are_walked_over_without_loss(data: bytes) -> None:
    assert b"".join(record.raw for record in walk(data)) == data


def test_buffer_boundaries_change_nothing(tmp_path: Path) -> None:
    data = b'1,"2\n2",3\n"x"y,2,"\n",4\n1,2,3\r\n' * 50
    path = tmp_path / "awards.csv"
    path.write_bytes(data)

    for buffering in (2, 3, 7, 64):
        with path.open("rb", buffering=buffering) as stream:
            assert list(records(stream, fields=3)) == walk(data)


def assert_stretches_are_the_records(data: bytes, block_bytes: int) -> None:
    expected = iter(walk(data))
    for each in stretches(io.BytesIO(data), fields=3, block_bytes=block_bytes):
        if isinstance(each, Record):
            assert each == next(expected)
            continue
        members = [next(expected) for _ in range(each.rows)]
        assert b"".join(record.raw for record in members) == each.raw
        assert members[0].line == each.line
        assert {record.damage for record in members} == {None}
        ends = {b"\r\n" if record.raw.endswith(b"\r\n") else record.raw[-1:] for record in members}
        assert ends == {each.row_end}
    assert list(expected) == []


@settings(max_examples=500)
@given(
    st.lists(pieces | st.sampled_from([b"1,2,3\n", b'1,"2\n""",3\n']), max_size=40).map(b"".join), st.integers(1, 200)
)
def test_stretches_are_records_taken_together_whatever_the_blocks(data: bytes, block_bytes: int) -> None:
    assert_stretches_are_the_records(data, block_bytes)


def test_sound_records_are_taken_together_and_damaged_ones_one_by_one() -> None:
    sound = '1,"caf\u00e9 ""\n""",3\n'.encode() * 1000
    data = sound + b"1,2\n" + sound

    found = list(stretches(io.BytesIO(data), fields=3, block_bytes=1000))

    assert sum(isinstance(each, Stretch) for each in found) > 30
    assert [each.raw for each in found if isinstance(each, Record) and each.damage] == [b"1,2\n"]
    assert_stretches_are_the_records(data, 1000)
