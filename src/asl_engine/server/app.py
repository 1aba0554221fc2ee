"""The Starlette application: every action is a POST to `/`, told apart by the X-Amz-Target header."""

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asl_engine.server import wire
from asl_engine.server.actions import ACTIONS
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError
from asl_engine.server.model import Operation, load_operations

_log = logging.getLogger(__name__)
_FOREIGN_PAGE: Final = ApiError("AccessDeniedException", "Web pages from elsewhere may not call the engine.")
_LOOPBACK_HOSTS: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_OUR_MISTAKE: Final = ApiError("InternalFailure", "The engine made a mistake; its log says more.")


def make_app(backend: Backend, default_caller: Caller) -> Starlette:
    dispatcher = _Dispatcher(backend, default_caller, load_operations())
    return Starlette(routes=[Route("/", dispatcher.answer, methods=["POST"])])


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
        parsed = wire.read_request(await request.body(), operation, action.request_type)
        return wire.render(await action.perform(self._backend, caller, parsed), operation.output)


def _is_foreign(origin: str | None) -> bool:
    """Whether a web page that this machine did not serve sends the request; AWS's clients send no Origin."""
    return origin is not None and urlsplit(origin).hostname not in _LOOPBACK_HOSTS
