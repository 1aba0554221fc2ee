"""The actions on the tags of state machines and activities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from asl_engine.journal.port import SaveRecord
from asl_engine.journal.records import TagsRecord
from asl_engine.server.arns import Caller, parse_arn
from asl_engine.server.backend import Backend
from asl_engine.server.errors import ApiError, no_such_resource
from asl_engine.server.wire import Answer

_MOST_TAGS: Final = 50
"""Per resource (service quotas of Step Functions)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRequest:
    resource_arn: str
    tags: list[dict[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class UntagRequest:
    resource_arn: str
    tag_keys: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    resource_arn: str


async def tag(backend: Backend, _caller: Caller, request: TagRequest) -> Answer:
    """Tags with a key that is there already take its place."""
    present = _tags_of(backend, request.resource_arn)
    await _save(backend, request.resource_arn, {**present, **tags_given(request.tags)})
    return {}


async def untag(backend: Backend, _caller: Caller, request: UntagRequest) -> Answer:
    present = _tags_of(backend, request.resource_arn)
    kept = {key: value for key, value in present.items() if key not in request.tag_keys}
    await _save(backend, request.resource_arn, kept)
    return {}


async def list_of_resource(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    tags = _tags_of(backend, request.resource_arn)
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def tags_given(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The tags of a request.

    Raises:
        ApiError: TooManyTags
    """
    given = {tag.get("key", ""): tag.get("value", "") for tag in tags}
    _check_count(given)
    return given


def _check_count(tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise ApiError("TooManyTags", f"A resource can have at most {_MOST_TAGS} tags")


def _tags_of(backend: Backend, arn: str) -> Mapping[str, str]:
    named = parse_arn(arn, "stateMachine", "activity")
    shelf = backend.journal.state_machines if named.kind == "stateMachine" else backend.journal.activities
    if shelf.find(arn) is None:
        raise no_such_resource(arn)
    record = backend.journal.tags.find(arn)
    return {} if record is None else record.tags


async def _save(backend: Backend, arn: str, tags: Mapping[str, str]) -> None:
    _check_count(tags)
    await backend.journal.commit([SaveRecord(TagsRecord(arn=arn, tags=tags))])
