"""What the actions of the API work with."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asl_engine.integrations.port import Resolve
from asl_engine.interpreter.turn import Refuse
from asl_engine.journal.port import Journal
from asl_engine.language.rules.checks import ParameterProblems
from asl_engine.language.values import UNLIMITED, Limit
from asl_engine.runtime.engine import Engine
from asl_engine.server.errors import invalid_token
from asl_engine.server.trials.mocks import FindOutputModel

PAGE_SIZE: Final = 100
"""What a listing without maxResults gives at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """`draw` returns a chance number of 0 … n-1; `is_known_resource` judges a task's Resource, `parameter_problems` the
    parameters written for it, `refuse` what came of them; `is_test_case` judges the name of a state machine and a case
    that the mock configuration may have for it.

    `resolve` finds the integration that runs TestState's task, `find_output_model` what it returns; `make_limit` makes
    what ends the reading of a definition, or a TestState, that takes too long.
    """

    engine: Engine
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    draw: Callable[[int], int]
    resolve: Resolve
    is_known_resource: Callable[[str], bool] = lambda _: True
    parameter_problems: ParameterProblems = lambda *_: ()
    refuse: Refuse = lambda *_: ()
    is_test_case: Callable[[str, str], bool] = lambda *_: False
    find_output_model: FindOutputModel = lambda _: None
    make_limit: Callable[[], Limit] = lambda: UNLIMITED

    @property
    def journal(self) -> Journal:
        return self.engine.journal


def page_token(position: int | None) -> str | None:
    """The `nextToken` for a position in a listing; None on the last page.

    >>> read_page_token(page_token(7))
    7
    """
    return None if position is None else base64.urlsafe_b64encode(f"after:{position}".encode()).decode()


def read_page_token(token: str | None) -> int | None:
    """Raises: ApiError: InvalidToken."""
    if token is None:
        return None
    try:
        word, _, position = base64.urlsafe_b64decode(token).decode().partition(":")
        return int(position if word == "after" else "")
    except ValueError as error:
        raise invalid_token() from error
