"""The report's Markdown twin, for the pull request (GitHub-flavoured, at most 60 KB)."""

from typing import Final

from sbir_etl.report.charts import ranked
from sbir_etl.report.contents import Report
from sbir_etl.report.theme import markdown_environment
from sbir_etl.report.view import view

LIMIT_BYTES: Final = 60_000
# GitHub refuses bodies of more than 64 KiB. Tried in this order: samples shown, characters per cell.
_ROOM: Final = ((25, 90), (10, 60), (0, 30))
_AGENCIES_SHOWN: Final = 15
_ROWS_SHOWN: Final = 50


def render_markdown(report: Report) -> str:
    """The pull request's body; the same report gives the same text. Award text is escaped wherever it appears."""
    texts = (_render(report, samples=samples, cell=cell) for samples, cell in _ROOM)
    return next(text for text in texts if len(text.encode()) <= LIMIT_BYTES)


def _render(report: Report, *, samples: int, cell: int) -> str:
    return (
        markdown_environment()
        .get_template("report.md")
        .render(
            **view(report),
            samples=report.changes.samples[:samples],
            drifted=report.profile.drift[:_ROWS_SHOWN],
            agencies=ranked(report.profile.by_agency, _AGENCIES_SHOWN),
            cell=cell,
        )
    )
