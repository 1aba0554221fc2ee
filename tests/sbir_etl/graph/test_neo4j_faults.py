"""A loader or a server that is killed in mid-load: nothing that was there is missing, and a rerun ends exact."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from neo4j import GraphDatabase

from sbir_etl.errors import GateFailed, InvalidInput, TransientError
from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph

Tables = Callable[..., Path]

# Starting servers takes its time where other work goes on.
pytestmark = pytest.mark.timeout(300)

LOADER = """
import logging, sys
from pathlib import Path
from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph
class Tell(logging.Handler):
    def emit(self, record):
        print(record.getMessage(), flush=True)
logging.getLogger("sbir_etl").addHandler(Tell())
logging.getLogger("sbir_etl").setLevel(logging.INFO)
uri, password, tables, run_id = sys.argv[1:]
config = Neo4jConfig(uri=uri, password=password, batch_rows=20, retry_seconds=1, max_stale_share=1.0)
Neo4jGraph(config).load(Path(tables), run_id)
"""
BEFORE = [{"award_id": f"a{n}", "pi_name": f"Ann {n % 7}", "topic_code": f"T{n % 5}"} for n in range(120)]
# Every award changes, some move to another company, a few are gone and some are new.
AFTER = [
    *({**award, "award_title": "Revised", "company_id": f"UEI:{n % 9}"} for n, award in enumerate(BEFORE[:110])),
    *({"award_id": f"b{n}", "topic_code": "T9"} for n in range(30)),
]
HALF_LOADED = "MATCH (a:Award) WHERE NOT (a)-[:AWARDED_TO]->(:Company) RETURN a.award_id"


class Reader:
    """Asks all the time which awards are there, and remembers any that was missing."""

    def __init__(self, config: Neo4jConfig) -> None:
        self.asked = 0
        self.missing: set[str] = set()
        self.homeless: set[str] = set()
        self._config = config
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    @contextmanager
    def reading(self) -> Iterator[None]:
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            self._thread.join()

    def _read(self) -> None:
        wanted = {str(award["award_id"]) for award in BEFORE}
        with GraphDatabase.driver(self._config.uri, auth=(self._config.user, self._config.password)) as driver:
            while not self._stop.is_set():
                there = {record[0] for record in driver.execute_query("MATCH (a:Award) RETURN a.award_id").records}
                self.missing |= wanted - there
                self.homeless |= {record[0] for record in driver.execute_query(HALF_LOADED).records}
                self.asked += 1


def kill_after(batches: int, arguments: list[str]) -> bool:
    """Starts a loader and kills it when it has written so many batches; whether it was still at work then."""
    command = [sys.executable, "-c", LOADER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as loader:
        assert loader.stdout is not None
        for line in loader.stdout:
            batches -= line.startswith("batch")
            if batches < 0:
                break
        loader.kill()
    return loader.returncode == -signal.SIGKILL


def test_a_loader_killed_at_random_points_leaves_nothing_missing_and_a_rerun_ends_exact(
    neo4j_config: Neo4jConfig, tables: Tables, tmp_path: Path
) -> None:
    before, after = tables(*BEFORE), tmp_path / "after"
    store = Neo4jGraph(replace(neo4j_config, max_stale_share=1.0))
    store.load(before, "run-1")
    before.rename(tmp_path / "before")
    tables(*AFTER).rename(after)
    chance, reader = random.Random(8), Reader(neo4j_config)

    with reader.reading():
        for attempt in range(9):
            # A loader that goes on where the last one was killed has less and less to do.
            arguments = [neo4j_config.uri, neo4j_config.password, str(after), f"run-{attempt + 2}"]
            assert kill_after(chance.randint(0, 3), arguments)
        graph = store.load(after, "run-11")

    assert reader.asked > 10
    assert (reader.missing, reader.homeless) == (set(), set())
    store.settle(graph)
    exact = store.figures(graph)
    store.reset(graph)
    assert exact == store.figures(store.load(after, "run-11"))


@pytest.mark.slow
def test_a_server_killed_in_mid_load_comes_back_with_all_that_was_there(
    start_neo4j: Callable[[Path], Any], tables: Tables, tmp_path: Path
) -> None:
    server = start_neo4j(tmp_path / "server")
    Neo4jGraph(_config(server)).load(tables(*BEFORE), "run-1")
    after = tables(*AFTER)

    command = [sys.executable, "-c", LOADER, server.uri, server.password, str(after), "run-2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as loader:
        assert loader.stdout is not None
        for _ in range(random.Random(8).randint(2, 5)):
            loader.stdout.readline()
        os.kill(server.pid, signal.SIGKILL)
        assert "TransientError: Neo4j at bolt://" in loader.communicate()[1]

    store = Neo4jGraph(_config(start_neo4j(tmp_path / "server")))
    there = {row[0] for row in store.query("neo4j:run-1", "MATCH (a:Award) RETURN a.award_id").rows}
    assert {award["award_id"] for award in BEFORE} <= there
    assert not store.query("neo4j:run-1", HALF_LOADED).rows
    graph = store.load(after, "run-3")
    store.settle(graph)
    figures = store.figures(graph)
    assert (figures.nodes["Award"], figures.relationships["AWARDED_TO"], figures.orphan_companies) == (140, 140, 0)


def _config(server: Any) -> Neo4jConfig:
    return Neo4jConfig(uri=server.uri, user=server.user, password=server.password, max_stale_share=1.0)


def test_a_wrong_password_is_a_permanent_error_that_does_not_repeat_it(neo4j_config: Neo4jConfig) -> None:
    store = Neo4jGraph(replace(neo4j_config, password="not-the-secret"))

    with pytest.raises(InvalidInput, match="user 'neo4j' was refused") as refused:
        store.figures("neo4j:run-1")

    assert "not-the-secret" not in f"{refused.value!r} {refused.value.__cause__}"


def test_a_configuration_never_shows_its_password() -> None:
    assert "secret" not in repr(Neo4jConfig(uri="bolt://localhost", password="secret"))


@pytest.mark.parametrize("uri", ["bolt://127.0.0.1:1", "bolt://localhost:no-port"])
def test_a_server_that_is_not_there_is_a_transient_error_that_says_where_it_was_looked_for(uri: str) -> None:
    with pytest.raises(TransientError, match=rf"Neo4j at {uri}: .*Look whether the server runs"):
        Neo4jGraph(Neo4jConfig(uri=uri, password="x", retry_seconds=0)).reset(None)


@pytest.mark.parametrize("uri", ["http://localhost:7474", "localhost:7687"])
def test_an_address_that_is_none_is_a_permanent_error(uri: str) -> None:
    with pytest.raises(InvalidInput, match=r"Neo4j at .*wanted an address such as bolt://localhost:7687"):
        Neo4jGraph(Neo4jConfig(uri=uri, password="x")).reset(None)


def test_a_database_that_does_not_exist_is_named(neo4j_config: Neo4jConfig) -> None:
    with pytest.raises(InvalidInput, match="there is no database 'elsewhere'"):
        Neo4jGraph(replace(neo4j_config, database="elsewhere")).figures("neo4j:run-1")


def test_a_schema_that_cannot_be_declared_stops_the_load(neo4j_config: Neo4jConfig, tables: Tables) -> None:
    index = "CREATE INDEX theirs FOR (t:Topic) ON (t.topic_id)"
    with GraphDatabase.driver(neo4j_config.uri, auth=(neo4j_config.user, neo4j_config.password)) as driver:
        driver.execute_query("DROP CONSTRAINT sbir_topic_id IF EXISTS")
        driver.execute_query(index)
        try:
            with pytest.raises(GateFailed, match="already exists an index"):
                Neo4jGraph(neo4j_config).load(tables({}), "run-1")
        finally:
            driver.execute_query("DROP INDEX theirs")
