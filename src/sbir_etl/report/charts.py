"""The report's plots: pygal lays them out, the page's stylesheet dresses them.

What pygal adds for stand-alone files (scripts, styles, a comment with today's date) is taken out again, so a plot is
the same bytes every time, follows light, dark and print, and still shows its values when a pointer rests on them.
"""

import re
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import pygal
from markupsafe import Markup
from pygal.etree import etree
from pygal.style import Style

from sbir_etl.awards.profile import Group
from sbir_etl.report.numbers import count, dollars, percent, round_dollars, share_of
from sbir_etl.report.text import plain

# On import pygal hooks itself into every later import, for map plugins we do not have; Python 3.11 warns of this kind
# of hook whenever a module is not found.
sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, pygal.PluginImportFixer)]

_WIDTH: Final = 480
_YEARS: Final = range(1950, 2100)
_LONGEST_DECIMALS = re.compile(r"(\d+\.\d{2})\d+")
_FEW_LABELS: Final = 4
_OTHERS: Final = " others"
_ROUND_FACTORS: Final = tuple(map(Decimal, ("0.2", "0.25", "0.5", "1", "2", "2.5")))

# The names of the file are too long for a plot on a phone.
_SHORT_NAMES: Final = {
    "department of agriculture": "USDA",
    "department of commerce": "DOC",
    "department of defense": "DoD",
    "department of education": "ED",
    "department of energy": "DOE",
    "department of health and human services": "HHS",
    "department of homeland security": "DHS",
    "department of the interior": "DOI",
    "department of transportation": "DOT",
    "environmental protection agency": "EPA",
    "national aeronautics and space administration": "NASA",
    "national science foundation": "NSF",
    "nuclear regulatory commission": "NRC",
}

Measure = Callable[[Group], Decimal]


def awards_of(group: Group) -> Decimal:
    """The measure that counts awards."""
    return Decimal(group.awards)


def dollars_of(group: Group) -> Decimal:
    """The measure that sums dollars."""
    return Decimal(group.dollars)


def short_name(label: str) -> str:
    """An agency's usual abbreviation, else the label itself, cut to fit."""
    return _SHORT_NAMES.get(label.strip().lower(), plain(label, 16) or "unknown")


def ranked(groups: Iterable[Group], limit: int) -> tuple[Group, ...]:
    """The groups with the most dollars, the rest added up in a last one."""
    ordered = sorted(groups, key=lambda group: (-dollars_of(group), -group.awards, group.label))
    rest = ordered[limit:]
    if len(rest) < 2:
        return tuple(ordered)
    others = Group(
        label=f"{len(rest)}{_OTHERS}",
        awards=sum(group.awards for group in rest),
        dollars=str(sum(map(dollars_of, rest), Decimal(0))),
    )
    return (*ordered[:limit], others)


def yearly(groups: Iterable[Group]) -> tuple[Group, ...]:
    """The groups that are years, in order and without gaps."""
    years = {int(group.label): group for group in groups if _is_year(group.label)}
    if not years:
        return ()
    return tuple(
        years.get(year, Group(label=str(year), awards=0, dollars="0")) for year in range(min(years), max(years) + 1)
    )


def columns_by_year(years: Sequence[Group], measure: Measure, title: str) -> Markup:
    """One upright bar per year."""
    chart = pygal.Bar(**_options(title, height=250), show_minor_x_labels=False, margin_right=14, max_scale=5)
    chart.value_formatter = count if measure is awards_of else round_dollars
    chart.x_labels = [group.label for group in years]
    chart.x_labels_major = [group.label for group in years if len(years) <= _FEW_LABELS or int(group.label) % 10 == 0]
    chart.y_labels = _round_scale(max(map(measure, years), default=Decimal(1)))
    chart.add(title, [float(measure(group)) for group in years], formatter=_formatter(measure))
    return _inline(chart, title)


def bars_by_group(groups: Sequence[Group], measure: Measure, title: str) -> Markup:
    """One lying bar per group, from the top in the order given, each with its figure at its end."""
    largest = max(map(measure, groups), default=Decimal(0))
    chart = pygal.HorizontalBar(
        **_options(title, height=26 * len(groups) + 24),
        show_x_labels=False,
        show_x_guides=False,
        print_values=True,
        print_values_position="top",
        range=(0, float(largest) * 1.22 or 1),
    )
    chart.value_formatter = _formatter(measure)
    chart.x_labels = [short_name(group.label) for group in reversed(groups)]
    chart.add(title, [_bar(group, measure) for group in reversed(groups)])
    return _inline(chart, title)


def shares_by_phase(phases: Sequence[Group], title: str) -> Markup:
    """Two bars, awards and dollars, each split by phase."""
    chart = pygal.HorizontalStackedBar(
        **_options(title, height=130) | {"show_legend": True},
        legend_at_bottom=True,
        legend_at_bottom_columns=max(len(phases), 1),
        truncate_legend=-1,
        show_x_labels=False,
        show_x_guides=False,
        print_values=True,
        range=(0, 1),
    )
    chart.value_formatter = lambda share: percent(share) if share > 0.07 else ""
    chart.x_labels = ["Dollars", "Awards"]
    totals = [sum(map(measure, phases)) for measure in (dollars_of, awards_of)]
    for phase in phases:
        parts = (dollars_of(phase), awards_of(phase))
        chart.add(
            plain(phase.label, 20),
            [share_of(float(part), float(all_)) for part, all_ in zip(parts, totals, strict=True)],
        )
    return _inline(chart, title)


def _bar(group: Group, measure: Measure) -> dict[str, Any]:
    value = {"value": float(measure(group))}
    return {**value, "node": {"class": "rect rest"}} if group.label.endswith(_OTHERS) else value


def _options(title: str, *, height: int) -> dict[str, Any]:
    # Room is laid out for the phone's larger letters; the stylesheet sets smaller ones where there is space.
    style = Style(label_font_size=15, major_label_font_size=15, value_font_size=15, legend_font_size=15)
    return {
        "width": _WIDTH, "height": height, "style": style, "js": [], "no_prefix": True, "show_legend": False,
        "margin": 4, "spacing": 6, "truncate_label": -1, "title": None, "no_data_text": f"No {title.lower()}",
    }  # fmt: skip


def _formatter(measure: Measure) -> Callable[[float], str]:
    if measure is awards_of:
        return count
    return lambda value: dollars(round(Decimal(value)))


def _round_scale(largest: Decimal) -> list[float]:
    """Zero and the three to five round steps that lie under the largest value.

    >>> _round_scale(Decimal(7300))
    [0.0, 2000.0, 4000.0, 6000.0]
    """
    power = Decimal(10) ** max(largest, Decimal(1)).adjusted()
    steps = [power * factor for factor in _ROUND_FACTORS if largest >= 3 * power * factor >= 3]
    step = max(steps, default=Decimal(1))
    return [float(step * index) for index in range(int(largest / step) + 1)]


def _is_year(label: str) -> bool:
    return label.isascii() and label.isdigit() and int(label) in _YEARS


def _inline(chart: Any, title: str) -> Markup:  # noqa: ANN401 - pygal publishes no types
    root = chart.render_tree()
    _strip(root)
    del root.attrib["id"]
    root.set("role", "img")
    root.set("aria-label", title)
    text = etree.tostring(root, encoding="unicode")
    return Markup(_LONGEST_DECIMALS.sub(r"\1", text))  # noqa: S704 - serialised XML: the serialiser escaped the labels


def _strip(node: Any) -> None:  # noqa: ANN401 - the same
    for child in list(node):
        if not isinstance(child.tag, str) or _is_for_scripts(child):
            node.remove(child)
        else:
            _strip(child)
    _hint(node)


def _is_for_scripts(node: Any) -> bool:  # noqa: ANN401 - the same
    return node.tag in {"defs", "script", "style", "title"} or "tooltip-overlay" in node.get("class", "")


def _hint(node: Any) -> None:  # noqa: ANN401 - the same
    """Turn what pygal's script would show as a tooltip into a `<title>`, which browsers and screen readers show."""
    notes = {child.get("class"): child for child in node if child.tag == "desc"}
    for child in notes.values():
        node.remove(child)
    if "value" in notes:
        label = notes["x_label"].text if "x_label" in notes else ""
        etree.SubElement(node, "title").text = f"{label}: {notes['value'].text}"
