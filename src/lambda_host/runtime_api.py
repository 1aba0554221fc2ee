"""AWS's Lambda Runtime API for one process: it polls for an invocation, then posts the result or the error.

Each process has its own port, so the port says who is asking.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from lambda_host import faults
from lambda_host.functions import Invocation, Outcome
from lambda_host.http_server import HttpServer, Request, Response

LARGEST_RESULT_BYTES: Final = 6 * 1024 * 1024 + 100
_ROUTE: Final = re.compile(r"/2018-06-01/runtime/(?:invocation/(?P<id>[^/]+)/(?P<what>\w+)|(?P<fixed>[\w/]+))")
_ACCEPTED: Final = Response(202, b'{"status":"OK"}', {"Content-Type": "application/json"})


class RuntimeApi:
    """`initialised` is None once the process polls, or the outcome its initialisation failed with."""

    def __init__(self) -> None:
        self._server = HttpServer(self._answer)
        self._offered: asyncio.Queue[Response] = asyncio.Queue()
        self._awaited: dict[str, asyncio.Future[Outcome]] = {}
        self.initialised: asyncio.Future[Outcome | None] = asyncio.get_running_loop().create_future()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.port}"

    async def listen(self) -> None:
        await self._server.listen(0)

    async def close(self) -> None:
        await self._server.close()

    def offer(self, invocation: Invocation, timeout_seconds: float) -> asyncio.Future[Outcome]:
        """Hand the invocation to the process's next poll; the future holds what it posts."""
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._awaited = {invocation.request_id: outcome}
        self._offered.put_nowait(_event(invocation, timeout_seconds))
        return outcome

    async def _answer(self, request: Request) -> Response:
        route = _ROUTE.fullmatch(request.path)
        if route is None:
            return _refused(404, "NotFound", request.path)
        if route["id"] is None:
            return await self._answer_fixed(route["fixed"], request)
        take = _POSTS.get(route["what"])
        awaited = self._awaited.get(route["id"])
        if take is None or awaited is None or awaited.done():
            return _refused(400, "InvalidRequestID", route["id"])
        awaited.set_result(take(request))
        return _ACCEPTED

    async def _answer_fixed(self, what: str, request: Request) -> Response:
        answer = _FIXED.get((request.method, what))
        return _refused(404, "NotFound", what) if answer is None else await answer(self, request)

    async def next_invocation(self, _request: Request) -> Response:
        self._set_initialised(None)
        return await self._offered.get()

    async def initialisation_failed(self, request: Request) -> Response:
        self._set_initialised(_error(request))
        return _ACCEPTED

    def _set_initialised(self, outcome: Outcome | None) -> None:
        if not self.initialised.done():
            self.initialised.set_result(outcome)


_FIXED: Final[Mapping[tuple[str, str], Callable[[RuntimeApi, Request], Awaitable[Response]]]] = {
    ("GET", "invocation/next"): RuntimeApi.next_invocation,
    ("POST", "init/error"): RuntimeApi.initialisation_failed,
}


def _result(request: Request) -> Outcome:
    # AWS also answers 413 here, at which its Python runtime exits; accepting keeps the process warm.
    if len(request.body) > LARGEST_RESULT_BYTES:
        return faults.result_too_large(LARGEST_RESULT_BYTES)
    return Outcome(payload=request.body)


def _error(request: Request) -> Outcome:
    error_type = request.headers.get("lambda-runtime-function-error-type")
    return Outcome(payload=request.body, failed=True, error_type=error_type)


_POSTS: Final[Mapping[str, Callable[[Request], Outcome]]] = {"response": _result, "error": _error}


def _event(invocation: Invocation, timeout_seconds: float) -> Response:
    headers = {
        "Content-Type": "application/json",
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Invoked-Function-Arn": invocation.function_arn,
        "Lambda-Runtime-Deadline-Ms": str(int((time.time() + timeout_seconds) * 1000)),
    }
    if invocation.trace_id is not None:
        headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = invocation.client_context
    return Response(200, invocation.payload, headers)


def _refused(status: int, error_type: str, what: str) -> Response:
    body = json.dumps({"errorType": error_type, "errorMessage": f"{error_type}: {what}"}).encode()
    return Response(status, body, {"Content-Type": "application/json"})
