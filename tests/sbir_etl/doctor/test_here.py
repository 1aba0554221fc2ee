"""What a refresh on this machine would need, found and not found."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from sbir_etl.cli.app import app
from sbir_etl.doctor.findings import Finding, Status, examine
from sbir_etl.doctor.here import Plan, checks
from sbir_etl.settings import GitHub, Neo4j, Settings
from tests.conftest import Neo4jServer
from tests.github_api.edge import Fault, Guard
from tests.github_api.servers import running
from tests.sbir_etl.doctor.conftest import REGION

TOKEN = "github_pat_11SESAME0OPEN"


def plan(tmp_path: Path, *, settings: dict[str, Any] | None = None, **wanted: Any) -> Plan:
    root = tmp_path / "workspace"
    places = {"storage_url": str(root / "storage"), "scratch": root / "scratch", "local_sources": True}
    return Plan(settings=Settings(**{**places, **(settings or {})}), workspace=root, **{"port": 0, **wanted})


def find(name: str, planned: Plan) -> Finding:
    return examine({name: checks(planned)[name]})[name]


def test_a_refresh_of_the_sample_needs_nothing_but_this_machine(tmp_path: Path) -> None:
    found = examine(checks(plan(tmp_path)))
    assert {name: each.status for name, each in found.items() if name != "ports"} == dict.fromkeys(
        ("Python", "workspace", "disk", "storage", "source", "company catalogue", "graph", "pull requests"), Status.OK
    )
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "workspace").write_text("a file", encoding="utf-8")
    found = find("workspace", plan(tmp_path))
    assert (found.status, found.wanted) == (Status.PROBLEM, "folders that this user may write")


def test_a_disk_must_hold_the_file_many_times(tmp_path: Path) -> None:
    file = tmp_path / "award_data.csv"
    file.touch()
    os.truncate(file, 10**12)  # of holes
    found = find("disk", plan(tmp_path, source=str(file)))
    assert found.status is Status.PROBLEM
    assert found.wanted == "8e+03 GB for a file of 1e+03 GB"
    assert find("disk", plan(tmp_path, source="https://example.gov/award_data.csv")).found.endswith("up to 3.2 GB")


def test_a_packed_file_is_reckoned_as_it_will_be_unpacked(tmp_path: Path) -> None:
    file = tmp_path / "award_data.csv.gz"
    file.write_bytes(bytes(10_000_000))
    assert "a file of 0.05 GB" in find("disk", plan(tmp_path, source=str(file))).found


def test_the_storage_tells_what_is_live_and_when_it_cannot_be_read(tmp_path: Path) -> None:
    planned = plan(tmp_path)
    pointer = planned.workspace / "storage" / "current.json"
    pointer.parent.mkdir(parents=True)
    current = {"vintage": "ab" * 32, "run_id": "run-1", "rows": 5000, "graph": "g", "advanced_at": "2026-11-23T09:00Z"}
    pointer.write_text(json.dumps({"schema": 1, **current}), encoding="utf-8")
    assert find("storage", planned).found.endswith("vintage abababababab of run run-1 is live, 5,000 rows")
    pointer.write_text("{", encoding="utf-8")
    assert find("storage", planned).status is Status.PROBLEM


@pytest.mark.usefixtures("aws")
def test_a_bucket_must_take_an_object_and_give_it_back(tmp_path: Path) -> None:
    s3 = "sbir-etl-doctor-here"  # the server of another module shares its state
    boto3.client("s3").create_bucket(Bucket=s3, CreateBucketConfiguration={"LocationConstraint": REGION})
    assert find("storage", plan(tmp_path, settings={"storage_url": f"s3://{s3}"})).found == (
        f"s3://{s3}: nothing is live yet"
    )
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket=s3)
    missing = find("storage", plan(tmp_path, settings={"storage_url": f"s3://{s3}-not"}))
    assert missing.status is Status.PROBLEM


class Site(BaseHTTPRequestHandler):
    """Answers HEAD as its path says: /<status>/<content type's second half>."""

    def do_HEAD(self) -> None:
        _, status, kind = self.path.partition("?")[0].split("/")
        self.send_response(int(status))
        self.send_header("Content-Type", f"text/{kind}")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/200/csv", Status.OK),
        ("/200/html", Status.PROBLEM),
        ("/404/plain", Status.PROBLEM),
        ("/405/plain", Status.WARNING),
    ],
)
def test_a_source_is_asked_what_it_would_serve(path: str, status: Status, site: str, tmp_path: Path) -> None:
    found = find("source", plan(tmp_path, source=site + path))
    assert found.status is status
    assert f"HTTP {path[1:4]}" in found.found


def test_a_password_in_an_address_is_not_shown(site: str, tmp_path: Path) -> None:
    found = find("source", plan(tmp_path, source=f"{site.replace('//', '//ada:s3cr3t@')}/200/csv?signature=s3cr3t"))
    assert "s3cr3t" not in str(found)


def test_a_source_that_cannot_be_reached_is_a_problem(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    found = find("source", plan(tmp_path, source=f"http://127.0.0.1:{port}/award_data.csv"))
    assert (found.status, found.wanted) == (Status.PROBLEM, "an answer")


def test_a_source_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "award_data.csv"
    assert find("source", plan(tmp_path, source=str(file))).status is Status.PROBLEM
    file.write_text("Company\n", encoding="utf-8")
    assert find("source", plan(tmp_path, source=file.as_uri())).found == f"{file}, 8 bytes"


def test_without_a_catalogue_there_is_a_warning_only(tmp_path: Path) -> None:
    found = find("company catalogue", plan(tmp_path, source="https://example.gov/a.csv"))
    assert (found.status, found.wanted) == (Status.WARNING, "readable *company_search*.csv files")


def test_a_catalogue_is_found_in_the_folder_that_is_named_or_in_the_storage(tmp_path: Path) -> None:
    stored = tmp_path / "workspace" / "storage" / "companies"
    for folder in (tmp_path / "exports", stored):
        folder.mkdir(parents=True)
        (folder / "company_search_1.csv").touch()
    named = find("company catalogue", plan(tmp_path, source="a.csv", companies=tmp_path / "exports"))
    assert named.found == f"1 company-search exports in {tmp_path / 'exports'}: company_search_1.csv"
    assert str(stored) in find("company catalogue", plan(tmp_path, source="a.csv")).found


def test_a_graph_server_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    server = Neo4j(uri=f"bolt://127.0.0.1:{port}", password="a password")
    found = find("graph", plan(tmp_path, settings={"neo4j": server}))
    assert found.status is Status.PROBLEM
    assert found.wanted.startswith("an answer")
    assert "a password" not in str(found)


def test_a_graph_server_without_its_password_is_a_problem(tmp_path: Path) -> None:
    found = find("graph", plan(tmp_path, settings={"neo4j": Neo4j(uri="bolt://127.0.0.1:7687")}))
    assert "SBIR_ETL_NEO4J_PASSWORD" in found.wanted


@pytest.mark.slow
def test_a_graph_server_tells_its_version(neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    server = Neo4j(uri=neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)
    found = find("graph", plan(tmp_path, settings={"neo4j": server}))
    assert found.status is Status.OK
    assert found.found.startswith("Neo4j 5.")


@pytest.fixture
def github(tmp_path: Path) -> Iterator[tuple[GitHub, Guard]]:
    with running(None) as service:
        repository, guard = service.create(tmp_path, token=TOKEN)
        repository.begin()
        name = f"{repository.bodies.owner}/{repository.bodies.name}"
        yield GitHub(repository=name, token=TOKEN, api_url=service.address), guard


def test_a_token_that_may_write_is_found_out_without_leaving_a_trace(
    github: tuple[GitHub, Guard], tmp_path: Path
) -> None:
    found = find("pull requests", plan(tmp_path, settings={"github": github[0]}))
    assert found.status is Status.OK, found
    assert github[1].writes == ["POST /git/blobs"]


def test_a_token_that_may_only_read_is_a_problem_with_the_permission_to_give(
    github: tuple[GitHub, Guard], tmp_path: Path
) -> None:
    github[1].faults.append(Fault("POST /git/blobs", 403, message="Resource not accessible by personal access token"))
    found = find("pull requests", plan(tmp_path, settings={"github": github[0]}))
    assert found.status is Status.PROBLEM
    assert "Contents: read and write" in found.wanted


def test_a_token_that_is_not_valid_is_a_problem_and_not_shown(github: tuple[GitHub, Guard], tmp_path: Path) -> None:
    github[1].token = "another"
    found = find("pull requests", plan(tmp_path, settings={"github": github[0]}))
    assert "a token that is valid" in found.wanted
    assert TOKEN not in str(found)


def test_pull_requests_kept_here_need_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find("pull requests", plan(tmp_path)).fix == "install git"
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.20.1\n", encoding="utf-8")
    old.chmod(0o755)
    found = find("pull requests", plan(tmp_path))
    assert (found.found, found.wanted) == ("git version 2.20.1", "git 2.28 or later")


def test_a_port_that_somebody_listens_on_is_a_warning(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert find("ports", plan(tmp_path, port=port)).status is Status.WARNING
    assert find("ports", plan(tmp_path, port=0)).status is Status.OK


def test_the_command_exits_1_for_a_problem_and_tells_its_cure(tmp_path: Path) -> None:
    options = ("--workspace", str(tmp_path / "workspace"), "--port", "0")
    healthy = CliRunner().invoke(app, ["doctor", *options, "--source", "sample"])
    assert healthy.exit_code == 0, healthy.output
    assert "9 ok, 0 warnings, 0 problems" in healthy.output
    ill = CliRunner().invoke(app, ["doctor", *options, "--source", str(tmp_path / "never.csv")])
    assert ill.exit_code == 1
    assert "1 warning, 1 problem" in ill.output
    assert "fix give its path, or a URL, with --source" in " ".join(ill.output.split())


def test_the_command_has_a_document_for_machines(tmp_path: Path) -> None:
    options = ("--workspace", str(tmp_path / "workspace"), "--source", str(tmp_path / "never.csv"), "--json")
    told = CliRunner().invoke(app, ["doctor", *options])
    assert told.exit_code == 1
    (source,) = (each for each in json.loads(told.stdout) if each["check"] == "source")
    assert source == {
        "check": "source",
        "status": "problem",
        "found": f"no readable file at {tmp_path / 'never.csv'}",
        "wanted": "a .csv or .csv.gz file, or a URL",
        "fix": "give its path, or a URL, with --source",
    }
