"""Validation: every problem of a definition at once, each with AWS's code, text and location."""

from asl_engine.language.errors import Diagnostic


def diagnose(text: str, *, express: bool = False) -> tuple[Diagnostic, ...]:
    """Every problem of a definition, warnings included; empty when it is flawless.

    `express` adds the refusals of Express workflows (no `.sync`, `.waitForTaskToken`, activities).
    """
    raise NotImplementedError
