"""Following an execution to its end by the Step Functions API alone, so that it works on AWS as it does locally."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

from sbir_etl.cli.timeline import Line, lines, message_of

POLL_SECONDS = 0.2
TERMINAL = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")

# The boto3 client is made of methods at run time; there is no type to name.
Client = Any


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How an execution ended; `output` is its output document, or None when it did not succeed."""

    execution_arn: str
    status: str
    output: dict[str, Any] | None
    error: str | None
    cause: str | None

    @property
    def succeeded(self) -> bool:
        return self.status == "SUCCEEDED"

    def document(self) -> dict[str, Any]:
        """The guide's Output Format; a failure says so in the same shape."""
        if self.output is not None:
            return self.output
        return {
            "status": self.status.lower(),
            "execution_arn": self.execution_arn,
            "error": self.error,
            "cause": message_of(self.cause),
        }


class Interrupted(Exception):
    """The person who followed the execution has gone; it goes on."""


def follow(
    client: Client,
    execution_arn: str,
    show: Callable[[list[Line]], None],
    *,
    interrupted: Event,
    poll_seconds: float = POLL_SECONDS,
) -> Ending:
    """Call `show` with the timeline whenever the history was read, until the execution has ended.

    Raises: Interrupted.
    """
    while True:
        # The status first: what is read after a terminal status is the whole history.
        described = client.describe_execution(executionArn=execution_arn)
        show(lines(history(client, execution_arn)))
        if described["status"] in TERMINAL:
            return _ending(described)
        if interrupted.wait(poll_seconds):
            raise Interrupted


def history(client: Client, execution_arn: str) -> Iterator[dict[str, Any]]:
    """All events of an execution, oldest first, page by page."""
    for page in client.get_paginator("get_execution_history").paginate(executionArn=execution_arn):
        yield from page["events"]


def _ending(described: dict[str, Any]) -> Ending:
    output = described.get("output")
    document = json.loads(output) if output is not None else None
    return Ending(
        execution_arn=described["executionArn"],
        status=described["status"],
        output=document if isinstance(document, dict) or document is None else {"output": document},
        error=described.get("error"),
        cause=described.get("cause"),
    )
