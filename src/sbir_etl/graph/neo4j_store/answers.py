"""What the driver returns, as the plain values that every store returns."""

from collections.abc import Mapping

from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Time

from sbir_etl.graph.schema import NODES, RELATIONSHIPS, STAMP

_NAMES: Mapping[str, tuple[str, ...]] = {
    **{each.label: tuple(property_.name for property_ in each.properties) for each in (*NODES, STAMP)},
    **{each.type: tuple(property_.name for property_ in each.properties) for each in RELATIONSHIPS},
}


def plain(value: object) -> object:
    """Nodes and relationships as their declared properties, paths as both, dates as Python's; the rest as it is."""
    match value:
        case Node():
            return _properties(value, next((label for label in value.labels if label in _NAMES), ""))
        case Relationship():
            return _properties(value, value.type)
        case Path():
            return {"nodes": plain(list(value.nodes)), "relationships": plain(list(value.relationships))}
        case Date() | DateTime() | Time():
            return value.to_native()
        case _:
            return _nested(value)


def _nested(value: object) -> object:
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value


def _properties(entity: Node | Relationship, kind: str) -> dict[str, object]:
    return {name: plain(entity.get(name)) for name in _NAMES.get(kind, tuple(entity.keys()))}
