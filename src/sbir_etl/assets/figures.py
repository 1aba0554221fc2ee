"""Tables and plots as Dagster shows them beside an asset: Markdown whose every cell is plain text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import dagster as dg

Metadata: TypeAlias = Mapping[str, dg.MetadataValue | int | float | str]

LONGEST_CELL: Final = 80
WIDEST_BAR: Final = 30
# What would begin a tag, an entity, a link, emphasis or another cell.
_PLAIN: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#!|~&$"})


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A table with `header` above; None is an empty cell."""
    lines = [header, ["---"] * len(header), *(map(_cell, row) for row in rows)]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def bars(label: str, measure: str, values: Iterable[tuple[str, float]]) -> dg.MarkdownMetadataValue:
    """A lying bar per value, all to one scale."""
    pairs = list(values)
    largest = max((value for _, value in pairs), default=0) or 1
    rows = ((name, f"{value:,}", "█" * round(WIDEST_BAR * value / largest)) for name, value in pairs)
    return table((label, measure, " "), rows)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    short = text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
    return short.translate(_PLAIN)
