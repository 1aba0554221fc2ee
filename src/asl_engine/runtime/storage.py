"""Asking a distributed Map's storage for items, and giving it results."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from asl_engine.integrations.port import Failed, ItemsRead, MapStorage, ReadRequest, Succeeded, WriteRequest
from asl_engine.interpreter.commands import ReadItems, WriteResults
from asl_engine.journal.port import Journal
from asl_engine.language.values import JSON, Failure
from asl_engine.runtime.descriptions import describe
from asl_engine.runtime.map_runs import results_of

READER_FAILED: Final = "States.ItemReaderFailed"
WRITER_FAILED: Final = "States.ResultWriterFailed"


class NoMapStorage:
    """Stands in where distributed Maps can neither read nor write."""

    async def read(self, request: ReadRequest) -> ItemsRead | Failed:
        return Failed(Failure(READER_FAILED, f"{request.resource}: no endpoint is configured to read items from"))

    async def write(self, request: WriteRequest) -> Succeeded | Failed:
        return Failed(Failure(WRITER_FAILED, f"{request.resource}: no endpoint is configured to write results to"))


class StorageRequests:
    def __init__(self, *, journal: Journal, storage: MapStorage, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._now = now
        self._storage = storage

    async def carry_out(self, execution_arn: str, command: ReadItems | WriteResults) -> ItemsRead | Succeeded | Failed:
        if isinstance(command, ReadItems):
            return await self._storage.read(
                ReadRequest(
                    execution_arn=execution_arn,
                    map_run_arn=command.map_run_arn,
                    resource=str(command.reader.get("Resource", "")),
                    arguments=command.reader.get("Parameters", {}),
                    configuration=_object(command.reader.get("ReaderConfig")),
                )
            )
        if "Resource" not in command.writer:
            return Succeeded(self._described(command.map_run_arn))
        written = await self._storage.write(
            WriteRequest(
                execution_arn=execution_arn,
                map_run_arn=command.map_run_arn,
                resource=str(command.writer.get("Resource", "")),
                arguments=command.writer.get("Parameters", {}),
                results=results_of(self._journal, command.map_run_arn),
                configuration=_object(command.writer.get("WriterConfig")),
            )
        )
        if isinstance(written, Failed):
            return written
        return Succeeded({"MapRunArn": command.map_run_arn, "ResultWriterDetails": written.output})

    def _described(self, map_run_arn: str) -> list[JSON]:
        """The results that are to be returned with all that is known of their executions."""
        now = self._now()
        return [describe(record, now, parsed=False) for record in self._journal.executions.of_map_run(map_run_arn)]


def _object(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}
