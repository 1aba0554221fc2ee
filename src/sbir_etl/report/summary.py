"""The report's Markdown twin, for the pull request (GitHub-flavoured, at most 60 KB)."""

from sbir_etl.report.contents import Report


def render_markdown(report: Report) -> str:
    """The pull request's body; the same report gives the same text. Award text is escaped wherever it appears."""
    raise NotImplementedError(report.run_id)
