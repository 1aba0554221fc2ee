"""Items and results of distributed Maps in S3, against a moto server."""

import asyncio
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from asl_engine.integrations.map_storage import S3MapStorage
from asl_engine.integrations.port import ChildResult, Failed, ItemsRead, ReadRequest, Succeeded, WriteRequest
from asl_engine.integrations.sdk_clients import Caller, Endpoints, Reply, SdkClients
from asl_engine.language.values import JSON, Failure

EXECUTION = "arn:aws:states:eu-west-1:222222222222:execution:machine:run"
MAP_RUN = "arn:aws:states:eu-west-1:222222222222:mapRun:machine/map:run-1"
GET, LIST, PUT = (f"arn:aws:states:::s3:{action}" for action in ("getObject", "listObjectsV2", "putObject"))


@pytest.fixture(scope="module")
def bucket(aws: Callable[[str], Any]) -> str:
    s3 = aws("s3")
    s3.create_bucket(Bucket="items", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    inventory = {
        "destinationBucket": "arn:aws:s3:::items",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inventory/1.csv.gz"}, {"key": "inventory/2.csv.gz"}],
    }
    for key, content in {
        "list/a.json": b"[1, 2]",
        "list/b.json": b"[3]",
        "inventory/manifest.json": json.dumps(inventory).encode(),
        "inventory/1.csv.gz": gzip.compress(b'"items","list/a%2Bb","6"\n"items","c","1"\n'),
        "inventory/2.csv.gz": gzip.compress(b'"items","d","1"\n'),
        "inventory/broken.json": json.dumps({**inventory, "files": [{"key": "list/a.json"}]}).encode(),
        "athena.csv": b"s3://items/list/a.json\ns3://items/list/b.json\n",
    }.items():
        s3.put_object(Bucket="items", Key=key, Body=content)
    return "items"


@pytest.fixture
def read(clients: SdkClients) -> Callable[..., Any]:
    def of(resource: str, arguments: JSON, **configuration: JSON) -> Any:
        request = ReadRequest(
            execution_arn=EXECUTION,
            map_run_arn=MAP_RUN,
            resource=resource,
            arguments=arguments,
            configuration=configuration,
        )
        outcome = asyncio.run(S3MapStorage(clients).read(request))
        return outcome.items if isinstance(outcome, ItemsRead) else outcome

    return of


def test_an_objects_items_are_read(bucket: str, read: Callable[..., Any]) -> None:
    assert read(GET, {"Bucket": bucket, "Key": "list/a.json", "VersionId": None}, InputType="JSON") == [1, 2]


def test_listed_objects_are_items(bucket: str, read: Callable[..., Any]) -> None:
    found = read(LIST, {"Bucket": bucket, "Prefix": "list/"})
    assert [item["Key"] for item in found] == ["list/a.json", "list/b.json"]
    assert found[0].keys() == {"Etag", "Key", "LastModified", "Size", "StorageClass"}
    assert found[0]["Size"] == 6
    assert isinstance(found[0]["LastModified"], int)


def test_only_as_many_objects_as_wanted_are_listed(bucket: str, read: Callable[..., Any]) -> None:
    assert len(read(LIST, {"Bucket": bucket, "Prefix": "list/"}, MaxItems=1)) == 1


def test_what_listed_objects_hold_may_be_the_items(bucket: str, read: Callable[..., Any]) -> None:
    arguments = {"Bucket": bucket, "Prefix": "list/"}
    assert read(LIST, arguments, Transformation="LOAD_AND_FLATTEN", InputType="JSON") == [1, 2, 3]


class ShortPages(SdkClients):
    """Lists one object a page."""

    async def call(self, client: str, caller: Caller, operation: str, parameters: Mapping[str, Any]) -> Reply:
        return await super().call(client, caller, operation, {**parameters, "MaxKeys": 1})


def test_long_lists_are_read_page_by_page(bucket: str, moto_url: str) -> None:
    clients = ShortPages(Endpoints(every_other=moto_url))
    request = ReadRequest(
        execution_arn=EXECUTION, map_run_arn=MAP_RUN, resource=LIST, arguments={"Bucket": bucket, "Prefix": "list/"}
    )
    outcome = asyncio.run(S3MapStorage(clients).read(request))
    clients.close()
    assert isinstance(outcome, ItemsRead)
    assert len(outcome.items) == 2


def test_an_inventory_lists_objects(bucket: str, read: Callable[..., Any]) -> None:
    arguments = {"Bucket": bucket, "Key": "inventory/manifest.json"}
    found = read(GET, arguments, InputType="MANIFEST")
    assert found == [
        {"Bucket": "items", "Key": "list/a+b", "Size": "6"},
        {"Bucket": "items", "Key": "c", "Size": "1"},
        {"Bucket": "items", "Key": "d", "Size": "1"},
    ]
    assert read(GET, arguments, InputType="MANIFEST", MaxItems=2) == found[:2]


def test_the_files_of_an_athena_query_are_read_in_turn(bucket: str, read: Callable[..., Any]) -> None:
    arguments = {"Bucket": bucket, "Key": "athena.csv"}
    assert read(GET, arguments, InputType="JSON", ManifestType="ATHENA_DATA") == [1, 2, 3]
    assert read(GET, arguments, InputType="JSON", ManifestType="ATHENA_DATA", MaxItems=1) == [1]


@pytest.mark.parametrize(
    ("arguments", "configuration", "cause"),
    [
        (
            {"Bucket": "items", "Key": "none"},
            {},
            "The specified key does not exist. (Service: Amazon S3; Status Code: 404",
        ),
        ({"Bucket": "items", "Key": "athena.csv"}, {}, "The file is no valid JSON"),
        ({"Key": "a"}, {}, "The field 'Bucket' is required but was missing"),
        ({"Bucket": "items", "Key": None}, {}, "The field 'Key' is required but was missing"),
        ({"Bucket": "items", "Key": 1.5}, {}, "The value of the field 'Key' has an invalid format"),
        ({"Bucket": ["items"], "Key": "a"}, {}, "The value of the field 'Bucket' has an invalid format"),
        ({"Bucket": "items", "Key": "list/a.json"}, {"InputType": "MANIFEST"}, "The file is no manifest of an S3 inv"),
        (
            {"Bucket": "items", "Key": "inventory/broken.json"},
            {"InputType": "MANIFEST"},
            "A file of the inventory is no",
        ),
    ],
)
def test_what_cannot_be_read_fails_the_reader(
    bucket: str, read: Callable[..., Any], arguments: JSON, configuration: Mapping[str, JSON], cause: str
) -> None:
    outcome = read(GET, arguments, **configuration)
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "States.ItemReaderFailed"
    assert str(outcome.failure.cause).startswith(cause)


# --- results ---


def child(name: str, status: str = "SUCCEEDED", output: str | None = "[1]", **more: Any) -> ChildResult:
    return ChildResult(
        execution_arn=f"arn:aws:states:eu-west-1:222222222222:execution:machine/map:{name}",
        state_machine_arn="arn:aws:states:eu-west-1:222222222222:stateMachine:machine/map",
        name=name,
        status=status,
        input="{}",
        output=output,
        started_at=datetime(2026, 1, 2, 3, 4, 5, 678900, tzinfo=UTC),
        stopped_at=datetime(2026, 1, 2, 3, 4, 6, tzinfo=UTC),
        **more,
    )


RESULTS = (
    child("a"),
    child("b", "FAILED", None, failure=Failure("Error", "cause")),
    child("c", output='{"x": 1}'),
    child("d", "TIMED_OUT", None),
)


def write(clients: SdkClients, results: Iterator[ChildResult], arguments: JSON, **configuration: JSON) -> Any:
    request = WriteRequest(
        execution_arn=EXECUTION,
        map_run_arn=MAP_RUN,
        resource=PUT,
        arguments=arguments,
        results=results,
        configuration=configuration,
    )
    outcome = asyncio.run(S3MapStorage(clients).write(request))
    return outcome.output if isinstance(outcome, Succeeded) else outcome


@pytest.fixture
def stored(bucket: str, aws: Callable[[str], Any]) -> Callable[[str], str]:
    return lambda key: aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()


def test_results_are_written_by_outcome_and_listed_in_a_manifest(
    bucket: str, clients: SdkClients, stored: Callable[[str], str]
) -> None:
    details = write(clients, iter(RESULTS), {"Bucket": bucket, "Prefix": "out/"})
    assert details == {"Bucket": bucket, "Key": "out/run-1/manifest.json"}
    manifest = json.loads(stored("out/run-1/manifest.json"))
    succeeded = stored("out/run-1/SUCCEEDED_0.json")
    failed = json.loads(stored("out/run-1/FAILED_0.json"))
    assert manifest["DestinationBucket"] == bucket
    assert manifest["MapRunArn"] == MAP_RUN
    assert manifest["ResultFiles"]["PENDING"] == []
    assert manifest["ResultFiles"]["SUCCEEDED"] == [{"Key": "out/run-1/SUCCEEDED_0.json", "Size": len(succeeded)}]
    assert [result["Name"] for result in json.loads(succeeded)] == ["a", "c"]
    assert [result["Status"] for result in failed] == ["FAILED", "TIMED_OUT"]
    assert json.loads(succeeded)[0] == {
        "ExecutionArn": RESULTS[0].execution_arn,
        "Input": "{}",
        "InputDetails": {"Included": True},
        "Name": "a",
        "Output": "[1]",
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": "2026-01-02T03:04:05.678Z",
        "StateMachineArn": RESULTS[0].state_machine_arn,
        "Status": "SUCCEEDED",
        "StopDate": "2026-01-02T03:04:06.000Z",
    }
    assert failed[0]["RedriveStatus"] == "REDRIVABLE_BY_MAP_RUN"
    assert (failed[0]["Error"], failed[0]["Cause"]) == ("Error", "cause")


@pytest.mark.parametrize(
    ("configuration", "name", "wanted"),
    [
        ({"Transformation": "COMPACT"}, "SUCCEEDED_0.json", '[[1],{"x":1}]'),
        ({"Transformation": "FLATTEN"}, "SUCCEEDED_0.json", '[1,{"x":1}]'),
        ({"Transformation": "COMPACT", "OutputType": "JSONL"}, "SUCCEEDED_0.jsonl", '[1]\n{"x":1}'),
    ],
)
def test_outputs_alone_may_be_written(
    bucket: str,
    clients: SdkClients,
    stored: Callable[[str], str],
    configuration: Mapping[str, JSON],
    name: str,
    wanted: str,
) -> None:
    details = write(clients, iter(RESULTS), {"Bucket": bucket}, **configuration)
    assert details == {"Bucket": bucket, "Key": "run-1/manifest.json"}
    assert stored(f"run-1/{name}") == wanted


def test_results_that_cannot_be_written_fail_the_writer() -> None:
    clients = SdkClients(Endpoints())
    outcome = write(clients, iter(RESULTS), {"Bucket": "b"})
    clients.close()
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "States.ResultWriterFailed"
    assert "no endpoint is configured" in str(outcome.failure.cause)
