"""The whole refresh into a real Neo4j server: loaded, checked, live, refreshed again, asked; and out of reach."""

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.awards.sample import write_sample
from sbir_etl.graph.opening import open_graph
from sbir_etl.graph.store import GraphStore
from sbir_etl.settings import Neo4j, Settings
from sbir_etl.storage import open_storage
from tests.conftest import Neo4jServer
from tests.refreshes import Ended, StateMachine, steps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
EVERYTHING = "MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN elementId(n), n, elementId(r), r, elementId(m)"


@dataclass(frozen=True, kw_only=True)
class Weeks:
    """A workspace with the files of two weeks, and the server its graph is in."""

    folder: Path
    settings: Settings
    store: GraphStore

    def refresh(self, week: str, number: int, **given: Any) -> Ended:
        return self.refresh_with(self.settings, week, number, **given)

    def refresh_with(self, settings: Settings, week: str, number: int, **given: Any) -> Ended:
        machine = StateMachine(steps(settings))
        machine.skip_names(number - 1)
        return machine.execute({"source_url": str(self.folder / week / "award_data.csv"), **given})

    def live(self) -> tuple[Any, bytes]:
        """The graph, and the pointer to it."""
        rows = self.store.query("", EVERYTHING).rows
        return sorted(map(str, rows)), (self.folder / "storage/current.json").read_bytes()


@pytest.fixture
def weeks(neo4j_server: Neo4jServer, tmp_path: Path) -> Weeks:
    settings = Settings(
        storage_url=str(tmp_path / "storage"),
        scratch=tmp_path / "scratch",
        pull_requests=tmp_path,
        local_sources=True,
        neo4j=Neo4j(uri=neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password),
    )
    store = open_graph(settings, open_storage(str(tmp_path / "storage")), tmp_path)
    store.reset(None)
    write_sample(tmp_path / "one", rows=200, seed=8)
    write_sample(tmp_path / "two", rows=200, seed=8, next_vintage_of=tmp_path / "one/award_data.csv")
    return Weeks(folder=tmp_path, settings=settings, store=store)


def broken_servers(server: Neo4j | None) -> tuple[tuple[Neo4j, str, str], ...]:
    """Settings with which the server cannot be had, and how that is said."""
    assert server is not None
    return (
        (replace(server, password="not this one"), "InvalidInput", "user 'neo4j' was refused .* wanted one who"),
        (replace(server, uri="bolt://127.0.0.1:1"), "TransientError", "wanted an answer. Look whether the server"),
        (replace(server, database="elsewhere"), "InvalidInput", "no database 'elsewhere'; wanted one that exists"),
    )


def test_a_refresh_and_the_next_one_go_live_whatever_keeps_the_server_out_of_reach_between_them(
    weeks: Weeks, neo4j_server: Neo4jServer
) -> None:
    first = weeks.refresh("one", 1)
    assert first.status == "SUCCEEDED", first
    before = weeks.live()

    tried = weeks.refresh("two", 2, reset_graph=True, dry_run=True)
    assert tried.output["output"]["would_remove"]["nodes removed"] > first.output["output"]["accepted"]
    assert weeks.live() == before

    for number, (broken, error, message) in enumerate(broken_servers(weeks.settings.neo4j), start=3):
        failed = weeks.refresh_with(replace(weeks.settings, neo4j=broken), "two", number)
        assert (failed.status, failed.error) == ("FAILED", error)
        recorded = json.loads((weeks.folder / f"storage/runs/run-{number}/error.json").read_text(encoding="utf-8"))
        assert recorded["state"] == "LoadNeo4j"
        assert re.search(f"LoadNeo4j: Neo4j at {broken.uri}: .*{message}", failed.cause or ""), failed.cause
        assert "not this one" not in str(failed) + json.dumps(recorded)
        assert weeks.live() == before

    second = weeks.refresh("two", 6)
    assert second.status == "SUCCEEDED", second
    ((awards,),) = weeks.store.query("neo4j:run-6", "MATCH (a:Award:SbirEtl) RETURN count(a)").rows
    assert awards == second.output["output"]["accepted"]
    assert neo4j_server.password not in str(second)

    anew = weeks.refresh("two", 7, force_refresh=True, reset_graph=True)
    assert anew.status == "SUCCEEDED", anew
    counts = ("accepted", "nodes", "relationships")
    assert [anew.output["output"][name] for name in counts] == [second.output["output"][name] for name in counts]
    weeks.store.reset("neo4j:run-7")
