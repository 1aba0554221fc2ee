"""The actions on activities: create, describe, delete, list, and a worker's wait for work."""

from dataclasses import dataclass
from typing import Final

from asl_engine.journal.port import DeleteRecord, SaveRecord
from asl_engine.journal.records import ActivityRecord, TagsRecord
from asl_engine.language.values import JSON
from asl_engine.runtime.errors import ActivityDoesNotExist
from asl_engine.server.arns import Caller, check_name, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.encryption import encryption_given
from asl_engine.server.errors import ApiError, no_such_activity
from asl_engine.server.tags import tags_given
from asl_engine.server.wire import Answer

_ENCRYPTION: Final = "encryption_configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    name: str
    tags: list[dict[str, str]] | None = None
    encryption_configuration: JSON = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRequest:
    activity_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    max_results: int = 0
    next_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    activity_arn: str
    worker_name: str | None = None


async def create(backend: Backend, caller: Caller, request: CreateRequest) -> Answer:
    """The same name answers as the first time, unless it is to be encrypted otherwise."""
    check_name(request.name)
    activity = ActivityRecord(
        arn=caller.activity_arn(request.name),
        name=request.name,
        created_at=backend.now(),
        settings={_ENCRYPTION: encryption_given(request.encryption_configuration) or {"type": "AWS_OWNED_KEY"}},
    )
    existing = backend.journal.activities.find(activity.arn)
    if existing is None:
        tags = TagsRecord(arn=activity.arn, tags=tags_given(request.tags or []))
        await backend.journal.commit([SaveRecord(activity), SaveRecord(tags)])
    elif existing.settings != activity.settings:
        raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{activity.arn}'")
    return {"activity_arn": activity.arn, "creation_date": (existing or activity).created_at}


async def describe(backend: Backend, _caller: Caller, request: ActivityRequest) -> Answer:
    activity = backend.journal.activities.find(parse_arn(request.activity_arn, "activity").text)
    if activity is None:
        raise no_such_activity(request.activity_arn)
    return {**_listed(activity), _ENCRYPTION: activity.settings.get(_ENCRYPTION)}


async def delete(backend: Backend, _caller: Caller, request: ActivityRequest) -> Answer:
    """An activity that is not there counts as deleted."""
    arn = parse_arn(request.activity_arn, "activity").text
    await backend.journal.commit([DeleteRecord(ActivityRecord, arn), DeleteRecord(TagsRecord, arn)])
    return {}


async def list_all(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    page = backend.journal.activities.page(
        limit=request.max_results or PAGE_SIZE, after=read_page_token(request.next_token)
    )
    return {"activities": [_listed(activity) for activity in page.items], "next_token": page_token(page.next)}


async def get_task(backend: Backend, _caller: Caller, request: TaskRequest) -> Answer:
    """Waits up to a minute for work; without any the answer is empty."""
    arn = parse_arn(request.activity_arn, "activity").text
    try:
        task = await backend.engine.get_activity_task(arn, request.worker_name)
    except ActivityDoesNotExist as error:
        raise no_such_activity(arn) from error
    return {} if task is None else {"task_token": task.token, "input": task.input}


def _listed(activity: ActivityRecord) -> dict[str, object]:
    return {"activity_arn": activity.arn, "name": activity.name, "creation_date": activity.created_at}
