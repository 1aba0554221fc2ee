"""Vintages (downloaded award files, each stored once under its SHA-256) and the pointer to the live one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

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


def key(sha256: str, name: str) -> str:
    """The storage key of one of a vintage's files: `key(sha256, RAW)`."""
    return f"vintages/{sha256}/{name}"


def stored(storage: Storage, sha256: str) -> Manifest | None:
    """The vintage's manifest, or None when the vintage is not (completely) stored."""
    raise NotImplementedError


def store(storage: Storage, manifest: Manifest, files: Mapping[str, Path]) -> Manifest:
    """Stores a vintage once: files by name (AWARD_DATA, RAW, UNREADABLE), the manifest last.

    Returns the manifest that counts: the stored one if the vintage was there before, `manifest` otherwise.
    """
    raise NotImplementedError


def live(storage: Storage) -> Current | None:
    """What is live now, or None before the first successful refresh."""
    raise NotImplementedError


def advance(storage: Storage, current: Current, *, after: str | None) -> None:
    """Makes `current` live; `after` is the run id that was live when this refresh began (None: there was none).

    Repeating it for a run that is live already changes nothing. Raises: Conflict when another refresh got there first.
    """
    raise NotImplementedError
