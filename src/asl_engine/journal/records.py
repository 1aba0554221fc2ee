"""Records of which there are few and which are found by their ARN alone: activities, map runs, versions, aliases, tags.

A journal keeps each as one JSON document on the shelf of its kind. `owner` groups them: what belongs to one state
machine or one execution is read page by page.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeAlias

from asl_engine.history.codec import microseconds, moment_of
from asl_engine.history.documents import serialise
from asl_engine.language.values import JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRecord:
    """`settings` holds what the engine only keeps and shows, by AWS's names."""

    arn: str
    name: str
    created_at: datetime
    settings: Mapping[str, JSON] = field(default_factory=dict)

    owner: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A published version: a number that keeps to one revision of its state machine."""

    arn: str
    state_machine_arn: str
    number: int
    revision_id: str
    created_at: datetime
    description: str = ""

    @property
    def owner(self) -> str:
        return self.state_machine_arn


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRecord:
    """`routes` are the versions' ARNs with their weights, which together are 100."""

    arn: str
    name: str
    state_machine_arn: str
    routes: Mapping[str, int]
    created_at: datetime
    updated_at: datetime
    description: str = ""

    @property
    def owner(self) -> str:
        return self.state_machine_arn


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsRecord:
    """The tags of a resource; `arn` is the resource's."""

    arn: str
    tags: Mapping[str, str]

    owner: ClassVar[str] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunRecord:
    """One run of a distributed Map. How its items stand is counted in its child executions (`Executions.counts`).

    `item_count` and `child_count` are 0 until the items were read. `status` is RUNNING, SUCCEEDED, FAILED or ABORTED.
    """

    arn: str
    execution_arn: str
    state_machine_arn: str
    started_at: datetime
    status: str = "RUNNING"
    stopped_at: datetime | None = None
    max_concurrency: int = 0
    tolerated_failure_count: int = 0
    tolerated_failure_percentage: float = 0.0
    item_count: int = 0
    child_count: int = 0
    redrive_count: int = 0
    redriven_at: datetime | None = None

    @property
    def owner(self) -> str:
        return self.execution_arn


Record: TypeAlias = ActivityRecord | VersionRecord | AliasRecord | TagsRecord | MapRunRecord

KINDS: Final[Mapping[str, type[Record]]] = MappingProxyType(
    {kind.__name__: kind for kind in (ActivityRecord, VersionRecord, AliasRecord, TagsRecord, MapRunRecord)}
)


def dump(record: Record) -> str:
    """The record's document."""
    content = {}
    for described in fields(record):
        value = getattr(record, described.name)
        content[described.name] = microseconds(value) if isinstance(value, datetime) else value
    return serialise(content)


def load(kind: str, document: str) -> Record:
    content: dict[str, Any] = json.loads(document)
    for described in fields(KINDS[kind]):
        convert = _LOADS.get(described.type)
        if convert is not None and content.get(described.name) is not None:
            content[described.name] = convert(content[described.name])
    return KINDS[kind](**content)


_LOADS: Final[Mapping[Any, Callable[[int], datetime]]] = {datetime: moment_of, datetime | None: moment_of}
