"""The service with AWS services behind it: a moto server, mocked responses, and its own API."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from moto.server import ThreadedMotoServer

from asl_engine.integrations.http_client import HttpClient
from asl_engine.integrations.mocked_responses import parse
from asl_engine.journal.port import ExecutionRecord
from asl_engine.language.values import JSON
from asl_engine.local import Service, ServiceOptions

OPTIONS = ServiceOptions(port=0, wait_time_scale=0)


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Asked:
    """A service and the requests to it."""

    def __init__(self, service: Service, client: HttpClient) -> None:
        self.service = service
        self._client = client

    async def __call__(self, action: str, **request: Any) -> Any:
        headers = {"X-Amz-Target": f"AWSStepFunctions.{action}"}
        return json.loads((await self._client.post("/", headers, json.dumps(request).encode())).body)

    async def create(self, name: str, states: JSON) -> str:
        definition = json.dumps({"StartAt": "First", "States": states})
        created = await self(
            "CreateStateMachine", name=name, definition=definition, roleArn="arn:aws:iam::111111111111:role/engine"
        )
        return str(created.get("stateMachineArn") or created)

    async def run(self, state_machine_arn: str, **parameters: Any) -> ExecutionRecord:
        started = await self("StartExecution", stateMachineArn=state_machine_arn, **parameters)
        return await self.service.engine.settled(started["executionArn"])


@asynccontextmanager
async def serving(options: ServiceOptions) -> AsyncIterator[Asked]:
    async with Service(options) as service:
        client = HttpClient(service.endpoint)
        yield Asked(service, client)
        await client.close()


def task(resource: str, parameters: JSON, **more: JSON) -> JSON:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "Parameters": parameters, **more}
    return state if "Next" in state else {**state, "End": True}


def test_a_token_travels_through_a_queue_and_back_through_the_own_api(moto_url: str) -> None:
    sqs = botocore.session.Session().create_client(
        "sqs", "us-east-1", endpoint_url=moto_url, aws_access_key_id="a", aws_secret_access_key="s"
    )
    queue = sqs.create_queue(QueueName="tokens")["QueueUrl"]
    sqs.close()
    message: JSON = {"Token.$": "$$.Task.Token", "Value": 7}
    waiting: JSON = {"First": task("sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": message})}
    answering: JSON = {
        "First": task("aws-sdk:sqs:receiveMessage", {"QueueUrl": queue, "WaitTimeSeconds": 5}, Next="Read"),
        "Read": {
            "Type": "Pass",
            "Parameters": {"Body.$": "States.StringToJson($.Messages[0].Body)"},
            "Next": "Send",
        },
        "Send": task("aws-sdk:sfn:sendTaskSuccess", {"TaskToken.$": "$.Body.Token", "Output": {"done": True}}),
    }

    async def run() -> tuple[ExecutionRecord, ExecutionRecord]:
        async with serving(replace(OPTIONS, services_endpoint=moto_url)) as ask:
            first, second = await ask.create("waiting", waiting), await ask.create("answering", answering)
            return tuple(await asyncio.gather(ask.run(first), ask.run(second)))  # type: ignore[return-value]

    waited, answered = asyncio.run(run())
    assert waited.output == '{"done":true}'
    assert answered.output == "{}"


def test_items_of_a_distributed_map_come_from_a_bucket_and_results_go_there(moto_url: str) -> None:
    s3 = botocore.session.Session().create_client(
        "s3", "us-east-1", endpoint_url=moto_url, aws_access_key_id="a", aws_secret_access_key="s"
    )
    s3.create_bucket(Bucket="map")
    s3.put_object(Bucket="map", Key="items.csv", Body=b"a,b\n1,2\n3,4\n")
    states: JSON = {
        "First": {
            "Type": "Map",
            "Label": "Each",
            "ItemReader": {
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
                "Parameters": {"Bucket": "map", "Key": "items.csv"},
            },
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Same",
                "States": {"Same": {"Type": "Pass", "End": True}},
            },
            "ResultWriter": {
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "map", "Prefix": "out"},
            },
            "End": True,
        }
    }

    async def run() -> ExecutionRecord:
        async with serving(replace(OPTIONS, services_endpoint=moto_url)) as ask:
            return await ask.run(await ask.create("map", states))

    output = json.loads(str(asyncio.run(run()).output))
    key = output["ResultWriterDetails"]["Key"]
    manifest = json.loads(s3.get_object(Bucket="map", Key=key)["Body"].read())
    results = json.loads(s3.get_object(Bucket="map", Key=manifest["ResultFiles"]["SUCCEEDED"][0]["Key"])["Body"].read())
    s3.close()
    assert output.keys() == {"MapRunArn", "ResultWriterDetails"}
    assert [json.loads(result["Output"]) for result in results] == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_an_integration_that_does_not_exist_is_refused_at_creation() -> None:
    async def run() -> tuple[str, Any]:
        async with serving(OPTIONS) as ask:
            states = {"First": task("sqs:noSuchAction", {})}
            definition = json.dumps({"StartAt": "First", "States": states})
            return await ask.create("none", states), await ask("ValidateStateMachineDefinition", definition=definition)

    refusal, validated = asyncio.run(run())
    assert "The resource provided arn:aws:states:::sqs:noSuchAction is not recognized" in refusal
    assert validated["result"] == "FAIL"


def test_without_an_endpoint_a_task_fails_and_aws_is_not_called() -> None:
    async def run() -> ExecutionRecord:
        async with serving(OPTIONS) as ask:
            return await ask.run(
                await ask.create("m", {"First": task("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "m"})})
            )

    failure = asyncio.run(run()).failure
    assert failure is not None
    assert failure.error == "States.Runtime"


# --- mocked responses ---

MOCKS: JSON = {
    "StateMachines": {"mocked": {"TestCases": {"Retried": {"First": "Busy", "Nested": "Done"}}}},
    "MockedResponses": {
        "Busy": {"0": {"Throw": {"Error": "SQS.Busy", "Cause": "c"}}, "1-9": {"Return": {"MessageId": "1"}}},
        "Done": {"0": {"Return": {"Output": "mocked"}}},
    },
}
MOCKED: Mapping[str, JSON] = {
    "First": task(
        "sqs:sendMessage",
        {"QueueUrl": "q", "MessageBody": "m"},
        Retry=[{"ErrorEquals": ["SQS.Busy"], "IntervalSeconds": 1, "MaxAttempts": 2}],
        Next="Nested",
    ),
    "Nested": task("states:startExecution.sync", {"StateMachineArn": "arn:aws:states:us-east-1:1:stateMachine:none"}),
}


def test_a_test_case_answers_for_its_services(tmp_path: Path) -> None:
    options = replace(OPTIONS, mocks=parse(MOCKS), journal=tmp_path / "journal")

    async def run() -> tuple[ExecutionRecord, Any]:
        async with serving(options) as ask:
            arn = await ask.create("mocked", dict(MOCKED))
            record = await ask.run(f"{arn}#Retried")
            return record, await ask("StartExecution", stateMachineArn=f"{arn}#Other")

    record, refused = asyncio.run(run())
    assert record.output == '{"Output":"mocked"}'
    assert record.test_case == "Retried"
    assert "#" not in record.arn
    assert refused["__type"].endswith("ValidationException")
    assert "no test case 'Other'" in refused["message"]


def test_without_a_test_case_services_are_called(tmp_path: Path) -> None:
    async def run() -> ExecutionRecord:
        async with serving(replace(OPTIONS, mocks=parse(MOCKS))) as ask:
            return await ask.run(await ask.create("mocked", dict(MOCKED)))

    assert asyncio.run(run()).failure is not None
