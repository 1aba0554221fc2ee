"""Task tokens: a token names its execution and visit, so that it needs no table of its own."""

import base64
import json

from asl_engine.interpreter.commands import Visit


def token_of(execution_arn: str, visit: Visit) -> str:
    """The token of `$$.Task.Token`.

    >>> read_token(token_of("arn", Visit(0, 2, 1)))
    ('arn', Visit(frame=0, entered_event_id=2, attempt=1))
    """
    text = json.dumps([execution_arn, *visit], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_token(token: str) -> tuple[str, Visit] | None:
    """The execution's ARN and the visit; None when the text is not a token."""
    try:
        content = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        return None
    match content:
        case [str(arn), int(frame), int(entered), int(attempt)]:
            return arn, Visit(frame, entered, attempt)
        case _:
            return None
