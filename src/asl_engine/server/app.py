"""The Starlette application: every action is a POST to `/`, told apart by the X-Amz-Target header."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import Final
from uuid import uuid4

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from asl_engine.journal.sqlite import JournalReadOnly
from asl_engine.runtime.errors import ReadOnly
from asl_engine.server import wire
from asl_engine.server.actions import ACTIONS
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError
from asl_engine.server.listening import is_of_this_machine
from asl_engine.server.model import Operation, load_operations
from asl_engine.server.wire import Answer

_log = logging.getLogger(__name__)
_FOREIGN_PAGE: Final = ApiError("AccessDeniedException", "Web pages from elsewhere may not call the engine.")
_ELSEWHERE: Final = ApiError("UnknownOperationException", "Every request of this API is a POST to /")
_READ_ONLY: Final = ApiError("AccessDeniedException", "The engine only looks at its journal; it changes nothing.")
_TOO_LARGE: Final = ApiError("SerializationException", "the body is larger than any request of this API")
_LARGEST_BODY: Final = 8 * 1024 * 1024
"""A definition of 1 MiB, most of it escaped, beside an input of 256 KiB."""
_OUR_MISTAKE: Final = ApiError("InternalFailure", "The engine made a mistake; its log says more.")


def make_app(backend: Backend, default_caller: Caller, pages: Sequence[BaseRoute] = ()) -> Starlette:
    """`pages` are what is served to browsers on the same port."""
    dispatcher = _Dispatcher(backend, default_caller, load_operations())
    return Starlette(
        routes=[Route("/", dispatcher.answer, methods=["POST"]), *pages],
        exception_handlers=dict.fromkeys((404, 405), _refuse_elsewhere),
    )


def _refuse_elsewhere(_request: Request, error: Exception) -> Response:
    """Every request of the API is a POST to `/`."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return Response(wire.render_error(_ELSEWHERE), status, {"Content-Type": wire.CONTENT_TYPE})


class _Dispatcher:
    def __init__(self, backend: Backend, default_caller: Caller, operations: Mapping[str, Operation]) -> None:
        self._backend = backend
        self._default_caller = default_caller
        self._operations = operations

    async def answer(self, request: Request) -> Response:
        name = wire.operation_name(request.headers.get("x-amz-target", ""))
        try:
            status, content = 200, await self._perform(name, request)
        except ApiError as error:
            status, content = 400, wire.render_error(error)
        except (ReadOnly, JournalReadOnly):
            status, content = 400, wire.render_error(_READ_ONLY)
        except Exception:  # noqa: BLE001 - the dispatcher is the edge where every mistake becomes an answer
            _log.exception("request failed", extra={"operation": name})
            status, content = 500, wire.render_error(_OUR_MISTAKE)
        headers = {"Content-Type": wire.CONTENT_TYPE, "x-amzn-RequestId": str(uuid4())}
        return Response(content, status, headers)

    async def _perform(self, name: str, request: Request) -> bytes:
        if _is_foreign(request.headers.get("origin")):
            raise _FOREIGN_PAGE
        action, operation = ACTIONS.get(name), self._operations.get(name)
        if action is None or operation is None:
            raise ApiError("UnknownOperationException", f"{name or 'No X-Amz-Target'} is not supported")
        caller = wire.caller(request.headers.get("authorization", ""), self._default_caller)
        parsed = wire.read_request(await _body(request), operation, action.request_type)
        answer = action.perform(self._backend, caller, parsed)
        return wire.render(await (_while_connected(request, answer) if action.waits else answer), operation.output)


async def _body(request: Request) -> bytes:
    """What comes behind the largest request is read and thrown away, so that the sender comes to hear of it."""
    body, is_too_large = bytearray(), False
    async for chunk in request.stream():
        is_too_large = is_too_large or len(body) + len(chunk) > _LARGEST_BODY
        if not is_too_large:
            body += chunk
    if is_too_large:
        raise _TOO_LARGE
    return bytes(body)


async def _while_connected(request: Request, answer: Awaitable[Answer]) -> Answer:
    """Gives up what nobody waits for any more."""
    working = asyncio.ensure_future(answer)
    leaving = asyncio.ensure_future(request.receive())  # after the body there is nothing to receive but the end
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else {}
    finally:
        for unfinished in (working, leaving):
            unfinished.cancel()


def _is_foreign(origin: str | None) -> bool:
    """Whether a web page that this machine did not serve sends the request; AWS's clients send no Origin."""
    return origin is not None and not is_of_this_machine(origin)
