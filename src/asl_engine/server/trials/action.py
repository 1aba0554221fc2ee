"""The action TestState."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from asl_engine.history.documents import serialise
from asl_engine.history.resources import parse_resource
from asl_engine.integrations.port import TaskOutcome, TaskRequest
from asl_engine.interpreter.failures import not_started
from asl_engine.language.definition import Map, Parallel, QueryLanguage, State, StateMachine, Task
from asl_engine.language.errors import Diagnostic, InvalidDefinition, Severity
from asl_engine.language.json_problems import problem_of_input, problem_of_json
from asl_engine.language.parse import load, parse_state
from asl_engine.language.validate import diagnose_state
from asl_engine.language.values import JSON, Absent, Entropy, Scope, StateFailed
from asl_engine.server.arns import Caller
from asl_engine.server.backend import Backend
from asl_engine.server.definitions import in_time, invalid_definition
from asl_engine.server.errors import validation_failed
from asl_engine.server.trials.contexts import STATE_NAME, default_context, given_context
from asl_engine.server.trials.mocks import read_mock
from asl_engine.server.trials.requests import TestRequest, check, invalid_input
from asl_engine.server.trials.states import Trial, Verdict, run
from asl_engine.server.wire import Answer

_NUMBERS: Final = frozenset({"max_concurrency", "tolerated_failure_count", "tolerated_failure_percentage"})


async def test_state(backend: Backend, caller: Caller, request: TestRequest) -> Answer:
    with in_time(backend):
        state = _state(backend, request)
    check(request, state)
    mock = read_mock(request, state, backend.find_output_model)
    given = _input(request.input)
    variables = _variables(request.variables)
    context = (
        default_context(backend, caller, state, given, request.role_arn)
        if request.context is None
        else given_context(request.context, state)
    )
    trial = Trial(
        state=state,
        scope=Scope(
            input=given,
            context=context,
            variables=variables,
            entropy=Entropy(backend.new_id()),
            limit=backend.make_limit(),
        ),
        now=backend.now(),
        mock=mock,
        call=_TaskCaller(backend, caller),
        retries_made=int(request.state_configuration.get("retrier_retry_count", 0)),
        item_data=request.state_configuration.get("map_item_reader_data"),
        failed_iterations=int(request.state_configuration.get("map_iteration_failure_count", 0)),
    )
    return _described(request, trial, await run(trial))


class _TaskCaller:
    """Runs the one task of a trial on the service itself."""

    def __init__(self, backend: Backend, caller: Caller) -> None:
        self._backend = backend
        self._caller = caller

    async def __call__(self, state: Task, arguments: JSON) -> TaskOutcome:
        resource = parse_resource(state.resource)
        if problems := self._backend.refuse(resource, arguments):
            raise StateFailed(not_started(serialise(arguments), problems))
        trial_id = self._backend.new_id()
        arn = f"arn:aws:states:{self._caller.region}:{self._caller.account}:express:{STATE_NAME}:{trial_id}"
        request = TaskRequest(
            task_id=arn,
            execution_arn=arn,
            state_name=STATE_NAME,
            resource=resource,
            arguments=arguments,
            token=trial_id,
            attempt=0,
        )
        return await self._backend.resolve(resource).run(request)


# --- the request -----------------------------------------------------------------------------------------------


def _state(backend: Backend, request: TestRequest) -> State:
    """The state the definition is, or the one in it that has the name.

    Raises:
        ApiError: InvalidDefinition, ValidationException
    """
    known, problems = backend.is_known_resource, backend.parameter_problems
    if request.state_name is None:
        _refuse(diagnose_state(request.definition, is_known_resource=known, parameter_problems=problems))
        return parse_state(STATE_NAME, json.loads(request.definition), QueryLanguage.JSONPATH)
    try:
        machine = load(request.definition, is_known_resource=known, parameter_problems=problems)
    except InvalidDefinition as error:
        raise invalid_definition(error) from error
    found = next((state for state in _states(machine) if state.name == request.state_name), None)
    if found is None:
        raise validation_failed(f"State '{request.state_name}' not found in the state machine definition")
    return found


def _refuse(diagnostics: tuple[Diagnostic, ...]) -> None:
    if any(found.severity is Severity.ERROR for found in diagnostics):
        raise invalid_definition(InvalidDefinition(diagnostics))


def _states(machine: StateMachine) -> Iterator[State]:
    """Every state, also those in branches and item processors."""
    for state in machine.states.values():
        yield state
        inner = state.branches if isinstance(state, Parallel) else ()
        if isinstance(state, Map):
            inner = (state.item_processor,)
        for part in inner:
            yield from _states(part)


def _input(text: str) -> JSON:
    problem = problem_of_input(text)
    if problem is not None:
        raise invalid_input(problem)
    value: JSON = json.loads(text)
    return value


def _variables(text: str | None) -> dict[str, JSON]:
    variables = {} if text is None else _json(text, "variables")
    if not isinstance(variables, dict):
        raise validation_failed("The variables must be a JSON object")
    return variables


def _json(text: str, name: str) -> JSON:
    problem = problem_of_json(text)
    if problem is not None:
        raise validation_failed(f"{name} must be valid JSON: {problem}")
    value: JSON = json.loads(text)
    return value


# --- the answer ------------------------------------------------------------------------------------------------


def _described(request: TestRequest, trial: Trial, verdict: Verdict) -> Answer:
    failure = verdict.failure
    return {
        "output": None if isinstance(verdict.output, Absent) else serialise(verdict.output),
        "error": failure.error if failure else None,
        "cause": failure.cause if failure else None,
        "inspection_data": None if request.inspection_level == "INFO" else _inspected(trial, verdict),
        "next_state": verdict.next,
        "status": verdict.status,
    }


def _inspected(trial: Trial, verdict: Verdict) -> Answer:
    variables: Mapping[str, JSON] = {**trial.scope.variables, **verdict.assigned}
    return {
        "input": serialise(trial.scope.input),
        **{name: value if name in _NUMBERS else serialise(value) for name, value in trial.data.items()},
        "variables": serialise(dict(variables)) if variables else None,
        "error_details": verdict.handler,
    }
