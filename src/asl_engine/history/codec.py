"""Events as rows and back: a kind, the one large document in its own column, and the small rest as JSON.

The document is kept as it is rather than inside other JSON, so that a 256 KiB state is never escaped again. The rest
leaves out what is absent or has its default, so that fields can be added without touching old rows.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, get_args

from asl_engine.history import events as e
from asl_engine.history.documents import Document, serialise
from asl_engine.history.headers import Event
from asl_engine.history.resources import Resource, parse_resource
from asl_engine.language.values import Failure

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Row(NamedTuple):
    """One event as it is kept. `at` counts microseconds since 1970."""

    id: int
    ordinal: int
    previous_event_id: int
    frame: int
    at: int
    kind: str
    document: str | None
    rest: str | None


def microseconds(moment: datetime) -> int:
    return (moment - EPOCH) // _MICROSECOND


def moment_of(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at)


def encode(event: e.HistoryEvent) -> Row:
    kind = event.__class__
    shape = _SHAPES[kind]
    rest = {}
    for name, dump in shape.dumps:
        value = getattr(event, name)
        if value is not None:
            rest[name] = dump(value) if dump else value
    return Row(
        event.id,
        event.ordinal,
        event.previous_event_id,
        event.frame,
        microseconds(event.timestamp),
        kind.__name__,
        getattr(event, shape.document).text if shape.document else None,
        serialise(rest) if rest else None,
    )


def decode(row: Row) -> e.HistoryEvent:
    kind = _KINDS[row.kind]
    shape = _SHAPES[kind]
    content: dict[str, Any] = json.loads(row.rest) if row.rest else {}
    for name, load in shape.loads:
        if name in content:
            content[name] = load(content[name])
    if shape.document:
        content[shape.document] = Document(text=row.document)
    event: e.HistoryEvent = kind(
        id=row.id,
        ordinal=row.ordinal,
        previous_event_id=row.previous_event_id,
        frame=row.frame,
        timestamp=moment_of(row.at),
        **content,
    )
    return event


# --- how each field is kept, by its declared type ----------------------------------------------------------------


def _load_failure(kept: list[str | None]) -> Failure:
    return Failure(*kept)


def _dump_failure(failure: Failure) -> list[str | None]:
    return [failure.error, failure.cause]


def _dump_documents(documents: Mapping[str, Document]) -> dict[str, str]:
    return {name: document.text for name, document in documents.items()}


def _load_documents(texts: Mapping[str, str]) -> dict[str, Document]:
    return {name: Document(text=text) for name, text in texts.items()}


def _dump_resource(resource: Resource) -> str:
    return resource.arn


_CONVERSIONS: Final[Mapping[Any, tuple[Callable[[Any], object], Callable[[Any], object]]]] = {
    Failure: (_dump_failure, _load_failure),
    Resource: (_dump_resource, parse_resource),
    datetime: (microseconds, moment_of),
    Document | None: (lambda document: document.text, Document.parsed),
    Mapping[str, Document] | None: (_dump_documents, _load_documents),
}


@dataclass(frozen=True, slots=True)
class _Shape:
    document: str | None
    dumps: tuple[tuple[str, Callable[[Any], object] | None], ...]
    loads: tuple[tuple[str, Callable[[Any], object]], ...]


def _shape_of(kind: type[Event]) -> _Shape:
    header = {field.name for field in fields(Event)}
    own = [field for field in fields(kind) if field.name not in header]
    kept = [field for field in own if field.type is not Document]
    return _Shape(
        document=next((field.name for field in own if field.type is Document), None),
        dumps=tuple((field.name, _CONVERSIONS.get(field.type, (None, None))[0]) for field in kept),
        loads=tuple((field.name, _CONVERSIONS[field.type][1]) for field in kept if field.type in _CONVERSIONS),
    )


_KINDS: Final[Mapping[str, Any]] = {kind.__name__: kind for kind in get_args(e.HistoryEvent)}
_SHAPES: Final = {kind: _shape_of(kind) for kind in _KINDS.values()}
