"""What stands before GitHub's operations: it knows tokens, limits the rate, breaks down, and keeps a list of the calls.

None of its own answers are in GitHub's description of the operations, so what holds calls against that description
stands behind it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class Fault:
    """How the next calls of an operation, such as `POST /pulls`, go wrong."""

    operation: str
    status: int
    message: str = "Server Error"
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    done: bool = False
    """Whether the operation is carried out although its answer is lost."""


@dataclass
class Guard:
    """What the edge knows of a repository."""

    token: str = field(repr=False)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    """From GitHub's description."""

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]


def application(guards: Mapping[str, Guard], upstream: httpx.Client) -> Starlette:
    async def answer(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_answer, guards, upstream, request, body)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])])


def _answer(guards: Mapping[str, Guard], upstream: httpx.Client, request: Request, body: bytes) -> Response:
    name, operation = _named(request)
    guard = guards.get(name)
    if guard is None:
        return _forward(upstream, request, body)
    guard.calls.append(operation)
    if request.headers.get("Authorization") != f"token {guard.token}":
        return JSONResponse({"message": "Bad credentials", "status": "401"}, 401)
    fault = next((fault for fault in guard.faults if fault.operation == operation and fault.times), None)
    if fault is None:
        return _noted(guard, operation, _forward(upstream, request, body))
    fault.times -= 1
    if fault.done:
        _noted(guard, operation, _forward(upstream, request, body))
    return JSONResponse({"message": fault.message, "status": str(fault.status)}, fault.status, dict(fault.headers))


def _named(request: Request) -> tuple[str, str]:
    """The repository's name, and the operation with what differs from call to call left out."""
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)(.*)", request.url.path)
    if found is None:
        return "", request.url.path
    path = re.sub(r"/\d+(?=/|$)|/[0-9a-f]{40}$", "/*", found[2])
    return found[1], f"{request.method} {path or '/'}"


def _forward(upstream: httpx.Client, request: Request, body: bytes) -> Response:
    passed = ("accept", "authorization", "content-type", "user-agent", "x-github-api-version")
    headers = {name: value for name, value in request.headers.items() if name in passed}
    query = f"?{request.url.query}" if request.url.query else ""
    path = request.scope["raw_path"].decode() + query
    got = upstream.request(request.method, path, content=body, headers=headers)
    kept = {name: got.headers[name] for name in ("content-type", "sl-violations") if name in got.headers}
    return Response(got.content, got.status_code, kept)


def _noted(guard: Guard, operation: str, response: Response) -> Response:
    text = bytes(response.body).decode()
    said: Any = response.headers.get("sl-violations") or (text if "stoplight.io/prism/errors" in text else None)
    if said:
        guard.deviations.append(f"{operation}: {said}")
    return response
