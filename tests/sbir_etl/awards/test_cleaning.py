"""Cleaning undoes what exports did to text, drops what says nothing, counts both, and leaves the rest alone."""

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sbir_etl.awards import cleaning
from sbir_etl.awards.cleaning import OPERATIONS, resolve_entities, undo_double_encoding
from sbir_etl.awards.schema import NAMES


def clean(**cells: str) -> tuple[dict[str, str | None], dict[str, set[str]]]:
    """The cleaned values of these cells, and by operation the columns it changed."""
    row = dict.fromkeys(NAMES, "") | cells
    masks = ", ".join(operation.id for operation in OPERATIONS)
    with duckdb.connect() as database:
        cleaning.install(database)
        columns = ", ".join(f"? AS {name}" for name in NAMES)
        database.execute(f"CREATE TABLE raw AS SELECT 1 AS row_number, {columns}", list(row.values()))
        found = database.execute(
            f"WITH {cleaning.cleaned('raw')} SELECT {', '.join(NAMES)}, {masks} FROM cleaned"
        ).fetchone()
    assert found is not None
    values = dict(zip(NAMES, found, strict=False))
    changed = {
        operation.id: set(cleaning.counted([(mask, 1)]))
        for operation, mask in zip(OPERATIONS, found[len(NAMES) :], strict=True)
    }
    return {name: values[name] for name in cells}, changed


@pytest.mark.parametrize(
    ("column", "raw", "cleaned", "operation"),
    [
        ("award_title", "R&amp;D for &#039;X&#039; &lt; Y", "R&D for 'X' < Y", "entities"),
        ("abstract", "the firm\u00e2\u20ac\u2122s", "the firm\u2019s", "double_encoding"),
        ("abstract", "a\u00c2\u00a0b", "a\u00a0b", "double_encoding"),
        ("company", "Acme Inc \n", "Acme Inc", "blanks"),
        ("contact_name", "\u00a0Ann\u00a0", "Ann", "blanks"),
        ("abstract", "N/A", None, "placeholder"),
        ("topic_code", "None", None, "placeholder"),
        ("contact_phone", "() -", None, "placeholder"),
        ("pi_phone", "(000) 000-0000", None, "placeholder"),
        ("duns", "0", None, "placeholder"),
        ("zip", "-", None, "placeholder"),
        ("company_website", "http://", None, "placeholder"),
        ("proposal_award_date", "0000-00-00", None, "placeholder"),
        ("solicitation_year", "0000", None, "placeholder"),
    ],
)
def test_each_operation_takes_effect_and_is_counted(column: str, raw: str, cleaned: str | None, operation: str) -> None:
    values, changed = clean(**{column: raw})

    assert values == {column: cleaned}
    assert changed == {each.id: {column} if each.id == operation else set() for each in OPERATIONS}


def test_operations_follow_one_another_and_each_is_counted() -> None:
    values, changed = clean(abstract="&nbsp;N/A ", company="&Acirc;&reg; ")

    assert values == {"abstract": None, "company": "\u00ae"}
    assert changed == {
        "entities": {"abstract", "company"},
        "double_encoding": {"company"},
        "blanks": {"abstract", "company"},
        "placeholder": {"abstract"},
    }


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("duns", "012345678"),
        ("zip", "02101-"),
        ("number_employees", "0"),
        ("hubzone_owned", "U"),
        ("company", "AT&T &unknown; &notit; R&D"),
        ("abstract", "d\u00e9j\u00e0 vu \u00b5m \u2013 \u00bd \u2028 \x85 \ufffd"),
        ("abstract", "cut short: \u00e2\u20ac"),
        ("contract", "A&amp;B"),
        ("abstract", "&#0; &#xD800; &#1114112;"),
    ],
)
def test_what_may_be_meant_is_left_alone(column: str, value: str) -> None:
    values, changed = clean(**{column: value})

    assert values == {column: value}
    assert not any(changed.values())


def test_empty_cells_become_null_without_being_counted() -> None:
    values, changed = clean(company="", abstract="")

    assert values == {"company": None, "abstract": None}
    assert not any(changed.values())


def test_references_to_no_character_stay() -> None:
    assert resolve_entities("&#0; &#xD800; &nosuchname; &#8217;") == "&#0; &#xD800; &nosuchname; \u2019"


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9\u2019\u2019",
        "10 \u00c5\u201d",
        "5\u00a0\u00c5\u201310 \u00c5",
        "\u00f0\u20ac\u20ac\u20ac",
        "\u00e2\u00bf",
    ],
)
def test_letters_before_punctuation_are_no_double_encoding(text: str) -> None:
    assert undo_double_encoding(text) == text


@pytest.mark.parametrize(
    "text", ["caf\u00e9", "\u03bcm", "\u2018a\u2019 \u201cb\u201d \u2013 \u2022 \u2122", "\ufb01ne", "\U0001f680"]
)
def test_what_abstracts_hold_comes_back_from_double_encoding(text: str) -> None:
    assert undo_double_encoding(text.encode().decode("latin-1")) == text


@given(st.text())
def test_the_repairs_never_fail(text: str) -> None:
    assert isinstance(undo_double_encoding(resolve_entities(text)), str)
