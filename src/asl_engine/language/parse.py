"""Parsing: from a definition's text to frozen values. Lenient, because `validate` has already looked."""

from asl_engine.language.definition import State, StateMachine
from asl_engine.language.values import JSON


def load(text: str, *, express: bool = False) -> StateMachine:
    """The definition, checked and parsed.

    Raises:
        InvalidDefinition: with every problem, when at least one of them is an error.
    """
    raise NotImplementedError


def parse(text: str) -> StateMachine:
    """The definition, unchecked: for texts that `validate.diagnose` has passed. Unknown fields are ignored."""
    raise NotImplementedError


def parse_state(name: str, fields: dict[str, JSON]) -> State:
    """One state on its own, as TestState is given it."""
    raise NotImplementedError
