"""What the ARN of a state machine stands for: its current revision, a published version, or an alias of versions."""

from dataclasses import dataclass

from asl_engine.journal.port import StateMachineRecord
from asl_engine.journal.records import AliasRecord, VersionRecord
from asl_engine.server.arns import Arn, parse_arn
from asl_engine.server.backend import Backend
from asl_engine.server.errors import no_such_state_machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A revision to show or to run, and the version and alias that led to it."""

    record: StateMachineRecord
    version: VersionRecord | None = None
    alias: AliasRecord | None = None


def find(backend: Backend, arn: str) -> StateMachineRecord:
    """The current revision of a state machine.

    Raises:
        ApiError: InvalidArn, StateMachineDoesNotExist
    """
    record = backend.journal.state_machines.find(parse_arn(arn, "stateMachine").text)
    if record is None:
        raise no_such_state_machine(arn)
    return record


def resolve(backend: Backend, arn: str) -> Target:
    """The state machine, version or alias; an alias draws one of its versions by their weights.

    Raises:
        ApiError: InvalidArn, StateMachineDoesNotExist
    """
    named = parse_arn(arn, "stateMachine")
    if not named.qualifier:
        return Target(record=find(backend, arn))
    alias = backend.journal.aliases.find(arn)
    version = backend.journal.versions.find(arn if alias is None else _drawn(backend, alias))
    if version is None:
        raise no_such_state_machine(arn)
    return Target(record=revision_of(backend, version), version=version, alias=alias)


def revision_of(backend: Backend, version: VersionRecord) -> StateMachineRecord:
    record = backend.journal.state_machines.revision(version.state_machine_arn, version.revision_id)
    assert record is not None  # a revision stays as long as its state machine
    return record


def state_machine_of(backend: Backend, named: Arn) -> StateMachineRecord:
    """The state machine behind a qualified ARN or a plain one.

    Raises:
        ApiError: StateMachineDoesNotExist
    """
    record = backend.journal.state_machines.find(named.unqualified)
    if record is None:
        raise no_such_state_machine(named.text)
    return record


def _drawn(backend: Backend, alias: AliasRecord) -> str:
    """Each version stands for as many of the hundred numbers as its weight says."""
    numbers = [version_arn for version_arn, weight in alias.routes.items() for _ in range(weight)]
    return numbers[backend.draw(len(numbers))]
