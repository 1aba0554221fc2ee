"""`http:invoke`: calls of HTTPS APIs with the authorisation of an EventBridge connection.

See https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from asl_engine.integrations.port import Failed, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import Caller, NoEndpoint, Refused, SdkClients, Unreachable
from asl_engine.integrations.web_calls import NoAnswer, WebClient, WebRequest, pairs, text_of
from asl_engine.language.values import JSON, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What an EventBridge connection adds to every request; `authorisation` is a header."""

    authorisation: tuple[str, str] | None = None
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, str]


class HttpTasks:
    """The integration `http:invoke`."""

    def __init__(self, web: WebClient, clients: SdkClients) -> None:
        self._web = web
        self._clients = clients

    async def run(self, request: TaskRequest) -> TaskOutcome:
        try:
            return await self._run(request)
        except NoAnswer as problem:
            return _failed("States.Http.Socket", str(problem))
        except (Refused, Unreachable, NoEndpoint) as problem:
            return _failed("States.Runtime", f"The connection could not be read: {problem}")

    async def _run(self, request: TaskRequest) -> TaskOutcome:
        arguments = request.arguments
        assert isinstance(arguments, dict)  # or the task would not have been started
        region, account = request.execution_arn.split(":")[3:5]
        connection = await self._connection(Caller(account, region), _connection_arn(arguments))
        answer = await self._web.call(_web_request(arguments, connection, region))
        if not answer.succeeded:
            return _failed(f"States.Http.StatusCode.{answer.status}", answer.text)
        return Succeeded(answer.shown())

    async def _connection(self, caller: Caller, arn: str) -> Connection:
        name = arn.partition(":connection/")[2].partition("/")[0] or arn
        described = (await self._clients.call("events", caller, "DescribeConnection", {"Name": name})).values
        found = await self._clients.call(
            "secretsmanager", caller, "GetSecretValue", {"SecretId": described["SecretArn"]}
        )
        secret = _object(found.values.get("SecretString"))
        parameters = described.get("AuthParameters", {})
        connection = _invocation(parameters.get("InvocationHttpParameters", {}), secret)
        kind = described.get("AuthorizationType")
        if kind == "OAUTH_CLIENT_CREDENTIALS":
            return replace(connection, authorisation=await self._oauth(parameters.get("OAuthParameters", {}), secret))
        return replace(connection, authorisation=_AUTHORISATIONS[str(kind)](parameters, secret))

    async def _oauth(self, parameters: Mapping[str, JSON], secret: Mapping[str, JSON]) -> tuple[str, str]:
        """RFC 6749, section 4.4."""
        client = {**secret, **_object(secret.get("client_parameters"))}
        form = {
            "grant_type": "client_credentials",
            "client_id": text_of(client.get("client_id") or ""),
            "client_secret": text_of(client.get("client_secret") or ""),
        }
        answer = await self._web.call(
            WebRequest(
                method=text_of(parameters.get("HttpMethod") or "POST"),
                url=text_of(parameters.get("AuthorizationEndpoint") or ""),
                headers=[("Content-Type", "application/x-www-form-urlencoded")],
                body=urlencode(form),
            )
        )
        granted = _object(answer.body())
        if not answer.succeeded or "access_token" not in granted:
            raise NoAnswer(f"The authorization endpoint granted no token: {answer.status} {answer.text}")
        return "Authorization", f"{granted.get('token_type', 'Bearer')} {granted['access_token']}"


def _failed(error: str, cause: str) -> Failed:
    return Failed(Failure(error, cause))


def _object(value: object) -> dict[str, JSON]:
    """An object, or the object whose JSON text this is; an empty one for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    return value if isinstance(value, dict) else {}


# --- the connection --------------------------------------------------------------------------------------------


def _basic(parameters: Mapping[str, JSON], secret: Mapping[str, JSON]) -> tuple[str, str]:
    user = text_of(_object(parameters.get("BasicAuthParameters")).get("Username") or "")
    password = text_of(secret.get("password") or "")
    return "Authorization", f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _api_key(parameters: Mapping[str, JSON], secret: Mapping[str, JSON]) -> tuple[str, str]:
    name = text_of(_object(parameters.get("ApiKeyAuthParameters")).get("ApiKeyName") or "")
    return name, text_of(secret.get("api_key_value") or "")


_AUTHORISATIONS: Final[Mapping[str, Callable[[Mapping[str, JSON], Mapping[str, JSON]], tuple[str, str]]]] = {
    "BASIC": _basic,
    "API_KEY": _api_key,
}


def _invocation(described: Mapping[str, JSON], secret: Mapping[str, JSON]) -> Connection:
    """Values that are secret are only in the secret."""
    hidden = _object(secret.get("invocation_http_parameters"))

    def of(name: str, secret_name: str) -> dict[str, str]:
        shown = described.get(name) or []
        return dict([*_keyed(shown, "Key", "Value"), *_keyed(hidden.get(secret_name) or [], "key", "value")])

    return Connection(
        headers=of("HeaderParameters", "header_parameters"),
        query=of("QueryStringParameters", "query_string_parameters"),
        body=of("BodyParameters", "body_parameters"),
    )


def _keyed(entries: JSON, key: str, value: str) -> Iterator[tuple[str, str]]:
    for entry in entries if isinstance(entries, list) else []:
        match entry:
            case dict() if key in entry and value in entry:
                yield text_of(entry[key]), text_of(entry[value])


# --- the request -----------------------------------------------------------------------------------------------


def _connection_arn(arguments: Mapping[str, JSON]) -> str:
    for place in ("InvocationConfig", "Authentication"):
        match arguments.get(place):
            case {"ConnectionArn": str(arn)}:
                return arn
    return ""


def _web_request(arguments: Mapping[str, JSON], connection: Connection, region: str) -> WebRequest:
    """The connection's own parameters win over those of the state."""
    headers = {
        "User-Agent": f"Amazon|StepFunctions|HttpInvoke|{region}",
        "Range": "bytes=0-262144",
        "Content-Type": "application/json",
    }
    headers |= {name.title(): value for name, value in pairs(_object(arguments.get("Headers")))}
    headers |= {name.title(): value for name, value in connection.headers.items()}
    if connection.authorisation is not None:
        name, value = connection.authorisation
        headers[name.title()] = value
    transform = _object(arguments.get("Transform"))
    encoded = transform.get("RequestBodyEncoding") == "URL_ENCODED"
    if encoded:
        headers["Content-Type"] = "application/x-www-form-urlencoded;charset=UTF-8"
    body = arguments.get("RequestBody")
    if connection.body:
        body = {**_object(body), **connection.body}
    return WebRequest(
        method=text_of(arguments["Method"]),
        url=text_of(arguments["ApiEndpoint"]),
        headers=list(headers.items()),
        query=[*pairs(_object(arguments.get("QueryParameters"))), *connection.query.items()],
        body=_body(body, transform if encoded else None),
    )


def _body(body: JSON, transform: Mapping[str, JSON] | None) -> str | None:
    if body is None:
        return None
    if transform is None or not isinstance(body, dict):
        return text_of(body)
    style = text_of(_object(transform.get("RequestEncodingOptions")).get("ArrayFormat") or "INDICES")
    return urlencode([pair for name, value in body.items() for pair in _form_fields(name, value, style)])


def _form_fields(name: str, value: JSON, style: str) -> Iterator[tuple[str, str]]:
    """Nested values as `a[b]`, lists in one of AWS's five ways."""
    match value:
        case dict():
            for key, item in value.items():
                yield from _form_fields(f"{name}[{key}]", item, style)
        case list() if style == "COMMAS":
            yield name, ",".join(text_of(item) for item in value)
        case list():
            for index, item in enumerate(value):
                suffix = {"INDICES": f"[{index}]", "BRACKETS": "[]"}.get(style, "")
                yield from _form_fields(f"{name}{suffix}", item, style)
        case _:
            yield name, text_of(value)
