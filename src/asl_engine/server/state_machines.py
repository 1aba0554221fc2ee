"""The actions on state machines: create, update, describe, list, delete, validate."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from asl_engine.journal.port import DeleteStateMachine, SaveStateMachine, StateMachineRecord
from asl_engine.language.errors import Diagnostic, InvalidDefinition, Severity
from asl_engine.language.parse import load
from asl_engine.language.validate import diagnose
from asl_engine.language.values import JSON
from asl_engine.server.arns import Caller, check_name, parse_arn
from asl_engine.server.backend import Backend, page_token, read_page_token
from asl_engine.server.errors import ApiError, no_such_state_machine, validation_failed
from asl_engine.server.variable_references import variable_references
from asl_engine.server.wire import Answer

PAGE_SIZE: Final = 100
_DIAGNOSTICS_SHOWN: Final = 100

_NO_LOGGING: Final[Mapping[str, JSON]] = {"level": "OFF", "include_execution_data": False}
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html, "idempotent API"
_CONTENT_SETTINGS: Final = ("logging_configuration", "tracing_configuration", "encryption_configuration")

Settings: TypeAlias = Mapping[str, JSON]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    name: str
    definition: str
    role_arn: str
    type: str = "STANDARD"
    logging_configuration: JSON = None
    tracing_configuration: JSON = None
    encryption_configuration: JSON = None
    tags: JSON = None
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateRequest:
    definition: str
    type: str = "STANDARD"
    severity: str = "ERROR"
    max_results: int = 0


async def create(backend: Backend, caller: Caller, request: CreateRequest) -> Answer:
    """The same content under the same name answers as the first time (the role and the tags do not count)."""
    _refuse_versions(request)
    check_name(request.name)
    _check_definition(request.definition, request.type)
    record = _new_record(backend, caller, request)
    existing = backend.journal.state_machines.find(record.arn)
    if existing is None:
        await backend.journal.commit([SaveStateMachine(record)])
    elif not _same_content(existing, record):
        raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{record.arn}'")
    return {"state_machine_arn": record.arn, "creation_date": (existing or record).created_at}


async def update(backend: Backend, _caller: Caller, request: UpdateRequest) -> Answer:
    """Executions under way keep the revision they started with."""
    current = find(backend, request.state_machine_arn)
    _refuse_versions(request)
    changes = _settings(request)
    if not (request.definition or request.role_arn or changes):
        message = (
            "Either the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration "
            "or the TracingConfiguration must be specified"
        )
        raise ApiError("MissingRequiredParameter", message)
    if request.definition is not None:
        _check_definition(request.definition, current.type)
    revised = replace(
        current,
        definition=request.definition or current.definition,
        role_arn=request.role_arn or current.role_arn,
        settings={**current.settings, **changes},
    )
    if revised == current:
        return {"update_date": current.updated_at, "revision_id": _shown_revision(current)}
    revised = replace(revised, revision_id=backend.new_id(), updated_at=backend.now())
    await backend.journal.commit([SaveStateMachine(revised)])
    return {"update_date": revised.updated_at, "revision_id": revised.revision_id}


async def describe(backend: Backend, _caller: Caller, request: DescribeRequest) -> Answer:
    record = find(backend, request.state_machine_arn)
    return {
        **described(record),
        "type": record.type,
        "status": "ACTIVE",
        "creation_date": record.created_at,
    }


async def delete(backend: Backend, _caller: Caller, request: DeleteRequest) -> Answer:
    """A state machine that is not there counts as deleted; executions under way run to their end."""
    arn = parse_arn(request.state_machine_arn, "stateMachine").text
    if backend.journal.state_machines.find(arn) is not None:
        await backend.journal.commit([DeleteStateMachine(arn)])
    return {}


async def list_all(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    page = backend.journal.state_machines.page(
        limit=request.max_results or PAGE_SIZE, after=read_page_token(request.next_token)
    )
    return {"state_machines": [_listed(record) for record in page.items], "next_token": page_token(page.next)}


async def validate(_backend: Backend, _caller: Caller, request: ValidateRequest) -> Answer:
    found = diagnose(request.definition, express=request.type == "EXPRESS")
    errors = [one for one in found if one.severity is Severity.ERROR]
    wanted = found if request.severity == "WARNING" else errors
    limit = request.max_results or _DIAGNOSTICS_SHOWN
    return {
        "result": "FAIL" if errors else "OK",
        "diagnostics": [_diagnostic(one) for one in wanted[:limit]],
        "truncated": len(wanted) > limit,
    }


def find(backend: Backend, arn: str) -> StateMachineRecord:
    """The current revision.

    Raises:
        ApiError: InvalidArn, StateMachineDoesNotExist
    """
    record = backend.journal.state_machines.find(parse_arn(arn, "stateMachine").text)
    if record is None:
        raise no_such_state_machine(arn)
    return record


def described(record: StateMachineRecord) -> dict[str, object]:
    """What DescribeStateMachine and DescribeStateMachineForExecution have in common."""
    return {
        "state_machine_arn": record.arn,
        "name": record.name,
        "definition": record.definition,
        "role_arn": record.role_arn,
        "revision_id": _shown_revision(record),
        "variable_references": variable_references(record.definition) or None,
        **{name: value for name, value in record.settings.items() if name != "tags"},
    }


def _shown_revision(record: StateMachineRecord) -> str | None:
    """AWS shows a revision only once there was an update."""
    return None if record.updated_at == record.created_at else record.revision_id


def _listed(record: StateMachineRecord) -> Answer:
    return {
        "state_machine_arn": record.arn,
        "name": record.name,
        "type": record.type,
        "creation_date": record.created_at,
    }


def _diagnostic(found: Diagnostic) -> Answer:
    return {
        "severity": found.severity.value,
        "code": found.code,
        "message": found.message,
        "location": found.location,
    }


def _check_definition(definition: str, machine_type: str) -> None:
    try:
        load(definition, express=machine_type == "EXPRESS")
    except InvalidDefinition as error:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{error}'") from error


def _refuse_versions(request: CreateRequest | UpdateRequest) -> None:
    if request.publish:
        raise validation_failed("Publishing versions is not supported yet")
    if request.version_description is not None:
        raise validation_failed("Version description can only be set when publish is true")


def _new_record(backend: Backend, caller: Caller, request: CreateRequest) -> StateMachineRecord:
    now = backend.now()
    defaults: Settings = {
        "logging_configuration": dict(_NO_LOGGING),
        "tracing_configuration": {"enabled": False},
        "encryption_configuration": {"type": "AWS_OWNED_KEY"},
    }
    tags: Settings = {} if request.tags is None else {"tags": request.tags}
    return StateMachineRecord(
        arn=caller.state_machine_arn(request.name),
        name=request.name,
        type=request.type,
        definition=request.definition,
        role_arn=request.role_arn,
        revision_id=backend.new_id(),
        created_at=now,
        updated_at=now,
        settings={**defaults, **_settings(request), **tags},
    )


def _same_content(one: StateMachineRecord, other: StateMachineRecord) -> bool:
    return (one.definition, one.type, *map(one.settings.get, _CONTENT_SETTINGS)) == (
        other.definition,
        other.type,
        *map(other.settings.get, _CONTENT_SETTINGS),
    )


def _settings(request: CreateRequest | UpdateRequest) -> dict[str, JSON]:
    settings: dict[str, JSON] = {
        "logging_configuration": _logging(request.logging_configuration),
        "tracing_configuration": request.tracing_configuration,
        "encryption_configuration": request.encryption_configuration,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _logging(configuration: JSON) -> JSON:
    if not isinstance(configuration, dict):
        return None
    complete = {**_NO_LOGGING, **configuration}
    destinations = complete.get("destinations")
    if complete["level"] != "OFF" and not (isinstance(destinations, list) and len(destinations) == 1):
        message = "Invalid Logging Configuration: Must specify exactly one Log Destination."
        raise ApiError("InvalidLoggingConfiguration", message)
    return complete
