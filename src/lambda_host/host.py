"""AWS Lambda on a laptop: functions as warm processes behind the Invoke API."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from lambda_host.functions import FunctionSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """`port` 0 takes a free one; `concurrency` bounds the processes of each function, further invocations wait.

    Each invocation's output is kept as `log_directory/<function>/<request id>.log`.
    """

    log_directory: Path
    port: int = 0
    account: str = "123456789012"
    region: str = "us-east-1"
    concurrency: int = 4
    initialisation_seconds: float = 60.0


class LambdaHost:
    """Serves the functions on 127.0.0.1 and ::1 from `start` to `stop`, or as an async context manager."""

    def __init__(self, functions: Iterable[FunctionSpec], options: HostOptions) -> None:
        raise NotImplementedError

    @property
    def endpoint(self) -> str:
        """The URL for `--lambda-endpoint` or `endpoint_url`."""
        raise NotImplementedError

    async def start(self) -> None:
        raise NotImplementedError

    async def warm(self, *names: str) -> None:
        """Start a process of each named function (of all when none is named) and wait until it has initialised."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Kill every process; invocations under way end in Runtime.ExitError."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
