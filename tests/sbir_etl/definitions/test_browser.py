"""`dagster dev` in a real browser: the lineage is seen, and after a run what each asset came to."""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.browsers import chromium

ASSETS = (
    "raw_awards",
    "validated_awards",
    "input_profile",
    "award_changes",
    "companies",
    "company_matches",
    "award_graph",
    "live_graph",
    "refresh_report",
)
LAUNCH = """mutation($run: ExecutionParams!) {
  launchPipelineExecution(executionParams: $run) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  }
}"""
STATUS = "query($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }"
# Starting takes twenty seconds of processor time: ten on a quiet machine, a minute on a busy one.
SECONDS = 150


@pytest.fixture
def dagster(tmp_path: Path, environment: dict[str, str]) -> Iterator[httpx.Client]:
    """A client of `dagster dev` over the workspace, whatever it started ended afterwards."""
    if importlib.util.find_spec("dagster_webserver") is None:
        pytest.skip("dagster-webserver is not installed: it belongs to the development requirements")
    home = tmp_path / "dagster"
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\nnux: {enabled: false}\n", encoding="utf-8")
    port = free_port()
    command = [sys.executable, "-m", "dagster", "dev", "-m", "sbir_etl.definitions", "-p", str(port)]
    with (
        (tmp_path / "dagster.log").open("wb") as log,
        process_group(command, env={**os.environ, **environment, "DAGSTER_HOME": str(home)}, stdout=log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as client,
    ):
        wait_until(lambda: answers(client, process, tmp_path / "dagster.log"))
        yield client


@pytest.fixture
def page() -> Iterator[Any]:
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 1600, "height": 1000})


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_browser_sees_the_lineage_and_what_the_job_made_of_it(
    page: Any, dagster: httpx.Client, sample: Path, tmp_path: Path
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{dagster.base_url}/asset-groups")
    for asset in ASSETS:
        page.locator("svg").get_by_text(asset, exact=True).first.wait_for()

    ran = launched(dagster, sample)
    assert ran["status"] == "SUCCESS", (tmp_path / "dagster.log").read_text(encoding="utf-8")
    assert ran["id"] in (tmp_path / "storage/current.json").read_text(encoding="utf-8")

    page.goto(f"{dagster.base_url}/assets/input_profile?view=overview")
    page.get_by_role("cell", name="Department of Defense", exact=True).wait_for()
    page.get_by_text("[Show Markdown]").first.click()
    assert page.get_by_role("img", name="Awards by year").evaluate("image => image.naturalWidth") > 0
    page.goto(f"{dagster.base_url}/assets/validated_awards?view=checks")
    page.get_by_text("award_ids_are_unique").first.wait_for()
    page.get_by_text(re.compile("0 repeated or missing award ids, wanted none")).first.wait_for()

    elsewhere = [url for url in asked if not url.startswith((str(dagster.base_url), "data:", "blob:"))]
    assert elsewhere == []


def launched(dagster: httpx.Client, sample: Path) -> dict[str, str]:
    """The job, run to its end over the sample."""
    given = {"source_url": str(sample / "award_data.csv"), "companies_source": str(sample / "companies")}
    run = {
        "selector": {
            "repositoryLocationName": "sbir_etl.definitions",
            "repositoryName": "__repository__",
            "jobName": "weekly_refresh",
        },
        "runConfigData": {"resources": {"work": {"config": given}}},
        "mode": "default",
    }
    answer = asked_for(dagster, LAUNCH, run=run)["launchPipelineExecution"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    run_id: str = answer["run"]["runId"]

    def status() -> str:
        found: str = asked_for(dagster, STATUS, id=run_id)["runOrError"]["status"]
        return found

    wait_until(lambda: status() in {"SUCCESS", "FAILURE", "CANCELED"})
    return {"id": run_id, "status": status()}


def asked_for(dagster: httpx.Client, query: str, **variables: Any) -> dict[str, Any]:
    answer = dagster.post("/graphql", json={"query": query, "variables": variables}).raise_for_status()
    data: dict[str, Any] = answer.json()["data"]
    return data


def answers(client: httpx.Client, process: "subprocess.Popen[bytes]", log: Path) -> bool:
    assert process.poll() is None, log.read_text(encoding="utf-8")
    try:
        return client.get("/server_info").is_success
    except httpx.TransportError:
        return False


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until, f"not within {SECONDS} seconds"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def process_group(command: list[str], **options: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """`dagster dev` leaves children behind when it ends, and takes its time to: its whole group is ended at once."""
    process = subprocess.Popen(command, stderr=subprocess.STDOUT, start_new_session=True, **options)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
