"""Walking the bytes of an award CSV record by record, as csv.reader would, and telling sound records from damaged ones.

A sound record is strict RFC 4180: valid UTF-8 without NUL, the right number of fields, quotes only around whole fields
and doubled within them. Everything else is damaged, and no byte is lost: a damaged record ends where csv.reader would
end it, unless a later line within it starts a sound record (a row cut off inside quotes would else swallow the next
one), or unless it never ends, in which case it is cut after its first line.

`records` gives them one by one. Nearly all records of a real file are sound, so `stretches` first asks of a whole block
whether all in it is, with the few bytes methods that run at memory speed, and walks only where the answer is no.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

MAX_RECORD_BYTES: Final = 2_000_000
# Fits the processor's cache, and is less than malloc maps anew for every block (128 KiB): a fresh page costs more than
# what is read into it.
BLOCK_BYTES: Final = 1 << 16
BLANK: Final = "blank line"
_NEVER_CLOSED: Final = "a quote that is never closed"

# Possessive: a doubled quote must never be given back as a closing one.
_THROUGH_CLOSING_QUOTE: Final = re.compile(rb'(?:[^"]|"")*+"')
_COMMA: Final = ord(",")


class Record(NamedTuple):
    """A record's place and bytes, row end included; `line` counts physical lines from the stream's first, 1.

    `damage` says what is wrong with it, None for a sound record, BLANK for an empty line, which is no record at all.
    `size` exceeds `len(raw)` only where a physical line is longer than MAX_RECORD_BYTES: `raw` then is its beginning.
    """

    offset: int
    line: int
    raw: bytes
    size: int
    damage: str | None


class Stretch(NamedTuple):
    """The bytes of `rows` sound records that follow each other, row ends included; `line` is as of Record."""

    line: int
    raw: bytes
    rows: int
    row_end: bytes


def stretches(
    stream: BinaryIO, *, fields: int, start: int = 0, block_bytes: int = BLOCK_BYTES
) -> Iterator[Stretch | Record]:
    """What `records` gives, with sound records that follow each other taken together."""
    offset, line = start, 1
    while stream.seek(offset) is not None and (block := stream.read(block_bytes)):
        if stretch := _sound_stretch(block, fields, line):
            yield stretch
            offset += len(stretch.raw)
            line += stretch.raw.count(b"\n")
            continue
        end = offset + len(block)
        for record in records(stream, fields=fields, start=offset, line=line):
            yield record
            offset += record.size
            line += record.raw.count(b"\n") or 1
            if offset >= end:
                break


def _sound_stretch(block: bytes, fields: int, line: int) -> Stretch | None:
    """The records that are complete in `block`, if all are sound and there is one."""
    parts = _up_to_last_row_end(block.split(b'"'))
    outside = parts[::2]
    bare = b'"'.join(outside)
    row_end = _row_end(bare)
    if row_end is None or not _all_quotes_enclose_fields(outside) or not _is_text(block, parts):
        return None
    rows = bare.split(b"\n")[:-1]
    if {row.count(b",") for row in rows} != {fields - 1}:
        return None
    return Stretch(line, block[: sum(map(len, parts)) + len(parts) - 1], len(rows), row_end)


def _up_to_last_row_end(parts: list[bytes]) -> list[bytes]:
    """Of the parts between quotes, of which every other one lies outside, those of complete records; none: empty."""
    for index in range((len(parts) - 1) // 2 * 2, -1, -2):
        if end := parts[index].rfind(b"\n") + 1:
            return [*parts[:index], parts[index][:end]]
    return []


def _row_end(bare: bytes) -> bytes | None:
    carriage_returns = bare.count(b"\r")
    if not carriage_returns:
        return b"\n"
    return b"\r\n" if carriage_returns == bare.count(b"\r\n") == bare.count(b"\n") else None


def _all_quotes_enclose_fields(outside: Sequence[bytes]) -> bool:
    """As `_quotes_enclose_fields`, of many records: also from row end to row end."""
    behind_quotes = {text[:1] for text in outside[1:]}
    before_quotes = {text[-1:] for text in outside[:-1]}
    return behind_quotes <= {b"", b",", b"\r", b"\n"} and before_quotes <= {b"", b",", b"\n"}


def _is_text(block: bytes, parts: Sequence[bytes]) -> bool:
    if b"\0" in block:
        return False
    try:
        # Joined by what stands in no character of several bytes, so that no two halves make a whole one.
        b'"'.join([part for part in parts if not part.isascii()]).decode()
    except UnicodeDecodeError:
        return False
    return True


def records(stream: BinaryIO, *, fields: int, start: int = 0, line: int = 1) -> Iterator[Record]:
    """Every record and blank line of a seekable stream from byte `start`, which is on `line`; memory is bounded by
    MAX_RECORD_BYTES."""
    offset = stream.seek(start)
    while first := stream.readline(MAX_RECORD_BYTES):
        lines, damage = _gather(stream, first, fields)
        raw = first if len(lines) == 1 else b"".join(lines)
        size = len(raw) + (_skip_line(stream) if _is_cut(first) else 0)
        yield Record(offset, line, raw, size, damage)
        offset += size
        line += len(lines)


def _gather(stream: BinaryIO, first: bytes, fields: int) -> tuple[list[bytes], str | None]:
    """The lines of the record that starts with `first`, and its damage; the stream is left where the next starts."""
    lines = [first]
    if first in (b"\n", b"\r\n"):
        return lines, BLANK
    if _is_cut(first):
        return lines, f"a line longer than {MAX_RECORD_BYTES:,} bytes"
    walk = _Walk()
    walk.over(first)
    size = len(first)
    while walk.quoted and size <= MAX_RECORD_BYTES and (line := stream.readline(MAX_RECORD_BYTES)):
        lines.append(line)
        size += len(line)
        if b'"' in line:
            walk.over(line)
    is_whole = not walk.quoted and not _is_cut(lines[-1])
    damage = walk.damage(fields) or _bytes_damage(lines) if is_whole else _NEVER_CLOSED
    if damage is None or len(lines) == 1:
        return lines, damage
    end = stream.tell()
    kept = lines[: _lines_of_damage(stream, lines, fields, closed=is_whole)]
    stream.seek(end - sum(map(len, lines[len(kept) :])))
    return kept, damage if len(kept) == len(lines) else _NEVER_CLOSED


class _Walk:
    """Where csv.reader would stand after the lines walked over: within quotes or not, and whether all was strict."""

    __slots__ = ("carriage_return", "commas", "quoted", "strict")

    def __init__(self) -> None:
        self.quoted = False
        self.strict = True
        self.carriage_return = False
        self.commas = 0

    def over(self, line: bytes) -> None:
        parts = line.split(b'"')
        outside = parts[self.quoted :: 2]
        ends_quoted = self.quoted ^ (not len(parts) % 2)
        if not ends_quoted:
            outside[-1] = _without_row_end(outside[-1])
        if self.strict and _quotes_enclose_fields(outside, starts_quoted=self.quoted, ends_quoted=ends_quoted):
            bare = b'"'.join(outside)
            self.commas += bare.count(b",")
            self.carriage_return |= b"\r" in bare
            self.quoted = ends_quoted
        else:
            self.strict = False
            self.quoted = _ends_quoted(line, quoted=self.quoted)

    def damage(self, fields: int) -> str | None:
        if not self.strict:
            return "a quote inside an unquoted field, or text after a closing quote"
        if self.commas + 1 != fields:
            return f"{self.commas + 1} fields, wanted {fields}"
        if self.carriage_return:
            return "a carriage return outside quotes"
        return None


def _quotes_enclose_fields(outside: Sequence[bytes], *, starts_quoted: bool, ends_quoted: bool) -> bool:
    """Whether the text between quoted stretches is nothing (a doubled quote) or reaches from comma to comma."""
    last = len(outside) - 1
    for index, text in enumerate(outside):
        if not text:
            continue
        follows_quote = index > 0 or starts_quoted
        precedes_quote = index < last or ends_quoted
        if (follows_quote and text[0] != _COMMA) or (precedes_quote and text[-1] != _COMMA):
            return False
    return True


def _ends_quoted(line: bytes, *, quoted: bool) -> bool:
    """Whether csv.reader is within quotes after this line; it takes misplaced quotes for text."""
    position = 0
    while True:
        if not quoted and line.startswith(b'"', position):
            quoted, position = True, position + 1
        if quoted:
            closing = _THROUGH_CLOSING_QUOTE.match(line, position)
            if closing is None:
                return True
            position = closing.end()
        position = line.find(b",", position) + 1
        if not position:
            return False
        quoted = False


def _lines_of_damage(stream: BinaryIO, lines: Sequence[bytes], fields: int, *, closed: bool) -> int:
    """How many lines are the damaged record: up to one that starts a sound record, else all, or one if unclosed.

    The sound record may reach beyond `lines`, behind which the stream stands.
    """
    end = stream.tell()
    for start in range(1, len(lines)):
        stream.seek(end)
        if _starts_sound_record(lines[start:], stream, fields):
            return start
    return len(lines) if closed else 1


def _starts_sound_record(lines: Sequence[bytes], stream: BinaryIO, fields: int) -> bool:
    walk = _Walk()
    size = 0
    following = iter(partial(stream.readline, MAX_RECORD_BYTES), b"")
    for count, line in enumerate(chain(lines, following), start=1):
        walk.over(line)
        size += len(line)
        if not walk.strict or size > MAX_RECORD_BYTES:
            return False
        if not walk.quoted:
            return not walk.damage(fields) and not _bytes_damage(lines[:count])
    return False


def _bytes_damage(lines: Sequence[bytes]) -> str | None:
    for line in lines:
        if b"\0" in line:
            return "a NUL byte"
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError as error:
            return f"bytes that are not UTF-8 ({line[error.start : error.end].hex(' ')})"
    return None


def _without_row_end(text: bytes) -> bytes:
    if text.endswith(b"\r\n"):
        return text[:-2]
    return text.removesuffix(b"\n")


def _is_cut(line: bytes) -> bool:
    return len(line) == MAX_RECORD_BYTES and not line.endswith(b"\n")


def _skip_line(stream: BinaryIO) -> int:
    skipped = 0
    while piece := stream.readline(MAX_RECORD_BYTES):
        skipped += len(piece)
        if piece.endswith(b"\n"):
            break
    return skipped
