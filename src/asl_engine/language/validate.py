"""Validation: every problem of a definition at once, each with AWS's code, text and location."""

from collections.abc import Callable

from asl_engine.language.errors import Diagnostic
from asl_engine.language.rules.checks import Options, ParameterProblems, Place
from asl_engine.language.rules.states import state, state_machine
from asl_engine.language.rules.texts import read_definition


def diagnose(
    text: str,
    *,
    express: bool = False,
    is_known_resource: Callable[[str], bool] = lambda _: True,
    parameter_problems: ParameterProblems = lambda *_: (),
) -> tuple[Diagnostic, ...]:
    """Every problem of a definition, warnings included; empty when it is flawless.

    `express` adds the refusals of Express workflows (no `.sync`, `.waitForTaskToken`, activities). A Task is
    refused whose resource the engine says it does not know, or whose parameters do not fit it.
    """
    options = Options(express=express, is_known_resource=is_known_resource, parameter_problems=parameter_problems)
    fields = read_definition(text)
    if isinstance(fields, Diagnostic):
        return (fields,)
    return tuple(state_machine(fields, Place(options=options)))


def diagnose_state(
    text: str,
    *,
    is_known_resource: Callable[[str], bool] = lambda _: True,
    parameter_problems: ParameterProblems = lambda *_: (),
) -> tuple[Diagnostic, ...]:
    """Every problem of a single state, as TestState is given it; states that it names need not be there."""
    options = Options(is_known_resource=is_known_resource, parameter_problems=parameter_problems)
    fields = read_definition(text)
    if isinstance(fields, Diagnostic):
        return (fields,)
    return tuple(state(fields, Place(options=options)))
