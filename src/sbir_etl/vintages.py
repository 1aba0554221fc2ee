"""Vintages (downloaded award files, each stored once under its SHA-256) and the pointer to the live one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from sbir_etl import checksums
from sbir_etl.errors import Conflict, InvalidInput, MissingObject, problems
from sbir_etl.storage import Storage

CURRENT = "current.json"
AWARD_DATA = "award_data.csv"
RAW = "raw.parquet"
UNREADABLE = "unreadable.parquet"
MANIFEST = "manifest.json"


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What is known about a vintage; `rows` is the independent count, `readable` + `unreadable` equal it."""

    sha256: str
    bytes: int
    rows: int
    readable: int
    unreadable: int
    source: str
    etag: str | None
    last_modified: str | None
    downloaded_at: datetime


@dataclass(frozen=True, kw_only=True)
class Current:
    """The pointer: which vintage, run and graph are live, together. `graph` is what `GraphStore.load` returned."""

    vintage: str
    run_id: str
    rows: int
    graph: str
    advanced_at: datetime


_SCHEMA = 1
_Document = TypeVar("_Document")


def key(sha256: str, name: str) -> str:
    """The storage key of one of a vintage's files: `key(sha256, RAW)`."""
    return f"vintages/{sha256}/{name}"


def stored(storage: Storage, sha256: str) -> Manifest | None:
    """The vintage's manifest, or None when the vintage is not (completely) stored."""
    where = key(sha256, MANIFEST)
    content = _content(storage, where)
    return None if content is None else _parsed(content, Manifest, f"{storage.url}/{where}")


def store(storage: Storage, manifest: Manifest, files: Mapping[str, Path]) -> Manifest:
    """Stores a vintage once: its files by name (AWARD_DATA, RAW, UNREADABLE), then the manifest that makes it count.

    Returns the manifest that counts: the stored one if the vintage was there before, `manifest` otherwise.
    """
    found = stored(storage, manifest.sha256)
    if found is not None:
        return found
    if set(files) != {AWARD_DATA, RAW, UNREADABLE}:
        raise InvalidInput(f"vintage: got the files {sorted(files)}, wanted {AWARD_DATA}, {RAW} and {UNREADABLE}")
    # The CSV's own checksum is the vintage's name.
    storage.write(key(manifest.sha256, AWARD_DATA), files[AWARD_DATA])
    for name in (RAW, UNREADABLE):
        checksums.store(storage, key(manifest.sha256, name), files[name])
    try:
        storage.replace(key(manifest.sha256, MANIFEST), _document(manifest), expected=None)
    except Conflict:
        # Another refresh stored the same bytes meanwhile; its manifest is as good as this one and came first.
        return stored(storage, manifest.sha256) or manifest
    return manifest


def live(storage: Storage) -> Current | None:
    """What is live now, or None before the first successful refresh."""
    return _current(storage, _content(storage, CURRENT))


def advance(storage: Storage, current: Current, *, after: str | None) -> None:
    """Makes `current` live; `after` is the run id that was live when this refresh began (None: there was none).

    Repeating it for a run that is live already changes nothing. Raises: Conflict when another refresh got there first.
    """
    content = _content(storage, CURRENT)
    if _may_follow(storage, _current(storage, content), current.run_id, after):
        storage.replace(CURRENT, _document(current), expected=content)


def check_unmoved(storage: Storage, run_id: str, *, after: str | None) -> None:
    """See early what `advance` would find. Raises: Conflict when another refresh got there first."""
    _may_follow(storage, live(storage), run_id, after)


def _may_follow(storage: Storage, found: Current | None, run_id: str, after: str | None) -> bool:
    live_run_id = found.run_id if found else None
    if live_run_id == run_id:
        return False
    if live_run_id != after:
        raise Conflict(
            f"{storage.url}/{CURRENT}: got run {live_run_id} as the live one, wanted {after} as when this refresh "
            "began; another refresh went live meanwhile, start this one again if its file is newer"
        )
    return True


def _document(value: Manifest | Current) -> bytes:
    return to_json({"schema": _SCHEMA, **vars(value)}, indent=2) + b"\n"


def _content(storage: Storage, where: str) -> bytes | None:
    try:
        return storage.read(where)
    except MissingObject:
        return None


def _current(storage: Storage, content: bytes | None) -> Current | None:
    return None if content is None else _parsed(content, Current, f"{storage.url}/{CURRENT}")


def _parsed(content: bytes, kind: type[_Document], where: str) -> _Document:
    try:
        fields = from_json(content)
    except ValueError as error:
        raise InvalidInput(f"{where}: {error}, wanted JSON; restore the file from a backup") from error
    schema = fields.pop("schema", None) if isinstance(fields, dict) else None
    if schema != _SCHEMA:
        raise InvalidInput(f"{where}: got schema {schema!r}, wanted {_SCHEMA}; was it written by another version?")
    try:
        return TypeAdapter(kind).validate_python(fields)  # made here: most steps read neither document
    except ValidationError as error:
        raise InvalidInput(f"{problems(error, where)}; restore the file from a backup") from error
