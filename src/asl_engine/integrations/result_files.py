"""The files that a distributed Map leaves its results in, one for each outcome, and the manifest that lists them.

See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Final

from asl_engine.integrations.port import ChildResult
from asl_engine.language.values import JSON

_IN_MEMORY_BYTES: Final = 8 * 1024 * 1024
_OUTCOMES: Final = {"FAILED": "FAILED", "TIMED_OUT": "FAILED", "ABORTED": "FAILED", "SUCCEEDED": "SUCCEEDED"}


@dataclass(frozen=True, slots=True)
class ResultFile:
    outcome: str
    name: str
    size: int
    content: IO[bytes]


class ResultFiles:
    """Collects results; more than a few megabytes of them wait on disk."""

    def __init__(self, configuration: Mapping[str, JSON]) -> None:
        """`configuration` is a WriterConfig."""
        self._transformation = configuration.get("Transformation", "NONE")
        self._lines = configuration.get("OutputType", "JSON") == "JSONL"
        self._open = ExitStack()
        self._files: dict[str, IO[bytes]] = {}

    def add_all(self, results: Iterable[ChildResult]) -> None:
        for result in results:
            outcome = _OUTCOMES.get(result.status, "PENDING")
            for shown in self._shown(result):
                self._add(outcome, shown)

    def finished(self) -> list[ResultFile]:
        return [self._finish(outcome, content) for outcome, content in sorted(self._files.items())]

    def close(self) -> None:
        self._open.close()

    def _add(self, outcome: str, shown: JSON) -> None:
        if outcome not in self._files:
            content = SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 - the stack closes it
            self._files[outcome] = self._open.enter_context(content)
            separator = b"" if self._lines else b"["
        else:
            separator = b"\n" if self._lines else b","
        text = json.dumps(shown, ensure_ascii=False, separators=(",", ":"))
        self._files[outcome].write(separator + text.encode())

    def _finish(self, outcome: str, content: IO[bytes]) -> ResultFile:
        if not self._lines:
            content.write(b"]")
        size = content.tell()
        content.seek(0)
        return ResultFile(outcome, f"{outcome}_0.{'jsonl' if self._lines else 'json'}", size, content)

    def _shown(self, result: ChildResult) -> Iterator[JSON]:
        """What failed keeps its whole description, whatever the transformation."""
        if self._transformation == "NONE" or result.status != "SUCCEEDED":
            yield described(result)
            return
        output: JSON = json.loads(result.output or "null")
        if self._transformation == "FLATTEN" and isinstance(output, list):
            yield from output
        else:
            yield output


def described(result: ChildResult) -> dict[str, JSON]:
    failure = result.failure
    redrivable = result.status in ("FAILED", "TIMED_OUT", "ABORTED")
    reason = None if redrivable else f"Execution is {result.status} and cannot be redriven"
    shown: dict[str, JSON] = {
        "Cause": failure.cause if failure else None,
        "Error": failure.error if failure else None,
        "ExecutionArn": result.execution_arn,
        "Input": result.input,
        "InputDetails": {"Included": True},
        "Name": result.name,
        "Output": result.output,
        "OutputDetails": None if result.output is None else {"Included": True},
        "RedriveCount": result.redrive_count,
        "RedriveStatus": "REDRIVABLE_BY_MAP_RUN" if redrivable else "NOT_REDRIVABLE",
        "RedriveStatusReason": reason,
        "StartDate": _date(result.started_at),
        "StateMachineArn": result.state_machine_arn,
        "Status": result.status,
        "StopDate": _date(result.stopped_at),
    }
    return {name: value for name, value in shown.items() if value is not None}


def manifest(bucket: str, map_run_arn: str, files: Mapping[str, list[JSON]]) -> bytes:
    """`files` has the keys and sizes by outcome."""
    listed: JSON = {outcome: files.get(outcome, []) for outcome in ("FAILED", "PENDING", "SUCCEEDED")}
    shown = {"DestinationBucket": bucket, "MapRunArn": map_run_arn, "ResultFiles": listed}
    return json.dumps(shown, separators=(",", ":")).encode()


def _date(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
