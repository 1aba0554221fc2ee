"""The engine as one runnable service: journal, runtime, integrations and server wired together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias

Durability: TypeAlias = Literal["process", "power"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """`port` 0 takes a free one; without a `journal` everything is kept in memory and ends with the process.

    `endpoints` holds further services by their AWS name (`"sqs"`, `"dynamodb"`), as Step Functions Local's options do.
    """

    journal: Path | None = None
    port: int = 8083
    account: str = "123456789012"
    region: str = "us-east-1"
    lambda_endpoint: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    wait_time_scale: float = 1.0
    durability: Durability = "process"


class Service:
    """Serves the Step Functions API on 127.0.0.1 and ::1 from `start` to `stop`, or as an async context manager."""

    def __init__(self, options: ServiceOptions) -> None:
        self._options = options

    @property
    def endpoint(self) -> str:
        """The URL for `--endpoint-url`."""
        raise NotImplementedError

    async def start(self) -> None:
        """Resume every execution that had not ended, then answer requests."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Answer the requests under way and leave running executions to the next start."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
