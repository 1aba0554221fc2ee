"""What AWS answers and emulators of it mostly do not: put right before a state machine sees it.

Each entry states a rule of AWS's own API; where the endpoint keeps it, nothing changes.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from asl_engine.integrations.sdk_types import Value

Values: TypeAlias = Mapping[str, Value]


def as_aws(client: str, operation: str, parameters: Values, answer: Values) -> Values:
    """The answer to a call as AWS would have given it."""
    correct = _BY_OPERATION.get((client, operation)) or _BY_CLIENT.get(client)
    return answer if correct is None else correct(parameters, answer)


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
