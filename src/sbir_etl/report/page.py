"""The report as one HTML page that needs nothing else: no network, no script, no other file."""

from sbir_etl.report.contents import Report


def render_html(report: Report) -> str:
    """The whole page; the same report gives the same bytes. Award text is escaped wherever it appears."""
    raise NotImplementedError(report.run_id)
