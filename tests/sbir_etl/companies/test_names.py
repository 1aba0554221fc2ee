import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbir_etl.companies.names import normalized_name


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Tidewater Optics, Inc.", "TIDEWATER OPTICS INC"),
        ("Tidewater Optics, Inc.", "Tidewater Optics, Incorporated"),
        ("Tidewater Optics LLC", "Tidewater Optics, L.L.C."),
        ("Tidewater Optics Co., Inc.", "Tidewater Optics"),
        ("Tidewater Optics Corporation", "tidewater  optics corp. "),
        ("Müller Piñon Robotics", "Muller Pinon Robotics"),
        ("Ærø Łódź Systems", "Aero Lodz Systems"),
        ("Farrell & Sons", "Farrell and Sons"),
        ("Farrell &amp; Sons", "Farrell & Sons"),
        ("O'Brien Materials", "O’Brien Materials"),
        ("O'Brien Materials", "OBrien Materials"),
        ("J.P. Vance Engineering", "JP Vance Engineering"),
        ("The Aspen Group", "Aspen Group"),
        ("Aspen Group Inc., The", "Aspen Group"),
        ("Sunrise Atmospheric Research (SAR) LLC", "Sunrise Atmospheric Research, Inc."),
        ("Aspen Corp. (formerly Birch Electronics, Inc.)", "ASPEN"),
        ("Aspen Optics LLC (DBA: Bir", "Aspen Optics"),
        ("Tide-Water Optics", "Tide Water Optics"),
        ("Ｆｕｌｌ Width", "Full Width"),
    ],
)
def test_spellings_of_one_firm_have_one_form(left: str, right: str) -> None:
    assert normalized_name(left) == normalized_name(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("PC Photonics", "Photonics, Inc."),
        ("Corporate Optics", "Optics Corp"),
        ("Triton Systems, Inc.", "Triton, Inc."),
        ("Station 4 Labs", "Station 5 Labs"),
        ("Inc. Research Group", "Research Group"),
        ("(Aspen) Optics", "Optics"),
    ],
)
def test_different_firms_keep_different_forms(left: str, right: str) -> None:
    assert normalized_name(left) != normalized_name(right)


@pytest.mark.parametrize("name", ["Inc.", "The Company", "Co. Corp.", "LLC"])
def test_a_name_of_legal_forms_only_keeps_one_of_them(name: str) -> None:
    assert normalized_name(name)


def test_a_name_without_letters_stays_as_it_is() -> None:
    assert normalized_name(" ??? ") == "???"
    assert normalized_name("東京") == "東京"


@given(st.text())
def test_the_form_is_stable_and_never_empty_for_a_name_that_is_not(name: str) -> None:
    form = normalized_name(name)
    assert bool(form) == bool(name.strip())
    if form.isascii() and not form.startswith("the "):
        assert normalized_name(form) == form
