"""Each function may do just what its step does.

Two refreshes with a reset run against a moto server, whose log says what each step asked of S3.
"""

import logging
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from deployment.permissions import ACCESS, Access
from sbir_etl import lambdas
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import Settings

Calls: TypeAlias = dict[str, set[tuple[str, str]]]
ACTIONS = {"GET": "reads", "HEAD": "reads", "PUT": "writes", "POST": "writes", "DELETE": "removes"}
UNSEEN = "graph/(in the body)"
# A graph older than the live one only stays where a smoke check was cut off behind its last verdict.
RARE = {"reset_neo4j": {("removes", "graph/*")}}


class AccessLog(logging.Handler):
    """What the server was asked for since `step` was last set: the kind of access, and the key."""

    def __init__(self, bucket: str) -> None:
        super().__init__()
        self._bucket = bucket
        self.step = ""
        self.calls: Calls = {step: set() for step in lambdas.FUNCTIONS}

    def emit(self, record: logging.LogRecord) -> None:
        found = re.search(rf"([A-Z]+) /{self._bucket}/?([^ ?]*)([^ ]*) ", record.getMessage())
        if not found or not self.step:
            return
        method, key, query = found.groups()
        if query.startswith("?delete"):
            self.calls[self.step].add(("removes", UNSEEN))  # many at once: the keys are in the body
        elif key:
            self.calls[self.step].add((ACTIONS[method], unquote(key)))


@pytest.fixture(scope="module")
def bucket() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    name = f"sbir-etl-{uuid4()}"
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(variable, "test")
        for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
            environment.setenv(variable, "us-east-2")
        boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
        yield name
    server.stop()


@pytest.fixture(scope="module")
def calls(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Calls:
    folder = tmp_path_factory.mktemp("refresh")
    log = AccessLog(bucket)
    server_log = logging.getLogger("werkzeug")
    level = server_log.level
    server_log.setLevel(logging.INFO)
    server_log.addHandler(log)
    exports = boto3.client("s3")
    for seed in (1, 2):
        sample = folder / str(seed)
        write_sample(sample, rows=200, seed=seed)
        for export in sorted((sample / "companies").glob("*.csv")):
            exports.upload_file(str(export), bucket, f"companies/{export.name}")
        refresh(log, bucket, sample / "award_data.csv", folder, run_id=f"run-{seed}")
    server_log.removeHandler(log)
    server_log.setLevel(level)
    return log.calls


def refresh(log: AccessLog, bucket: str, source: Path, folder: Path, *, run_id: str) -> None:
    """The tasks in the order of the definition, with the payloads that it makes."""
    settings = Settings(scratch=folder / "scratch", pull_requests=folder, local_sources=True)

    def call(step: str, **payload: Any) -> dict[str, Any]:
        execution = {"id": f"arn:{run_id}", "name": run_id, "started_at": "2026-11-23T09:00:00Z", "state": step}
        given = {"source_url": str(source), "s3_bucket": bucket, "companies_source": f"s3://{bucket}/companies"}
        log.step = step
        result = lambdas.run(step, {"execution": execution, "input": given, **payload}, settings)
        log.step = ""
        return result

    body = call("download_csv")
    about = {"vintage": body["vintage"], "live_run_id": body["live_run_id"]}
    for step in ("validate_dataset", "profile_inputs", "ingestion_checks", "enrichment_checks", "reset_neo4j"):
        call(step, **about)
    call("smoke_checks", **about, graph=call("load_neo4j", **about)["graph"])
    call("create_pr", **about)
    call("record_error", failed_state="CreatePR", failed_attempt=0, error={"Error": "GateFailed"})


def allowed(access: Access, kind: str) -> tuple[str, ...]:
    patterns: tuple[str, ...] = getattr(access, kind)
    return patterns


@pytest.mark.parametrize("step", lambdas.FUNCTIONS)
def test_a_function_may_do_what_its_step_asks_of_the_bucket_and_no_more(step: str, calls: Calls) -> None:
    asked = {
        (kind, next((each for each in allowed(ACCESS[step], kind) if fnmatchcase(key, each)), f"NOT ALLOWED: {key}"))
        for kind, key in calls[step]
    }
    granted = {(kind, pattern) for kind in ("reads", "writes", "removes") for pattern in allowed(ACCESS[step], kind)}
    assert asked | RARE.get(step, set()) == granted


def test_only_the_step_that_opens_the_pull_request_gets_its_token_and_only_the_error_handler_the_topic() -> None:
    assert [step for step, access in ACCESS.items() if access.github] == ["create_pr"]
    assert [step for step, access in ACCESS.items() if access.topic] == ["record_error"]
    assert [step for step, access in ACCESS.items() if access.neo4j] == ["reset_neo4j", "load_neo4j", "smoke_checks"]
