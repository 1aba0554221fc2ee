"""Walking the bytes of an award CSV record by record, as csv.reader would, and telling sound records from damaged ones.

A sound record is strict RFC 4180: valid UTF-8 without NUL, the right number of fields, quotes only around whole fields
and doubled within them. Everything else is damaged, and no byte is lost: a damaged record ends where csv.reader would
end it, unless a later line within it starts a sound record (a row cut off inside quotes would else swallow the next
one), or unless it never ends, in which case it is cut after its first line.

Almost every line needs no more than its quotes and commas looked at, which is why this walk takes a second for 400 MB.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain
from typing import BinaryIO, Final, NamedTuple

MAX_RECORD_BYTES: Final = 2_000_000
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


def records(stream: BinaryIO, *, fields: int, start: int = 0) -> Iterator[Record]:
    """Every record and blank line of a seekable stream from byte `start`; memory is bounded by MAX_RECORD_BYTES."""
    offset, line = stream.seek(start), 1
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
