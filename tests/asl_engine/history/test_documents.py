"""Documents: a value and its text, each made from the other at most once."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asl_engine.history.documents import PAYLOAD_LIMIT_BYTES, Document, serialise, storable
from asl_engine.language.values import JSON

any_text = st.text(st.characters(codec=None, exclude_categories=()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(any_text, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_value_and_text_say_the_same(value: JSON) -> None:
    text = Document(value).text
    assert json.loads(text) == json.loads(json.dumps(value))
    assert Document(text=text).value == json.loads(text)


@given(st.lists(json_values, max_size=4))
def test_an_array_is_made_of_its_items_texts(values: list[JSON]) -> None:
    array = Document.array([Document(value) for value in values])
    assert array.value == values
    assert json.loads(array.text) == json.loads(json.dumps(values))


def test_a_text_is_kept_as_it_was_written() -> None:
    document = Document.parsed('{ "a" : 1.50 }')
    assert document.value == {"a": 1.5}
    assert document.text == '{ "a" : 1.50 }'


def test_the_value_is_handed_out_uncopied() -> None:
    value: dict[str, JSON] = {"a": []}
    assert Document(value).value is value


@pytest.mark.parametrize(
    ("length", "character", "exceeds"),
    [
        (10, "a", False),
        (PAYLOAD_LIMIT_BYTES - 2, "a", False),
        (PAYLOAD_LIMIT_BYTES - 1, "a", True),
        (PAYLOAD_LIMIT_BYTES // 2 - 1, "é", False),
        (PAYLOAD_LIMIT_BYTES // 2, "é", True),
        (PAYLOAD_LIMIT_BYTES // 3, "\ud800", True),
    ],
)
def test_the_limit_counts_bytes_of_utf_8(length: int, character: str, exceeds: bool) -> None:  # noqa: FBT001  # a parameter of the table
    assert Document(character * length).exceeds_limit() is exceeds


def test_documents_are_equal_when_their_texts_are() -> None:
    assert Document([1]) == Document(text="[1]")
    assert hash(Document([1])) == hash(Document(text="[1]"))
    assert Document([1]) != Document([2])
    assert Document([1]) != "[1]"
    assert repr(Document([1])) == "Document([1])"


@given(json_values)
def test_every_text_can_be_stored(value: JSON) -> None:
    text = serialise(value)
    assert json.loads(text.encode()) == json.loads(json.dumps(value))  # two halves make a whole on the way


@given(any_text)
def test_a_text_with_half_a_surrogate_pair_says_the_same_when_stored(text: str) -> None:
    written = json.dumps(text, ensure_ascii=False)
    stored = storable(written)
    assert json.loads(stored.encode()) == json.loads(json.dumps(text))
    assert storable(stored) == stored


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
def test_numbers_that_json_does_not_have_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        Document.of([number])
