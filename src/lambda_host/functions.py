"""What a function is, how it is named, and what one invocation of it carries in and out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# A name, `account:function:name` or a full ARN, each with an optional qualifier, as the Invoke API takes them.
_REFERENCE = re.compile(
    r"(?:(?:arn:aws[\w-]*:lambda:(?P<region>[\w-]+):)?(?P<account>\d{12}):function:)?"
    r"(?P<name>[\w-]{1,140})(?::(?P<qualifier>\$LATEST|[\w-]+))?"
)


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One function; `handler` is `module.attribute`, importable by the host's own Python."""

    name: str
    handler: str
    timeout_seconds: float = 3.0
    memory_mb: int = 128
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionReference:
    """How a caller named a function."""

    name: str
    qualifier: str = "$LATEST"
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One call of a function, as the Runtime API hands it to the process."""

    request_id: str
    function_arn: str
    payload: bytes
    trace_id: str | None = None
    client_context: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`payload` is the function's result, or Lambda's error object when it `failed`."""

    payload: bytes
    failed: bool = False
    error_type: str | None = None


def parse_reference(text: str) -> FunctionReference | None:
    """Read a name, partial ARN or ARN; None when it is none of them.

    >>> parse_reference("arn:aws:lambda:us-east-1:123456789012:function:hello:$LATEST").name
    'hello'
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return None
    return FunctionReference(
        name=match["name"],
        qualifier=match["qualifier"] or "$LATEST",
        account=match["account"],
        region=match["region"],
    )
