"""The mocked responses of AWS Step Functions Local: what a task answers in a test case instead of its service.

A test case is chosen by starting `stateMachineArn#TestCase`; states that it does not name call their service. See
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from asl_engine.history.resources import Manner, Pattern, Resource
from asl_engine.integrations.port import (
    Failed,
    Integration,
    Resolve,
    Submitted,
    Succeeded,
    TaskOutcome,
    TaskRequest,
)
from asl_engine.language.values import JSON, Failure

Response: TypeAlias = Succeeded | Failed


class InvalidMockConfiguration(Exception):
    """The file is not what it should be; the text says where."""


@dataclass(frozen=True, slots=True)
class MockedResponse:
    """`responses` from the first call to the last: whom the numbers in the file, `0` or `1-3`, were for."""

    name: str
    responses: Mapping[int, Response]

    def of_call(self, number: int) -> Response:
        if number in self.responses:
            return self.responses[number]
        reason = f"the mocked response '{self.name}' has nothing for call {number} of this state"
        return Failed(Failure("States.Runtime", reason))


@dataclass(frozen=True, slots=True)
class MockConfiguration:
    """Test cases by the state machine's name and their own; in each, states by name."""

    test_cases: Mapping[tuple[str, str], Mapping[str, MockedResponse]]

    def knows(self, state_machine_name: str, test_case: str) -> bool:
        return (state_machine_name, test_case) in self.test_cases

    def find(self, state_machine_name: str, test_case: str, state_name: str) -> MockedResponse | None:
        return self.test_cases.get((state_machine_name, test_case), {}).get(state_name)


def load(path: Path) -> MockConfiguration:
    """Raises: OSError, InvalidMockConfiguration."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InvalidMockConfiguration(f"{path}: no JSON: {error}") from error
    return parse(document)


def parse(document: JSON) -> MockConfiguration:
    """Raises: InvalidMockConfiguration."""
    top = _object(document, "the file")
    mocked = {
        name: MockedResponse(name, _responses(_object(numbered, f"MockedResponses.{name}"), f"MockedResponses.{name}"))
        for name, numbered in _object(top.get("MockedResponses", {}), "MockedResponses").items()
    }
    test_cases: dict[tuple[str, str], Mapping[str, MockedResponse]] = {}
    for machine, described in _object(top.get("StateMachines", {}), "StateMachines").items():
        where = f"StateMachines.{machine}"
        cases = _object(_object(described, where).get("TestCases", {}), f"{where}.TestCases")
        for case, states in cases.items():
            place = f"{where}.TestCases.{case}"
            test_cases[machine, case] = {
                state: _named(response, mocked, f"{place}.{state}")
                for state, response in _object(states, place).items()
            }
    return MockConfiguration(test_cases)


def _object(value: JSON, where: str) -> dict[str, JSON]:
    if not isinstance(value, dict):
        raise InvalidMockConfiguration(f"{where}: got {json.dumps(value)[:60]}, wanted an object")
    return value


def _named(name: JSON, mocked: Mapping[str, MockedResponse], where: str) -> MockedResponse:
    if not isinstance(name, str) or name not in mocked:
        raise InvalidMockConfiguration(f"{where}: got {json.dumps(name)[:60]}, wanted a name of MockedResponses")
    return mocked[name]


def _responses(numbered: Mapping[str, JSON], where: str) -> dict[int, Response]:
    responses: dict[int, Response] = {}
    for numbers, answer in numbered.items():
        response = _response(answer, f"{where}.{numbers}")
        responses.update(dict.fromkeys(_numbers(numbers, where), response))
    return responses


def _numbers(text: str, where: str) -> range:
    """
    >>> list(_numbers("1-3", ""))
    [1, 2, 3]
    """
    first, dash, last = text.partition("-")
    try:
        return range(int(first), int(last if dash else first) + 1)
    except ValueError as error:
        raise InvalidMockConfiguration(f"{where}: got {text!r}, wanted a number or two: 0, 1-3") from error


def _response(answer: JSON, where: str) -> Response:
    match answer:
        case {"Return": result, **others} if not others:
            return Succeeded(result)
        case {"Throw": {"Error": str(error), **details}, **others} if not others:
            cause = details.get("Cause")
            return Failed(Failure(error, None if cause is None else str(cause)))
        case _:
            raise InvalidMockConfiguration(f"{where}: wanted either Return or Throw, which has an Error")


# --- the integration -------------------------------------------------------------------------------------------


class MockedTasks:
    """Stands in front of the real integrations.

    Calls are counted in this process: an engine started anew counts a state's calls from 0 again.
    """

    def __init__(
        self, configuration: MockConfiguration, test_case_of: Callable[[str], str | None], real: Resolve
    ) -> None:
        """`test_case_of` tells the test case that an execution, given by its ARN, was started with."""
        self._configuration = configuration
        self._test_case_of = test_case_of
        self._real = real
        self._calls: dict[tuple[str, str], list[str]] = {}

    def resolve(self, resource: Resource) -> Integration:
        return _MockedTask(self, self._real(resource))

    def response(self, request: TaskRequest) -> Response | None:
        """None when this task is not mocked."""
        test_case = self._test_case_of(request.execution_arn)
        if test_case is None:
            return None
        machine = request.execution_arn.split(":")[6].partition("/")[0]
        mocked = self._configuration.find(machine, test_case, request.state_name)
        return None if mocked is None else mocked.of_call(self._call_number(request))

    def _call_number(self, request: TaskRequest) -> int:
        """The same task asked again is the same call."""
        calls = self._calls.setdefault((request.execution_arn, request.state_name), [])
        if request.task_id not in calls:
            calls.append(request.task_id)
        return calls.index(request.task_id)


@dataclass(frozen=True, slots=True)
class _MockedTask:
    tasks: MockedTasks
    real: Integration

    async def run(self, request: TaskRequest) -> TaskOutcome:
        response = self.tasks.response(request)
        if response is None:
            return await self.real.run(request)
        if request.resource.manner is Manner.LAMBDA_FUNCTION and isinstance(response, Succeeded):
            return Succeeded(_payload(response.output))
        job = request.resource.pattern in (Pattern.SYNC, Pattern.SYNC_2)
        if job and request.submitted is None and isinstance(response, Succeeded):
            return Submitted(response.output)
        return response


def _payload(answer: JSON) -> JSON:
    """One mocked answer of the Invoke API serves both kinds of tasks: of a function's ARN its payload is the result."""
    return answer["Payload"] if isinstance(answer, dict) and "Payload" in answer else answer
