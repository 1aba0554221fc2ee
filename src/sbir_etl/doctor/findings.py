"""Checks that do not know of each other, and what they find."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as OutOfTime
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from sbir_etl import clock
from sbir_etl.errors import SbirEtlError

ANSWER_SECONDS: Final = 5.0
"""How long whatever is asked may take to answer."""


class Status(StrEnum):
    """A warning leaves something out of the refresh or makes it late; a problem fails it."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What was found; what was wanted instead and how to get there, where that is something else."""

    status: Status
    found: str
    wanted: str = ""
    fix: str = ""


Check: TypeAlias = Callable[[], Finding]


def ok(found: str) -> Finding:
    return Finding(status=Status.OK, found=found)


def warning(found: str, *, wanted: str, fix: str) -> Finding:
    return Finding(status=Status.WARNING, found=found, wanted=wanted, fix=fix)


def problem(found: str, *, wanted: str, fix: str) -> Finding:
    return Finding(status=Status.PROBLEM, found=found, wanted=wanted, fix=fix)


def examine(checks: Mapping[str, Check], *, seconds: float = 20.0) -> dict[str, Finding]:
    """What every check finds, in their order; they run side by side, and together have `seconds`.

    One that raises or takes too long has found a problem, and keeps the others from nothing.
    """
    passed = clock.stopwatch()
    findings = {name: _started(check) for name, check in checks.items()}
    return {name: _settled(finding, seconds - passed()) for name, finding in findings.items()}


def _started(check: Check) -> "Future[Finding]":
    finding: Future[Finding] = Future()
    # A daemon: a check that hangs must not keep the process from its end, as one of a pool would.
    threading.Thread(target=lambda: finding.set_result(_found(check)), daemon=True).start()
    return finding


def _settled(finding: "Future[Finding]", seconds: float) -> Finding:
    try:
        return finding.result(max(0.0, seconds))
    except OutOfTime:
        return problem(
            "no answer in time", wanted="an answer within seconds", fix="look whether it can be reached from here"
        )


def _found(check: Check) -> Finding:
    try:
        return check()
    except SbirEtlError as error:
        return _explained(error)
    except Exception as error:  # noqa: BLE001 - what a check did not expect is what it was asked to find
        return problem(f"{type(error).__name__}: {error}", wanted="an answer", fix="see what it says")


def _explained(error: SbirEtlError) -> Finding:
    """Our messages say what was found, what was wanted and what to do, in that order."""
    found, _, rest = str(error).partition(", wanted ")
    if not rest:
        found, _, rest = str(error).partition("; wanted ")
    wanted, _, fix = rest.partition("; ")
    return problem(found, wanted=wanted, fix=fix)
