"""Expected figures come from the run's files by a second way, and every difference is put into words."""

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.graph.figures import Difference, GraphFigures, compare, expected_figures
from sbir_etl.graph.sources import opened
from sbir_etl.graph.tables import write_tables

WriteRun = Callable[..., Any]

FIGURES = GraphFigures(
    run_id="run-7",
    nodes={"Award": 6880, "Company": 2},
    relationships={"AWARDED_TO": 6880},
    dollars="1234.50",
    dollars_by_agency={"NASA": "1234.50"},
    awards_by_year={"2019": 6000, "unknown": 880},
    awards_without_company=0,
    awards_without_agency=0,
    orphan_companies=0,
    self_loops=0,
    duplicate_keys=0,
)


def expected(run: Any) -> GraphFigures:
    with opened(**vars(run)) as database:
        return expected_figures(database, "run-7")


def test_equal_figures_have_no_difference() -> None:
    assert compare(FIGURES, replace(FIGURES, nodes={"Company": 2, "Award": 6880})) == ()


def test_every_difference_is_a_sentence() -> None:
    actual = replace(
        FIGURES,
        run_id="run-6",
        nodes={"Award": 6879, "Company": 2},
        dollars_by_agency={"DOE": "1.00"},
        self_loops=1,
    )

    differences = compare(FIGURES, actual)

    assert [str(difference) for difference in differences] == [
        "run_id: run-6, expected run-7",
        "nodes.Award: 6,879, expected 6,880",
        "dollars_by_agency.NASA: nothing, expected 1234.50",
        "self_loops: 1, expected 0",
        "dollars_by_agency.DOE: 1.00, expected nothing",
    ]
    assert differences[0] == Difference(figure="run_id", expected="run-7", actual="run-6")


def test_a_small_run_is_expected_as_it_can_be_counted_by_hand(write_run: WriteRun) -> None:
    run = write_run(
        {"award_amount_dollars": "0.10", "branch": "Navy", "ri_name": "MIT", "topic_code": "N1"},
        {"award_amount_dollars": "0.20", "branch": "Army", "ri_name": "M.I.T.", "phase_number": 2, "topic_code": "N1"},
        {"award_amount_dollars": "149998.06", "agency": "NASA", "branch": None, "award_year_number": None},
    )

    assert expected(run) == GraphFigures(
        run_id="run-7",
        nodes={"Award": 3, "Company": 1, "Agency": 3, "Investigator": 0, "ResearchInstitution": 2, "Topic": 1},
        relationships={
            "AWARDED_TO": 3, "FUNDED_BY": 3, "LED_BY": 0, "CONDUCTED_WITH": 2, "UNDER": 2, "FOLLOWS": 0
        },
        dollars="149998.36",
        dollars_by_agency={"Department of Defense": "0.30", "NASA": "149998.06"},
        dollars_by_agency_and_year={"Department of Defense, 2020": "0.30", "NASA, unknown": "149998.06"},
        awards_by_year={"2020": 2, "unknown": 1},
        awards_without_company=0,
        awards_without_agency=0,
        orphan_companies=0,
        self_loops=0,
        duplicate_keys=0,
    )  # fmt: skip


def test_a_run_without_awards_is_expected_empty(write_run: WriteRun) -> None:
    figures = expected(write_run())

    assert (figures.nodes["Award"], figures.dollars, figures.dollars_by_agency) == (0, "0.00", {})


def tangled_awards(seed: int) -> list[dict[str, object]]:
    """Awards from so few companies, people, topics and titles that every rule of the graph meets its exceptions."""
    chance = random.Random(seed)
    return [
        {
            "company_id": chance.choice(["UEI:A", "UEI:B", "DUNS:C", "NAME:D"]),
            "agency": chance.choice([*["Department of Defense"] * 5, "NASA"]),
            "branch": chance.choice(["Navy", "Navy", None]),
            "program": chance.choice([*["SBIR"] * 5, "STTR"]),
            "phase_number": chance.choice([1, 2]),
            "award_year_number": chance.randint(2010, 2020),
            "proposal_awarded_on": chance.choice([None, f"20{chance.randint(10, 20)}-0{chance.randint(1, 9)}-15"]),
            "agency_tracking_number": chance.choice([None, f"N{chance.randint(1, 40)}"]),
            "award_title": chance.choice([None, f"Title {chance.randint(1, 60)}", f"TITLE, {chance.randint(1, 60)}"]),
            "topic_code": chance.choice([None, f"T{chance.randint(1, 20)}"]),
            "pi_name": chance.choice(
                [None, f"Dr. Ann Lee {chance.randint(1, 30)}", f"ann lee {chance.randint(1, 30)}"]
            ),
            "pi_email": chance.choice([None, "info@acme.com", f"ann{chance.randint(1, 40)}@home.org"]),
            "ri_name": chance.choice([None, "MIT", "M.I.T", "The MIT"]),
        }
        for _ in range(200)
    ]


@pytest.mark.parametrize("seed", range(4))
def test_both_ways_of_counting_agree_on_tangled_awards(seed: int, write_run: WriteRun, tmp_path: Path) -> None:
    run = write_run(*tangled_awards(seed))

    with opened(**vars(run)) as database:
        counts = write_tables(database, tmp_path / "tables")
        figures = expected_figures(database, "run-7")

    assert (counts.nodes, counts.relationships) == (figures.nodes, figures.relationships)
    assert figures.relationships["FOLLOWS"] > 5
    assert 0 < figures.nodes["Investigator"] < figures.relationships["LED_BY"]
