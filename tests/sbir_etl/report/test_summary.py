"""The Markdown twin: read as GitHub would read it, with the same Markdown library the pull request's page uses."""

import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sbir_etl.awards.changes import Change
from sbir_etl.report.contents import Report
from sbir_etl.report.summary import LIMIT_BYTES, render_markdown


def _html(markdown: str) -> str:
    return str(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def _outside_code(markdown: str) -> str:
    return re.sub(r"`[^`\n]*`", "", markdown)


def _shape(markdown: str) -> list[str]:
    return re.findall(r"</?\w+", _html(markdown))


def test_the_verdict_comes_first_and_the_figures_follow(report: Report) -> None:
    html = _html(render_markdown(report))

    assert html.startswith("<h2>219,416 awards are live</h2>")
    for words in (
        "153",
        "2,301",
        "$82.2 B",
        "Department of Defense",
        "Award Amount is negative",
        "report.html",
    ):
        assert words in html


def test_every_table_is_a_table(report: Report) -> None:
    markdown = render_markdown(report)

    beginnings = re.findall(r"^\|[-:|]+\|$", markdown, re.MULTILINE)
    assert _html(markdown).count("<table>") == len(beginnings) == 11


def test_the_same_report_gives_the_same_text(report: Report) -> None:
    assert render_markdown(report) == render_markdown(report)
    assert render_markdown(report).endswith("in this branch.\n")


def test_hostile_text_formats_links_and_notifies_nothing(small_report: Callable[[str], Report]) -> None:
    hostile = "@everyone fixes #12 | <img src=x> [x](http://evil.example) **b** `c` www.evil.example :tada: ![i](x) $x$"

    markdown = render_markdown(small_report(hostile))

    assert not re.search(r"<(img|a|code)\b", _html(_outside_code(markdown)))
    for pattern in (r"@\w", r"#\d", r"http:", r"www\.", r"(?<!\\):tada:", r"(?<!\\)\$x"):
        assert not re.search(pattern, _outside_code(markdown)), pattern


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=st.text(min_size=1, max_size=40).map(lambda text: f"x{text}x"))
def test_no_text_changes_the_shape_of_the_summary(small_report: Callable[[str], Report], hostile: str) -> None:
    assert _shape(render_markdown(small_report(hostile))) == _shape(render_markdown(small_report("x")))


def test_the_summary_fits_a_pull_request_whatever_it_holds(report: Report) -> None:
    wide = "\u2019" * 5_000
    sample = Change(award_id=wide, kind="changed", company=wide, title=wide, field=wide, before=wide, after=wide)
    rule = replace(report.validation.rules[1], title=wide, field=wide)
    heavy = replace(
        report,
        changes=replace(report.changes, samples=(sample,) * 50),
        validation=replace(report.validation, rules=(rule,) * 60),
    )

    markdown = render_markdown(heavy)

    assert len(markdown.encode()) <= LIMIT_BYTES
    assert _html(markdown).startswith("<h2>219,416 awards are live</h2>")


def test_a_failed_check_stands_above_everything_else(report: Report) -> None:
    html = _html(render_markdown(replace(report, vintage=replace(report.vintage, rows=1))))

    assert html.startswith("<h2>1 of 9 checks failed</h2>")
    assert html.index("<strong>Every record of the file is accounted for</strong>") < html.index("What changed")


def test_a_first_run_without_a_catalogue_explains_itself(report: Report) -> None:
    changes = replace(report.changes, against=None, samples=(), by_field={})
    enrichment = replace(report.enrichment, match_rate=None, by_method={})
    quiet = replace(report, changes=changes, enrichment=enrichment, validation=replace(report.validation, rules=()))

    html = _html(render_markdown(quiet))

    assert "This is the first refresh" in html
    assert "no company catalogue was given" in html
    assert "No record broke a rule." in html


def test_a_change_beyond_the_kept_part_says_so(report: Report) -> None:
    sample = replace(report.changes.samples[0], before="The same beginning", after="The same beginning")

    text = render_markdown(replace(report, changes=replace(report.changes, samples=(sample,))))

    assert "differs beyond the part that is kept here" in text
