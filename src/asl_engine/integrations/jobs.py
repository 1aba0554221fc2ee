"""Jobs that a `.sync` task waits for: what to ask about them, and when they are over."""

from collections.abc import Mapping

from asl_engine.integrations.actions import Job, Place
from asl_engine.integrations.sdk_shapes import Dialect
from asl_engine.integrations.sdk_types import Value
from asl_engine.language.values import JSON


def parameters(job: Job, request: JSON, answer: JSON) -> dict[str, Value]:
    """Of the call that describes the job; what the request left out is left out again."""
    seen = {"request": request, "answer": answer}
    found = {name: find(seen, place.strip("[]")) for name, place in job.parameters.items()}
    return {
        name: [value] if job.parameters[name].startswith("[") else value
        for name, value in found.items()
        if value is not None
    }


def verdict(job: Job, description: Mapping[str, Value]) -> bool | None:
    """Whether the job has succeeded; None while it goes on."""
    status = find(description, job.status)
    if status in job.failed:
        return False
    if status not in job.succeeded:
        return None
    return not job.exit_codes or all(code == 0 for code in _find_all(description, job.exit_codes))


def result(job: Job, answer: JSON, description: JSON, dialect: Dialect) -> JSON:
    """The part of the description, as the state machine sees it, that becomes the task's result."""
    place = ".".join(dialect.name(step) for step in job.result.split("."))
    found = find(description, place) if place else description
    if isinstance(found, dict) and isinstance(answer, dict):
        return {**{name: answer[name] for name in job.kept if name in answer}, **found}
    return found


def find(value: Value, place: Place) -> Value:
    """What stands there; None where there is nothing."""
    return next(iter(_find_all(value, place)), None)


def _find_all(value: Value, place: Place) -> list[Value]:
    """A list without an index stands for all its items."""
    step, _, rest = place.partition(".")
    match value:
        case list() if step.isdigit():
            found = value[int(step) : int(step) + 1]
        case list():
            return [one for item in value for one in _find_all(item, place)]
        case dict():
            found = [value[step]] if step in value else []
        case _:
            found = []
    return [one for item in found for one in _find_all(item, rest)] if rest else found
