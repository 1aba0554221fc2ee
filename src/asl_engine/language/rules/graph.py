"""The states as a graph: their names are unique, every target of a transition exists, and every state is reachable."""

from collections.abc import Iterator

from asl_engine.language.errors import Diagnostic
from asl_engine.language.rules.checks import Place, Problems
from asl_engine.language.rules.texts import RepeatedKeys
from asl_engine.language.values import JSON

_CODE = "MISSING_TRANSITION_TARGET"


def repeated_names(fields: dict[str, JSON], place: Place) -> Problems:
    """Names of states, and labels of Maps, are unique in the whole state machine, inner ones included."""
    seen: set[tuple[str, str]] = set()
    for kind, name, at in _names(fields, place):
        if (kind, name) in seen:
            code, message = f"DUPLICATE_{kind.upper()}_NAME", f"Duplicate {kind} name: {name}"
            yield Diagnostic(code=code, message=message, location=at.location)
        seen.add((kind, name))


def _names(fields: dict[str, JSON], place: Place) -> Iterator[tuple[str, str, Place]]:
    states = fields.get("States")
    if not isinstance(states, dict):
        return
    repeated = states.repeated if isinstance(states, RepeatedKeys) else ()
    for name, state in states.items():
        at = place.at("States").at(name)
        yield from [("State", name, at)] * (2 if name in repeated else 1)
        match state:
            case {"Label": str(label)}:
                yield "Label", label, at.at("Label")
        for inner, inside in _inner_machines(state, at):
            yield from _names(inner, inside)


def _inner_machines(state: JSON, place: Place) -> Iterator[tuple[dict[str, JSON], Place]]:
    fields = state if isinstance(state, dict) else {}
    branches = fields.get("Branches")
    for index, branch in enumerate(branches if isinstance(branches, list) else ()):
        if isinstance(branch, dict):
            yield branch, place.at("Branches").item(index)
    for name in ("ItemProcessor", "Iterator"):
        processor = fields.get(name)
        if isinstance(processor, dict):
            yield processor, place.at(name)


def missing_targets(states: dict[str, JSON], place: Place) -> Problems:
    """Transitions to states that are not there; `place` is that of `States`."""
    for name, state in states.items():
        for target, at in _transitions(state, place.at(name)):
            if target not in states:
                yield Diagnostic(code=_CODE, message=f"Missing 'Next' target: {target}", location=at.location)


def missing_end(states: dict[str, JSON]) -> Problems:
    """AWS asks for a terminal state at the top level only, and says no place."""
    if states and not any(_is_terminal(state) for state in states.values()):
        yield Diagnostic(code="MISSING_END_STATE", message="Workflow has no terminal state")


def unreachable(start_at: str, states: dict[str, JSON], place: Place) -> Problems:
    """States that no way leads to from the start; `place` is that of the object around `States`."""
    if start_at not in states:
        location = place.at("StartAt").location
        yield Diagnostic(code=_CODE, message=f"Missing 'Next' target: {start_at}", location=location)
    reached: set[str] = set()
    pending = [start_at]
    while pending:
        name = pending.pop()
        if name in states and name not in reached:
            reached.add(name)
            pending.extend(target for target, _ in _transitions(states[name], place))
    for name in states:
        if name not in reached:
            location = place.at("States").at(name).location
            yield Diagnostic(code=_CODE, message=f'State "{name}" is not reachable.', location=location)


def _transitions(state: JSON, place: Place) -> Iterator[tuple[str, Place]]:
    if not isinstance(state, dict):
        return
    for name in ("Next", "Default"):
        target = state.get(name)
        if isinstance(target, str):
            yield target, place.at(name)
    for name in ("Choices", "Catch"):
        rules = state.get(name)
        for index, rule in enumerate(rules if isinstance(rules, list) else ()):
            target = rule.get("Next") if isinstance(rule, dict) else None
            if isinstance(target, str):
                yield target, place.at(name).item(index).at("Next")


def _is_terminal(state: JSON) -> bool:
    return isinstance(state, dict) and (state.get("End") is True or state.get("Type") in ("Succeed", "Fail"))
