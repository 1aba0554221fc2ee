"""What Step Functions finds wrong with the parameters of a task, in AWS's words.

It looks twice: at the definition, where a value may still be open (`"Name.$"`, `"{% … %}"`), and again at what came of
it, before the task is started. The actions in this table are more than a call of one service's API.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import JSON

Form: TypeAlias = Callable[[JSON], bool]
"""Whether a value that is there has the form that its field wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """Of `either` one must be there. `forms` are looked at once the parameters are evaluated."""

    required: tuple[str, ...]
    optional: frozenset[str]
    either: tuple[str, ...] = ()
    forms: Mapping[str, Form] = field(default_factory=dict)

    def problems_of_template(self, template: Mapping[str, JSON]) -> Iterator[str]:
        yield from missing(self.required, template)
        if not any(name.removesuffix(DYNAMIC) in self.either for name in template):
            yield from missing(self.either[:1], template)
        for name, value in template.items():
            if name not in self.required and name not in self.optional and not is_open(name, value):
                yield unsupported(name)

    def problems(self, arguments: JSON) -> Iterator[str]:
        if not isinstance(arguments, dict):
            yield NO_OBJECT
            return
        yield from self.problems_of_template(arguments)
        for name, has_form in self.forms.items():
            if arguments.get(name) is not None and not has_form(arguments[name]):
                yield malformed(name)


NO_OBJECT: Final = "The parameters are not an object"


def missing(required: tuple[str, ...], template: Mapping[str, JSON]) -> Iterator[str]:
    """Null is there: it is the service that refuses it."""
    for name in required:
        if name not in template and f"{name}{DYNAMIC}" not in template:
            yield f"The field '{name}' is required but was missing"


def unsupported(name: str) -> str:
    return f'The field "{name}" is not supported by Step Functions'


def malformed(name: str) -> str:
    return f"The value of the field '{name}' has an invalid format"


def is_open(name: str, value: JSON) -> bool:
    """Whether it shows only when the state is run what stands there."""
    return name.endswith(DYNAMIC) or (isinstance(value, str) and value.startswith("{%"))


def _text(value: JSON) -> bool:
    return isinstance(value, str)


def _object(value: JSON) -> bool:
    return isinstance(value, dict)


def _lists(value: JSON) -> bool:
    return isinstance(value, dict) and all(isinstance(item, list) for item in value.values())


def _method(value: JSON) -> bool:
    """https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions_tasks.HttpMethod.html"""
    return value in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")


OWN: Final[Mapping[tuple[str, str], Fields]] = {
    ("lambda", "invoke"): Fields(
        required=("FunctionName",),
        optional=frozenset(
            {
                "Payload",
                "InvocationType",
                "LogType",
                "ClientContext",
                "Qualifier",
                "TenantId",
                "DurableExecutionName",
            }
        ),
        forms={"FunctionName": _text},
    ),
    ("states", "startExecution"): Fields(
        required=("StateMachineArn",),
        optional=frozenset({"Input", "Name", "TraceHeader"}),
        forms={"StateMachineArn": _text, "Name": _text, "TraceHeader": _text},
    ),
    ("apigateway", "invoke"): Fields(
        required=("ApiEndpoint", "Method"),
        optional=frozenset(
            {"Headers", "Stage", "Path", "QueryParameters", "RequestBody", "AllowNullValues", "AuthType"}
        ),
        forms={"ApiEndpoint": _text, "Method": _method, "Headers": _lists, "QueryParameters": _lists},
    ),
    ("http", "invoke"): Fields(
        required=("ApiEndpoint", "Method"),
        optional=frozenset(
            {"Authentication", "InvocationConfig", "Headers", "QueryParameters", "RequestBody", "Transform"}
        ),
        either=("Authentication", "InvocationConfig"),
        forms={
            "ApiEndpoint": _text,
            "Method": _method,
            "Headers": _object,
            "QueryParameters": _object,
            "Transform": _object,
        },
    ),
}
