"""Tables and plots as Dagster shows them beside an asset: Markdown whose every cell is plain text."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Final, TypeAlias

import dagster as dg

Metadata: TypeAlias = Mapping[str, dg.MetadataValue | int | float | str]

LONGEST_CELL: Final = 80
WIDEST_BAR: Final = 30
PLOT_WIDTH: Final = 480
PLOT_HEIGHT: Final = 120
LETTERS: Final = 14
# What would begin a tag, an entity, a link, emphasis or another cell.
_PLAIN: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>()#!|~&$"})


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    """A table with `header` above; a cell of None is empty, and a table without rows is the word none."""
    cells = [[_cell(value) for value in row] for row in rows]
    if not cells:
        return dg.MetadataValue.md("none")
    lines = [header, ["---"] * len(header), *cells]
    return dg.MetadataValue.md("\n".join(f"| {' | '.join(line)} |" for line in lines))


def bars(label: str, measure: str, values: Iterable[tuple[str, float]]) -> dg.MarkdownMetadataValue:
    """A lying bar per value, all to one scale."""
    pairs = list(values)
    largest = max((value for _, value in pairs), default=0) or 1
    rows = ((name, f"{value:,}", "█" * round(WIDEST_BAR * value / largest)) for name, value in pairs)
    return table((label, measure, " "), rows)


def columns(title: str, values: Iterable[tuple[str, float]]) -> dg.MarkdownMetadataValue:
    """A plot with an upright column per value, the first and last of them named below."""
    pairs = list(values)
    if not pairs:
        return dg.MetadataValue.md("none")
    drawing = b64encode(_drawn(title, pairs).encode()).decode()
    return dg.MetadataValue.md(f"![{_cell(title)}](data:image/svg+xml;base64,{drawing})")


def _drawn(title: str, pairs: Sequence[tuple[str, float]]) -> str:
    step = PLOT_WIDTH / len(pairs)
    largest = max(value for _, value in pairs) or 1
    rectangles = "".join(
        f'<rect x="{index * step:.1f}" y="{PLOT_HEIGHT * (1 - value / largest):.1f}" width="{step * 0.8:.1f}" '
        f'height="{PLOT_HEIGHT * value / largest:.1f}"/>'
        for index, (_, value) in enumerate(pairs)
    )
    baseline = PLOT_HEIGHT + LETTERS
    first, last = (escape(pairs[index][0]) for index in (0, -1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{PLOT_WIDTH}" height="{baseline + 4}" fill="#4f7ac7" '
        f'font-family="sans-serif" font-size="{LETTERS - 2}"><title>{escape(title)}</title>{rectangles}'
        f'<text x="0" y="{baseline}">{first}</text>'
        f'<text x="{PLOT_WIDTH}" y="{baseline}" text-anchor="end">{last}</text></svg>'
    )


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    short = text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"
    return short.translate(_PLAIN)
