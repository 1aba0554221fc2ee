"""What Dagster shows beside an asset is plain text in cells, whatever the file held."""

import re
from base64 import b64decode

from markdown_it import MarkdownIt

from sbir_etl.assets import figures

TAG = '<img src=x onerror="alert(1)"> | <b>'
MARKS = "[a](javascript:b) `c` **d** &lt; $e$ ~~f~~\n# g\\"


def rendered(markdown: str) -> str:
    page: str = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    return page


def test_a_cell_shows_what_the_file_held_and_is_never_markup() -> None:
    markdown = figures.table(("company", "title"), [(TAG, None), (MARKS, None), ("Plain Inc.", 7)]).md_str
    assert markdown is not None
    page = rendered(markdown)
    assert page.count("<tr>") == 4
    assert set(re.findall(r"<(\w+)", page)) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert "<td>&lt;img src=x onerror=&quot;alert(1)&quot;&gt; | &lt;b&gt;</td>" in page
    assert "<td>[a](javascript:b) `c` **d** &amp;lt; $e$ ~~f~~ # g\\</td>" in page


def test_a_long_text_is_cut() -> None:
    markdown = figures.table(("text",), [("word " * 100,)]).md_str or ""
    assert len(markdown.splitlines()[-1]) < 100
    assert "…" in markdown


def test_bars_are_drawn_to_one_scale() -> None:
    markdown = figures.bars("agency", "awards", {"DoD": 2_000, "NASA": 1_000, "none": 0}.items()).md_str or ""
    lengths = [line.count("█") for line in markdown.splitlines()[2:]]
    assert lengths == [figures.WIDEST_BAR, figures.WIDEST_BAR // 2, 0]
    assert "2,000" in markdown


def test_a_plot_is_a_drawing_inside_the_text() -> None:
    markdown = figures.columns("Awards <by> year", [("1983", 5), ("<1984>", 10)]).md_str or ""
    drawing = b64decode(markdown.split("base64,")[1].rstrip(")")).decode()
    heights = [float(height) for height in re.findall(r'<rect[^>]* height="([\d.]+)"', drawing)]
    assert heights == [figures.PLOT_HEIGHT / 2, figures.PLOT_HEIGHT]
    assert "Awards &lt;by&gt; year" in drawing
    assert "&lt;1984&gt;" in drawing


def test_nothing_to_show_is_said_in_a_word() -> None:
    assert figures.table(("a",), []).md_str == "none"
    assert figures.bars("a", "b", []).md_str == "none"
    assert figures.columns("a", []).md_str == "none"
    assert "█" not in (figures.bars("a", "b", [("x", 0)]).md_str or "")
