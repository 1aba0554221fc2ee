"""Tasks that call web APIs: `http:invoke` and `apigateway:invoke`, against a server that shows what it got."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from asl_engine.integrations.api_gateway import ApiGateway
from asl_engine.integrations.http_tasks import HttpTasks
from asl_engine.integrations.port import Failed, Submitted, Succeeded, TaskOutcome, TaskRequest
from asl_engine.integrations.sdk_clients import SdkClients
from asl_engine.integrations.web_calls import WebClient
from asl_engine.language.values import JSON


class Echo(BaseHTTPRequestHandler):
    """Answers with the request, or at /status/N with that status and a text; grants tokens at /token."""

    def answer(self) -> None:
        text = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        status, shown = 200, json.dumps({"path": self.path, "headers": self.shown_headers(), "body": text})
        if self.path.startswith("/status/"):
            status, shown = int(self.path.rpartition("/")[2]), "plain"
        elif self.path == "/token":
            shown = json.dumps({"access_token": text, "token_type": "Bearer"})
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(shown)))
        self.end_headers()
        self.wfile.write(shown.encode())

    def shown_headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.headers.items()}

    do_GET = do_POST = do_PUT = answer  # noqa: N815 - the library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's signature
        pass


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def run(work: Callable[[WebClient], Awaitable[TaskOutcome]]) -> TaskOutcome:
    async def whole() -> TaskOutcome:
        web = WebClient()
        try:
            return await work(web)
        finally:
            await web.close()

    return asyncio.run(whole())


def shown(outcome: TaskOutcome) -> Any:
    """What the server got."""
    assert isinstance(outcome, Succeeded | Submitted), outcome
    answer: Any = outcome.output
    return answer["ResponseBody"]


# --- http:invoke ---


@pytest.fixture
def invoke(clients: SdkClients, request_of: Callable[..., TaskRequest]) -> Callable[..., TaskOutcome]:
    def of(arguments: JSON) -> TaskOutcome:
        return run(lambda web: HttpTasks(web, clients).run(request_of("http:invoke", arguments)))

    return of


@pytest.fixture(scope="module")
def connect(aws: Callable[[str], Any], api: str) -> Callable[..., str]:
    """Make an EventBridge connection and return its ARN."""
    made = 0

    def of(kind: str, **parameters: Any) -> str:
        nonlocal made
        made += 1
        events = aws("events")
        arn = events.create_connection(Name=f"c{made}", AuthorizationType=kind, AuthParameters=parameters)
        return str(arn["ConnectionArn"])

    return of


@pytest.fixture(scope="module")
def basic(connect: Callable[..., str]) -> str:
    return connect("BASIC", BasicAuthParameters={"Username": "user", "Password": "word"})


def test_a_call_has_the_connections_authorisation_and_aws_headers(
    api: str, basic: str, invoke: Callable[..., TaskOutcome]
) -> None:
    outcome = invoke(
        {
            "ApiEndpoint": f"{api}/things",
            "Method": "POST",
            "InvocationConfig": {"ConnectionArn": basic},
            "Headers": {"x-one": "1"},
            "QueryParameters": {"q": ["a", "b"]},
            "RequestBody": {"n": [1, None]},
        }
    )
    got = shown(outcome)
    assert got["path"] == "/things?q=a&q=b"
    assert got["body"] == '{"n":[1,null]}'
    assert got["headers"]["authorization"] == f"Basic {base64.b64encode(b'user:word').decode()}"
    assert got["headers"]["user-agent"] == "Amazon|StepFunctions|HttpInvoke|eu-west-1"
    assert got["headers"]["range"] == "bytes=0-262144"
    assert got["headers"]["content-type"] == "application/json"
    assert got["headers"]["x-one"] == "1"


def test_the_result_shows_the_whole_answer(api: str, basic: str, invoke: Callable[..., TaskOutcome]) -> None:
    outcome = invoke({"ApiEndpoint": api, "Method": "GET", "Authentication": {"ConnectionArn": basic}})
    assert isinstance(outcome, Succeeded)
    assert isinstance(outcome.output, dict)
    assert outcome.output["StatusCode"] == 200
    assert outcome.output["StatusText"] == "OK"
    headers = outcome.output["Headers"]
    assert isinstance(headers, dict)
    assert headers["content-type"] == ["application/json"]


def test_a_connection_may_add_parameters_and_a_key(
    api: str, connect: Callable[..., str], invoke: Callable[..., TaskOutcome]
) -> None:
    arn = connect(
        "API_KEY",
        ApiKeyAuthParameters={"ApiKeyName": "x-key", "ApiKeyValue": "secret"},
        InvocationHttpParameters={
            "HeaderParameters": [{"Key": "x-two", "Value": "2", "IsValueSecret": False}],
            "QueryStringParameters": [{"Key": "k", "Value": "v", "IsValueSecret": False}],
            "BodyParameters": [{"Key": "b", "Value": "w", "IsValueSecret": False}],
        },
    )
    got = shown(
        invoke(
            {
                "ApiEndpoint": api,
                "Method": "PUT",
                "Authentication": {"ConnectionArn": arn},
                "RequestBody": {"a": 1},
            }
        )
    )
    assert got["headers"]["x-key"] == "secret"
    assert got["headers"]["x-two"] == "2"
    assert got["path"] == "/?k=v"
    assert json.loads(got["body"]) == {"a": 1, "b": "w"}


def test_a_connection_may_ask_for_a_token(
    api: str, connect: Callable[..., str], invoke: Callable[..., TaskOutcome]
) -> None:
    oauth = {
        "ClientParameters": {"ClientID": "me", "ClientSecret": "word"},
        "AuthorizationEndpoint": f"{api}/token",
        "HttpMethod": "POST",
    }
    arn = connect("OAUTH_CLIENT_CREDENTIALS", OAuthParameters=oauth)
    got = shown(invoke({"ApiEndpoint": api, "Method": "GET", "Authentication": {"ConnectionArn": arn}}))
    granted = "grant_type=client_credentials&client_id=me&client_secret=word"
    assert got["headers"]["authorization"] == f"Bearer {granted}"


def test_a_token_that_is_not_granted_fails_the_task(
    api: str, connect: Callable[..., str], invoke: Callable[..., TaskOutcome]
) -> None:
    oauth = {
        "ClientParameters": {"ClientID": "me", "ClientSecret": "word"},
        "AuthorizationEndpoint": f"{api}/status/403",
        "HttpMethod": "POST",
    }
    arn = connect("OAUTH_CLIENT_CREDENTIALS", OAuthParameters=oauth)
    outcome = invoke({"ApiEndpoint": api, "Method": "GET", "Authentication": {"ConnectionArn": arn}})
    assert isinstance(outcome, Failed)
    assert "granted no token: 403 plain" in str(outcome.failure.cause)


@pytest.mark.parametrize(
    ("style", "form"),
    [
        ("INDICES", "a[0]=1&a[1]=2"),
        ("REPEAT", "a=1&a=2"),
        ("BRACKETS", "a[]=1&a[]=2"),
        ("COMMAS", "a=1,2"),
        ("NONE", "a=1&a=2"),
    ],
)
def test_a_body_may_be_a_form(api: str, basic: str, invoke: Callable[..., TaskOutcome], style: str, form: str) -> None:
    got = shown(
        invoke(
            {
                "ApiEndpoint": api,
                "Method": "POST",
                "Authentication": {"ConnectionArn": basic},
                "RequestBody": {"a": ["1", "2"], "b": {"c": True}},
                "Transform": {
                    "RequestBodyEncoding": "URL_ENCODED",
                    "RequestEncodingOptions": {"ArrayFormat": style},
                },
            }
        )
    )
    encoded = form.replace("[", "%5B").replace("]", "%5D").replace(",", "%2C")
    assert got["body"] == f"{encoded}&b%5Bc%5D=true"
    assert got["headers"]["content-type"] == "application/x-www-form-urlencoded;charset=UTF-8"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_another_status_than_success_fails_the_task(
    api: str, basic: str, invoke: Callable[..., TaskOutcome], status: int
) -> None:
    arguments = {"ApiEndpoint": f"{api}/status/{status}", "Method": "GET", "Authentication": {"ConnectionArn": basic}}
    outcome = invoke(arguments)
    assert isinstance(outcome, Failed)
    assert (outcome.failure.error, outcome.failure.cause) == (f"States.Http.StatusCode.{status}", "plain")


def test_nobody_there_is_an_error_of_the_socket(basic: str, invoke: Callable[..., TaskOutcome]) -> None:
    arguments = {"ApiEndpoint": "http://127.0.0.1:9", "Method": "GET", "Authentication": {"ConnectionArn": basic}}
    outcome = invoke(arguments)
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "States.Http.Socket"


def test_a_connection_that_is_not_there_fails_the_task(api: str, invoke: Callable[..., TaskOutcome]) -> None:
    outcome = invoke({"ApiEndpoint": api, "Method": "GET", "Authentication": {"ConnectionArn": "none"}})
    assert isinstance(outcome, Failed)
    assert str(outcome.failure.cause).startswith("The connection could not be read: ResourceNotFoundException")


def test_without_a_connection_there_is_no_request(api: str, invoke: Callable[..., TaskOutcome]) -> None:
    outcome = invoke({"ApiEndpoint": api, "Method": "GET", "Authentication": {}})
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == "States.Runtime"


# --- apigateway:invoke ---


@pytest.fixture
def gateway(api: str, request_of: Callable[..., TaskRequest]) -> Callable[..., TaskOutcome]:
    def of(arguments: JSON, resource: str = "apigateway:invoke", endpoint: str | None = api) -> TaskOutcome:
        return run(lambda web: ApiGateway(web, endpoint).run(request_of(resource, arguments)))

    return of


HOST = "abc.execute-api.eu-west-1.amazonaws.com"


def test_an_api_is_called_at_the_endpoint_by_its_own_name(gateway: Callable[..., TaskOutcome]) -> None:
    arguments = {
        "ApiEndpoint": HOST,
        "Method": "POST",
        "Stage": "live",
        "Path": "/things/1",
        "Headers": {"x-many": ["1", "2"]},
        "QueryParameters": {"q": ["a"]},
        "RequestBody": {"a": 1, "b": None},
    }
    got = shown(gateway(arguments))
    assert got["path"] == "/live/things/1?q=a"
    assert got["headers"]["host"] == HOST
    assert got["headers"]["x-many"] in ("2", "1, 2")
    assert got["body"] == '{"a":1}'
    assert shown(gateway({**arguments, "AllowNullValues": True}))["body"] == '{"a":1,"b":null}'


@pytest.mark.parametrize(("body", "sent"), [(None, "{}"), ("", '""'), ("text", '"text"'), ([None, 1], "[null,1]")])
def test_a_body_is_always_json(gateway: Callable[..., TaskOutcome], body: JSON, sent: str) -> None:
    assert shown(gateway({"ApiEndpoint": HOST, "Method": "POST", "RequestBody": body}))["body"] == sent


def test_an_api_that_names_its_scheme_is_called_as_it_is(api: str, gateway: Callable[..., TaskOutcome]) -> None:
    got = shown(gateway({"ApiEndpoint": api, "Method": "GET"}, endpoint=None))
    assert (got["path"], got["body"]) == ("/", "")


def test_a_gateway_task_may_wait_for_its_token(gateway: Callable[..., TaskOutcome]) -> None:
    arguments = {"ApiEndpoint": HOST, "Method": "GET"}
    assert isinstance(gateway(arguments, "apigateway:invoke.waitForTaskToken"), Submitted)


@pytest.mark.parametrize(
    ("arguments", "endpoint", "error"),
    [
        ({"ApiEndpoint": HOST, "Method": "GET", "Path": "status/418"}, None, "States.Runtime"),
        ({"ApiEndpoint": "http://127.0.0.1:9", "Method": "GET"}, None, "ApiGateway.SdkClientException"),
    ],
)
def test_what_goes_wrong_at_a_gateway_fails_the_task(
    gateway: Callable[..., TaskOutcome], arguments: JSON, endpoint: str | None, error: str
) -> None:
    outcome = gateway(arguments, endpoint=endpoint)
    assert isinstance(outcome, Failed)
    assert outcome.failure.error == error


def test_an_api_that_refuses_fails_the_task_with_its_status(api: str, gateway: Callable[..., TaskOutcome]) -> None:
    outcome = gateway({"ApiEndpoint": HOST, "Method": "GET", "Path": "status/418"})
    assert isinstance(outcome, Failed)
    assert (outcome.failure.error, outcome.failure.cause) == ("ApiGateway.418", "plain")
