"""The Runtime API as a process of any language would call it."""

import asyncio
import http.client
import json
from typing import Any

from lambda_host.functions import Invocation, parse_reference
from lambda_host.runtime_api import RuntimeApi

INVOCATION = Invocation(
    request_id="r-1", function_arn="arn:f", payload=b'{"a": 1}', trace_id="Root=1", client_context='{"c": 1}'
)


async def ask(api: RuntimeApi, method: str, path: str, body: bytes | None = None) -> tuple[int, dict[str, str], bytes]:
    def send() -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(api.address, timeout=10)
        connection.request(method, f"/2018-06-01/runtime/{path}", body)
        answer = connection.getresponse()
        result = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return result

    return await asyncio.to_thread(send)


def with_api(work: Any) -> None:
    async def run() -> None:
        api = RuntimeApi()
        await api.listen()
        await work(api)
        await api.close()

    asyncio.run(run())


def test_a_poll_gets_the_invocation_with_its_headers() -> None:
    async def work(api: RuntimeApi) -> None:
        outcome = api.offer(INVOCATION, 3)
        status, headers, body = await ask(api, "GET", "invocation/next")
        assert (status, body) == (200, b'{"a": 1}')
        assert headers["lambda-runtime-aws-request-id"] == "r-1"
        assert headers["lambda-runtime-invoked-function-arn"] == "arn:f"
        assert headers["lambda-runtime-trace-id"] == "Root=1"
        assert headers["lambda-runtime-client-context"] == '{"c": 1}'
        assert int(headers["lambda-runtime-deadline-ms"]) > 1_700_000_000_000
        assert api.initialised.result() is None
        assert (await ask(api, "POST", "invocation/r-1/response", b'"done"'))[0] == 202
        assert (await outcome).payload == b'"done"'

    with_api(work)


def test_a_second_or_foreign_result_is_refused() -> None:
    async def work(api: RuntimeApi) -> None:
        outcome = api.offer(INVOCATION, 3)
        assert (await ask(api, "POST", "invocation/r-2/response", b"1"))[0] == 400
        assert (await ask(api, "POST", "invocation/r-1/error", b"{}"))[0] == 202
        status, _, body = await ask(api, "POST", "invocation/r-1/response", b"1")
        assert status == 400
        assert json.loads(body)["errorType"] == "InvalidRequestID"
        assert (await outcome).failed

    with_api(work)


def test_what_is_not_part_of_the_api_is_not_found() -> None:
    async def work(api: RuntimeApi) -> None:
        assert (await ask(api, "GET", "init/error"))[0] == 404
        assert (await ask(api, "GET", "-"))[0] == 404
        assert (await ask(api, "POST", "invocation/r-1/other"))[0] == 400

    with_api(work)


def test_only_the_first_word_about_initialisation_counts() -> None:
    async def work(api: RuntimeApi) -> None:
        for body in (b"first", b"second"):
            assert (await ask(api, "POST", "init/error", body))[0] == 202
        outcome = api.initialised.result()
        assert outcome is not None
        assert outcome.payload == b"first"

    with_api(work)


def test_a_reference_that_names_no_function_is_none() -> None:
    assert parse_reference("arn:aws:s3:::bucket") is None
    assert parse_reference("") is None
