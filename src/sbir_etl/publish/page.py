"""The page of a pull request: what a reviewer would see on a git server, in one file that needs nothing else."""

from pathlib import Path

from markdown_it import MarkdownIt
from markupsafe import Markup

from sbir_etl.publish.git import FileChange
from sbir_etl.publish.proposal import Proposal
from sbir_etl.report.text import safe_href
from sbir_etl.report.theme import environment

_PATCH_LIMIT = 20_000


def render_pull_request(proposal: Proposal, *, repository: Path, commit: str, changes: tuple[FileChange, ...]) -> str:
    """The page as HTML; the same proposal and commit give the same bytes."""
    template = environment("sbir_etl.publish").get_template("pull_request.html")
    return template.render(
        proposal=proposal,
        committed_at=proposal.committed_at.strftime("%Y-%m-%d %H:%M %Z"),
        commit=commit,
        repository=repository,
        body=Markup(_Markdown().render(proposal.body_markdown)),  # noqa: S704 - raw HTML is off: the renderer escaped it
        files=[(change, _patch_lines(change.patch)) for change in changes],
        added=sum(change.added or 0 for change in changes),
        removed=sum(change.removed or 0 for change in changes),
    )


class _Markdown(MarkdownIt):
    """Raw HTML is text. Links to files are links: this page lies beside the files it speaks of."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.enable(["table", "strikethrough"])

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's own hook
        return safe_href(url) == url


def _patch_lines(patch: str) -> list[tuple[str, str]]:
    """The patch's lines, each with what it is: added, removed, place or same."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    shown = patch if len(patch) <= _PATCH_LIMIT else f"{patch[:_PATCH_LIMIT]} …\n@@ the rest is in the commit"
    return [(kinds.get(line[:1], "same"), line) for line in shown.removesuffix("\n").split("\n") if line]
