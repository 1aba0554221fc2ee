"""`apigateway:invoke`: calls of an API behind Amazon API Gateway, or behind an emulator of it.

See https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html
"""

import json
from collections.abc import Mapping

from asl_engine.history.resources import Pattern
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.web_calls import NoAnswer, WebClient, WebRequest, pairs, text_of
from asl_engine.language.values import JSON, Failure


class ApiGateway:
    """With an `endpoint` requests go there, with the API's own host in their `Host` header, as emulators want it."""

    def __init__(self, web: WebClient, endpoint: str | None, *, real_aws: bool = False) -> None:
        self._web = web
        self._endpoint = endpoint
        self._real_aws = real_aws

    async def run(self, request: TaskRequest) -> TaskOutcome:
        arguments = request.arguments
        assert isinstance(arguments, dict)  # or the task would not have been started
        place = self._place(text_of(arguments["ApiEndpoint"]))
        if place is None:
            cause = f"{request.resource.arn}: no endpoint is configured; use --services-endpoint URL or --real-aws"
            return Failed(Failure("States.Runtime", cause))
        try:
            answer = await self._web.call(_web_request(arguments, *place))
        except NoAnswer as error:
            return Failed(Failure("ApiGateway.SdkClientException", f"Unable to execute HTTP request: {error}"))
        if not answer.succeeded:
            return Failed(Failure(f"ApiGateway.{answer.status}", answer.text))
        waits = request.resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN
        return Submitted(answer.shown()) if waits else Succeeded(answer.shown())

    def _place(self, api: str) -> tuple[str, str | None] | None:
        """Where to, and with which host; an API that names its scheme is called as it is."""
        if "://" in api:
            return api, None
        if self._endpoint is not None:
            return self._endpoint, api
        return (f"https://{api}", None) if self._real_aws else None


def _web_request(arguments: Mapping[str, JSON], base: str, host: str | None) -> WebRequest:
    steps = (base.rstrip("/"), *(text_of(arguments.get(name) or "").strip("/") for name in ("Stage", "Path")))
    headers = [("Content-Type", "application/json"), *pairs(_values(arguments, "Headers"))]
    return WebRequest(
        method=text_of(arguments["Method"]),
        url="/".join(step for step in steps if step),
        headers=headers if host is None else [("Host", host), *headers],
        query=pairs(_values(arguments, "QueryParameters")),
        body=None if arguments["Method"] in ("GET", "HEAD") else _body(arguments),
    )


def _values(arguments: Mapping[str, JSON], name: str) -> dict[str, JSON]:
    values = arguments.get(name)
    return values if isinstance(values, dict) else {}


def _body(arguments: Mapping[str, JSON]) -> str:
    """Always JSON; nulls stay out of it unless they are allowed."""
    body = arguments.get("RequestBody")
    kept = body if arguments.get("AllowNullValues") else _without_nulls(body)
    return json.dumps({} if kept is None else kept, ensure_ascii=False, separators=(",", ":"))


def _without_nulls(value: JSON) -> JSON:
    match value:
        case dict():
            return {name: _without_nulls(item) for name, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value]
        case _:
            return value
