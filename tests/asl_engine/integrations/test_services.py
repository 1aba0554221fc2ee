"""Tasks that call AWS services, against a moto server."""

import asyncio
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from asl_engine.history.resources import parse_resource
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import Endpoints, SdkClients
from asl_engine.integrations.services import Services
from asl_engine.language.values import JSON, Failure

Ask = Callable[..., TaskOutcome]
Aws = Callable[[str], Any]


def output(outcome: TaskOutcome) -> Any:
    assert isinstance(outcome, Succeeded | Submitted), outcome
    return outcome.output


def failure(outcome: TaskOutcome) -> Failure:
    assert isinstance(outcome, Failed), outcome
    return outcome.failure


@pytest.fixture(scope="module")
def queue(aws: Aws) -> str:
    return str(aws("sqs").create_queue(QueueName="queue")["QueueUrl"])


@pytest.fixture(scope="module")
def table(aws: Aws) -> str:
    aws("dynamodb").create_table(
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "table"


@pytest.fixture(scope="module")
def bucket(aws: Aws) -> str:
    aws("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    aws("s3").put_object(Bucket="bucket", Key="text", Body="grüße".encode())
    aws("s3").put_object(Bucket="bucket", Key="bytes", Body=b"\xff\x00")
    return "bucket"


@pytest.fixture
def page_url() -> Iterator[str]:
    """Where a server answers with a page that says nothing of AWS."""

    class Page(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<!doctype html><p>hello")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# --- optimised services ---


def test_a_message_may_be_an_object_which_is_sent_as_its_json(aws: Aws, queue: str, ask: Ask) -> None:
    answer = output(ask("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": {"a": ["ü", 1]}}))
    received = aws("sqs").receive_message(QueueUrl=queue)["Messages"][0]
    assert received["Body"] == '{"a":["ü",1]}'
    assert received["MessageId"] == answer["MessageId"]


def test_results_show_the_http_headers_as_aws_orders_them(queue: str, ask: Ask) -> None:
    answer = output(ask("sqs:sendMessage", {"QueueUrl": queue, "MessageBody": "x"}))
    http = answer["SdkHttpMetadata"]
    names = ["x-amzn-RequestId", "connection", "Content-Length", "Date", "Content-Type"]
    assert list(http["AllHttpHeaders"]) == names
    assert list(http["HttpHeaders"]) == sorted(names, key=str.lower)
    assert http["HttpStatusCode"] == 200
    assert http["HttpHeaders"]["Content-Length"] == "106"  # JSON without spaces
    assert http["AllHttpHeaders"]["x-amzn-RequestId"] == [answer["SdkResponseMetadata"]["RequestId"]]


def test_the_length_of_xml_counts_its_indentation(aws: Aws, ask: Ask) -> None:
    topic = aws("sns").create_topic(Name="topic")["TopicArn"]
    answer = output(ask("sns:publish", {"TopicArn": topic, "Message": "m"}))
    assert answer["SdkHttpMetadata"]["HttpHeaders"]["Content-Length"] == "294"


def test_events_show_no_headers(ask: Ask) -> None:
    entries: JSON = [{"Detail": {"a": 1}, "DetailType": "type", "Source": "source"}]
    answer = output(ask("events:putEvents", {"Entries": entries}))
    assert answer.keys() == {"Entries", "FailedEntryCount"}


def test_events_that_failed_in_parts_fail_the_task(ask: Ask) -> None:
    failed = failure(ask("events:putEvents", {"Entries": [{"Detail": "no JSON", "DetailType": "t", "Source": "s"}]}))
    assert failed.error == "EventBridge.FailedEntry"
    assert json.loads(str(failed.cause))["FailedEntryCount"] == 1


def test_a_task_that_waits_for_its_token_is_submitted(queue: str, ask: Ask) -> None:
    outcome = ask("sqs:sendMessage.waitForTaskToken", {"QueueUrl": queue, "MessageBody": "x"})
    assert isinstance(outcome, Submitted)


def test_consumed_capacity_is_shown_to_those_who_ask(table: str, ask: Ask) -> None:
    update: dict[str, JSON] = {
        "TableName": table,
        "Key": {"id": {"S": "1"}},
        "UpdateExpression": "set a = :a",
        "ExpressionAttributeValues": {":a": {"BOOL": True}},
        "ReturnValues": "UPDATED_NEW",
    }
    assert "ConsumedCapacity" not in output(ask("dynamodb:updateItem", update))
    asked = output(ask("dynamodb:updateItem", {**update, "ReturnConsumedCapacity": "TOTAL"}))
    assert asked["ConsumedCapacity"]["TableName"] == table


def test_errors_of_the_model_read_as_the_java_sdk_says_them(ask: Ask) -> None:
    failed = failure(ask("dynamodb:putItem", {"TableName": "no-table", "Item": {"id": {"S": "1"}}}))
    assert failed.error == "DynamoDB.ResourceNotFoundException"
    start = "Requested resource not found (Service: AmazonDynamoDBv2; Status Code: 400; "
    assert str(failed.cause).startswith(f"{start}Error Code: ResourceNotFoundException; Request ID: ")
    assert str(failed.cause).endswith("; Proxy: null)")


def test_the_code_of_an_older_protocol_finds_its_exception(queue: str, ask: Ask) -> None:
    failed = failure(ask("sqs:sendMessage", {"QueueUrl": f"{queue}-2", "MessageBody": "x"}))
    assert failed.error == "SQS.QueueDoesNotExistException"


def test_a_topic_that_is_not_there(ask: Ask) -> None:
    failed = failure(ask("sns:publish", {"TopicArn": "arn:aws:sns:eu-west-1:123456789012:none", "Message": "m"}))
    assert failed.error == "SNS.NotFoundException"
    assert str(failed.cause).startswith("Topic does not exist (Service: AmazonSNS; Status Code: 404; ")


@pytest.mark.parametrize(
    ("resource", "arguments", "error", "cause"),
    [
        (
            "sqs:sendMessage",
            {"QueueUrl": "q", "MessageBody": None},
            "SQS.AmazonSQSException",
            "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: 400; Error Code: ",
        ),
        (
            "dynamodb:putItem",
            {"TableName": "t", "Item": None},
            "DynamoDB.AmazonDynamoDBException",
            "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member must not be null (",
        ),
    ],
)
def test_what_is_required_and_null_is_refused_as_the_service_does(
    ask: Ask, resource: str, arguments: JSON, error: str, cause: str
) -> None:
    failed = failure(ask(resource, arguments))
    assert failed.error == error
    assert str(failed.cause).startswith(cause)


# --- aws-sdk ---


def test_an_object_of_s3_is_a_text_or_else_base64(bucket: str, ask: Ask) -> None:
    text = output(ask("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "text"}))
    assert text["Body"] == "grüße"
    assert text["ContentLength"] == 7
    assert text["Metadata"] == {}
    assert text["LastModified"].endswith("Z")
    assert text["ServerSideEncryption"] == "AES256"
    assert "ChecksumCRC32" not in text
    assert output(ask("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "bytes"}))["Body"] == "/wA="


def test_what_the_sdk_calls_otherwise_is_read_and_written_so(table: str, ask: Ask) -> None:
    item: JSON = {"id": {"S": "2"}, "flag": {"Bool": True}, "words": {"Ss": ["a"]}, "none": {"Nul": True}}
    output(ask("aws-sdk:dynamodb:putItem", {"TableName": table, "Item": item}))
    assert output(ask("aws-sdk:dynamodb:getItem", {"TableName": table, "Key": {"id": {"S": "2"}}})) == {"Item": item}
    assert output(ask("dynamodb:getItem", {"TableName": table, "Key": {"id": {"S": "2"}}}))["Item"] == {
        "id": {"S": "2"},
        "flag": {"BOOL": True},
        "words": {"SS": ["a"]},
        "none": {"NULL": True},
    }


def test_errors_of_sdk_tasks_name_the_client_class(bucket: str, ask: Ask) -> None:
    failed = failure(ask("aws-sdk:s3:getObject", {"Bucket": bucket, "Key": "none"}))
    assert failed.error == "S3.NoSuchKeyException"
    cause = str(failed.cause)
    assert cause.startswith("The specified key does not exist. (Service: S3, Status Code: 404, Request ID: ")
    assert ", Extended Request ID: " in cause
    assert cause.endswith(") (SDK Attempt Count: 1)")


def test_what_is_missing_in_an_answer_without_a_body_is_known_by_the_operation(bucket: str, ask: Ask) -> None:
    failed = failure(ask("aws-sdk:s3:headObject", {"Bucket": bucket, "Key": "none"}))
    assert failed.error == "S3.NoSuchKeyException"
    assert str(failed.cause).startswith("null (Service: S3, Status Code: 404, Request ID: ")


def test_an_answer_that_cannot_be_read_is_the_clients_error(page_url: str) -> None:
    failed = failure(run_without(Endpoints(by_service={"sns": lambda: page_url}), resource="sns:publish"))
    assert failed == Failure("SNS.SdkClientException", "Unable to unmarshall response")


def test_errors_that_no_model_knows_have_the_services_own_exception(bucket: str, ask: Ask) -> None:
    failed = failure(ask("aws-sdk:s3:getBucketTagging", {"Bucket": bucket}))
    assert failed.error == "S3.S3Exception"


def test_a_call_may_have_no_parameters(ask: Ask) -> None:
    assert output(ask("aws-sdk:sts:getCallerIdentity", {}))["Account"]


def test_a_role_in_another_account_calls_for_that_account(ask: Ask) -> None:
    answer = output(ask("aws-sdk:s3:listBuckets", {}, credentials={"RoleArn": "arn:aws:iam::333333333333:role/other"}))
    assert "Buckets" in answer


# --- where services are ---


def test_without_an_endpoint_nothing_is_called() -> None:
    failed = failure(run_without(Endpoints()))
    assert failed.error == "States.Runtime"
    assert "no endpoint is configured for the service 'sqs'" in str(failed.cause)


def test_a_service_may_have_an_endpoint_of_its_own() -> None:
    failed = failure(run_without(Endpoints(by_service={"sqs": lambda: "http://127.0.0.1:9"})))
    assert failed.error == "SQS.SdkClientException"
    assert str(failed.cause).startswith("Unable to execute HTTP request: Could not connect to the endpoint URL")


def test_only_real_aws_is_called_without_an_endpoint() -> None:
    assert Endpoints(real_aws=True).find("sqs") is None
    assert Endpoints(real_aws=True, every_other="http://localhost").find("sqs") == "http://localhost"


def test_a_role_cannot_be_taken_on_real_aws() -> None:
    failed = failure(run_without(Endpoints(real_aws=True), {"RoleArn": "arn:aws:iam::333333333333:role/other"}))
    assert failed.error == "States.Runtime"
    assert "cannot be taken on AWS itself" in str(failed.cause)


def run_without(endpoints: Endpoints, credentials: JSON = None, resource: str = "sqs:sendMessage") -> TaskOutcome:
    clients = SdkClients(endpoints)
    request = TaskRequest(
        task_id="t",
        execution_arn="arn:aws:states:eu-west-1:222222222222:execution:m:r",
        state_name="S",
        resource=parse_resource(f"arn:aws:states:::{resource}"),
        arguments={"Message": "x"} if "sns" in resource else {"QueueUrl": "http://q", "MessageBody": "x"},
        token="",
        attempt=0,
        credentials=credentials,
    )
    outcome = asyncio.run(Services(clients, pause=asyncio.sleep).run(request))
    clients.close()
    return outcome


@pytest.mark.parametrize("resource", ["aws-sdk:none:call", "sqs:purge", "aws-sdk:sqs:none"])
def test_an_integration_that_does_not_exist_fails(ask: Ask, resource: str) -> None:
    assert failure(ask(resource, {})) == Failure(
        "States.Runtime", f"arn:aws:states:::{resource}: there is no such service integration"
    )
