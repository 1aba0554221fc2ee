"""The report's page: complete, alone, the same every time, and indifferent to what award text tries."""

import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbir_etl.report.contents import Artefact, Report
from sbir_etl.report.page import render_html

_VOID = {"meta", "link", "br", "img", "input", "hr"}
_HOSTILE = "<script>alert(1)</script>\"' onload=x <img src=//evil.example/x> {{ 7*7777 }} </style> &amp; ]]> -->"


class _Page(HTMLParser):
    """The elements of a page with their attributes, and whether every one is closed in its order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] or "" for _, attributes in self.elements if attribute in attributes]

    @property
    def shape(self) -> list[str]:
        return [tag for tag, _ in self.elements]


def test_the_verdict_comes_first_and_every_part_is_there(report: Report) -> None:
    text = render_html(report)

    places = [text.index(part) for part in ("219,416 awards are live", 'id="changes"', 'id="quality"', 'id="awards"')]
    assert places == sorted(places)
    assert "all 9 checks passed" in text
    for figure in ("219,503", "$82.2 B", "34,424", "66.1 %", "394 MB", "Precision Photonics, Inc.", "8,212", "31,204"):
        assert figure in text


def test_the_page_is_well_formed_and_its_links_lead_somewhere(report: Report) -> None:
    page = _Page(render_html(report))

    assert page.open == []
    identities = page.values("id")
    assert len(identities) == len(set(identities))
    inside = [link.removeprefix("#") for link in page.values("href") if link.startswith("#")]
    assert set(inside) <= set(identities)


def test_the_page_needs_nothing_else(report: Report) -> None:
    text = render_html(report)
    page = _Page(text)

    assert "script" not in page.shape
    assert not page.values("src")
    loaded = [attributes["href"] or "" for tag, attributes in page.elements if tag == "link"]
    assert [link.partition(",")[0] for link in loaded] == ["data:image/svg+xml"]
    assert not re.search(r"@import|url\(", text)
    assert "default-src 'none'" in text


def test_the_same_report_gives_the_same_bytes(report: Report) -> None:
    assert render_html(report) == render_html(report)


def test_hostile_text_stays_text_wherever_it_appears(small_report: Callable[[str], Report]) -> None:
    text = render_html(small_report(_HOSTILE))

    assert "<script" not in text
    assert "<img" not in text
    assert "54439" not in text
    assert _Page(text).open == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hostile=st.text(min_size=1, max_size=60).map(lambda text: f"x{text}"))
def test_no_text_changes_the_shape_of_the_page(small_report: Callable[[str], Report], hostile: str) -> None:
    assert _Page(render_html(small_report(hostile))).shape == _Page(render_html(small_report("x"))).shape


def test_a_link_that_would_run_something_leads_nowhere(report: Report) -> None:
    artefact = Artefact(name="x", href="javascript:alert(1)")

    text = render_html(replace(report, artefacts=(artefact,)))

    assert "javascript:" not in text


def test_a_failed_check_is_named_in_the_first_lines(report: Report) -> None:
    text = render_html(replace(report, validation=replace(report.validation, rejected=83)))

    assert "1 of 9 checks failed" in text
    assert "found 219,502, wanted 219,503 records" in text
    assert text.index("Every record of the file is accounted for") < text.index('id="changes"')


def test_a_first_run_without_a_catalogue_explains_itself(report: Report) -> None:
    changes = replace(report.changes, against=None, samples=(), by_field={})
    enrichment = replace(report.enrichment, match_rate=None, catalogue_rows=0, by_method={})

    text = render_html(replace(report, changes=changes, enrichment=enrichment))

    assert "This is the first refresh" in text
    assert "no catalogue was given" in text
    assert "90.2 %" in text


def test_an_empty_report_still_is_a_page(report: Report) -> None:
    profile = replace(report.profile, rows=0, columns=(), by_year=(), by_agency=(), by_phase=(), by_state=(), drift=())
    validation = replace(report.validation, rules=(), cleaned={})
    graph = replace(report.graph, nodes={}, relationships={}, dollars="0")

    empty = replace(report, profile=profile, validation=validation, graph=graph, gates=(), artefacts=())
    page = _Page(render_html(empty))

    assert page.open == []


def test_a_change_beyond_the_kept_part_says_so(report: Report) -> None:
    sample = replace(report.changes.samples[0], before="The same beginning", after="The same beginning")

    text = render_html(replace(report, changes=replace(report.changes, samples=(sample,))))

    assert "differs beyond the part that is kept here" in text
