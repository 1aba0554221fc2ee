"""Data flow: what a state is given, what it hands on, and what its other fields say, in both query languages.

Each function takes a state and what it can see (`Scope`), returns values and raises `StateFailed`. The causes are
bare: whoever knows the event id puts "An error occurred while executing the state 'X' (entered at the event id
#N). " in front. `scope.input` is always the state's raw input. See
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-input-output-filtering.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from asl_engine.language.definition import Catcher, Choice, Common, Fail, Map, Parallel, Pass, Task, Wait
from asl_engine.language.values import ABSENT, JSON, Absent, Failure, Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """What a state leaves behind: its output, and the variables it assigns (all seen only by later states)."""

    output: JSON
    assigned: Mapping[str, JSON] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Where a Choice goes, and what it leaves behind."""

    next: str
    exit: Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """How many failed items a Map bears; 0 and 0.0 bear none."""

    count: int = 0
    percentage: float = 0.0


def arguments(state: Task | Parallel | Pass, scope: Scope) -> JSON:
    """What the state works on: InputPath and Parameters, or Arguments, else its input. For Pass, its result."""
    raise NotImplementedError


def leave(state: Common, scope: Scope, result: JSON | Absent = ABSENT) -> Exit:
    """ResultSelector, ResultPath, OutputPath and Assign; or Output and Assign.

    `result` is the raw result of Task, Parallel, Map and Pass; Wait and Succeed have none.
    """
    raise NotImplementedError


def caught(catcher: Catcher, state: Common, scope: Scope) -> Exit:
    """What a Catch leaves behind; `scope.error_output` is `{"Error": …, "Cause": …}`."""
    raise NotImplementedError


def choose(state: Choice, scope: Scope) -> Chosen:
    """The first rule that holds, else Default.

    Raises:
        StateFailed: States.NoChoiceMatched, or what evaluating a rule says.
    """
    raise NotImplementedError


def wait_until(state: Wait, scope: Scope, entered_at: datetime) -> datetime:
    """When the wait is over; in the past when there is nothing to wait for."""
    raise NotImplementedError


def fail(state: Fail, scope: Scope) -> Failure:
    """The failure the state stands for, which is returned; raised is what goes wrong while finding it."""
    raise NotImplementedError


def timeout_seconds(state: Task, scope: Scope) -> int | None:
    """TimeoutSeconds or TimeoutSecondsPath; None when the state names neither."""
    raise NotImplementedError


def heartbeat_seconds(state: Task, scope: Scope) -> int | None:
    """HeartbeatSeconds or HeartbeatSecondsPath; None when the state names neither."""
    raise NotImplementedError


def credentials(state: Task, scope: Scope) -> JSON | Absent:
    """The evaluated Credentials."""
    raise NotImplementedError


def map_items(state: Map, scope: Scope) -> list[JSON]:
    """The items: InputPath and ItemsPath, or Items, else the input, which must be an array."""
    raise NotImplementedError


def item_input(state: Map, scope: Scope) -> JSON:
    """What one iteration is given; `scope.context` holds its `Map.Item.Index` and `Map.Item.Value`."""
    raise NotImplementedError


def max_concurrency(state: Map, scope: Scope) -> int:
    """How many iterations may run at once; 0 means no limit."""
    raise NotImplementedError


def tolerance(state: Map, scope: Scope) -> Tolerance:
    """ToleratedFailureCount and ToleratedFailurePercentage, or their Path twins."""
    raise NotImplementedError
