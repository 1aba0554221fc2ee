"""Recording a failure: under the run, in the log, and to the topic when there is one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sbir_etl import lambdas
from sbir_etl.settings import Settings

CAUSE = json.dumps({"errorMessage": "LoadNeo4j: the disk is full", "errorType": "TransientError", "stackTrace": ["…"]})


def event(error: dict[str, Any]) -> dict[str, Any]:
    return {
        "execution": {
            "id": "arn:aws:states:us-east-2:123456789012:execution:sbir-etl-weekly-refresh:run-1",
            "name": "run-1",
            "started_at": "2026-11-23T09:00:00Z",
            "state": "ErrorHandler",
        },
        "input": {},
        "failed_state": "LoadNeo4j",
        "failed_attempt": 3,
        "error": error,
    }


@pytest.fixture
def topic(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An SNS topic whose messages a queue takes."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-2",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        arn = boto3.client("sns").create_topic(Name="failures")["TopicArn"]
        queue = boto3.client("sqs").create_queue(QueueName="failures")["QueueUrl"]
        boto3.client("sns").subscribe(
            TopicArn=arn, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-2:123456789012:failures"
        )
        assert queue
        yield arn


def settings(folder: Path, topic: str | None = None) -> Settings:
    return Settings(storage_url=str(folder / "storage"), scratch=folder / "scratch", sns_topic_arn=topic)


def test_the_record_says_where_and_why_and_keeps_the_whole_cause(tmp_path: Path) -> None:
    result = lambdas.run("record_error", event({"Error": "TransientError", "Cause": CAUSE}), settings(tmp_path))
    written = json.loads((tmp_path / "storage/runs/run-1/error.json").read_text(encoding="utf-8"))
    assert written == result
    assert (written["state"], written["attempt"], written["error"]) == ("LoadNeo4j", 3, "TransientError")
    assert written["cause"] == "LoadNeo4j: the disk is full"
    assert written["details"]["stackTrace"] == ["…"]


def test_a_cause_that_is_no_json_is_kept_as_it_is(tmp_path: Path) -> None:
    result = lambdas.run("record_error", event({"Error": "States.Timeout", "Cause": "plain"}), settings(tmp_path))
    assert result["cause"] == "plain"


def test_the_topic_is_told_in_a_subject_a_person_can_act_on(tmp_path: Path, topic: str) -> None:
    lambdas.run("record_error", event({"Error": "TransientError", "Cause": CAUSE}), settings(tmp_path, topic))
    sqs = boto3.client("sqs")
    (message,) = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="failures")["QueueUrl"])["Messages"]
    notification = json.loads(message["Body"])
    assert notification["Subject"] == "SBIR refresh failed at LoadNeo4j: TransientError"
    assert notification["Message"].startswith("LoadNeo4j: the disk is full")
    assert "execution:sbir-etl-weekly-refresh:run-1" in notification["Message"]
