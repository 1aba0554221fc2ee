"""Matching against pairs whose truth is known, all in one catalogue: each pair is a trap for all the others too."""

import csv
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.companies.catalogue import read_catalogue
from sbir_etl.companies.identity import resolve_companies
from sbir_etl.companies.matching import match_companies

PAIRS = Path(__file__).with_name("labelled_pairs.csv")
PAGE = Path(__file__).parents[3] / "docs" / "matching.md"

Rows = list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A labelled pair and the name of the catalogue firm that its award was accepted for, None for none."""

    trap: str
    same: bool
    listed_name: str
    accepted: str | None

    @property
    def found(self) -> bool:
        return self.accepted is not None


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, str]]:
    with PAIRS.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def outcomes(
    pairs: list[dict[str, str]],
    tmp_path: Path,
    awards_file: Callable[[Sequence[dict[str, Any]]], Path],
    export_file: Callable[..., Path],
    rows_of: Callable[[Path], Rows],
) -> list[Outcome]:
    awards = awards_file(
        [
            {"company": pair["award_name"]}
            | {key: pair[f"award_{key}"] or None for key in ("uei", "duns", "state", "city")}
            for pair in pairs
        ]
    )
    exports = export_file(
        [
            {
                "Company Name": pair["listed_name"],
                "UEI": pair["listed_uei"],
                "DUNs": pair["listed_duns"],
                "State": pair["listed_state"],
                "City": pair["listed_city"],
            }
            for pair in pairs
        ]
    )
    made = {name: tmp_path / f"{name}.parquet" for name in ("companies", "links", "catalogue", "matches")}
    resolve_companies(awards, companies=made["companies"], award_companies=made["links"])
    read_catalogue(exports, catalogue=made["catalogue"])
    match_companies(
        awards=awards,
        companies=made["companies"],
        catalogue=made["catalogue"],
        matches=made["matches"],
        candidates=tmp_path / "candidates.csv",
    )
    company_of = {row["award_id"]: row["company_id"] for row in rows_of(made["links"])}
    listed_name_of = {row["catalogue_id"]: row["name"] for row in rows_of(made["catalogue"])}
    accepted = {
        row["company_id"]: listed_name_of[row["catalogue_id"]]
        for row in rows_of(made["matches"])
        if row["status"] == "accepted"
    }
    return [
        Outcome(
            trap=pair["trap"],
            same=pair["same"] == "yes",
            listed_name=pair["listed_name"],
            accepted=accepted.get(company_of[f"A{number}"]),
        )
        for number, pair in enumerate(pairs, start=1)
    ]


def test_there_are_at_least_400_pairs_and_both_truths(pairs: list[dict[str, str]]) -> None:
    truths = Counter(pair["same"] for pair in pairs)
    assert sum(truths.values()) >= 400
    assert min(truths["yes"], truths["no"]) >= 100
    assert len({pair["trap"] for pair in pairs}) >= 20


def test_accepted_matches_are_right_and_right_ones_are_accepted(
    pairs: list[dict[str, str]], outcomes: list[Outcome]
) -> None:
    right = [outcome for outcome in outcomes if outcome.same and outcome.accepted == outcome.listed_name]
    wrong = [outcome for outcome in outcomes if outcome.found and outcome not in right]
    missed = [outcome for outcome in outcomes if outcome.same and not outcome.found]
    precision, recall = len(right) / (len(right) + len(wrong)), len(right) / (len(right) + len(missed))
    assert precision >= 0.99, wrong
    assert recall >= 0.95, missed
    # What the page says of them is so.
    page = PAGE.read_text(encoding="utf-8")
    assert f"| precision | {precision:.3f} | 0.99 |\n| recall | {recall:.3f} | 0.95 |" in page
    same = sum(pair["same"] == "yes" for pair in pairs)
    assert f"{len(pairs)} pairs whose truth is known, {same} of one firm and {len(pairs) - same} of two" in page


def test_no_firm_falls_into_a_known_trap(outcomes: list[Outcome]) -> None:
    harmless = {
        "a name within a name",
        "legal form at the front",
        "one DUNS, two firms with UEIs",
        "one DUNS, two firms, no UEI",
        "same name, two UEIs",
        "same name, two DUNS numbers",
        "same trade, other name",
        "another number",
    }
    assert harmless <= {outcome.trap for outcome in outcomes}
    assert not [outcome for outcome in outcomes if outcome.trap in harmless and outcome.found]
