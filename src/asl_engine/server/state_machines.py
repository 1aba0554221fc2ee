"""The actions on state machines: create, update, describe, list, delete."""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from asl_engine.journal.port import (
    DeleteRecord,
    DeleteStateMachine,
    SaveRecord,
    SaveStateMachine,
    StateMachineRecord,
    Write,
)
from asl_engine.journal.records import AliasRecord, TagsRecord, VersionRecord
from asl_engine.language.values import JSON
from asl_engine.server.arns import Caller, check_name, check_role_arn, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.definitions import check_definition
from asl_engine.server.encryption import encryption_given
from asl_engine.server.errors import ApiError, no_such_state_machine, validation_failed
from asl_engine.server.tags import tags_given
from asl_engine.server.targets import find, resolve
from asl_engine.server.variable_references import variable_references
from asl_engine.server.versions import shown_revision, version_of
from asl_engine.server.wire import Answer

_LOG_GROUP: Final = re.compile(r"arn:[a-z0-9-]+:logs:[^:]*:[^:]*:log-group:")
_NO_LOGGING: Final[Mapping[str, JSON]] = {"level": "OFF", "include_execution_data": False}
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html, "idempotent API"
_CONTENT_SETTINGS: Final = ("logging_configuration", "tracing_configuration", "encryption_configuration")

Settings: TypeAlias = Mapping[str, JSON]
Publication: TypeAlias = tuple[Sequence[Write], Answer]
"""What is to be saved, and what the answer says of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    name: str
    definition: str
    role_arn: str
    type: str = "STANDARD"
    logging_configuration: JSON = None
    tracing_configuration: JSON = None
    encryption_configuration: JSON = None
    tags: list[dict[str, str]] | None = None
    publish: bool = False
    version_description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    state_machine_arn: str
    definition: str | None = None
    role_arn: str | None = None
    logging_configuration: JSON = None
    tracing_configuration: JSON = None
    encryption_configuration: JSON = None
    publish: bool = False
    version_description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribeRequest:
    state_machine_arn: str
    included_data: str = "ALL_DATA"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest:
    state_machine_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    max_results: int = 0
    next_token: str | None = None


async def create(backend: Backend, caller: Caller, request: CreateRequest) -> Answer:
    """The same content under the same name answers as the first time (the role and the tags do not count).

    Who asks for a version as well has not asked for the same, unless the first time had that version.
    """
    _check_description(request)
    check_name(request.name)
    check_role_arn(request.role_arn)
    check_definition(backend, request.definition, request.type)
    record = _new_record(backend, caller, request)
    existing = backend.journal.state_machines.find(record.arn)
    if existing is not None and not (_same_content(existing, record) and _same_version(backend, existing, request)):
        raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{record.arn}'")
    created: Sequence[Write] = ()
    if existing is None:
        tags = TagsRecord(arn=record.arn, tags=tags_given(request.tags or []))
        created = (SaveStateMachine(record), SaveRecord(tags))
    published, version = _publication(backend, request, existing or record)
    await backend.journal.commit([*created, *published])
    return {"state_machine_arn": record.arn, "creation_date": (existing or record).created_at, **version}


async def update(backend: Backend, _caller: Caller, request: UpdateRequest) -> Answer:
    """Executions under way keep the revision they started with."""
    current = find(backend, request.state_machine_arn)
    _check_description(request)
    changes = _settings(request)
    if not (request.definition or request.role_arn or changes):
        message = (
            "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration "
            "or the TracingConfiguration must be specified"
        )
        raise ApiError("MissingRequiredParameter", message)
    if request.role_arn is not None:
        check_role_arn(request.role_arn)
    if request.definition is not None:
        check_definition(backend, request.definition, current.type)
    revised = _revised(backend, current, request, changes)
    saved: Sequence[Write] = () if revised is current else (SaveStateMachine(revised),)
    published, version = _publication(backend, request, revised)
    await backend.journal.commit([*saved, *published])
    return {"update_date": revised.updated_at, "revision_id": shown_revision(revised), **version}


def _revised(
    backend: Backend, current: StateMachineRecord, request: UpdateRequest, changes: Settings
) -> StateMachineRecord:
    """A new revision, unless nothing changes."""
    revised = replace(
        current,
        definition=request.definition or current.definition,
        role_arn=request.role_arn or current.role_arn,
        settings={**current.settings, **changes},
    )
    if revised == current:
        return current
    return replace(revised, revision_id=backend.new_id(), updated_at=backend.now())


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    """A version's ARN shows the revision it was published from."""
    if backend.journal.aliases.find(request.state_machine_arn) is not None:
        raise no_such_state_machine(request.state_machine_arn)
    target = resolve(backend, request.state_machine_arn)
    record, version = target.record, target.version
    return {
        **described(record),
        "state_machine_arn": request.state_machine_arn,
        "type": record.type,
        "status": "ACTIVE",
        "creation_date": record.created_at if version is None else version.created_at,
        "description": (version.description or None) if version else None,
    }


async def delete(backend: Backend, _caller: Caller, request: DeleteRequest) -> Answer:
    """Versions and aliases go with it, executions under way run to their end; one that is not there is deleted."""
    arn = parse_arn(request.state_machine_arn, "stateMachine").text
    if backend.journal.state_machines.find(arn) is None:
        return {}
    journal, everything = backend.journal, sys.maxsize
    await journal.commit(
        [
            DeleteStateMachine(arn),
            DeleteRecord(TagsRecord, arn),
            *(DeleteRecord(VersionRecord, one.arn) for one in journal.versions.page(limit=everything, owner=arn).items),
            *(DeleteRecord(AliasRecord, one.arn) for one in journal.aliases.page(limit=everything, owner=arn).items),
        ]
    )
    return {}


async def list_all(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    page = backend.journal.state_machines.page(
        limit=request.max_results or PAGE_SIZE, after=read_page_token(request.next_token)
    )
    return {"state_machines": [_listed(record) for record in page.items], "next_token": page_token(page.next)}


def described(record: StateMachineRecord) -> dict[str, object]:
    """What DescribeStateMachine and DescribeStateMachineForExecution have in common."""
    settings: dict[str, object] = {name: record.settings.get(name) for name in _CONTENT_SETTINGS}
    return {
        "state_machine_arn": record.arn,
        "name": record.name,
        "definition": record.definition,
        "role_arn": record.role_arn,
        "revision_id": shown_revision(record),
        "variable_references": variable_references(record.definition) or None,
        **settings,
    }


def _listed(record: StateMachineRecord) -> Answer:
    return {
        "state_machine_arn": record.arn,
        "name": record.name,
        "type": record.type,
        "creation_date": record.created_at,
    }


def _check_description(request: CreateRequest | UpdateRequest) -> None:
    if request.version_description is not None and not request.publish:
        raise validation_failed("Version description can only be set when publish is true")


def _publication(backend: Backend, request: CreateRequest | UpdateRequest, record: StateMachineRecord) -> Publication:
    """What publishing asks for; a revision that was published keeps its version."""
    if not request.publish:
        return (), {}
    version = version_of(backend, record, request.version_description)
    return (SaveRecord(version),), {"state_machine_version_arn": version.arn}


def _new_record(backend: Backend, caller: Caller, request: CreateRequest) -> StateMachineRecord:
    now = backend.now()
    defaults: Settings = {
        "logging_configuration": dict(_NO_LOGGING),
        "tracing_configuration": {"enabled": False},
        "encryption_configuration": {"type": "AWS_OWNED_KEY"},
    }
    return StateMachineRecord(
        arn=caller.state_machine_arn(request.name),
        name=request.name,
        type=request.type,
        definition=request.definition,
        role_arn=request.role_arn,
        revision_id=backend.new_id(),
        created_at=now,
        updated_at=now,
        settings={**defaults, **_settings(request)},
    )


def _same_content(one: StateMachineRecord, other: StateMachineRecord) -> bool:
    return (one.definition, one.type, *map(one.settings.get, _CONTENT_SETTINGS)) == (
        other.definition,
        other.type,
        *map(other.settings.get, _CONTENT_SETTINGS),
    )


def _same_version(backend: Backend, existing: StateMachineRecord, request: CreateRequest) -> bool:
    if not request.publish:
        return True
    version = backend.journal.versions.find(version_of(backend, existing, None).arn)
    return version is not None and version.description == (request.version_description or "")


def _settings(request: CreateRequest | UpdateRequest) -> dict[str, JSON]:
    settings: dict[str, JSON] = {
        "logging_configuration": _logging(request.logging_configuration),
        "tracing_configuration": request.tracing_configuration,
        "encryption_configuration": encryption_given(request.encryption_configuration),
    }
    return {name: value for name, value in settings.items() if value is not None}


def _logging(configuration: JSON) -> JSON:
    if not isinstance(configuration, dict):
        return None
    complete = {**_NO_LOGGING, **configuration}
    problem = None if complete["level"] == "OFF" else _problem_of_destinations(complete.get("destinations"))
    if problem is not None:
        raise ApiError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {problem}")
    return complete


def _problem_of_destinations(destinations: JSON) -> str | None:
    match destinations:
        case [{"cloud_watch_logs_log_group": {"log_group_arn": str(arn)}}]:
            if not _LOG_GROUP.match(arn):
                return "Provided ARN is not CloudWatch Logs Log Group ARN."
            return None if arn.endswith(":*") else "Log Group ARN must be provided with '*' qualifier."
        case [_]:
            return "Must set valid CloudWatch Log Group ARN."
        case _:
            return "Must specify exactly one Log Destination."
