"""A loader or a server that is killed in mid-load: nothing that was there is missing, and a rerun ends exact."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

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
BEFORE = [{"award_id": f"a{n}", "pi_name": f"Ann {n % 7}", "topic_code": f"T{n % 5}"} for n in range(180)]
# Every award changes, some move to another company, a few are gone and some are new.
AFTER = [
    *({**award, "award_title": "Revised", "company_id": f"UEI:{n % 9}"} for n, award in enumerate(BEFORE[:170])),
    *({"award_id": f"b{n}", "topic_code": "T9"} for n in range(30)),
]
VICTIMS = (*["loader"] * 3, "server", *["loader"] * 4, "server", "loader")
PATIENCE_SECONDS = 60.0
HALF_LOADED = "MATCH (a:Award) WHERE NOT (a)-[:AWARDED_TO]->(:Company) RETURN a.award_id"


class Reader:
    """Asks all the time which awards are there, and remembers any that was missing; a server that is down it awaits."""

    def __init__(self, config: Neo4jConfig) -> None:
        self.config = config
        self.asked = 0
        self.missing: set[str] = set()
        self.homeless: set[str] = set()
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
        while not self._stop.is_set():
            config = self.config
            driver = GraphDatabase.driver(config.uri, auth=(config.user, config.password), max_transaction_retry_time=0)
            with driver, suppress(DriverError, Neo4jError):
                while self.config is config and not self._stop.is_set():
                    self._ask(driver)
                    self._stop.wait(0.01)

    def _ask(self, driver: Driver) -> None:
        wanted = {str(award["award_id"]) for award in BEFORE}
        there = {record[0] for record in driver.execute_query("MATCH (a:Award) RETURN a.award_id").records}
        self.missing |= wanted - there
        self.homeless |= {record[0] for record in driver.execute_query(HALF_LOADED).records}
        self.asked += 1


@contextmanager
def load_at_work(config: Neo4jConfig, tables: Path, run_id: str, *, chance: random.Random) -> Iterator[Any]:
    """A loader in a process of its own, some batches and a moment after its begin."""
    command = [sys.executable, "-c", LOADER, config.uri, config.password, str(tables), run_id]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as loader:
        assert loader.stdout is not None
        batches = chance.randint(0, 3)
        for line in loader.stdout:
            batches -= line.startswith("batch")
            if batches < 0:
                break
        # Not waiting for something: the point lies anywhere in a transaction.
        time.sleep(chance.uniform(0.0, 0.02))
        yield loader


def test_loader_and_server_killed_at_ten_random_points_leave_nothing_missing_and_a_rerun_ends_exact(
    start_neo4j: Callable[[Path], Any], tables: Tables, tmp_path: Path
) -> None:
    server = start_neo4j(tmp_path / "server")
    config = _config(server)
    before, after = tables(*BEFORE), tmp_path / "after"
    Neo4jGraph(config).load(before, "run-1")
    before.rename(tmp_path / "before")
    tables(*AFTER).rename(after)
    chance, reader = random.Random(8), Reader(config)

    with reader.reading():
        for point, victim in enumerate(VICTIMS, start=2):
            asked = reader.asked
            # A loader that goes on where the last one was killed has less and less to do.
            with load_at_work(config, after, f"run-{point}", chance=chance) as loader:
                os.kill(loader.pid if victim == "loader" else server.pid, signal.SIGKILL)
                complaint = loader.communicate()[1]
            assert loader.returncode == -signal.SIGKILL or "TransientError: Neo4j at bolt://" in complaint
            if victim == "server":
                server = start_neo4j(tmp_path / "server")
                reader.config = config = _config(server)
            _until(lambda: reader.asked > asked + 1)  # noqa: B023 - asked at once
        store = Neo4jGraph(config)
        graph = store.load(after, "run-12")

    assert (reader.missing, reader.homeless) == (set(), set())
    store.settle(graph)
    exact = store.figures(graph)
    store.reset(graph)
    assert exact == store.figures(store.load(after, "run-12"))


def _until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)


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
