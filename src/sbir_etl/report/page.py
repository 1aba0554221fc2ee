"""The report as one HTML page that needs nothing else: no network, no script, no other file."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from markupsafe import Markup

from sbir_etl.awards.profile import ColumnProfile, Group, Profile
from sbir_etl.companies.matching import EnrichmentSummary, MethodCount
from sbir_etl.report import charts
from sbir_etl.report.contents import Report
from sbir_etl.report.numbers import percent, plural, share_of
from sbir_etl.report.theme import environment
from sbir_etl.report.view import Meter, view

_STATES_SHOWN: Final = 15
_AGENCIES_SHOWN: Final = 15
_PHASES_SHOWN: Final = 3
# The profile is of the file as it is: a damaged one may hold thousands of "states".
_ROWS_SHOWN: Final = 70
_METHODS: Final = {"uei": "UEI", "duns": "DUNS", "name": "name", "fuzzy": "nearly the same name"}


def render_html(report: Report) -> str:
    """The whole page; the same report gives the same bytes. Award text is escaped wherever it appears."""
    return environment().get_template("report.html").render(**_context(report))


def _context(report: Report) -> dict[str, Any]:
    profile, validation = report.profile, report.validation
    return {
        **view(report),
        "started_on": f"{report.started_at:%A}, {report.started_at.day} {report.started_at:%B %Y}",
        "cleaned": [
            (column, operation, number)
            for column, operations in sorted(validation.cleaned.items())
            for operation, number in sorted(operations.items())
            if number
        ],
        "plots": _plots(profile),
        "years_note": _years_note(profile.by_year),
        "group_tables": _group_tables(profile),
        "coverage": _coverage(report),
        "methods": [(_METHODS.get(name, name), found) for name, found in _most_awards_first(report.enrichment)],
        "columns": [(column, _filled(column, profile.rows)) for column in profile.columns],
    }


def _plots(profile: Profile) -> dict[str, Markup]:
    years = charts.yearly(profile.by_year)
    agencies = charts.ranked(profile.by_agency, _AGENCIES_SHOWN)
    states = charts.ranked(profile.by_state, _STATES_SHOWN)
    return {
        "dollars_by_year": charts.columns_by_year(years, charts.dollars_of, "Dollars"),
        "awards_by_year": charts.columns_by_year(years, charts.awards_of, "Awards"),
        "dollars_by_agency": charts.bars_by_group(agencies, charts.dollars_of, "Dollars"),
        "awards_by_agency": charts.bars_by_group(agencies, charts.awards_of, "Awards"),
        "dollars_by_state": charts.bars_by_group(states, charts.dollars_of, "Dollars"),
        "awards_by_state": charts.bars_by_group(states, charts.awards_of, "Awards"),
        "phases": charts.shares_by_phase(sorted(charts.ranked(profile.by_phase, _PHASES_SHOWN), key=_label), "Phases"),
    }


def _years_note(by_year: Sequence[Group]) -> str:
    """Says what the plots by year leave out."""
    shown = {group.label for group in charts.yearly(by_year)}
    left_out = sum(group.awards for group in by_year if group.label not in shown)
    return f"without {plural(left_out, 'record')} that have no year" if left_out else ""


def _group_tables(profile: Profile) -> tuple[tuple[str, Iterable[Group]], ...]:
    return (
        ("Agencies", charts.ranked(profile.by_agency, _ROWS_SHOWN)),
        ("Years", sorted(charts.ranked(profile.by_year, _ROWS_SHOWN), key=_label, reverse=True)),
        ("States", charts.ranked(profile.by_state, _ROWS_SHOWN)),
        ("Phases", sorted(charts.ranked(profile.by_phase, _ROWS_SHOWN), key=_label)),
    )


def _label(group: Group) -> str:
    return group.label


def _coverage(report: Report) -> list[Meter]:
    coverage = report.enrichment.identifier_coverage
    shares = (("UEI", coverage.uei), ("DUNS", coverage.duns), ("UEI or DUNS", coverage.either))
    return [(label, share, percent(share)) for label, share in shares]


def _most_awards_first(enrichment: EnrichmentSummary) -> list[tuple[str, MethodCount]]:
    return sorted(enrichment.by_method.items(), key=lambda item: (-item[1].awards, item[0]))


def _filled(column: ColumnProfile, rows: int) -> float:
    return max(0.0, 1 - share_of(column.nulls + column.placeholders, rows))
