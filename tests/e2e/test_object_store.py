"""The same refresh over a bucket (a moto server) and over a folder leaves the same artefacts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from sbir_etl import lambdas
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage
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


def stored(url: str) -> dict[str, bytes]:
    storage = open_storage(url)
    return {entry.key: storage.read(entry.key) for entry in storage.entries("")}


def test_a_bucket_and_a_folder_hold_the_same_artefacts(sample: Path, bucket: str, tmp_path: Path) -> None:
    given = {"source_url": str(sample / "award_data.csv")}
    folder_url = str(tmp_path / "storage")
    for url in (folder_url, bucket):
        for export in (sample / "companies").iterdir():
            open_storage(url).write(f"companies/{export.name}", export)
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
