"""A small HTTP/1.1 server that can listen on many ports at once: each function process has a Runtime API of its own."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import parse_qs, unquote, urlsplit

import h11

_log = logging.getLogger(__name__)

# Lambda refuses more than 6 MB itself, politely; this bound only keeps a runaway request out of memory.
_LARGEST_BODY_BYTES: Final = 64 * 1024 * 1024
_READ_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`path` is decoded and without its query; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Answer: TypeAlias = Callable[[Request], Awaitable[Response]]


class HttpServer:
    """Answers every request on its port by one function until it is closed."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    async def listen(self, port: int, *, ipv6: bool = False) -> None:
        """Listen on 127.0.0.1, and with `ipv6` on ::1 too where that can be had; port 0 takes a free one."""
        self._servers = [await asyncio.start_server(self._serve, "127.0.0.1", port)]
        self.port = self._servers[0].sockets[0].getsockname()[1]
        if ipv6:
            with suppress(OSError):  # no IPv6 here, or someone else's port there: 127.0.0.1 is what we promise
                self._servers.append(await asyncio.start_server(self._serve, "::1", self.port))

    async def close(self) -> None:
        """Stop listening and drop every connection, answered or not."""
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            with suppress(ConnectionError, h11.RemoteProtocolError, asyncio.CancelledError):
                await _Connection(reader, writer).serve(self._answer)
        finally:
            self._connections.discard(task)
            writer.close()


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.SERVER)

    async def serve(self, answer: Answer) -> None:
        while (request := await self._read_request()) is not None:
            await self._write(await _answered(answer, request))
            if self._http.our_state is h11.MUST_CLOSE:
                return
            self._http.start_next_cycle()

    async def _read_request(self) -> Request | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = await self._next_event()
            match event:
                case h11.Request():
                    head = event
                case h11.Data():
                    body += event.data
                case h11.EndOfMessage() if head is not None:
                    return _request(head, bytes(body))
                case _:
                    return None
            if len(body) > _LARGEST_BODY_BYTES:
                return None

    async def _next_event(self) -> h11.Event | None:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._send(h11.InformationalResponse(status_code=100, headers=[]))
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event if isinstance(event, h11.Event) else None

    async def _write(self, response: Response) -> None:
        headers = [*response.headers.items(), ("Content-Length", str(len(response.body)))]
        # One write for head and body: two would meet Nagle's algorithm and the peer's delayed ACK.
        self._send(
            h11.Response(status_code=response.status, headers=headers),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        )
        await self._writer.drain()

    def _send(self, *events: h11.Event) -> None:
        self._writer.write(b"".join(part for event in events if (part := self._http.send(event))))


async def _answered(answer: Answer, request: Request) -> Response:
    try:
        return await answer(request)
    except Exception:  # noqa: BLE001 - the dispatcher is the edge where every mistake becomes an answer
        _log.exception("request failed", extra={"method": request.method, "path": request.path})
        body = b'{"Type": "Service", "Message": "The service encountered an internal error."}'
        return Response(500, body, {"Content-Type": "application/json", "x-amzn-ErrorType": "ServiceException"})


def _request(head: h11.Request, body: bytes) -> Request:
    target = urlsplit(head.target.decode("ascii"))
    return Request(
        method=head.method.decode("ascii"),
        path=unquote(target.path),
        query=parse_qs(target.query),
        headers={name.decode("ascii"): value.decode("latin-1") for name, value in head.headers},
        body=body,
    )
