"""Definitions and inputs made to hurt: an error of the API, soon."""

import asyncio
import http.client
import json
from collections.abc import Callable
from time import process_time
from typing import Any

import pytest

from asl_engine.local import Service, ServiceOptions

pytestmark = [
    pytest.mark.usefixtures("untraced"),
    # An interrupt that Python loses is complained about, and comes again.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

LONG_CHAIN = "{% 1" + "+1" * 450_000 + " %}"
"""Nearly the longest a definition may hold: the library reads it for many seconds, also on a fast machine."""


def passing(**fields: Any) -> str:
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, **fields}}})


NUMBERS = {
    "1e400": "'1e400'",
    "9" * 100_000: "Number value length exceeds the maximum allowed",
}


@pytest.mark.parametrize(("number", "complaint"), NUMBERS.items(), ids=["too large", "too long"])
def test_numbers_that_nobody_can_hold_are_refused(
    client: Any, create: Callable[..., str], refusal: Any, number: str, complaint: str
) -> None:
    definition = passing(Result="here").replace('"here"', number)
    code, message = refusal(
        client.create_state_machine,
        name="numbers",
        definition=definition,
        roleArn="arn:aws:iam::111111111111:role/engine",
    )
    assert code == "InvalidDefinition"
    assert complaint in message
    code, message = refusal(client.start_execution, stateMachineArn=create(), input=f'{{"a": [{number}]}}')
    assert code == "InvalidExecutionInput"
    assert complaint.strip("'") in message


@pytest.mark.parametrize(
    "definition",
    [
        passing(QueryLanguage="JSONata", Output="{% " + "(" * 50_000 + "1" + ")" * 50_000 + " %}"),
        passing(InputPath="$[?(" + "(" * 20_000 + "@.a" + ")" * 20_000 + ")]"),
        passing(Parameters={"a.$": "States.Array(" * 20_000 + "1" + ")" * 20_000}),
        passing(Result=0).replace("0", "[" * 100_000 + "]" * 100_000),
    ],
    ids=["JSONata", "JSONPath", "intrinsics", "JSON"],
)
def test_what_is_nested_too_deeply_is_refused(client: Any, refusal: Any, definition: str) -> None:
    code, _ = refusal(
        client.create_state_machine, name="deep", definition=definition, roleArn="arn:aws:iam::111111111111:role/engine"
    )
    assert code == "InvalidDefinition"


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        (
            "CreateStateMachine",
            {
                "name": "x",
                "roleArn": "arn:aws:iam::111111111111:role/engine",
                "definition": passing(QueryLanguage="JSONata", Output=LONG_CHAIN),
            },
        ),
        (
            "TestState",
            {"definition": json.dumps({"Type": "Pass", "QueryLanguage": "JSONata", "End": True, "Output": LONG_CHAIN})},
        ),
    ],
)
def test_a_definition_that_takes_too_long_to_read_is_refused(action: str, request_: dict[str, str]) -> None:
    """On the main thread, as the engine runs."""

    def ask(endpoint: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection(endpoint.removeprefix("http://"), timeout=60)
        connection.request("POST", "/", json.dumps(request_).encode(), {"X-Amz-Target": f"AWSStepFunctions.{action}"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
        connection.close()
        return answer.status, content

    async def scene() -> tuple[int, Any]:
        async with Service(ServiceOptions(port=0)) as service:
            return await asyncio.to_thread(ask, service.endpoint)

    begun = process_time()
    status, answer = asyncio.run(scene())
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert answer["message"] == "The definition takes too long to be read"
    assert process_time() - begun < 4
