"""Which resources of tasks the engine can run; others are refused when a state machine is created."""

import re
from collections.abc import Callable
from typing import Final

from asl_engine.history.resources import Manner, Pattern, Resource, parse_resource

_INTEGRATION: Final = re.compile(r"arn:aws[a-z-]*:states:::.+")

# Those that are not an API of a service, with the patterns they have.
_OWN: Final = {
    ("lambda", "invoke"): {Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN},
    ("states", "startExecution"): set(Pattern),
    ("apigateway", "invoke"): {Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN},
    ("http", "invoke"): {Pattern.REQUEST_RESPONSE},
}


def is_known_resource(arn: str, has_api: Callable[[Resource], bool]) -> bool:
    """`has_api` tells whether a service that is called through its API has the action."""
    resource = parse_resource(arn)
    if resource.manner is not Manner.SERVICE:
        return True
    if not _INTEGRATION.fullmatch(arn):
        return False
    action = resource.action.partition(".")[0]
    patterns = _OWN.get((resource.service, action))
    if patterns is not None:
        return resource.pattern in patterns and resource.action == f"{action}{resource.pattern}"
    return has_api(resource)
