"""What holds of a graph that is changed in place: only what differs is written, and what is not ours is left alone."""

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import TransientError

from sbir_etl.errors import Conflict, GateFailed
from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph
from sbir_etl.graph.neo4j_store.changes import bounded

Tables = Callable[..., Path]

ACME, BOLT = "UEI:ACMEACMEACME", "DUNS:087654321"
AWARDS: tuple[dict[str, object], ...] = (
    {"award_id": "one", "topic_code": "N1", "pi_name": "Ann Lee", "award_title": "A Rocket"},
    {"award_id": "two", "pi_name": "Ann Lee", "phase_number": 2, "award_year_number": 2021, "award_title": "A Rocket"},
    {"award_id": "three", "company_id": BOLT, "company": "Bolt", "ri_name": "MIT", "agency": "NASA", "branch": None},
)
OTHERS = (
    "CREATE (p:Patent {number: 'US1'}), (:Award {title: 'Nobel'}), (:Company {company_id: 'ours'})-[:OWNS]->(p)",
    "MATCH (p:Patent), (a:Award {award_id: 'one'}) CREATE (p)-[:CITES]->(a) SET a.note = 'look here'",
    "MATCH (a:Award {award_id: 'two'}), (b:Award {award_id: 'one'}) CREATE (a)-[:FOLLOWS {by: 'hand'}]->(b)",
)
COUNT_OTHERS = """
OPTIONAL MATCH (p:Patent)-[c:CITES]->(a:Award {award_id: 'one', note: 'look here'})
OPTIONAL MATCH (f:Award {award_id: 'two'})-[h:FOLLOWS {by: 'hand'}]->(:Award {award_id: 'one'})
OPTIONAL MATCH (n:Award {title: 'Nobel'}) OPTIONAL MATCH (o:Company {company_id: 'ours'})-[w:OWNS]->(p)
RETURN count(DISTINCT p), count(DISTINCT c), count(DISTINCT h), count(DISTINCT n), count(DISTINCT w)
"""


@pytest.fixture
def config(neo4j_config: Neo4jConfig) -> Neo4jConfig:
    """Told that everything may be gone: of three awards, one is a third."""
    return replace(neo4j_config, max_stale_share=1.0)


@pytest.fixture
def store(config: Neo4jConfig, tmp_path: Path) -> Neo4jGraph:
    return Neo4jGraph(config, tmp_path)


@pytest.fixture
def driver(config: Neo4jConfig) -> Iterator[Driver]:
    with GraphDatabase.driver(config.uri, auth=(config.user, config.password)) as driver:
        yield driver


def ask(driver: Driver, cypher: str) -> list[Any]:
    """The rows; a row of one value as that value."""
    rows = [record.values() for record in driver.execute_query(cypher).records]
    return [row[0] if len(row) == 1 else row for row in rows]


def written(driver: Driver) -> dict[str, int]:
    """How many nodes were last written by which run."""
    return dict(ask(driver, "MATCH (n) WHERE n.sbir_run > '' RETURN n.sbir_run, count(*)"))


def test_an_unchanged_reload_writes_nothing_but_the_stamp(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    folder = tables(*AWARDS)
    store.load(folder, "run-1")
    relationships = "MATCH ()-[r]->() RETURN elementId(r) ORDER BY elementId(r)"
    before, ids = written(driver), ask(driver, relationships)

    store.load(folder, "run-2")

    assert written(driver) == before == {"run-1": 10}
    assert ask(driver, relationships) == ids
    assert store.figures("neo4j:run-2").run_id == "run-2"


def test_only_what_differs_is_written(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    store.load(tables(*AWARDS), "run-1")
    before = dict(ask(driver, "MATCH ()-[r]->() RETURN elementId(r), type(r)"))

    store.load(tables(*AWARDS[:2], AWARDS[2] | {"award_title": "Another", "company_id": ACME}), "run-2")

    assert ask(driver, "MATCH (n {sbir_run: 'run-2'}) RETURN n.award_id") == ["three"]
    assert ask(driver, "MATCH (:Award {award_id: 'three'})-[:AWARDED_TO]->(c) RETURN c.company_id") == [ACME]
    after = dict(ask(driver, "MATCH ()-[r]->() RETURN elementId(r), type(r)"))
    assert [after[each] for each in after.keys() - before.keys()] == ["AWARDED_TO"]


def test_a_relationship_that_only_changes_its_property_is_written(
    store: Neo4jGraph, driver: Driver, tables: Tables
) -> None:
    store.load(tables(*AWARDS), "run-1")
    same = {"agency_tracking_number": "N1", "award_title": "A Rocket"}

    store.load(tables(*(award | same for award in AWARDS[:2]), AWARDS[2]), "run-2")

    assert ask(driver, "MATCH ()-[f:FOLLOWS]->() RETURN f.evidence") == ["tracking number"]


def test_what_is_gone_stays_to_be_asked_for_until_the_graph_is_settled(
    store: Neo4jGraph, driver: Driver, tables: Tables
) -> None:
    store.load(tables(*AWARDS), "run-1")

    graph = store.load(tables(*AWARDS[:2]), "run-2")

    assert store.query(graph, "MATCH (a:Award {award_id: 'three'})-->(c:Company) RETURN c.name").rows == (("Bolt",),)
    assert store.figures(graph).nodes["Award"] == 2
    assert store.figures(graph).orphan_companies == 0
    assert store.settle(graph) == {"nodes removed": 4, "relationships removed": 3, "nodes kept": 0}
    assert store.settle(graph) == {"nodes removed": 0, "relationships removed": 0, "nodes kept": 0}
    assert sorted(ask(driver, "MATCH (a:Award) RETURN a.award_id")) == ["one", "two"]


def test_what_comes_back_before_it_was_swept_is_live_again(store: Neo4jGraph, tables: Tables) -> None:
    store.load(tables(*AWARDS), "run-1")
    store.load(tables(*AWARDS[:2]), "run-2")

    graph = store.load(tables(*AWARDS), "run-3")

    assert store.settle(graph)["nodes removed"] == 0
    assert store.figures(graph).nodes["Award"] == 3


def test_only_the_run_that_was_loaded_last_may_sweep(store: Neo4jGraph, tables: Tables) -> None:
    first = store.load(tables(*AWARDS), "run-1")
    store.load(tables(*AWARDS[:2]), "run-2")

    assert store.settle(first)["nodes removed"] == 0


def test_more_than_the_ceiling_gone_is_refused_before_anything_is_written(
    config: Neo4jConfig, driver: Driver, tables: Tables
) -> None:
    awards = [{"award_id": f"a{n}"} for n in range(100)]
    store = Neo4jGraph(replace(config, max_stale_share=0.05))
    store.load(tables(*awards), "run-1")
    store.load(tables(*awards[:95]), "run-2")

    with pytest.raises(GateFailed, match=r"6 of 100 \(Award\) are not in this run any more, wanted at most 5%"):
        store.load(tables(*awards[:94], {"award_id": "new"}), "run-3")

    assert ask(driver, "MATCH (a:Award:SbirEtl) RETURN count(*)") == [95]
    assert ask(driver, "MATCH (r:Refresh) RETURN r.run_id, r.loading") == [["run-2", "run-3"]]


def test_what_others_keep_beside_ours_survives_load_sweep_and_reset(
    store: Neo4jGraph, driver: Driver, tables: Tables
) -> None:
    store.load(tables(*AWARDS), "run-1")
    for statement in OTHERS:
        driver.execute_query(statement)
    everything = [[1, 1, 1, 1, 1]]
    assert ask(driver, COUNT_OTHERS) == everything

    graph = store.load(tables({**AWARDS[0], "award_title": "Changed"}, *AWARDS[1:]), "run-2")
    assert store.figures(graph).relationships["FOLLOWS"] == 0
    assert store.figures(graph).nodes["Award"] == 3
    store.settle(graph)
    assert ask(driver, COUNT_OTHERS) == everything

    graph = store.load(tables(AWARDS[2]), "run-3")
    assert store.settle(graph)["nodes kept"] == 2
    assert ask(driver, COUNT_OTHERS) == everything

    store.reset(graph)
    assert ask(driver, COUNT_OTHERS) == everything
    assert ask(driver, "MATCH (n:SbirEtl|SbirEtlStale) RETURN count(*)") == [0]

    graph = store.load(tables(*AWARDS), "run-4")
    assert ask(driver, COUNT_OTHERS) == everything
    assert store.figures(graph).nodes["Award"] == 3


def test_a_node_of_somebody_else_in_the_place_of_one_of_ours_stops_the_load(
    store: Neo4jGraph, driver: Driver, tables: Tables
) -> None:
    driver.execute_query("CREATE (:Company {company_id: $key, name: 'Not yours'})", key=BOLT)

    with pytest.raises(GateFailed, match=r"1 nodes that this system did not write .* 'Company DUNS:087654321'"):
        store.load(tables(*AWARDS), "run-1")

    assert ask(driver, "MATCH (c:Company) RETURN c.name") == ["Not yours"]


def test_a_reset_removes_all_that_is_ours_and_a_dry_run_nothing(
    store: Neo4jGraph, driver: Driver, tables: Tables
) -> None:
    graph = store.load(tables(*AWARDS), "run-1")
    store.load(tables(*AWARDS[:2]), "run-2")

    counted = store.reset(graph, dry_run=True)

    assert counted == {"nodes removed": 10, "relationships removed": 11, "nodes kept": 0}
    assert ask(driver, "MATCH (a:Award) RETURN count(*)") == [3]
    assert store.reset(graph) == counted
    assert ask(driver, "MATCH (n) RETURN count(*)") == [0]


def test_what_somebody_removed_from_ours_is_put_back(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    folder = tables(*AWARDS)
    figures = store.figures(store.load(folder, "run-1"))
    driver.execute_query("MATCH (:Award {award_id: 'one'})-[r:AWARDED_TO]->() DELETE r")

    assert store.figures(store.load(folder, "run-1")) == figures


def test_tables_that_contradict_themselves_are_not_made_live(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    folder = tables(*AWARDS)
    store.load(folder, "run-1")
    with duckdb.connect() as database:
        path = folder / "UNDER.parquet"
        database.execute(f"CREATE TABLE twice AS FROM '{path}' UNION ALL FROM '{path}'")
        database.execute(f"COPY twice TO '{path}'")

    with pytest.raises(GateFailed, match=r"got 1 UNDER, wanted the 2 of UNDER\.parquet; reset the graph"):
        store.load(folder, "run-2")

    assert ask(driver, "MATCH (r:Refresh) RETURN r.run_id") == ["run-1"]


class Meddler(logging.Handler):
    """Does something when a load has looked at the graph and is about to write."""

    def __init__(self, meddle: Callable[[], object]) -> None:
        super().__init__()
        self._meddle = meddle

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "graph load":
            self._meddle()


@contextmanager
def meddling(meddle: Callable[[], object]) -> Iterator[None]:
    log, meddler = logging.getLogger("sbir_etl.graph.neo4j_store.loading"), Meddler(meddle)
    level = log.level
    log.addHandler(meddler)
    log.setLevel(logging.INFO)
    yield
    log.setLevel(level)
    log.removeHandler(meddler)


def test_a_load_stops_when_another_has_claimed_the_graph(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    folder = tables(*AWARDS)
    claim = "MATCH (m:Refresh:SbirEtl) SET m.loading = 'run-2'"

    with (
        meddling(lambda: driver.execute_query(claim)),
        pytest.raises(Conflict, match="another load has claimed the graph, wanted it for run run-1"),
    ):
        store.load(folder, "run-1")

    assert ask(driver, "MATCH (a:Award) RETURN count(*)") == [0]


def test_a_run_that_is_loaded_twice_at_a_time_does_not_lose_against_itself(
    store: Neo4jGraph, config: Neo4jConfig, tables: Tables, tmp_path: Path
) -> None:
    folder = tables(*AWARDS)
    again: list[Neo4jGraph] = []

    def load_it_all() -> None:
        if not again:
            again.append(Neo4jGraph(config, tmp_path))
            again[0].load(folder, "run-1")

    with meddling(load_it_all):
        graph = store.load(folder, "run-1")

    figures = store.figures(graph)
    assert (figures.run_id, figures.nodes["Award"], figures.relationships["AWARDED_TO"]) == ("run-1", 3, 3)


def test_a_load_outlives_a_deadlock(store: Neo4jGraph, driver: Driver, tables: Tables) -> None:
    store.load(tables(*AWARDS), "run-1")
    awards = tuple(award | {"company": f"{award.get('company')} renamed"} for award in AWARDS)
    holds, others = threading.Event(), ThreadPoolExecutor(1)

    def hold_and_want() -> None:
        with suppress(TransientError), driver.session() as session, session.begin_transaction() as other:
            other.run("MATCH (c:Company {company_id: $key}) SET c.held = true", key=BOLT).consume()
            holds.set()
            _until(lambda: ask(driver, "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN 1"))
            other.run("MATCH (m:Refresh) SET m.held = true").consume()

    def meddle() -> None:
        done.append(others.submit(hold_and_want))
        holds.wait()

    done: list[Future[None]] = []
    with others, meddling(meddle):
        graph = store.load(tables(*awards), "run-2")

    done[0].result()
    assert ask(driver, "MATCH (c:Company) RETURN c.sbir_run") == ["run-2", "run-2"]
    assert store.figures(graph).nodes["Award"] == 3


def _until(happened: Callable[[], object]) -> None:
    for _ in range(1_000):
        if happened():
            return
    pytest.fail("it never happened")


@pytest.mark.parametrize("limit", [{"batch_rows": 1}, {"batch_bytes": 1}, {"batch_rows": 3}])
def test_batches_of_any_size_give_the_same_graph(config: Neo4jConfig, tables: Tables, limit: dict[str, Any]) -> None:
    folder = tables(*AWARDS)
    figures = Neo4jGraph(config).figures(Neo4jGraph(config).load(folder, "run-1"))
    Neo4jGraph(config).reset(None)

    small = Neo4jGraph(replace(config, **limit))

    assert small.figures(small.load(folder, "run-1")) == figures


def test_a_group_is_closed_before_it_would_grow_too_large() -> None:
    items = [(2, 10), (2, 10), (1, 95), (9, 1), (1, 1)]

    groups = list(bounded(items, measure=lambda item: item, max_rows=4, max_bytes=100))

    assert groups == [[(2, 10), (2, 10)], [(1, 95)], [(9, 1)], [(1, 1)]]
