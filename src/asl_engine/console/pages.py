"""The routes of the console: its page at `/`, the page's files, and the two streams.

Whatever else the page shows or does goes through the Step Functions API. Only names of this machine are answered: a web
page elsewhere could otherwise give its own name our address (DNS rebinding) and read what executions hold.
"""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from asl_engine.console.streams import Streams
from asl_engine.journal.port import Journal
from asl_engine.server.listening import is_of_this_machine

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_EVENT_STREAM: Final = "text/event-stream"
_LARGEST_ID: Final = 1 << 62


def routes(journal: Journal, streams: Streams, *, read_only: bool) -> Sequence[BaseRoute]:
    """`read_only` makes the page offer nothing that would change an execution."""
    static = Path(str(resources.files("asl_engine.console") / "static"))
    guard = [Middleware(_Guard)]
    console = _Console(journal, streams, _page(static, read_only=read_only))
    return [
        Route("/", console.index, methods=["GET"], middleware=guard),
        Route("/console/events", console.events, methods=["GET"], middleware=guard),
        Route("/console/changes", console.changes, methods=["GET"], middleware=guard),
        Mount("/console", StaticFiles(directory=static), middleware=guard),
    ]


def _page(static: Path, *, read_only: bool) -> str:
    page = (static / "index.html").read_text(encoding="utf-8")
    return page.replace('data-read-only="false"', f'data-read-only="{str(read_only).lower()}"')


class _Console:
    def __init__(self, journal: Journal, streams: Streams, page: str) -> None:
        self._journal = journal
        self._streams = streams
        self._page = page

    async def index(self, _request: Request) -> Response:
        return HTMLResponse(self._page)

    async def events(self, request: Request) -> Response:
        """`after`, or what a browser that reconnects sends, is the id of the last event that is known already."""
        arn = request.query_params.get("execution", "")
        record = self._journal.executions.find(arn)
        if record is None:
            return PlainTextResponse(f"execution: got {arn!r}, wanted the ARN of an execution", 404)
        known = request.headers.get("last-event-id") or request.query_params.get("after") or "0"
        if not (known.isascii() and known.isdecimal() and len(known) < 20 and int(known) < _LARGEST_ID):
            return PlainTextResponse(f"Last-Event-ID: got {known!r}, wanted the id of an event", 400)
        if self._streams.is_over(record, int(known)):
            return Response(status_code=204)  # the answer that tells a browser not to connect again
        return StreamingResponse(self._streams.history(arn, int(known)), media_type=_EVENT_STREAM)

    async def changes(self, _request: Request) -> Response:
        return StreamingResponse(self._streams.changes(), media_type=_EVENT_STREAM)


class _Guard:
    """Answers only under names of this machine, and tells the browser what the page may do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                # Files are asked for again and mostly have not changed; what executions hold is kept nowhere.
                headers["Cache-Control"] = "no-cache" if "etag" in headers else "no-store"
            await send(message)

        answer = self._app if is_of_this_machine(f"//{Request(scope).headers.get('host', '')}") else _NOT_OURS
        try:
            await answer(scope, receive, send_guarded)
        except HTTPException as error:
            await PlainTextResponse(error.detail, error.status_code)(scope, receive, send_guarded)


_NOT_OURS: Final = PlainTextResponse(
    "Host: wanted 127.0.0.1, [::1] or localhost, as the console is for this machine", 403
)
