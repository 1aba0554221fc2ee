"""What the page and its Markdown twin both show, chosen and ordered once."""

from collections.abc import Mapping
from typing import Any, Final

from sbir_etl.report.contents import Report
from sbir_etl.report.numbers import count, share_of
from sbir_etl.report.text import header
from sbir_etl.report.verdict import judge

_FIELDS_SHOWN: Final = 20
# What a kind of change is called, and the colour of its chip.
_KINDS: Final = {
    "added": ("new", "good"),
    "changed": ("changed", "warn"),
    "cosmetic": ("rewritten", ""),
    "removed": ("gone", "bad"),
}

# Samples keep the beginning of long texts; two beginnings may be the same.
_BEYOND: Final = "differs beyond the part that is kept here"

Meter = tuple[str, float, str]
"""A label, how full its bar is between 0 and 1, and the figure beside it."""


def view(report: Report) -> dict[str, Any]:
    """The names both templates know."""
    rules = sorted(report.validation.rules, key=lambda rule: (rule.severity, -rule.count, rule.id))
    return {
        "report": report,
        "verdict": judge(report),
        "kinds": _KINDS,
        "beyond": _BEYOND,
        "fields_changed": _ranked(report.changes.by_field),
        "rules_broken": [rule for rule in rules if rule.count],
        "rules_kept": [rule for rule in rules if not rule.count],
    }


def _ranked(by_field: Mapping[str, int]) -> list[Meter]:
    counted = [(field, number) for field, number in by_field.items() if number]
    ordered = sorted(counted, key=lambda item: (-item[1], item[0]))
    largest = max(by_field.values(), default=0)
    return [(header(field), share_of(number, largest), count(number)) for field, number in ordered[:_FIELDS_SHOWN]]
