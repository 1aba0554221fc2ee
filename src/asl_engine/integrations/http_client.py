"""A small asyncio HTTP/1.1 client: what calling a service's endpoint needs, and nothing that costs start-up time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import h11

_READ_BYTES: Final = 256 * 1024
_PORTS: Final = {"http": 80, "https": 443}


class Unreachable(Exception):
    """Nobody answered at the endpoint, or the connection broke before the answer was complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Posts to one endpoint; connections are kept and used again, one request at a time each."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        if parts.scheme not in _PORTS or parts.hostname is None:
            raise ValueError(f"endpoint: got {endpoint!r}, wanted http://host:port")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._tls = parts.scheme == "https"
        self._idle: list[_Connection] = []

    async def post(self, target: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        """Raises: Unreachable."""
        head = [("Host", f"{self._host}:{self._port}"), *headers.items(), ("Content-Length", str(len(body)))]
        request = h11.Request(method="POST", target=target, headers=head)
        try:
            return await self._exchange(request, body)
        except (OSError, h11.RemoteProtocolError) as error:
            raise Unreachable(f"Connect to {self._host}:{self._port} failed: {error}") from error

    async def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    async def _exchange(self, request: h11.Request, body: bytes) -> HttpAnswer:
        connection = await self._take()
        try:
            answer = await connection.exchange(request, body)
        except BaseException:
            connection.close()
            raise
        if connection.reusable():
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _take(self) -> "_Connection":
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
            connection.close()
        return _Connection(*await asyncio.open_connection(self._host, self._port, ssl=self._tls or None))


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    @property
    def open(self) -> bool:
        return not self._reader.at_eof()

    async def exchange(self, request: h11.Request, body: bytes) -> HttpAnswer:
        events = (request, h11.Data(data=body), h11.EndOfMessage())
        self._writer.write(b"".join(part for event in events if (part := self._http.send(event))))
        await self._writer.drain()
        head: h11.Response | None = None
        content = bytearray()
        while not isinstance(event := await self._next_event(), h11.EndOfMessage):
            match event:
                case h11.Response():
                    head = event
                case h11.Data():
                    content += event.data
                case h11.ConnectionClosed():
                    raise h11.RemoteProtocolError("the connection was closed before the answer")
        assert head is not None
        headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
        return HttpAnswer(status=head.status_code, headers=headers, body=bytes(content))

    def reusable(self) -> bool:
        """Whether another request may follow; makes the connection ready for it."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    def close(self) -> None:
        self._writer.close()

    async def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            self._http.receive_data(await self._reader.read(_READ_BYTES))
        return event
