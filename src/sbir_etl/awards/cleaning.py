"""What is done to a raw cell before it is an award's value: few operations, declared, and counted per column.

The raw text stays in raw.parquet. Nothing here guesses: an operation undoes what an export did to the text (entities,
double encoding), or drops what says nothing (outer blanks, placeholders).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from html.entities import html5
from typing import Final

import duckdb

from sbir_etl.awards.schema import COLUMNS, Column, Kind

# In lower case. "Unknown" or "0" may be meant; what is listed here never is.
PLACEHOLDERS: Final = ("-", "--", ".", "n/a", "na", "n.a.", "none", "null", "nan", "tbd")
# "() -", "(000) 000-0000", "http://", "0000-00-00"; patterns of the whole text.
PLACEHOLDERS_BY_KIND: Final[dict[Kind, str]] = {
    "phone": "[^0-9]*|[^1-9]*",
    "url": "https?://",
    "date": "0000-00-00",
    "year": "0+",
}
PLACEHOLDERS_BY_COLUMN: Final = {"duns": "0+", "zip": "[-0]+"}
_LONGEST_PLACEHOLDER: Final = max(map(len, PLACEHOLDERS))

_PROSE: Final[frozenset[Kind]] = frozenset({"text", "url", "email"})
_WIDE_BLANK: Final = "chr(160)"
_BLANKS: Final = ("' '", "chr(9)", "chr(10)", "chr(13)", _WIDE_BLANK)
# What every entity looks like, for the cheap question: most ampersands are those of "R&D".
_LIKE_ENTITY: Final = "&(#|[A-Za-z])[0-9A-Za-z]*;"
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|(?P<name>[A-Za-z][A-Za-z0-9]{1,31}));")

# What the bytes 0x80-0xBF of UTF-8 look like when they were taken for Windows-1252 (or, where it has none, for C1).
_WINDOWS: Final = {bytes([byte]).decode("cp1252", "ignore") or chr(byte): byte for byte in range(0x80, 0xC0)}
_BYTES: Final = {chr(byte): byte for byte in range(0x80, 0x100)} | _WINDOWS
_CONTINUATION: Final = "[" + "".join(sorted({*_WINDOWS, *map(chr, range(0x80, 0xC0))})) + "]"
# Only leads of what abstracts hold (Latin and Greek letters, punctuation, ligatures, emoji): other leads can be meant,
# as in "10 \u00c5\u201d" or "caf\u00e9\u2019\u2019", which would decode to nonsense.
_LEADS_BY_LENGTH: Final = ("\u00c2\u00c3\u00ce\u00cf", "\u00e2\u00ef", "\u00f0")
_LEADS: Final = "".join(_LEADS_BY_LENGTH)
DOUBLE_ENCODED: Final = "|".join(
    f"[{leads}]{_CONTINUATION}{{{count}}}" for count, leads in enumerate(_LEADS_BY_LENGTH, start=1)
)
# The same said so that Python can look for all leads at once, which is four times as fast.
_DOUBLE_ENCODED: Final = re.compile(
    f"[{_LEADS}](?:"
    + "|".join(f"(?<=[{leads}]){_CONTINUATION}{{{count}}}" for count, leads in enumerate(_LEADS_BY_LENGTH, start=1))
    + ")"
)


def resolve_entities(text: str) -> str:
    """The text with its HTML entities resolved once.

    >>> resolve_entities("R&D &amp; test &#039;A&#039; &lt;1 &unknown; AT&T")
    "R&D & test 'A' <1 &unknown; AT&T"
    """
    return _ENTITY.sub(_resolved, text)


def _resolved(match: re.Match[str]) -> str:
    if match["name"] and f"{match['name']};" not in html5:
        return match[0]
    resolved = unescape(match[0])
    # Nothing, or the sign for a lost character: the reference was no text, so it stays as it is.
    return match[0] if resolved in ("", "\ufffd") else resolved


def undo_double_encoding(text: str) -> str:
    """The text with each UTF-8 sequence that was read as Windows-1252 and encoded again put right.

    >>> undo_double_encoding("the firm\u00e2\u20ac\u2122s caf\u00c3\u00a9, d\u00e9j\u00e0 vu")
    'the firm\u2019s caf\u00e9, d\u00e9j\u00e0 vu'
    """
    return _DOUBLE_ENCODED.sub(_decoded, text)


def _decoded(match: re.Match[str]) -> str:
    try:
        return bytes(_BYTES[character] for character in match[0]).decode()
    except UnicodeDecodeError:
        return match[0]


def install(database: duckdb.DuckDBPyConnection) -> None:
    """Give the connection the two functions that the SQL of the stages calls."""
    database.create_function("resolve_entities", resolve_entities)
    database.create_function("undo_double_encoding", undo_double_encoding)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation; `value` gives the SQL for what becomes of a column's text, or None where it does not apply.

    `took_effect` is SQL over the text before, `{0}`, and after, `{1}`.
    """

    id: str
    title: str
    value: Callable[[Column, str], str | None]
    took_effect: str = "{0} <> {1}"


def _resolve_entities(column: Column, text: str) -> str | None:
    if column.kind not in _PROSE:
        return None
    found = f"contains({text}, '&') AND regexp_matches({text}, '{_LIKE_ENTITY}')"
    return f"CASE WHEN {found} THEN resolve_entities({text}) ELSE {text} END"


def _undo_double_encoding(column: Column, text: str) -> str | None:
    if column.kind not in _PROSE:
        return None
    # The cheap questions first: most text is ASCII, where bytes and characters are equally many; and most of the rest
    # has its dashes and curly quotes right, so that no lead occurs in it.
    leads = " OR ".join(f"contains({text}, '{lead}')" for lead in _LEADS)
    found = f"({leads}) AND regexp_matches({text}, '{DOUBLE_ENCODED}')"
    return (
        f"CASE WHEN strlen({text}) = length({text}) THEN {text} "
        f"WHEN {found} THEN undo_double_encoding({text}) ELSE {text} END"
    )


def _trim(_column: Column, text: str) -> str:
    return trimmed(text)


def trimmed(text: str) -> str:
    """SQL of the text without the blanks at its ends."""
    # Asked before trimming: trim() walks over every character of an abstract. The ASCII blanks are all before "!".
    wide = f"prefix({text}, {_WIDE_BLANK}) OR suffix({text}, {_WIDE_BLANK})"
    ends = f"({text} < '!' OR {text}[-1] < '!' OR {wide})"
    return f"CASE WHEN {text} <> '' AND {ends} THEN trim({text}, {' || '.join(_BLANKS)}) ELSE {text} END"


def _drop_placeholder(column: Column, text: str) -> str:
    return f"CASE WHEN {text} = '' THEN NULL WHEN {is_placeholder(column, text)} THEN NULL ELSE {text} END"


def is_placeholder(column: Column, text: str) -> str:
    """SQL of whether the trimmed text stands for nothing, though it is not empty."""
    listed = ", ".join(f"'{placeholder}'" for placeholder in PLACEHOLDERS)
    pattern = PLACEHOLDERS_BY_COLUMN.get(column.name) or PLACEHOLDERS_BY_KIND.get(column.kind)
    cases = [f"WHEN strlen({text}) BETWEEN 1 AND {_LONGEST_PLACEHOLDER} AND lower({text}) IN ({listed}) THEN true"]
    if pattern:
        cases.append(f"WHEN {text} <> '' AND regexp_full_match({text}, '{pattern}') THEN true")
    return f"CASE {' '.join(cases)} ELSE false END"


OPERATIONS: Final = (
    Operation(id="entities", title="HTML entities resolved", value=_resolve_entities),
    Operation(id="double_encoding", title="double-encoded text decoded", value=_undo_double_encoding),
    Operation(id="blanks", title="blanks at the ends removed", value=_trim),
    Operation(
        id="placeholder",
        title="placeholder taken for empty",
        value=_drop_placeholder,
        took_effect="{0} <> '' AND {1} IS NULL",
    ),
)


def cleaned(source: str, columns: Sequence[Column] = COLUMNS) -> str:
    """CTEs over the raw columns of `source`, the last of them `cleaned`: row_number, the columns, and a bitmask
    per operation, named like it, with the bits of the columns it changed (bit 0 is the first of all columns).

    Prose (texts, addresses of pages and mails) needs the functions of `install`.
    """
    names = {column.name: column.name for column in columns}
    steps, masks, before = [], [], source
    for operation in OPERATIONS:
        values = {column.name: operation.value(column, names[column.name]) for column in columns}
        after = {name: f"{name}_{operation.id}" for name, value in values.items() if value}
        selected = ", ".join(["*", *(f"{values[name]} AS {alias}" for name, alias in after.items())])
        steps.append(f"stage_{operation.id} AS (SELECT {selected} FROM {before})")
        masks.append(f"{_mask(operation, names, after)} AS {operation.id}")
        names |= after
        before = f"stage_{operation.id}"
    texts = ", ".join(f"{name} AS {column}" for column, name in names.items())
    steps.append(f"cleaned AS (SELECT row_number, {texts}, {', '.join(masks)} FROM {before})")
    return ",\n".join(steps)


def _mask(operation: Operation, before: Mapping[str, str], after: Mapping[str, str]) -> str:
    bits = (
        f"CASE WHEN {operation.took_effect.format(before[column.name], after[column.name])} THEN {1 << bit} ELSE 0 END"
        for bit, column in enumerate(COLUMNS)
        if column.name in after
    )
    return f"({' + '.join(['0', *bits])})::BIGINT"


def counted(masks: Iterable[tuple[int, int]]) -> dict[str, int]:
    """Column to count, from the distinct masks of one operation and how many rows have each."""
    counts: Counter[str] = Counter()
    for mask, rows in masks:
        for bit, column in enumerate(COLUMNS):
            if mask >> bit & 1:
                counts[column.name] += rows
    return dict(counts)
