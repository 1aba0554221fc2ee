"""What the log lines of a function say beyond their message: the execution, run, state and attempt they belong to.

AWS's runtime client writes every attribute of a log record into its JSON by itself, so a library for JSON lines would
only add its import to the start of ten functions.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

_ABOUT: Final[ContextVar[Mapping[str, Any] | None]] = ContextVar("about", default=None)


@contextmanager
def about(members: Mapping[str, Any]) -> Iterator[None]:
    """Whatever is logged in this context has these members too, by whichever library it is logged."""
    token = _ABOUT.set(members)
    try:
        yield
    finally:
        _ABOUT.reset(token)


def set_up() -> None:
    """Have the handlers that the runtime client installed write those members, and log what we want to read.

    Ours from INFO, libraries from WARNING: at INFO httpx names every address, in whose query may be a signature.
    """
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("sbir_etl").setLevel(logging.INFO)
    for handler in root.handlers:
        handler.addFilter(_add_members)


def _add_members(record: logging.LogRecord) -> bool:
    for name, value in (_ABOUT.get() or {}).items():
        record.__dict__.setdefault(name, value)
    return True
