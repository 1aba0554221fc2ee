"""Requests made at random from the model: whatever comes in, an answer of the API goes out, and soon."""

import http.client
import json
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asl_engine.local import Service
from asl_engine.server.model import Shape, load_operations

OPERATIONS = load_operations()
LONGEST_SECONDS = 2.0
COMMON_ERRORS = frozenset({"ValidationException", "SerializationException", "InvalidArn", "AccessDeniedException"})
"""Errors that any operation may answer with."""

ARN = "arn:aws:states:us-east-1:123456789012"
TEXTS = st.sampled_from(
    [
        *("", "a", "é\U0001f600", "\x00", "a" * 300, "{}", "[", "null", "1e999", "{% $x( %}", "$..*", "INITIAL"),
        *(f"{ARN}:{kind}" for kind in ("stateMachine:m", "stateMachine:m:1", "stateMachine:m:a", "execution:m:x")),
        *(f"{ARN}:{kind}" for kind in ("activity:b", "mapRun:m/l:x", "express:m:x:1", "stateMachine:")),
        *("arn:aws:lambda:us-east-1:123456789012:function:f", "arn", "arn:::::", "eyJhIjoxfQ==", "YWZ0ZXI6OQ=="),
        '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        '{"Type": "Pass", "End": true}',
        '{"Type": "Pass", "Parameters": {"a.$": "States.Array($)"}, "End": true}',
    ]
)
ODDITIES: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 10**30, 1.5, -1e300, "text", [], [[]], {}, {"a": {}}, [{"key": None}]]
)
SCALARS = {
    "string": TEXTS,
    "boolean": st.booleans(),
    "integer": st.integers(-1, 1001),
    "long": st.integers(-1, 2**63),
    "float": st.floats(allow_nan=False),
    "double": st.floats(allow_nan=False),
    "timestamp": st.integers(0, 2**31),
}


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Mostly what the model wants, now and then something else."""
    match shape.kind:
        case "structure":
            fitting: st.SearchStrategy[Any] = st.fixed_dictionaries(
                {name: values(member) for name, member in shape.members.items() if name in shape.required},
                optional={name: values(member) for name, member in shape.members.items() if name not in shape.required},
            )
        case "list":
            assert shape.item is not None
            fitting = st.lists(values(shape.item), max_size=3)
        case _ if shape.choices:
            fitting = st.sampled_from(shape.choices)
        case kind:
            fitting = SCALARS[kind]
    return st.one_of(fitting, fitting, fitting, fitting, ODDITIES)


def ask(connection: http.client.HTTPConnection, name: str, request: Any) -> tuple[int, Any]:
    connection.request("POST", "/", json.dumps(request).encode(), {"X-Amz-Target": f"AWSStepFunctions.{name}"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module")
def connection(service: Service) -> Iterator[http.client.HTTPConnection]:
    """Not signed, so that the ARNs above are the caller's own; some of them are there."""
    opened = http.client.HTTPConnection(service.endpoint.removeprefix("http://"), timeout=30)
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})
    machine = {
        "name": "m",
        "definition": definition,
        "roleArn": "arn:aws:iam::111111111111:role/engine",
        "publish": True,
    }
    route = {"stateMachineVersionArn": f"{ARN}:stateMachine:m:1", "weight": 100}
    ask(opened, "CreateStateMachine", machine)
    ask(opened, "CreateStateMachineAlias", {"name": "a", "routingConfiguration": [route]})
    ask(opened, "CreateActivity", {"name": "b"})
    ask(opened, "StartExecution", {"stateMachineArn": f"{ARN}:stateMachine:m", "name": "x"})
    yield opened
    opened.close()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
@settings(
    max_examples=settings().max_examples // 5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_every_request_is_answered_by_the_api(
    connection: http.client.HTTPConnection, name: str, data: st.DataObject
) -> None:
    request = data.draw(values(OPERATIONS[name].input))
    started_at = perf_counter()
    status, answer = ask(connection, name, request)
    assert perf_counter() - started_at < LONGEST_SECONDS
    assert status in (200, 400), answer
    if status == 400:
        assert answer["__type"] in COMMON_ERRORS | OPERATIONS[name].errors
