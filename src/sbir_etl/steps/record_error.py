"""ErrorHandler: record what failed under the run, notify, and hand a readable cause to the Fail state."""

import json
import logging
from dataclasses import dataclass
from typing import Any

from sbir_etl import artefacts
from sbir_etl.refresh import Refresh

log = logging.getLogger(__name__)

SUBJECT_LIMIT = 100


@dataclass(frozen=True, kw_only=True)
class RecordErrorRequest:
    """`error` is the catch's error output: `Error` and, unless a time-out, `Cause`."""

    failed_state: str
    failed_attempt: int
    error: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class RecordedError:
    """What is written to `error.json` and what the Fail state carries."""

    state: str
    attempt: int
    error: str
    cause: str
    started_at: str
    execution_arn: str
    details: Any = None


def record_error(refresh: Refresh, request: RecordErrorRequest) -> RecordedError:
    """Write `runs/<run>/error.json`, log one line, publish to the SNS topic when one is configured."""
    details = _details(request.error.get("Cause"))
    recorded = RecordedError(
        state=request.failed_state,
        attempt=request.failed_attempt,
        error=str(request.error.get("Error", "Unknown")),
        cause=_sentence(details, request),
        started_at=refresh.execution.started_at.isoformat(),
        execution_arn=refresh.execution.id,
        details=details,
    )
    artefacts.write_document(refresh, artefacts.ERROR, recorded)
    log.error(
        "refresh failed",
        extra={
            "failed_state": recorded.state,
            "failed_attempt": recorded.attempt,
            "error_type": recorded.error,
            "error_message": recorded.cause,
        },
    )
    _notify(refresh.settings.sns_topic_arn, recorded)
    return recorded


def _details(cause: object) -> Any:  # noqa: ANN401 - Lambda sends any JSON as the cause
    try:
        return json.loads(str(cause))
    except ValueError:
        return cause


def _sentence(details: Any, request: RecordErrorRequest) -> str:  # noqa: ANN401 - as above
    if isinstance(details, dict) and details.get("errorMessage"):
        return str(details["errorMessage"])
    return str(details or f"{request.failed_state}: no cause was given")


def _notify(topic_arn: str | None, recorded: RecordedError) -> None:
    if topic_arn is None:
        return
    import boto3  # heavy, and only where a topic is configured

    boto3.client("sns").publish(
        TopicArn=topic_arn,
        Subject=f"SBIR refresh failed at {recorded.state}: {recorded.error}"[:SUBJECT_LIMIT],
        Message=f"{recorded.cause}\n\n{recorded.execution_arn}\nattempt {recorded.attempt}",
    )
