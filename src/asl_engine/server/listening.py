"""Serving an application on both loopback addresses, without touching the process's signal handlers."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast
from urllib.parse import urlsplit

import h11
import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from asl_engine.server import wire
from asl_engine.server.errors import ApiError

_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def is_of_this_machine(url: str) -> bool:
    """Whether the URL's host is one under which this machine speaks to itself; of what is no URL the answer is no."""
    try:
        return urlsplit(url).hostname in _LOOPBACK_HOSTS
    except ValueError:  # such as an unclosed bracket
        return False


class Listener:
    """Serves from `start` to `stop`; `port` 0 takes a free one."""

    def __init__(self, app: Starlette, port: int) -> None:
        self._sockets = _bind_loopback(port)
        self.port: int = self._sockets[0].getsockname()[1]
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=5,
            http=AwsProtocol,
            loop="none",
        )
        self._server = _Server(config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._serving = asyncio.create_task(self._server.serve(self._sockets))
        await self._server.listening.wait()

    async def stop(self) -> None:
        """Answer what was asked, then close."""
        if self._serving is not None:
            self._server.should_exit = True
            await self._serving
        for bound in self._sockets:
            bound.close()


class _OnePacket:
    """A transport that sends what is written in one turn of the loop at once: an answer's head and its body."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)

    def write(self, part: bytes) -> None:
        if not self._parts:
            asyncio.get_running_loop().call_soon(self._flush)
        self._parts.append(part)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        parts, self._parts = self._parts, []
        self._transport.write(b"".join(parts))


class AwsProtocol(H11Protocol):
    """HTTP/1.1 that answers in one packet, and what is no HTTP in the API's form too."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # asyncio gives a Transport
        super().connection_made(cast("asyncio.Transport", _OnePacket(transport)))

    def send_400_response(self, msg: str) -> None:
        """Answers and hangs up; `msg` is uvicorn's reason."""
        body = wire.render_error(ApiError("SerializationException", msg))
        head = [("content-type", wire.CONTENT_TYPE), ("content-length", str(len(body))), ("connection", "close")]
        for event in (h11.Response(status_code=400, headers=head), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever runs the process."""
        yield


def _bind_loopback(port: int) -> list[socket.socket]:
    ipv4 = _bound(socket.AF_INET, ("127.0.0.1", port))
    try:
        return [ipv4, _bound(socket.AF_INET6, ("::1", ipv4.getsockname()[1]))]
    except OSError:  # no IPv6 here, or someone else's port there: 127.0.0.1 is what we promise
        return [ipv4]


def _bound(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    # asyncio sets TCP_NODELAY only on sockets that say they are TCP; without it an answer of two writes waits 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound
