"""What TestState shows of a state's data flow: the values between its fields, each as soon as it is known.

The names are those of InspectionData; which kind of state shows which was taken from recorded calls. See
https://docs.aws.amazon.com/step-functions/latest/apireference/API_InspectionData.html
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from asl_engine.language import dataflow
from asl_engine.language.definition import Fail, Map, Parallel, Pass, QueryLanguage, State, Task
from asl_engine.language.jsonpath_flow import effective_input, filled, placed
from asl_engine.language.values import ABSENT, JSON, Absent, Scope

Values: TypeAlias = Iterator[tuple[str, JSON]]


def before(state: State, scope: Scope) -> Values:
    """What a state is given, before its work. Raises: StateFailed."""
    match state:
        case Map():
            yield from _limits(state, scope)
        case _ if state.query_language is QueryLanguage.JSONATA:
            if isinstance(state, Task) and not isinstance(state.arguments, Absent):
                yield "after_arguments", dataflow.arguments(state, scope)
        case Parallel() | Fail():
            pass
        case _:
            yield from _input(state, scope)


def items(state: Map, scope: Scope, found: list[JSON]) -> Values:
    """What a Map makes of its items."""
    if state.items_path is not None:
        yield "after_items_path", found
    if not isinstance(state.item_selector, Absent):
        yield "after_item_selector", [_selected(state, scope, index, item) for index, item in enumerate(found)]


def after(state: State, scope: Scope, result: JSON) -> Values:
    """What a state makes of the result of its work. Raises: StateFailed."""
    if isinstance(state, Task):
        yield "result", result
    if isinstance(state, Task | Pass | Parallel | Map) and state.query_language is QueryLanguage.JSONPATH:
        selector = ABSENT if isinstance(state, Pass) else state.result_selector
        selected = filled(selector, scope, result)
        yield "after_result_selector", selected
        yield "after_result_path", placed(state.result_path, scope, selected)


def _input(state: State, scope: Scope) -> Values:
    given = effective_input(state, scope)
    yield "after_input_path", given
    if isinstance(state, Task | Pass):
        yield "after_parameters", filled(state.parameters, scope, given)


def _limits(state: Map, scope: Scope) -> Values:
    yield "max_concurrency", dataflow.max_concurrency(state, scope)
    tolerance = dataflow.tolerance(state, scope)
    if state.tolerated_failure_count is not None or state.tolerated_failure_count_path is not None:
        yield "tolerated_failure_count", tolerance.count
    if state.tolerated_failure_percentage is not None or state.tolerated_failure_percentage_path is not None:
        yield "tolerated_failure_percentage", tolerance.percentage


def _selected(state: Map, scope: Scope, index: int, item: JSON) -> JSON:
    context: dict[str, JSON] = {**scope.context, "Map": {"Item": {"Index": index, "Value": item}}}
    return dataflow.item_input(state, replace(scope, context=context))
