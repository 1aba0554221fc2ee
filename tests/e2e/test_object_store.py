"""The same refresh over a bucket (a moto server) and over a folder leaves the same artefacts."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sbir_etl import lambdas
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import Settings
from sbir_etl.storage import Storage, open_storage
from tests.refreshes import Function, StateMachine, steps

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty bucket; moto's buckets outlive its servers, so each has a name of its own."""
    name = f"sbir-etl-{uuid4()}"
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for variable, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
        "AWS_REGION": "us-east-2",
    }.items():
        monkeypatch.setenv(variable, value)
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    yield f"s3://{name}"
    server.stop()


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=200, seed=9)
    return folder


def steps_over(storage_url: str, folder: Path) -> dict[str, Function]:
    settings = Settings(storage_url=storage_url, scratch=folder / "scratch", pull_requests=folder, local_sources=True)
    return steps(settings)


@pytest.fixture(scope="module")
def refreshed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The storage of a good week, beside its award file."""
    folder = tmp_path_factory.mktemp("refreshed")
    shutil.copy(sample / "award_data.csv", folder)
    ended = StateMachine(steps_over(str(folder / "storage"), folder)).execute(
        {"source_url": str(folder / "award_data.csv")}
    )
    assert ended.status == "SUCCEEDED", ended
    return folder / "storage"


def stored(url: str) -> dict[str, bytes]:
    storage = open_storage(url)
    return {entry.key: storage.read(entry.key) for entry in storage.entries("")}


def test_a_bucket_and_a_folder_hold_the_same_artefacts(sample: Path, bucket: str, tmp_path: Path) -> None:
    given = {"source_url": str(sample / "award_data.csv")}
    folder_url = str(tmp_path / "storage")
    for url in (folder_url, bucket):
        for export in (sample / "companies").iterdir():
            open_storage(url).write(f"companies/{export.name}", export.read_bytes())
        ended = StateMachine(steps_over(url, tmp_path)).execute(given)
        assert ended.status == "SUCCEEDED", ended
    in_folder, in_bucket = stored(folder_url), stored(bucket)
    assert set(in_folder) == set(in_bucket)
    # The graph's file holds its own page layout and times; the report names its place.
    own = {key for key in in_folder if key.startswith("graph/")}
    different = {key for key in set(in_folder) - own if in_folder[key] != in_bucket[key]}
    assert different == set()
    again = StateMachine(steps_over(bucket, tmp_path)).execute(given)
    assert again.states == ("DownloadCSV", "CheckChanges", "EndNoChanges")


@dataclass(frozen=True, kw_only=True)
class Damage:
    """The object that changes behind our back before `step` runs, and the state that must see it."""

    step: str
    pattern: str
    damaged: Callable[[bytes], bytes]
    state: str
    found: str

    def strike(self, storage: Storage) -> str:
        """Alters the object; its key."""
        (key,) = (entry.key for entry in storage.entries("") if fnmatchcase(entry.key, self.pattern))
        storage.write(key, self.damaged(storage.read(key)))
        return key


def altered(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def cut(content: bytes) -> bytes:
    return content[:-9]


DAMAGES = (
    Damage(
        step="validate_dataset",
        pattern="vintages/*/raw.parquet",
        damaged=altered,
        state="ProcessPipeline",
        found="wanted .* as it was stored: it was altered or cut since",
    ),
    Damage(
        step="load_neo4j",
        pattern="runs/run-2/awards.parquet",
        damaged=cut,
        state="LoadNeo4j",
        found="wanted .* as it was stored: it was altered or cut since",
    ),
    Damage(
        step="smoke_checks",
        pattern="runs/run-2/expected_figures.json",
        damaged=cut,
        state="SmokeChecks",
        found="not the GraphFigures that was written there",
    ),
)


@pytest.mark.parametrize(
    ("place", "damage"),
    [("bucket", DAMAGES[0]), ("bucket", DAMAGES[1]), ("folder", DAMAGES[1]), ("folder", DAMAGES[2])],
    ids=lambda value: value.pattern if isinstance(value, Damage) else None,
)
def test_an_object_changed_behind_our_back_ends_the_run_where_it_is_read(
    request: pytest.FixtureRequest, refreshed: Path, place: str, damage: Damage, tmp_path: Path
) -> None:
    url = request.getfixturevalue("bucket") if place == "bucket" else str(tmp_path / "storage")
    storage = open_storage(url)
    for path in (path for path in refreshed.rglob("*") if path.is_file() and not path.name.startswith(".")):
        storage.write(str(path.relative_to(refreshed)), path.read_bytes())
    before = stored(url)
    real = steps_over(url, tmp_path)
    name = lambdas.FUNCTIONS[damage.step].name
    struck: list[str] = []

    def strike_first(payload: dict[str, Any]) -> dict[str, Any]:
        struck[:] = struck or [damage.strike(storage)]
        return real[name](payload)

    machine = StateMachine({**real, name: strike_first})
    machine.skip_names(1)
    given = {"source_url": str(refreshed.parent / "award_data.csv"), "force_refresh": True}
    ended = machine.execute(given)

    assert (ended.status, ended.error) == ("FAILED", "GateFailed")
    recorded = json.loads(storage.read("runs/run-2/error.json"))
    assert recorded["state"] == damage.state
    assert re.search(rf"{struck[0]}: got .* {damage.found}", recorded["cause"])
    after = stored(url)
    assert {key for key in before if after[key] != before[key]} <= set(struck)

    if struck[0] in before:
        storage.write(struck[0], before[struck[0]])
    assert machine.execute(given).status == "SUCCEEDED"


def test_of_two_refreshes_that_overlap_one_wins_and_the_other_says_so(
    sample: Path, bucket: str, tmp_path: Path
) -> None:
    given = {"source_url": str(sample / "award_data.csv")}
    real = steps_over(bucket, tmp_path)
    checks = lambdas.FUNCTIONS["smoke_checks"].name

    def check_after_another_refresh(payload: dict[str, Any]) -> dict[str, Any]:
        other = StateMachine(real)
        other.skip_names(1)
        assert other.execute(given).status == "SUCCEEDED"
        return real[checks](payload)

    ended = StateMachine({**real, checks: check_after_another_refresh}).execute(given)
    assert (ended.status, ended.error) == ("FAILED", "Conflict")
    live = json.loads(open_storage(bucket).read("current.json"))
    assert live["run_id"] == "run-2"
