from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.companies.catalogue import read_catalogue
from sbir_etl.companies.identity import resolve_companies
from sbir_etl.companies.matching import EnrichmentSummary, IdentifierCoverage, MethodCount, match_companies

Award = dict[str, Any]
Firm = dict[str, str]
Rows = list[dict[str, Any]]
Match = Callable[[Sequence[Award], Sequence[Firm] | None], tuple[EnrichmentSummary, Rows, Rows]]

UEI_A, UEI_B = "ABCDEFGH1234", "KLMNPQRS5678"
DUNS_A, DUNS_B = "012345678", "876543210"


@pytest.fixture
def match(
    tmp_path: Path,
    awards_file: Callable[[Sequence[Award]], Path],
    export_file: Callable[..., Path],
    rows_of: Callable[[Path], Rows],
) -> Match:
    """Matches awards with catalogue firms; gives the summary, the matches and the candidates file's rows."""

    def run(awards: Sequence[Award], firms: Sequence[Firm] | None) -> tuple[EnrichmentSummary, Rows, Rows]:
        companies, catalogue = tmp_path / "companies.parquet", tmp_path / "catalogue.parquet"
        matches, candidates = tmp_path / "matches.parquet", tmp_path / "candidates.csv"
        source = awards_file(awards)
        resolve_companies(source, companies=companies, award_companies=tmp_path / "links.parquet")
        if firms is not None:
            read_catalogue(export_file(firms), catalogue=catalogue)
        summary = match_companies(
            awards=source,
            companies=companies,
            catalogue=None if firms is None else catalogue,
            matches=matches,
            candidates=candidates,
            scratch=tmp_path,
        )
        return summary, rows_of(matches), rows_of(candidates)

    return run


def firm(name: str, uei: str = "", duns: str = "", state: str = "", city: str = "") -> Firm:
    return {"Company Name": name, "UEI": uei, "DUNs": duns, "State": state, "City": city}


def test_each_method_has_its_turn_and_only_accepted_awards_count(match: Match) -> None:
    summary, matches, _ = match(
        [
            {"company": "Aspen Optics", "uei": UEI_A},
            {"company": "Aspen Optics", "uei": UEI_A},
            {"company": "Birch Robotics", "duns": DUNS_A},
            {"company": "Cedar Foods", "state": "OR"},
            {"company": "Driftwood Sensors", "state": "ME"},
            {"company": "Driftwod Sensors", "uei": UEI_B, "state": "ME"},
            {"company": "Nobody Knows", "state": "ME"},
        ],
        [
            firm("Something Else", uei=UEI_A),
            firm("BIRCH ROBOTICS INC", duns=DUNS_A),
            firm("Cedar Foods, LLC", state="OR"),
            firm("Driftwood Sensors", duns=DUNS_B, state="ME"),
            firm("Unrelated", state="ME"),
        ],
    )
    assert {row["company_id"]: (row["method"], row["status"]) for row in matches} == {
        f"UEI:{UEI_A}": ("uei", "accepted"),
        f"DUNS:{DUNS_A}": ("duns", "accepted"),
        "NAME:cedar foods": ("name", "accepted"),
        "NAME:driftwood sensors": ("name", "accepted"),
        f"UEI:{UEI_B}": ("fuzzy", "accepted"),
        "NAME:nobody knows": (None, "unmatched"),
    }
    assert summary == EnrichmentSummary(
        companies=6,
        awards=7,
        catalogue_rows=5,
        by_method={
            "uei": MethodCount(companies=1, awards=2),
            "duns": MethodCount(companies=1, awards=1),
            "name": MethodCount(companies=2, awards=2),
            "fuzzy": MethodCount(companies=1, awards=1),
        },
        accepted_companies=5,
        candidate_companies=0,
        unmatched_companies=1,
        match_rate=6 / 7,
        identifier_coverage=IdentifierCoverage(uei=3 / 7, duns=1 / 7, either=4 / 7),
    )


def test_without_a_catalogue_there_is_coverage_but_no_rate(match: Match) -> None:
    summary, matches, candidates = match([{"company": "Aspen Optics", "uei": UEI_A}], None)
    assert summary.match_rate is None
    assert summary.catalogue_rows == 0
    assert summary.identifier_coverage == IdentifierCoverage(uei=1.0, duns=0.0, either=1.0)
    assert [(row["status"], row["catalogue_id"]) for row in matches] == [("unmatched", None)]
    assert candidates == []


def test_no_awards_match_nothing(match: Match) -> None:
    summary, matches, _ = match([], [firm("Aspen Optics")])
    assert (summary.companies, summary.awards, summary.match_rate, matches) == (0, 0, None, [])


@pytest.mark.parametrize(
    ("award", "listed", "status", "reason"),
    [
        (
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO"},
            firm("Birch Robotics", duns=DUNS_A, state="MA"),
            "candidate",
            "same DUNS, but another name and place",
        ),
        (
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A},
            firm("Aspen Optics", duns=DUNS_A, uei=UEI_B),
            "candidate",
            "same DUNS, but another UEI",
        ),
        (
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO"},
            firm("Aspen Optics", duns=DUNS_B, state="CO"),
            "candidate",
            "same name, but another DUNS",
        ),
        ({"company": "Aspen Optics", "uei": UEI_A}, firm("Aspen Optics", uei=UEI_B), "unmatched", None),
        (
            {"company": "Aspen Optics", "state": "CO"},
            firm("Aspen Optics", state="TX"),
            "accepted",
            "same name, and nobody else has it",
        ),
        (
            {"company": "Aspen", "state": "CO"},
            firm("Aspen", state="TX"),
            "candidate",
            "same one-word name, but another state",
        ),
        ({"company": "Aspen", "state": "CO"}, firm("ASPEN, Inc.", state="CO"), "accepted", "same name and state"),
        ({"company": "Triton Systems", "state": "MA"}, firm("Triton", state="MA"), "unmatched", None),
        (
            {"company": "Vesper Optics", "state": "MA"},
            firm("Vespar Optics", state="MA"),
            "candidate",
            "same state, a name much like it",
        ),
        ({"company": "Physical Sciences", "state": "MA"}, firm("Physcal Sciences", state="TX"), "unmatched", None),
    ],
)
def test_what_speaks_against_a_match_is_heard(
    match: Match, award: Award, listed: Firm, status: str, reason: str | None
) -> None:
    summary, (row,), _ = match([award], [listed])
    assert row["status"] == status
    assert reason is None or row["reason"] == reason
    assert summary.match_rate == (1.0 if status == "accepted" else 0.0)


@pytest.mark.parametrize(
    ("state", "status", "reason"),
    [
        ("CO", "accepted", "same name and state"),
        ("TX", "candidate", "same name and state as several"),
        ("ME", "candidate", "same name as several, in another state"),
    ],
)
def test_a_name_that_several_have_needs_the_state(match: Match, state: str, status: str, reason: str) -> None:
    _, (row,), _ = match(
        [{"company": "Aspen Optics", "state": state}],
        [firm("Aspen Optics", duns=f"12345678{number}", state=at) for number, at in enumerate(("CO", "TX", "TX"))],
    )
    assert (row["status"], row["reason"]) == (status, reason)


def test_two_names_much_like_one_are_left_to_a_person(match: Match) -> None:
    _, (row,), _ = match(
        [{"company": "Driftwood Sensors", "state": "ME"}],
        [firm("Driftwod Sensors", uei=UEI_A, state="ME"), firm("Driftwoods Sensors", uei=UEI_B, state="ME")],
    )
    assert (row["status"], row["reason"]) == ("candidate", "same state, several names much like it")


def test_a_firm_is_found_by_any_of_its_names_and_numbers(match: Match) -> None:
    _, matches, _ = match(
        [
            {"company": "Aspen Optics", "uei": UEI_A, "duns": DUNS_A, "state": "CO"},
            {"company": "Aspen Optics", "uei": UEI_A, "duns": DUNS_B, "state": "CO"},
            {"company": "Aspen Optics", "uei": UEI_A, "duns": DUNS_B, "state": "CO"},
        ],
        [firm("Aspen Optics", duns=DUNS_A)],
    )
    assert [(row["method"], row["status"]) for row in matches] == [("duns", "accepted")]


def test_candidates_come_with_both_names_and_why_and_no_spreadsheet_runs_them(match: Match) -> None:
    _, _, (candidate,) = match(
        [{"company": "=Vesper Optics", "state": "MA", "city": "Woburn"}],
        [firm("Vespar Optics", state="MA", city="Andover")],
    )
    assert candidate["company_name"] == "'=Vesper Optics"
    assert candidate["catalogue_name"] == "Vespar Optics"
    assert (candidate["company_city"], candidate["catalogue_city"]) == ("Woburn", "Andover")
    assert candidate["reason"] == "same state, a name much like it"
    assert candidate["award_count"] == 1
