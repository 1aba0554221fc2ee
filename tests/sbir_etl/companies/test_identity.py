from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sbir_etl.companies.identity import Resolution, resolve_companies

Award = dict[str, Any]
Rows = list[dict[str, Any]]
Resolve = Callable[[Sequence[Award]], tuple[Resolution, Rows, list[str]]]

UEI_A, UEI_B = "ABCDEFGH1234", "KLMNPQRS5678"
DUNS_A, DUNS_B = "012345678", "876543210"


@pytest.fixture
def resolve(tmp_path: Path, awards_file: Callable[[Sequence[Award]], Path], rows_of: Callable[[Path], Rows]) -> Resolve:
    """Resolves awards; gives the summary, the companies, and each award's company in the awards' order."""

    def run(awards: Sequence[Award]) -> tuple[Resolution, Rows, list[str]]:
        companies, links = tmp_path / "companies.parquet", tmp_path / "award_companies.parquet"
        summary = resolve_companies(awards_file(awards), companies=companies, award_companies=links, scratch=tmp_path)
        company_of = {row["award_id"]: row["company_id"] for row in rows_of(links)}
        assert len(company_of) == len(rows_of(links)) == len(awards)
        return summary, rows_of(companies), [company_of[f"A{number}"] for number in range(1, len(awards) + 1)]

    return run


def test_a_row_with_both_identifiers_bridges_those_with_one(resolve: Resolve) -> None:
    summary, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "city": "Boulder", "state": "CO"},
            {"company": "Aspen Optics, Inc.", "duns": DUNS_A, "uei": UEI_A, "city": "Boulder", "state": "CO"},
            {"company": "ASPEN OPTICS", "uei": UEI_A, "city": "Boulder", "state": "CO"},
        ]
    )
    assert ids == [f"UEI:{UEI_A}"] * 3
    assert summary == Resolution(awards=3, companies=1, by_identifier={"uei": 1})


def test_a_firm_with_two_duns_numbers_is_one_by_its_uei(resolve: Resolve) -> None:
    _, companies, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A},
            {"company": "Aspen Optics", "duns": DUNS_B, "uei": UEI_A},
            {"company": "Aspen Optics", "duns": DUNS_B},
        ]
    )
    assert set(ids) == {f"UEI:{UEI_A}"}
    assert companies[0]["duns"] == DUNS_B
    assert companies[0]["all_duns"] == [DUNS_A, DUNS_B]


def test_two_ueis_are_two_firms_whatever_they_share(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A, "state": "CO", "city": "Boulder"},
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_B, "state": "CO", "city": "Boulder"},
        ]
    )
    assert ids == [f"UEI:{UEI_A}", f"UEI:{UEI_B}"]


def test_one_duns_with_two_firms_is_told_apart_by_name(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A},
            {"company": "Birch Robotics", "duns": DUNS_A, "uei": UEI_B},
            {"company": "Aspen Optics LLC", "duns": DUNS_A},
            {"company": "Birch Robotics Inc", "duns": DUNS_A},
            {"company": "Cedar Foods", "duns": DUNS_A},
        ]
    )
    assert ids[2:] == [f"UEI:{UEI_A}", f"UEI:{UEI_B}", f"DUNS:{DUNS_A}"]


def test_a_spin_off_without_a_uei_does_not_fall_to_the_uei_of_its_duns(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A, "state": "CO", "city": "Boulder"},
            {"company": "Birch Robotics", "duns": DUNS_A, "state": "MA", "city": "Woburn"},
        ]
    )
    assert ids == [f"UEI:{UEI_A}", f"DUNS:{DUNS_A}"]


def test_a_renamed_firm_stays_one_where_it_stays_in_its_city(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "uei": UEI_A, "state": "CO", "city": "Boulder"},
            {"company": "Zenith Imaging", "duns": DUNS_A, "state": "CO", "city": "BOULDER"},
        ]
    )
    assert ids == [f"UEI:{UEI_A}"] * 2


def test_names_under_one_duns_without_any_uei(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO", "city": "Boulder"},
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO", "city": "Boulder"},
            {"company": "Aspen Optcs", "duns": DUNS_A, "state": "TX", "city": "Austin"},
            {"company": "Birch Robotics", "duns": DUNS_A, "state": "MA", "city": "Woburn"},
        ]
    )
    assert ids == [f"DUNS:{DUNS_A}"] * 3 + ["NAME:birch robotics"]


def test_rows_without_identifiers_follow_the_one_firm_of_their_name(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics, Inc.", "uei": UEI_A, "state": "CO"},
            {"company": "ASPEN OPTICS", "state": "TX"},
            {"company": "Birch", "duns": DUNS_A, "state": "MA"},
            {"company": "Birch", "state": "MA"},
            {"company": "Birch", "state": "CA"},
            {"company": "Nobody Else", "state": "CA"},
        ]
    )
    assert ids[1] == f"UEI:{UEI_A}"
    assert ids[3:] == [f"DUNS:{DUNS_A}", "NAME:birch", "NAME:nobody else"]


def test_a_name_that_several_firms_have_needs_the_state(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "uei": UEI_A, "state": "CO"},
            {"company": "Aspen Optics", "duns": DUNS_B, "state": "TX"},
            {"company": "Aspen Optics", "duns": "111222333", "state": "TX"},
            {"company": "Aspen Optics", "state": "CO"},
            {"company": "Aspen Optics", "state": "TX"},
            {"company": "Aspen Optics"},
        ]
    )
    assert ids[3:] == [f"UEI:{UEI_A}", "NAME:aspen optics", "NAME:aspen optics"]


def test_a_firm_that_gained_a_uei_is_one_firm_if_nobody_else_has_its_name(resolve: Resolve) -> None:
    _, companies, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO"},
            {"company": "Aspen Optics, Inc.", "uei": UEI_A, "state": "CO"},
        ]
    )
    assert set(ids) == {f"UEI:{UEI_A}"}
    assert companies[0]["duns"] == DUNS_A


def test_a_name_never_joins_firms_whose_identifiers_disagree(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": DUNS_A, "state": "CO"},
            {"company": "Aspen Optics", "duns": DUNS_B, "state": "CO"},
            {"company": "Birch Foods", "duns": "111222333", "state": "CO"},
            {"company": "Birch Foods", "uei": UEI_A, "duns": "444555666", "state": "CO"},
        ]
    )
    assert ids == [f"DUNS:{DUNS_A}", f"DUNS:{DUNS_B}", "DUNS:111222333", f"UEI:{UEI_A}"]


def test_identifiers_are_read_as_they_are_meant(resolve: Resolve) -> None:
    _, _, ids = resolve(
        [
            {"company": "Aspen Optics", "duns": "12345678"},
            {"company": "Aspen Optics", "duns": "01-234-5678"},
            {"company": "Birch Foods", "duns": "000000000"},
            {"company": "Birch Foods", "duns": "n/a", "uei": "unknown"},
            {"company": "Cedar Sensors", "uei": " abcdefgh1234 "},
        ]
    )
    assert ids == [f"DUNS:{DUNS_A}"] * 2 + ["NAME:birch foods"] * 2 + [f"UEI:{UEI_A}"]


def test_a_company_is_described_by_its_usual_name_and_latest_address(resolve: Resolve) -> None:
    _, (company,), _ = resolve(
        [
            {"company": "Aspen Optics", "uei": UEI_A, "state": "CO", "city": "Golden", "award_amount_dollars": "10.50"},
            {"company": "Aspen Optics", "uei": UEI_A, "state": "CO", "city": "Boulder", "award_amount_dollars": "1"},
            {"company": "ASPEN OPTICS", "uei": UEI_A, "company_website": "aspen.example"},
        ]
    )
    assert company["name"] == "Aspen Optics"
    assert company["normalized_name"] == "aspen optics"
    assert (company["state"], company["city"], company["website"]) == ("CO", "Boulder", "aspen.example")
    assert (company["award_count"], str(company["dollars"])) == (3, "11.50")


def test_a_city_is_the_latest_known_with_or_without_a_state(resolve: Resolve) -> None:
    _, (company,), _ = resolve(
        [
            {"company": "Aspen Optics", "uei": UEI_A, "city": "Boulder"},
            {"company": "Aspen Optics", "uei": UEI_A, "state": "CO", "city": "Golden"},
            {"company": "Aspen Optics", "uei": UEI_A},
        ]
    )
    assert (company["state"], company["city"]) == ("CO", "Golden")


def test_the_order_of_the_awards_does_not_matter(
    resolve: Resolve, tmp_path: Path, rows_of: Callable[[Path], Rows]
) -> None:
    awards = [
        {"company": f"Firm {number % 7} Labs", "duns": f"12345678{number % 5}", "award_id": f"A{number + 1}"}
        for number in range(20)
    ]
    numbered = [award | {"row_number": number, "award_year_number": 2000} for number, award in enumerate(awards)]
    _, companies, ids = resolve(numbered)
    written = (tmp_path / "companies.parquet").read_bytes()
    assert resolve(numbered[::-1])[1:] == (companies, ids)
    assert (tmp_path / "companies.parquet").read_bytes() == written


def test_no_awards_make_no_companies(resolve: Resolve) -> None:
    assert resolve([]) == (Resolution(awards=0, companies=0, by_identifier={}), [], [])


AWARDS = st.lists(
    st.fixed_dictionaries(
        {
            "company": st.sampled_from(["Aspen Optics", "ASPEN OPTICS INC", "Aspen Optcs", "Birch", "Cedar Foods"]),
            "uei": st.sampled_from([None, None, UEI_A, UEI_B]),
            "duns": st.sampled_from([None, None, DUNS_A, DUNS_B]),
            "state": st.sampled_from([None, "CO", "MA"]),
            "city": st.sampled_from([None, "Boulder", "Woburn"]),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(awards=AWARDS, seed=st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_rows_say_identities_obey_their_laws(resolve: Resolve, awards: list[Award], seed: Random) -> None:
    numbered = [award | {"award_id": f"A{number}", "row_number": number} for number, award in enumerate(awards, 1)]
    _, companies, ids = resolve(numbered)
    for award, company_id in zip(awards, ids, strict=True):
        assert award["uei"] is None or company_id == f"UEI:{award['uei']}"
    assert sorted(company["company_id"] for company in companies) == sorted(set(ids))
    assert sum(company["award_count"] for company in companies) == len(awards)
    seed.shuffle(numbered)
    assert resolve(numbered)[2] == ids
