"""The whole refresh into a real Neo4j server: loaded, checked, live, refreshed again, asked."""

from pathlib import Path

import pytest

from sbir_etl.awards.sample import write_sample
from sbir_etl.graph.opening import open_graph
from sbir_etl.settings import Neo4j, Settings
from sbir_etl.storage import open_storage
from tests.conftest import Neo4jServer
from tests.refreshes import StateMachine, steps

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


def test_a_refresh_and_the_next_one_go_live_in_neo4j(neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    settings = Settings(
        storage_url=str(tmp_path / "storage"),
        scratch=tmp_path / "scratch",
        pull_requests=tmp_path,
        local_sources=True,
        neo4j=Neo4j(uri=neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password),
    )
    store = open_graph(settings, open_storage(str(tmp_path / "storage")), tmp_path)
    store.reset(None)
    machine = StateMachine(steps(settings))
    write_sample(tmp_path / "one", rows=200, seed=8)
    first = machine.execute({"source_url": str(tmp_path / "one/award_data.csv")})
    assert first.status == "SUCCEEDED", first

    write_sample(tmp_path / "two", rows=200, seed=8, next_vintage_of=tmp_path / "one/award_data.csv")
    second = machine.execute({"source_url": str(tmp_path / "two/award_data.csv"), "force_refresh": True})
    assert second.status == "SUCCEEDED", second

    ((awards,),) = store.query("neo4j:run-2", "MATCH (a:Award:SbirEtl) RETURN count(a)").rows
    assert awards == second.output["output"]["accepted"]
    assert neo4j_server.password not in str(second)
    store.reset("neo4j:run-2")


def test_a_wrong_password_fails_the_load_and_is_not_shown(neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    write_sample(tmp_path / "one", rows=30, seed=8)
    settings = Settings(
        storage_url=str(tmp_path / "storage"),
        scratch=tmp_path / "scratch",
        pull_requests=tmp_path,
        local_sources=True,
        neo4j=Neo4j(uri=neo4j_server.uri, user=neo4j_server.user, password="not this one"),
    )
    machine = StateMachine(steps(settings))
    ended = machine.execute({"source_url": str(tmp_path / "one/award_data.csv")})
    assert (ended.status, ended.error) == ("FAILED", "InvalidInput")
    assert "LoadNeo4j" in (ended.cause or "")
    assert "not this one" not in (ended.cause or "")
