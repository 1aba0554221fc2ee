"""What the table of optimised services says of a service, its actions, and the jobs they start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from asl_engine.history.resources import Pattern

Place: TypeAlias = str
"""Where a value stands, in the names of the service's model: `jobs.0.status`."""

_HEADERS: Final = {
    "x-amzn-RequestId": "",
    "connection": "keep-alive",
    "Content-Length": "",
    "Date": "",
    "Content-Type": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What `.sync` follows: it calls `operation` until `status` is one of `succeeded` or `failed`.

    `parameters` are read from the parameters of the task (`request.…`) and what it was submitted with (`answer.…`),
    both as the state machine writes them; in brackets, as a list of one. `result` is the part of the description that
    the task succeeds with, or fails with as its cause; `kept` stays in it of the answer. Where `exit_codes` are, all
    must be 0.
    """

    operation: str
    parameters: Mapping[str, Place]
    status: Place
    succeeded: frozenset[str]
    failed: frozenset[str]
    result: Place = ""
    kept: tuple[str, ...] = ()
    exit_codes: Place = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """`failures` is where the answer tells what failed although the call succeeded, and the error that makes.

    `client` and `operation` are given when they are not the service's and the action's own. `parameters` are those
    that the operation calls otherwise, in brackets those of which it wants a list; `results` are those that the state
    machine sees by another name. `json` names texts in the result that hold JSON.
    """

    patterns: frozenset[Pattern] = frozenset({Pattern.REQUEST_RESPONSE})
    client: str = ""
    operation: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    results: Mapping[str, Place] = field(default_factory=dict)
    json: frozenset[str] = frozenset()
    job: Job | None = None
    failures: tuple[Place, str] | None = None
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`client` is botocore's name, `error_prefix` begins the names of errors, `sdk_name` stands in their causes and
    `exception` names those that the model does not. `headers` are the HTTP headers that results show, as AWS spells
    and orders them, with the value that AWS always sends, or "" for the one that came."""

    client: str
    error_prefix: str
    sdk_name: str
    exception: str
    actions: Mapping[str, Action]
    headers: Mapping[str, str] = field(default_factory=lambda: _HEADERS)
