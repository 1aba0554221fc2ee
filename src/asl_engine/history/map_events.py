"""What can happen to the run of a distributed Map. What is not visible records how its child executions stand.

See https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from dataclasses import dataclass
from typing import TypeAlias

from asl_engine.history.documents import Document
from asl_engine.history.headers import Event
from asl_engine.language.values import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunStarted(Event):
    """Not shown: the limits that hold for the run, and `plan`, its evaluated ItemReader, ItemBatcher, ResultWriter."""

    map_run_arn: str
    concurrency: int
    tolerated_count: int
    tolerated_percentage: float
    plan: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunSucceeded(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunFailed(Event):
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunAborted(Event):
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunRedriven(Event):
    map_run_arn: str
    redrive_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemsRead(Event):
    """What the ItemReader found."""

    items: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchesMade(Event):
    """How many items each child execution is given."""

    sizes: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildrenStarted(Event):
    """So many more child executions were asked for, in the order of the items."""

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSucceeded(Event):
    """`output` is null when the results are written elsewhere."""

    index: int
    output: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildFailed(Event):
    """It failed, timed out or was aborted."""

    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsDue(Event):
    """All child executions have ended; what they returned is to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsWritten(Event):
    """`output` is what the Map returns in place of the results."""

    output: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunUpdated(Event):
    """Somebody changed the limits of the run."""

    concurrency: int
    tolerated_count: int
    tolerated_percentage: float


VisibleOfMapRun: TypeAlias = MapRunStarted | MapRunSucceeded | MapRunFailed | MapRunAborted | MapRunRedriven
InternalOfMapRun: TypeAlias = (
    ItemsRead
    | BatchesMade
    | ChildrenStarted
    | ChildSucceeded
    | ChildFailed
    | ResultsDue
    | ResultsWritten
    | MapRunUpdated
)
