"""The actions on versions: publish, delete, list."""

from dataclasses import dataclass, replace

from asl_engine.journal.port import DeleteRecord, SaveRecord, SaveStateMachine, StateMachineRecord, Write
from asl_engine.journal.records import VersionRecord
from asl_engine.server.arns import Caller, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.errors import conflict
from asl_engine.server.targets import find
from asl_engine.server.wire import Answer

_INITIAL = "INITIAL"
"""What callers write for the revision of a state machine that was never updated."""
_LAST_NUMBER = "last_version_number"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    state_machine_arn: str
    revision_id: str | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRequest:
    state_machine_version_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    state_machine_arn: str
    max_results: int = 0
    next_token: str | None = None


async def publish(backend: Backend, _caller: Caller, request: PublishRequest) -> Answer:
    """A revision is published once: publishing it again answers with the version it has."""
    record = find(backend, request.state_machine_arn)
    current = shown_revision(record) or _INITIAL
    if request.revision_id not in (None, current):
        raise conflict(
            f"Failed to publish the State Machine version for revision {request.revision_id}. "
            f"The current State Machine revision is {current}."
        )
    version = version_of(backend, record, request.description)
    await backend.journal.commit([SaveRecord(version)])
    return {"state_machine_version_arn": version.arn, "creation_date": version.created_at}


async def delete(backend: Backend, _caller: Caller, request: DeleteRequest) -> Answer:
    """A version that is not there counts as deleted."""
    arn = parse_arn(request.state_machine_version_arn, "stateMachine").text
    version = backend.journal.versions.find(arn)
    if version is None:
        return {}
    aliases = backend.journal.aliases.page(limit=PAGE_SIZE, owner=version.owner).items
    users = [alias.name for alias in aliases if arn in alias.routes]
    if users:
        raise conflict(
            "Version to be deleted must not be referenced by an alias. "
            f"Current list of aliases referencing this version: [{', '.join(users)}]"
        )
    await backend.journal.commit([*_number_kept(backend, version), DeleteRecord(VersionRecord, arn)])
    return {}


async def list_of_machine(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    """Newest first; a state machine that is not there has none."""
    arn = parse_arn(request.state_machine_arn, "stateMachine").text
    page = backend.journal.versions.page(
        limit=request.max_results or PAGE_SIZE, owner=arn, after=read_page_token(request.next_token), reverse=True
    )
    return {
        "state_machine_versions": [
            {"state_machine_version_arn": version.arn, "creation_date": version.created_at} for version in page.items
        ],
        "next_token": page_token(page.next),
    }


def version_of(backend: Backend, record: StateMachineRecord, description: str | None) -> VersionRecord:
    """The version of the revision: the one it has, or the next, which is still to be saved."""
    newest = _newest(backend, record.arn)
    if newest is not None and newest.revision_id == record.revision_id:
        return newest
    given = record.settings.get(_LAST_NUMBER, 0)
    assert isinstance(given, int)
    number = max(given, 0 if newest is None else newest.number) + 1
    return VersionRecord(
        arn=f"{record.arn}:{number}",
        state_machine_arn=record.arn,
        number=number,
        revision_id=record.revision_id,
        created_at=backend.now(),
        description=description or "",
    )


def shown_revision(record: StateMachineRecord) -> str | None:
    """AWS shows a revision only once there was an update."""
    return None if record.updated_at == record.created_at else record.revision_id


def _newest(backend: Backend, state_machine_arn: str) -> VersionRecord | None:
    newest = backend.journal.versions.page(limit=1, owner=state_machine_arn, reverse=True).items
    return newest[0] if newest else None


def _number_kept(backend: Backend, version: VersionRecord) -> list[Write]:
    """A number is never given again, also when its version was the last."""
    record = backend.journal.state_machines.find(version.state_machine_arn)
    if record is None or _newest(backend, record.arn) != version:
        return []
    return [SaveStateMachine(replace(record, settings={**record.settings, _LAST_NUMBER: version.number}))]
