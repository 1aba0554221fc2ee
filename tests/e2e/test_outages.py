"""What fails around a refresh: it ends where that is met and says what to do; nothing is lost, the next one goes on."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from sbir_etl import lambdas
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage
from tests.disks import full_disk
from tests.refreshes import Ended, Function, StateMachine, cause_of, steps

pytestmark = pytest.mark.timeout(120)
READ_ONLY = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}


def steps_over(storage_url: str, folder: Path) -> dict[str, Function]:
    return steps(
        Settings(storage_url=storage_url, scratch=folder / "scratch", pull_requests=folder, local_sources=True)
    )


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which one week is live, and the file of the next one."""
    folder = tmp_path_factory.mktemp("week")
    write_sample(folder / "one", rows=300, seed=7)
    write_sample(folder / "two", rows=300, seed=7, next_vintage_of=folder / "one/award_data.csv")
    ended = StateMachine(steps_over(str(folder / "storage"), folder)).execute(
        {"source_url": str(folder / "one/award_data.csv")}
    )
    assert ended.status == "SUCCEEDED", ended
    return folder


@pytest.fixture
def workspace(week: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(week, tmp_path / "workspace"))


def live(url: str) -> dict[str, bytes]:
    """The pointer and all that it names: vintage, run, graph."""
    storage = open_storage(url)
    pointer = json.loads(storage.read("current.json"))
    places = (f"vintages/{pointer['vintage']}", f"runs/{pointer['run_id']}", pointer["graph"].rpartition("/")[0])
    keys = ["current.json", *(entry.key for place in places for entry in storage.entries(place))]
    return {key: storage.read(key) for key in keys if not key.startswith("graph/") or key == pointer["graph"]}


def machine_over(functions: dict[str, Function], *, after: int) -> StateMachine:
    machine = StateMachine(functions)
    machine.skip_names(after)
    return machine


def told(ended: Ended, state: str, error: str, message: str) -> None:
    """The execution ended where it should, and says why."""
    cause = cause_of(ended, error=error)
    assert re.search(rf"{state}: .*{message}", cause), cause


@pytest.mark.parametrize(
    ("step", "state", "place"),
    [
        ("download_csv", "DownloadCSV", "scratch"),
        ("validate_dataset", "ValidateDataset", "scratch"),
        ("load_neo4j", "LoadNeo4j", "scratch"),
        ("smoke_checks", "SmokeChecks", "storage/runs/run-2/graph.json"),
    ],
)
def test_a_full_disk_fails_the_step_that_meets_it(workspace: Path, step: str, state: str, place: str) -> None:
    url = str(workspace / "storage")
    real, before = steps_over(url, workspace), live(url)
    name = lambdas.FUNCTIONS[step].name

    def write_on_a_full_disk(payload: dict[str, Any]) -> dict[str, Any]:
        with full_disk():
            return real[name](payload)

    given = {"source_url": str(workspace / "two/award_data.csv")}
    machine = machine_over({**real, name: write_on_a_full_disk}, after=1)
    told(machine.execute(given), state, "TransientError", f"{place}.*: .*wanted room for it.*free some space")

    assert machine.functions.calls.count(name) == 4
    assert live(url) == before
    assert list((workspace / "scratch").iterdir()) == []
    assert machine_over(real, after=2).execute(given).status == "SUCCEEDED"


def deny_the_run(workspace: Path) -> Path:
    """Nothing can be stored under the run, not even by root, who may write where permissions say no."""
    return Path(shutil.copy(workspace / "storage/current.json", workspace / "storage/runs/run-2"))


def deny_scratch(workspace: Path) -> Path:
    shutil.rmtree(workspace / "scratch")
    return Path(shutil.copy(workspace / "storage/current.json", workspace / "scratch"))


@pytest.mark.parametrize(
    ("deny", "state", "place"),
    [(deny_the_run, "ValidateDataset|ProfileInputs", "storage/runs/run-2/"), (deny_scratch, "DownloadCSV", "scratch")],
)
def test_a_workspace_that_cannot_be_written_fails_the_run_once(
    workspace: Path, deny: Callable[[Path], Path], state: str, place: str
) -> None:
    url = str(workspace / "storage")
    before = live(url)
    denied = deny(workspace)
    given = {"source_url": str(workspace / "two/award_data.csv")}
    machine = machine_over(steps_over(url, workspace), after=1)
    told(machine.execute(given), f"({state})", "InvalidInput", f"{place}.*: .*wanted a place .* check the permissions")

    assert machine.functions.calls.count("sbir-etl-download-csv") == 1
    assert live(url) == before
    denied.unlink()
    assert machine.execute(given).status == "SUCCEEDED"


@pytest.fixture
def guarded_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Callable[[str], None]]]:
    """A bucket's URL, and what says whether its policies count (`guard("0")`) or not (`guard("inf")`)."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    address, name = f"http://{host}:{port}", f"sbir-etl-{uuid4()}"
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(variable, "us-east-2")
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    users = boto3.client("iam")
    users.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [READ_ONLY]})
    users.put_user_policy(UserName=name, PolicyName="reads", PolicyDocument=document)
    key = users.create_access_key(UserName=name)["AccessKey"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])

    def guard(unguarded_requests: str) -> None:
        httpx.post(f"{address}/moto-api/reset-auth", content=unguarded_requests).raise_for_status()

    yield f"s3://{name}", guard
    guard("inf")
    server.stop()


def test_a_bucket_that_may_only_be_read_fails_the_run_once(
    workspace: Path, guarded_bucket: tuple[str, Callable[[str], None]]
) -> None:
    url, guard = guarded_bucket
    storage = open_storage(url)
    for entry in (folder := open_storage(str(workspace / "storage"))).entries(""):
        storage.write(entry.key, folder.read(entry.key))
    before = live(url)
    given = {"source_url": str(workspace / "two/award_data.csv")}
    machine = machine_over(steps_over(url, workspace), after=1)
    guard("0")
    ended = machine.execute(given)
    guard("inf")

    told(ended, "DownloadCSV", "InvalidInput", f"{url}/vintages/.*: .*wanted a place .* check the permissions")
    assert live(url) == before
    assert machine.execute(given).status == "SUCCEEDED"
