"""The actions on aliases: create, update, describe, delete, list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from asl_engine.journal.port import DeleteRecord, SaveRecord
from asl_engine.journal.records import AliasRecord
from asl_engine.server.arns import Arn, Caller, parse_arn
from asl_engine.server.backend import PAGE_SIZE, Backend, page_token, read_page_token
from asl_engine.server.errors import conflict, invalid_arn, no_such_resource, validation_failed
from asl_engine.server.targets import state_machine_of
from asl_engine.server.wire import Answer

Routing: TypeAlias = list[Mapping[str, str | int]]
_WHOLE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRequest:
    name: str
    routing_configuration: Routing
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    state_machine_alias_arn: str
    description: str | None = None
    routing_configuration: Routing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRequest:
    state_machine_alias_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    state_machine_arn: str
    max_results: int = 0
    next_token: str | None = None


async def create(backend: Backend, _caller: Caller, request: CreateRequest) -> Answer:
    """The same alias again answers as the first time."""
    routes = _routes(backend, request.routing_configuration)
    state_machine_arn = parse_arn(next(iter(routes)), "stateMachine").unqualified
    now = backend.now()
    alias = AliasRecord(
        arn=f"{state_machine_arn}:{request.name}",
        name=request.name,
        state_machine_arn=state_machine_arn,
        routes=routes,
        created_at=now,
        updated_at=now,
        description=request.description,
    )
    existing = backend.journal.aliases.find(alias.arn)
    if existing is None:
        await backend.journal.commit([SaveRecord(alias)])
    elif (existing.routes, existing.description) != (alias.routes, alias.description):
        raise conflict(
            "Failed to create alias because an alias with the same name and a different routing configuration "
            "already exists."
        )
    return {"state_machine_alias_arn": alias.arn, "creation_date": (existing or alias).created_at}


async def update(backend: Backend, _caller: Caller, request: UpdateRequest) -> Answer:
    alias = _find(backend, request.state_machine_alias_arn)
    if request.description is None and request.routing_configuration is None:
        raise validation_failed("Either the description or the routing configuration must be specified")
    routes = alias.routes
    if request.routing_configuration is not None:
        routes = _routes(backend, request.routing_configuration)
        if parse_arn(next(iter(routes)), "stateMachine").unqualified != alias.state_machine_arn:
            raise validation_failed("Routing configuration must contain versions of the alias's state machine.")
    description = alias.description if request.description is None else request.description
    updated = replace(alias, routes=routes, description=description, updated_at=backend.now())
    await backend.journal.commit([SaveRecord(updated)])
    return {"update_date": updated.updated_at}


async def describe(backend: Backend, _caller: Caller, request: AliasRequest) -> Answer:
    alias = _find(backend, request.state_machine_alias_arn)
    return {
        "state_machine_alias_arn": alias.arn,
        "name": alias.name,
        "description": alias.description,
        "routing_configuration": [
            {"state_machine_version_arn": arn, "weight": weight} for arn, weight in alias.routes.items()
        ],
        "creation_date": alias.created_at,
        "update_date": alias.updated_at,
    }


async def delete(backend: Backend, _caller: Caller, request: AliasRequest) -> Answer:
    alias = _find(backend, request.state_machine_alias_arn)
    await backend.journal.commit([DeleteRecord(AliasRecord, alias.arn)])
    return {}


async def list_of_machine(backend: Backend, _caller: Caller, request: ListRequest) -> Answer:
    """By a version's ARN, only the aliases that lead to it."""
    named = parse_arn(request.state_machine_arn, "stateMachine")
    state_machine = state_machine_of(backend, named)
    page = backend.journal.aliases.page(
        limit=request.max_results or PAGE_SIZE, owner=state_machine.arn, after=read_page_token(request.next_token)
    )
    return {
        "state_machine_aliases": [
            {"state_machine_alias_arn": alias.arn, "creation_date": alias.created_at}
            for alias in page.items
            if not named.qualifier or named.text in alias.routes
        ],
        "next_token": page_token(page.next),
    }


def _find(backend: Backend, arn: str) -> AliasRecord:
    alias = backend.journal.aliases.find(parse_arn(arn, "stateMachine").text)
    if alias is None:
        raise no_such_resource()
    return alias


def _routes(backend: Backend, routing: Routing) -> dict[str, int]:
    """One or two versions of one state machine, whose weights make a whole."""
    routes = {str(route["state_machine_version_arn"]): int(route["weight"]) for route in routing}
    versions = [_version(arn) for arn in routes]
    if len(routes) < len(routing):
        shown = ", ".join(str(route["state_machine_version_arn"]) for route in routing)
        raise validation_failed(
            f"Routing configuration must contain distinct state machine version ARNs. Received: [{shown}]"
        )
    if sum(routes.values()) != _WHOLE:
        shown = ", ".join(map(str, routes.values()))
        raise validation_failed(f"Sum of routing configuration weights must equal 100. Received: [{shown}]")
    if len({version.unqualified for version in versions}) > 1:
        raise validation_failed("Routing configuration must contain versions of the same state machine.")
    if any(backend.journal.versions.find(arn) is None for arn in routes):
        raise no_such_resource()
    return routes


def _version(arn: str) -> Arn:
    version = parse_arn(arn, "stateMachine")
    if not version.qualifier.isdecimal():
        raise invalid_arn(arn)
    return version
