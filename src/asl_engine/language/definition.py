"""A parsed state machine: frozen values with the States Language's own field names.

Fields hold what the definition says, unevaluated. A path, a payload template or a JSONata text stays as written;
`ABSENT` (not None) marks a field whose null has a meaning of its own (`"ResultPath": null`). See
https://states-language.net and the Step Functions developer guide for what each field does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from asl_engine.language.values import ABSENT, JSON, Absent


class QueryLanguage(StrEnum):
    JSONPATH = "JSONPath"
    JSONATA = "JSONata"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrier:
    error_equals: tuple[str, ...]
    interval_seconds: int = 1
    max_attempts: int = 3
    backoff_rate: float = 2.0
    max_delay_seconds: int | None = None
    full_jitter: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Catcher:
    error_equals: tuple[str, ...]
    next: str
    result_path: str | None | Absent = ABSENT
    output: JSON | Absent = ABSENT
    assign: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRule:
    """One entry of Choices. `condition` is the JSONPath rule tree as parsed, or JSONata's text or constant."""

    condition: "Condition | str | bool"
    next: str
    output: JSON | Absent = ABSENT
    assign: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class And:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Or:
    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    condition: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`operator` is the States Language's own name, such as `StringEquals` or `NumericLessThanPath`."""

    variable: str
    operator: str
    operand: JSON


Condition: TypeAlias = And | Or | Not | Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """The fields every state has, whichever it uses; JSONPath's and JSONata's exclude each other."""

    name: str
    query_language: QueryLanguage = QueryLanguage.JSONPATH
    comment: str | None = None
    input_path: str | None | Absent = ABSENT
    output_path: str | None | Absent = ABSENT
    output: JSON | Absent = ABSENT
    assign: Mapping[str, JSON] | None = None
    next: str | None = None
    end: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass(Common):
    result: JSON | Absent = ABSENT
    parameters: JSON | Absent = ABSENT
    result_path: str | None | Absent = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Common):
    """A number field given by path or JSONata keeps the text; `*_path` fields hold JSONPath."""

    resource: str
    parameters: JSON | Absent = ABSENT
    arguments: JSON | Absent = ABSENT
    credentials: JSON | Absent = ABSENT
    result_selector: JSON | Absent = ABSENT
    result_path: str | None | Absent = ABSENT
    timeout_seconds: int | str | None = None
    timeout_seconds_path: str | None = None
    heartbeat_seconds: int | str | None = None
    heartbeat_seconds_path: str | None = None
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Common):
    choices: tuple[ChoiceRule, ...]
    default: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Common):
    """Exactly one of the four is given."""

    seconds: int | str | None = None
    seconds_path: str | None = None
    timestamp: str | None = None
    timestamp_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeed(Common):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail(Common):
    error: str | None = None
    error_path: str | None = None
    cause: str | None = None
    cause_path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Common):
    branches: tuple["StateMachine", ...]
    parameters: JSON | Absent = ABSENT
    arguments: JSON | Absent = ABSENT
    result_selector: JSON | Absent = ABSENT
    result_path: str | None | Absent = ABSENT
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Map(Common):
    """`item_selector` also carries the older `Parameters`, `item_processor` the older `Iterator`."""

    item_processor: "StateMachine"
    mode: str = "INLINE"
    execution_type: str | None = None
    items_path: str | None = None
    items: JSON | Absent = ABSENT
    item_selector: JSON | Absent = ABSENT
    item_reader: Mapping[str, JSON] | None = None
    item_batcher: Mapping[str, JSON] | None = None
    result_writer: Mapping[str, JSON] | None = None
    label: str | None = None
    max_concurrency: int | str | None = None
    max_concurrency_path: str | None = None
    tolerated_failure_count: int | str | None = None
    tolerated_failure_count_path: str | None = None
    tolerated_failure_percentage: float | str | None = None
    tolerated_failure_percentage_path: str | None = None
    result_selector: JSON | Absent = ABSENT
    result_path: str | None | Absent = ABSENT
    retry: tuple[Retrier, ...] = ()
    catch: tuple[Catcher, ...] = ()


State: TypeAlias = Pass | Task | Choice | Wait | Succeed | Fail | Parallel | Map


@dataclass(frozen=True, slots=True, kw_only=True)
class StateMachine:
    """A definition, a Parallel's branch or a Map's item processor: the same shape on every level."""

    start_at: str
    states: Mapping[str, State]
    query_language: QueryLanguage = QueryLanguage.JSONPATH
    comment: str | None = None
    timeout_seconds: int | None = None
    version: str | None = None
