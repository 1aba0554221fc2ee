"""kill -9 of the engine's process in every state of a refresh: a restart finishes it, with the same end."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import local
from sbir_etl.awards.sample import write_sample
from sbir_etl.cli.following import history
from sbir_etl.cli.timeline import lines
from tests.serving import Server, serving

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROWS = 200
TASK_STATES = (
    "DownloadCSV",
    "ValidateDataset",
    "IngestionChecks",
    "EnrichmentChecks",
    "ResetNeo4j",
    "LoadNeo4j",
    "SmokeChecks",
    "CreatePR",
)
PATIENCE_SECONDS = 120.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Poll what another process does; there is no clock of ours to turn."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the other process took too long"
        time.sleep(0.01)


def start(server: Server, sample: Path, name: str) -> str:
    given = {
        "source_url": str(sample / "award_data.csv"),
        "companies_source": str(sample / "companies"),
        "force_refresh": True,
        "reset_graph": True,
    }
    started = server.client.start_execution(stateMachineArn=local.STATE_MACHINE_ARN, name=name, input=json.dumps(given))
    return str(started["executionArn"])


def status(server: Server, arn: str) -> str:
    return str(server.client.describe_execution(executionArn=arn)["status"])


def output(server: Server, arn: str) -> dict[str, Any]:
    wait_until(lambda: status(server, arn) != "RUNNING")
    described = server.client.describe_execution(executionArn=arn)
    assert described["status"] == "SUCCEEDED", described
    result: dict[str, Any] = json.loads(described["output"])["output"]
    return result


def figures(result: dict[str, Any]) -> dict[str, Any]:
    """What must be equal whichever way the refresh went; the changes depend on what was live before."""
    return {
        key: result[key]
        for key in ("rows", "accepted", "duplicates", "rejected", "match_rate", "nodes", "relationships")
    }


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=ROWS, seed=11)
    return folder


@pytest.fixture(scope="module")
def undisturbed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The figures of a refresh that nothing interrupted."""
    with serving(tmp_path_factory.mktemp("undisturbed")) as server:
        return figures(output(server, start(server, sample, "undisturbed")))


def test_a_refresh_killed_in_every_state_ends_as_if_nothing_had_happened(
    sample: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    arn = ""
    for state in TASK_STATES:
        with serving(tmp_path) as server:
            arn = arn or start(server, sample, "killed-in-every-state")
            wait_until(lambda: state in {line.state for line in lines(history(server.client, arn))})  # noqa: B023
            server.kill()
    with serving(tmp_path) as server:
        assert figures(output(server, arn)) == undisturbed
        entered = [line.state for line in lines(history(server.client, arn))]
    assert sorted(set(entered)) == sorted(entered), "a state was entered twice"


def test_no_acknowledged_execution_is_lost_to_kills_at_random_moments(
    sample: Path, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    moments = random.Random(5)
    arns: list[str] = []
    for round_number in range(3):
        with serving(tmp_path) as server:
            arns.append(start(server, sample, f"round-{round_number}"))
            # Not waiting for something: the point is to die at a moment nobody chose.
            time.sleep(moments.uniform(0.0, 2.0))
            server.kill()
    with serving(tmp_path) as server:
        for arn in arns:
            wait_until(lambda: status(server, arn) != "RUNNING")  # noqa: B023
        ends = {arn: status(server, arn) for arn in arns}
        assert set(ends.values()) <= {"SUCCEEDED", "FAILED"}
        winner = next(arn for arn in arns if ends[arn] == "SUCCEEDED")
        assert figures(output(server, winner)) == undisturbed
        for arn in arns:
            if ends[arn] == "FAILED":
                assert server.client.describe_execution(executionArn=arn)["error"] == "Conflict"
