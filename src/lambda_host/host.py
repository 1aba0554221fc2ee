"""AWS Lambda on a laptop: functions as warm processes behind the Invoke API."""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from lambda_host.functions import FunctionSpec
from lambda_host.http_server import HttpServer
from lambda_host.invoke_api import InvokeApi
from lambda_host.options import HostOptions
from lambda_host.sandboxes import Sandboxes

__all__ = ["FunctionSpec", "HostOptions", "LambdaHost"]


class LambdaHost:
    """Serves the functions on 127.0.0.1 and ::1 from `start` to `stop`, or as an async context manager.

    One event loop owns a host: make it, start it and stop it there.
    """

    def __init__(self, functions: Iterable[FunctionSpec], options: HostOptions) -> None:
        self._options = options
        self._functions = {function.name: Sandboxes(function, options) for function in functions}
        self._api = InvokeApi(self._functions, options)
        self._server = HttpServer(self._api.answer)

    @property
    def endpoint(self) -> str:
        """The URL for `--lambda-endpoint` or `endpoint_url`."""
        return f"http://127.0.0.1:{self._server.port}"

    async def start(self) -> None:
        await self._server.listen(self._options.port, ipv6=True)

    async def warm(self, *names: str) -> None:
        """Start a process of each named function (of all when none is named) and wait until it has initialised."""
        await asyncio.gather(*(self._functions[name].warm() for name in names or self._functions))

    async def stop(self) -> None:
        """Kill every process; callers of invocations under way lose their connection."""
        await self._server.close()
        await self._api.close()
        await asyncio.gather(*(sandboxes.close() for sandboxes in self._functions.values()))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
