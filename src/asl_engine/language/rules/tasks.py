"""Task: the resource, and the role to call it with."""

import re
from typing import Final

from asl_engine.language.rules.checks import Place, Problems, schema, template
from asl_engine.language.templates import DYNAMIC
from asl_engine.language.values import JSON

_ARN: Final = re.compile(r"arn:[a-z-]+:[a-z0-9-]+:[^:]*:[^:]*:.+")
_INTEGRATION: Final = re.compile(r"arn:[a-z-]+:states:::.+")
_ACTIVITY: Final = re.compile(r"arn:[a-z-]+:states:[^:]*:[^:]*:activity:.+")


def resource(value: JSON, place: Place) -> Problems:
    if not isinstance(value, str):
        yield schema("Expected value of type [STRING]", place)
    elif not _ARN.fullmatch(value):
        yield schema("Value is not a valid resource ARN", place)
    elif not place.options.is_known_resource(value):
        reason = "The value is not a valid resource ARN, or the resource is not available in this region."
        yield schema(f"The resource provided {value} is not recognized. {reason}", place)
    elif place.options.express:
        yield from _express_resource(value, place)


def _express_resource(resource: str, place: Place) -> Problems:
    subject = "Express state machine does not support"
    if _ACTIVITY.fullmatch(resource):
        yield schema(f"{subject} Activity ARN", place)
    elif resource.endswith((".sync", ".sync:2")):
        yield schema(f"{subject} '.sync' service integration", place)
    elif resource.endswith(".waitForTaskToken"):
        yield schema(f"{subject} '.waitForTaskToken' service integration ", place)  # AWS's text has that space


def credentials(fields: dict[str, JSON], place: Place) -> Problems:
    if "RoleArn" not in fields and f"RoleArn{DYNAMIC}" not in fields:
        yield schema("The field 'RoleArn' is required but was missing", place)
    if not place.uses_jsonata:
        yield from template(fields, place)


def task(fields: dict[str, JSON], place: Place) -> Problems:
    """An activity worker has its own credentials; an integrated service must be given its parameters."""
    arn = fields.get("Resource")
    if not isinstance(arn, str):
        return
    if "Credentials" in fields and _ACTIVITY.fullmatch(arn):
        yield schema("The field 'Credentials' is not supported for activities", place.at("Credentials"))
    if _INTEGRATION.fullmatch(arn) and place.options.is_known_resource(arn):
        yield from _parameters(arn, fields, place)


def _parameters(arn: str, fields: dict[str, JSON], place: Place) -> Problems:
    name = "Arguments" if place.uses_jsonata else "Parameters"
    if name not in fields:
        yield schema(f"{name} field is required for resource ARN: {arn}", place)
    given = fields.get(name)
    for problem in place.options.parameter_problems(arn, given) if isinstance(given, dict) else ():
        yield schema(problem, place.at(name))
