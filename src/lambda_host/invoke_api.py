"""AWS Lambda's Invoke API, as boto3, the AWS CLI and Step Functions engines call it.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import asyncio
import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from typing import Final
from uuid import uuid4

from lambda_host.functions import FunctionReference, Invocation, Outcome, parse_reference
from lambda_host.http_server import Request, Response
from lambda_host.invocation_log import tail
from lambda_host.options import HostOptions
from lambda_host.sandboxes import Sandboxes

_INVOCATIONS: Final = re.compile(r"/2015-03-31/functions/(?P<function>[^/]+)/invocations/?")
_LARGEST_PAYLOAD_BYTES: Final = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024, "DryRun": 6 * 1024 * 1024}
_CREDENTIAL_ACCOUNT: Final = re.compile(r"Credential=(\d{12})/")


class Refused(Exception):
    """A request Lambda does not carry out, with its error code and HTTP status."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class InvokeApi:
    """Answers requests out of one table of functions."""

    def __init__(self, functions: Mapping[str, Sandboxes], options: HostOptions) -> None:
        self._functions = functions
        self._options = options
        self._events: set[asyncio.Task[Outcome]] = set()

    async def answer(self, request: Request) -> Response:
        request_id = str(uuid4())
        try:
            response = await self._invoke(request, request_id)
        except Refused as refused:
            response = _refusal(refused)
        return Response(response.status, response.body, {**_answer_headers(request, request_id), **response.headers})

    async def close(self) -> None:
        for event in self._events:
            event.cancel()
        await asyncio.gather(*self._events, return_exceptions=True)

    async def _invoke(self, request: Request, request_id: str) -> Response:
        if "origin" in request.headers:
            raise Refused(403, "AccessDeniedException", "web pages may not call functions")
        route = _INVOCATIONS.fullmatch(request.path)
        if route is None or request.method != "POST":
            raise Refused(404, "UnknownOperationException", f"{request.method} {request.path} is not served here")
        sandboxes = self._find(route["function"], request)
        invocation_type = _invocation_type(request)
        invocation = self._invocation(request, request_id, sandboxes, invocation_type)
        if invocation_type == "DryRun":
            return Response(204)
        if invocation_type == "Event":
            self._run_later(sandboxes, invocation)
            return Response(202)
        return _response(request, await sandboxes.invoke(invocation), lambda: tail(sandboxes.log_path(request_id)))

    def _find(self, text: str, request: Request) -> Sandboxes:
        reference = parse_reference(text)
        if reference is None:
            raise Refused(400, "ValidationException", _unsatisfied("functionName", text))
        qualifier = request.query.get("Qualifier", [reference.qualifier])[0]
        sandboxes = self._functions.get(reference.name)
        if sandboxes is None or qualifier != "$LATEST":
            missing = f"{self._arn(reference, request)}:{qualifier}"
            raise Refused(404, "ResourceNotFoundException", f"Function not found: {missing}")
        return sandboxes

    def _arn(self, reference: FunctionReference, request: Request) -> str:
        signed_by = _CREDENTIAL_ACCOUNT.search(request.headers.get("authorization", ""))
        account = reference.account or (signed_by[1] if signed_by else self._options.account)
        return f"arn:aws:lambda:{reference.region or self._options.region}:{account}:function:{reference.name}"

    def _invocation(self, request: Request, request_id: str, sandboxes: Sandboxes, invocation_type: str) -> Invocation:
        limit = _LARGEST_PAYLOAD_BYTES[invocation_type]
        if len(request.body) > limit:
            size = f"{len(request.body)} byte payload is too large for the {invocation_type} invocation type"
            raise Refused(413, "RequestTooLargeException", f"{size} (limit {limit} bytes)")
        return Invocation(
            request_id=request_id,
            function_arn=self._options.arn(sandboxes.function.name),
            payload=_payload(request.body),
            trace_id=request.headers.get("x-amzn-trace-id"),
            client_context=_client_context(request.headers.get("x-amz-client-context")),
        )

    def _run_later(self, sandboxes: Sandboxes, invocation: Invocation) -> None:
        event = asyncio.create_task(sandboxes.invoke(invocation))
        self._events.add(event)
        event.add_done_callback(self._events.discard)


def _answer_headers(request: Request, request_id: str) -> dict[str, str]:
    headers = {
        "Date": formatdate(usegmt=True),
        "Content-Type": "application/json",
        "x-amzn-RequestId": request_id,
    }
    trace_id = request.headers.get("x-amzn-trace-id")
    return headers if trace_id is None else {**headers, "X-Amzn-Trace-Id": trace_id}


def _response(request: Request, outcome: Outcome, log: Callable[[], bytes]) -> Response:
    headers = {"X-Amz-Executed-Version": "$LATEST"}
    if outcome.failed:
        headers["X-Amz-Function-Error"] = "Unhandled"
    if request.headers.get("x-amz-log-type") == "Tail":
        headers["X-Amz-Log-Result"] = base64.b64encode(log()).decode()
    return Response(200, outcome.payload, headers)


def _invocation_type(request: Request) -> str:
    invocation_type = request.headers.get("x-amz-invocation-type", "RequestResponse")
    if invocation_type not in _LARGEST_PAYLOAD_BYTES:
        raise Refused(400, "ValidationException", _unsatisfied("invocationType", invocation_type))
    return invocation_type


def _payload(body: bytes) -> bytes:
    if not body:
        return b"{}"
    try:
        json.loads(body)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise Refused(400, "InvalidRequestContentException", message) from error
    return body


def _client_context(encoded: str | None) -> str | None:
    if encoded is None:
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        message = "Client context must be a valid Base64-encoded JSON object."
        raise Refused(400, "InvalidRequestContentException", message) from error


def _unsatisfied(member: str, value: str) -> str:
    return f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint"


def _refusal(refused: Refused) -> Response:
    body = json.dumps({"Type": "User", "Message": str(refused)}).encode()
    return Response(refused.status, body, {"x-amzn-ErrorType": refused.code})
