"""The page of a pull request: everything it shows was written by somebody else."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sbir_etl.publish.git import FileChange
from sbir_etl.publish.page import render_pull_request
from sbir_etl.publish.proposal import Proposal

PROPOSAL = Proposal(
    branch="data-refresh/2026-11-24",
    base="main",
    title="SBIR data refresh",
    body_markdown="text",
    files={},
    commit_message="SBIR data refresh",
    committed_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
)
CHANGE = FileChange(path="report.md", added=2, removed=1, patch="@@ -1 +1,2 @@\n-old <b>\n+new\n+more\n")


def page(body: str = "text", *changes: FileChange, title: str = "SBIR data refresh") -> str:
    proposal = replace(PROPOSAL, body_markdown=body, title=title)
    return render_pull_request(proposal, repository=Path("/prs/repository.git"), commit="c0ffee" * 6, changes=changes)


def test_the_body_is_rendered_as_markdown_with_tables() -> None:
    rendered = page("### Changes\n\n| Field | Awards |\n|:--|--:|\n| Zip | 9 |\n")

    assert "<h3>Changes</h3>" in rendered
    assert "<td>Zip</td>" in rendered.replace(' style="text-align:left"', "")


def test_html_in_body_title_and_patch_is_text() -> None:
    rendered = page("<script>alert(1)</script>\n\n<img src=x onerror=alert(1)>", CHANGE, title="<script>")

    assert "<script" not in rendered
    assert "<img" not in rendered
    assert "old &lt;b&gt;" in rendered


def test_links_lead_to_pages_and_files_only() -> None:
    rendered = page(
        "[bad](javascript:alert(1)) [worse](data:text/html,x) [file](file:///runs/report.html) [near](report.html)"
    )

    assert 'href="javascript' not in rendered
    assert 'href="data:text' not in rendered
    assert 'href="file:///runs/report.html"' in rendered
    assert 'href="report.html"' in rendered


def test_the_page_allows_itself_neither_scripts_nor_the_network() -> None:
    assert "default-src 'none'" in page()
    assert "<script" not in page()


def test_every_file_shows_its_lines_and_their_sum() -> None:
    rendered = page("text", CHANGE, FileChange(path="x.bin", added=None, removed=None, patch=""))

    assert "2 files" in rendered
    assert "2 lines added, 1 removed." in rendered
    assert '<span class="removed">-old' in rendered
    assert "binary" in rendered


def test_a_long_patch_is_cut_and_says_so() -> None:
    rendered = page("text", replace(CHANGE, patch="@@ -0,0 +1 @@\n" + "+line\n" * 10_000))

    assert len(rendered) < 200_000
    assert "the rest is in the commit" in rendered


def test_nothing_to_change_is_said_in_words() -> None:
    assert "The base holds all of it already." in page()
