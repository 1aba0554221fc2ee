"""The verdict: green only when the steps' own figures add up."""

from dataclasses import replace

import pytest

from sbir_etl.report.contents import Gate, Report
from sbir_etl.report.verdict import change_sentence, judge


def test_a_good_week_is_told_in_one_line(report: Report) -> None:
    verdict = judge(report)

    assert verdict.passed
    assert verdict.headline == "219,416 awards are live"
    assert verdict.detail == "Since the last refresh: 153 new, 2,301 changed and 4 gone."
    assert verdict.failed == ()


def _broken(report: Report) -> dict[str, Report]:
    validation, changes, graph = report.validation, report.changes, report.graph
    return {
        "Every record of the file is accounted for": replace(report, validation=replace(validation, rejected=83)),
        "The profile read every readable record": replace(report, profile=replace(report.profile, rows=7)),
        "Every award was compared with last time": replace(report, changes=replace(changes, unchanged=1)),
        "Every award has its company": replace(report, enrichment=replace(report.enrichment, awards=219_415)),
        "Every award is in the graph": replace(report, graph=replace(graph, nodes={"Award": 219_415})),
        "The graph has no loose ends": replace(report, graph=replace(graph, self_loops=1)),
        "A gate": replace(report, gates=(Gate(title="A gate", found="1", wanted="2", passed=False),)),
    }


@pytest.mark.parametrize(
    "title",
    [
        "Every record of the file is accounted for",
        "The profile read every readable record",
        "Every award was compared with last time",
        "Every award has its company",
        "Every award is in the graph",
        "The graph has no loose ends",
        "A gate",
    ],
)
def test_what_does_not_add_up_fails_the_verdict_by_name(report: Report, title: str) -> None:
    verdict = judge(_broken(report)[title])

    assert not verdict.passed
    assert [check.title for check in verdict.failed] == [title]
    assert verdict.headline.startswith("1 of ")


@pytest.mark.parametrize(
    ("added", "changed", "removed", "sentence"),
    [
        (1, 0, 0, "Since the last refresh: 1 new."),
        (0, 2, 1_000, "Since the last refresh: 2 changed and 1,000 gone."),
        (0, 0, 0, "No award says anything new since the last refresh."),
    ],
)
def test_the_change_sentence_names_only_what_happened(
    report: Report, added: int, changed: int, removed: int, sentence: str
) -> None:
    changes = replace(report.changes, against="w1", added=added, changed=changed, removed=removed)

    assert change_sentence(replace(report, changes=changes)) == sentence


def test_a_first_refresh_has_nothing_to_compare_with(report: Report) -> None:
    assert "first refresh" in change_sentence(replace(report, changes=replace(report.changes, against=None)))
