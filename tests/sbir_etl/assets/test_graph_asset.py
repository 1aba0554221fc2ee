"""LoadNeo4j: the graph is materialised behind the checks of the companies."""

import json
from collections.abc import Callable

import pytest

from sbir_etl import artefacts
from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.refresh import Refresh, VintageRequest
from sbir_etl.steps.load_neo4j import load_neo4j

Rewrite = Callable[[str, str], None]


def test_the_graph_holds_what_is_expected_of_it(refresh: Refresh, request_: VintageRequest) -> None:
    loaded = load_neo4j(refresh, request_)
    assert refresh.storage.fetch(loaded.graph, refresh.scratch).exists()
    expected = json.loads(refresh.storage.read(refresh.artefact(artefacts.EXPECTED_FIGURES)))
    assert loaded.nodes == sum(expected["nodes"].values())
    assert loaded.relationships == sum(expected["relationships"].values())


@pytest.mark.parametrize(
    ("check", "name", "select"),
    [
        ("every_award_has_one_company", artefacts.AWARD_COMPANIES, "SELECT * FROM it ORDER BY award_id OFFSET 1"),
        ("every_award_has_one_company", artefacts.AWARD_COMPANIES, "SELECT * FROM it UNION ALL SELECT * FROM it"),
        ("every_award_has_one_company", artefacts.AWARDS, "SELECT * FROM it ORDER BY award_id OFFSET 1"),
        ("every_company_is_known", artefacts.COMPANIES, "SELECT * FROM it ORDER BY company_id OFFSET 1"),
    ],
)
def test_a_check_that_does_not_hold_stops_the_run_before_the_load(
    refresh: Refresh, request_: VintageRequest, rewrite: Rewrite, check: str, name: str, select: str
) -> None:  # fmt: skip
    rewrite(name, select)
    with pytest.raises(GateFailed, match=f"{check}: "):
        load_neo4j(refresh, request_)
    assert list(refresh.storage.entries("graph")) == []


def test_a_run_without_companies_says_which_file_is_missing(another_run: Refresh, request_: VintageRequest) -> None:
    with pytest.raises(MissingObject, match=r"run-2/awards\.parquet"):
        load_neo4j(another_run, request_)
