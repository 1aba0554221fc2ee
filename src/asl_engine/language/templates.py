"""Payload templates: JSON in which a key ending in `.$` holds a path or an intrinsic function instead of a value."""

from typing import Final

from asl_engine.language import intrinsics
from asl_engine.language.values import JSON, Scope

DYNAMIC: Final = ".$"


def fill(template: JSON, scope: Scope, root: JSON) -> JSON:
    """The template with every dynamic key resolved; `root` is what `$` means inside it.

    >>> fill({"a": 1, "b.$": "$.x"}, Scope(input=None, context={}, variables={}), {"x": [2]})
    {'a': 1, 'b': [2]}
    """
    if isinstance(template, dict):
        return {
            key.removesuffix(DYNAMIC): resolve(item, scope, root, field=key)
            if key.endswith(DYNAMIC) and isinstance(item, str)
            else fill(item, scope, root)
            for key, item in template.items()
        }
    if isinstance(template, list):
        return [fill(item, scope, root) for item in template]
    return template


def resolve(text: str, scope: Scope, root: JSON, *, field: str) -> JSON:
    """The value of a path or an intrinsic function; `field` is where it stands, as causes name it."""
    if text.startswith("$"):
        return intrinsics.found(text, scope, root, field=field)
    return intrinsics.evaluate(intrinsics.parse_call(text), scope, root)
