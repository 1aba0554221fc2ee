"""What every graph store promises, from load to question."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.errors import GateFailed, InvalidInput
from sbir_etl.graph.embedded import EmbeddedGraph
from sbir_etl.graph.figures import GraphFigures, compare, expected_figures
from sbir_etl.graph.neo4j import Neo4jGraph
from sbir_etl.graph.sources import opened
from sbir_etl.graph.store import GraphStore
from sbir_etl.storage import Directory

Tables = Callable[..., Path]
WriteRun = Callable[..., Any]

AWARDS: tuple[dict[str, object], ...] = (
    {"award_id": "one", "topic_code": "N1", "pi_name": "Ann Lee", "duns": "012345678", "zip": "02139"},
    {"award_id": "two", "topic_code": "N1", "pi_name": "Ann Lee", "phase_number": 2, "award_year_number": 2021},
    {"award_id": "three", "agency": "NASA", "branch": None, "program": "STTR", "ri_name": "MIT", "pi_name": "Bo Li"},
    {"award_id": "four", "company_id": "DUNS:087654321", "company": "Bolt", "award_amount_dollars": "99999.99"},
)


@pytest.fixture(params=["embedded", "neo4j"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> GraphStore:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    if request.param == "neo4j":
        return Neo4jGraph(request.getfixturevalue("neo4j_config"), scratch)
    return EmbeddedGraph(Directory(tmp_path / "storage"), scratch, buffer_pool_bytes=128 * 1024 * 1024)


def expected(run: Any) -> GraphFigures:
    with opened(**vars(run)) as database:
        return expected_figures(database, "run-7")


def test_a_loaded_graph_has_the_figures_of_its_run(store: GraphStore, tables: Tables, write_run: WriteRun) -> None:
    graph = store.load(tables(*AWARDS), "run-7")

    figures = store.figures(graph)

    assert compare(expected(write_run(*AWARDS)), figures) == ()
    assert figures.relationships["FOLLOWS"] == 1
    assert figures.dollars == "400000.29"


def test_a_run_without_awards_gives_an_empty_graph(store: GraphStore, tables: Tables, write_run: WriteRun) -> None:
    graph = store.load(tables(), "run-7")

    assert compare(expected(write_run()), store.figures(graph)) == ()


def test_loading_again_gives_the_same_graph(store: GraphStore, tables: Tables) -> None:
    folder = tables(*AWARDS)
    first = store.load(folder, "run-7")
    figures = store.figures(first)

    assert store.load(folder, "run-7") == first
    assert store.figures(first) == figures


def test_text_reaches_the_graph_as_it_is(store: GraphStore, tables: Tables) -> None:
    title = 'A "quoted", comma\'d and\nbroken title \u2028 – ﬁn\\'
    graph = store.load(tables(AWARDS[0] | {"award_title": title}), "run-7")

    answer = store.query(graph, "MATCH (a:Award) RETURN a.award_title, a.duns AS duns, a.zip AS zip")

    assert answer.columns[1:] == ("duns", "zip")
    assert answer.rows == ((title, "012345678", "02139"),)


def test_a_question_takes_parameters_and_follows_relationships(store: GraphStore, tables: Tables) -> None:
    graph = store.load(tables(*AWARDS), "run-7")

    answer = store.query(
        graph,
        "MATCH (later:Award)-[f:FOLLOWS]->(earlier:Award) WHERE later.award_id = $id "
        "RETURN earlier.award_id AS earlier, f.evidence AS evidence",
        {"id": "two"},
    )

    assert answer.columns == ("earlier", "evidence")
    assert answer.rows == (("one", "topic"),)


def test_nodes_and_paths_are_answered_by_their_properties(store: GraphStore, tables: Tables) -> None:
    graph = store.load(tables(*AWARDS), "run-7")

    nodes = store.query(graph, "MATCH (g:Agency) WHERE g.name = 'NASA' RETURN g, collect(g.name)")
    paths = store.query(graph, "MATCH p = (:Award)-[:CONDUCTED_WITH]->(:ResearchInstitution) RETURN p")

    followed = store.query(graph, "MATCH (:Award)-[f:FOLLOWS]->(:Award) RETURN f")

    assert followed.rows == (({"evidence": "topic"},),)
    assert nodes.rows == (({"agency_id": "NASA", "name": "NASA", "branch": None}, ["NASA"]),)
    path: Any = paths.rows[0][0]
    assert [node.get("award_id", node.get("institution_id")) for node in path["nodes"]] == ["three", "MIT"]
    assert path["relationships"] == [{}]


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (a:Award) DELETE a",
        "CREATE (:Company {company_id: 'x'})",
        "MATCH (a:Award) SET a.zip = ''",
        "MATCH (",
        "",
    ],
)
def test_a_question_cannot_change_anything_nor_be_nonsense(store: GraphStore, tables: Tables, cypher: str) -> None:
    graph = store.load(tables(*AWARDS), "run-7")

    with pytest.raises(InvalidInput, match=r"^query: "):
        store.query(graph, cypher)

    assert store.figures(graph).nodes["Award"] == 4


def test_settling_on_the_live_graph_leaves_it(store: GraphStore, tables: Tables) -> None:
    graph = store.load(tables(*AWARDS), "run-7")

    store.settle(graph)

    assert store.figures(graph).nodes["Award"] == 4


def test_tables_that_a_store_cannot_take_stop_the_load(store: GraphStore, tables: Tables, write_run: WriteRun) -> None:
    folder = tables(*AWARDS)
    (folder / "LED_BY.parquet").write_bytes((folder / "UNDER.parquet").read_bytes())

    with pytest.raises(GateFailed, match="wanted"):
        store.load(folder, "run-8")
