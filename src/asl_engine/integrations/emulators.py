"""What AWS answers and emulators of it mostly do not: put right before a state machine sees it.

Each entry states a rule of AWS's own API; where the endpoint keeps it, nothing changes.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from asl_engine.integrations.sdk_types import OperationModel, Value

Values: TypeAlias = Mapping[str, Value]


def as_aws(client: str, operation: str, parameters: Values, answer: Values) -> Values:
    """The answer to a call as AWS would have given it."""
    correct = _BY_OPERATION.get((client, operation)) or _BY_CLIENT.get(client)
    return answer if correct is None else correct(parameters, answer)


def message_as_aws(operation: str, parameters: Values, code: str, message: str) -> str:
    """What AWS says in a refusal."""
    if (operation, code) == ("Publish", "NotFound") and "TopicArn" in parameters:
        return "Topic does not exist"  # endpoints are what a TargetArn names
    return message


def body_length(operation: OperationModel, answer: Values) -> int:
    """How many bytes AWS sends: JSON without spaces, and the XML of its query protocol indented by two of them."""
    service = operation.service_model.metadata
    if service["protocol"] == "query":
        return len(_query_body(operation, service["xmlNamespace"], answer))
    return len(json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=str).encode())


def _query_body(operation: OperationModel, namespace: str, answer: Values) -> bytes:
    """Good for the flat answers of the services that show lengths."""
    wrapper = operation.output_shape.serialization["resultWrapper"]
    members = "".join(f"    <{name}>{value}</{name}>\n" for name, value in answer.items())
    request_id = "-" * 36
    text = (
        f'<{operation.name}Response xmlns="{namespace}">\n'
        f"  <{wrapper}>\n{members}  </{wrapper}>\n"
        f"  <ResponseMetadata>\n    <RequestId>{request_id}</RequestId>\n  </ResponseMetadata>\n"
        f"</{operation.name}Response>\n"
    )
    return text.encode()


def _encrypted(_parameters: Values, answer: Values) -> Values:
    """S3 encrypts every object and says so, since January 2023."""
    return {"ServerSideEncryption": "AES256", **answer}


def _counted_on_request(parameters: Values, answer: Values) -> Values:
    """DynamoDB tells what a call consumed only to those who ask."""
    if parameters.get("ReturnConsumedCapacity", "NONE") != "NONE":
        return answer
    return {name: value for name, value in answer.items() if name != "ConsumedCapacity"}


_BY_CLIENT: Final[Mapping[str, Callable[[Values, Values], Values]]] = {"dynamodb": _counted_on_request}
_BY_OPERATION: Final[Mapping[tuple[str, str], Callable[[Values, Values], Values]]] = {
    ("s3", "GetObject"): _encrypted,
    ("s3", "HeadObject"): _encrypted,
    ("s3", "PutObject"): _encrypted,
    ("s3", "CopyObject"): _encrypted,
    ("s3", "CreateMultipartUpload"): _encrypted,
    ("s3", "CompleteMultipartUpload"): _encrypted,
}
