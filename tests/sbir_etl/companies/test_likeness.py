from collections.abc import Sequence
from itertools import product

import duckdb
import pytest

from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.firms import draw_firm
from sbir_etl.companies.likeness import DEFAULTS, MatchSettings, find_alike
from sbir_etl.companies.names import normalized_name
from sbir_etl.companies.resolution import add_functions
from sbir_etl.companies.similarity import similarity, spelled_out

Named = tuple[str, str]


def alike(
    open_names: Sequence[Named], listed_names: Sequence[Named], settings: MatchSettings = DEFAULTS
) -> dict[tuple[str, str, str], float]:
    """The likely pairs (state, open name, listed name) and their scores."""
    with duckdb.connect() as connection:
        add_functions(connection)
        connection.execute("CREATE TABLE pairs (company_id VARCHAR, status VARCHAR)")
        for table, names in (("company", open_names), ("firm", listed_names)):
            connection.execute(
                f"CREATE TABLE {table} AS SELECT state || name AS id, [name] AS all_names, [state] AS all_states "
                "FROM (SELECT unnest($states)::VARCHAR AS state, unnest($names)::VARCHAR AS name)",
                {"states": [state for state, _ in names], "names": [name for _, name in names]},
            )
        find_alike(connection, settings)
        rows = connection.execute("SELECT state, open_words, listed_words, score FROM alike").fetchall()
    return {(state, one, other): score for state, one, other, score in rows}


def test_a_misspelt_name_is_found_in_its_state_only() -> None:
    found = alike([("MA", "physcal sciences")], [("MA", "physical sciences"), ("TX", "physical sciences")])
    assert found == {("MA", "physcal sciences", "physical sciences"): 0.875}


@pytest.mark.parametrize(
    ("one", "other"), [("zyx optics labs", "optics zyx lab"), ("a b", "ab"), ("harbor", "arbor"), ("monarch", "moarch")]
)
def test_other_orders_blanks_and_first_letters_are_found(one: str, other: str) -> None:
    assert alike([("MA", one)], [("MA", other)])


def test_a_gram_that_too_many_names_share_is_not_looked_up() -> None:
    listed = [("MA", f"aspen optics {word}") for word in ("east", "west", "ridge", "hill", "lake")]
    assert len(alike([("MA", "aspen optics north")], listed, MatchSettings(candidate=0.5, most_sharing=5))) == 5
    assert not alike([("MA", "aspen optics north")], listed, MatchSettings(candidate=0.5, most_sharing=4))


def test_names_that_would_be_accepted_are_found_as_if_all_had_been_compared() -> None:
    draws = Draws(5, "names")
    firms = [draw_firm(draws, number, most_awards=9) for number in range(1500)]
    listed = [(firm.place.state, normalized_name(firm.labels[0])) for firm in firms if firm.place.state in ("CA", "MA")]
    misspelt = [(state, name[:3] + name[4:]) for state, name in listed[::2] if len(name) > 9]
    found = alike(misspelt, listed)
    accepted = {
        (state, spelled_out(one), spelled_out(other))
        for (state, one), (other_state, other) in product(misspelt, listed)
        if state == other_state and similarity(spelled_out(one), spelled_out(other)) >= DEFAULTS.accepted
    }
    assert len(accepted) > 50
    assert len(accepted & found.keys()) / len(accepted) >= 0.97
