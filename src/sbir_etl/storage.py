"""One interface for where artefacts lie: a directory, or a bucket of an S3-compatible object store.

Keys are relative, with `/` between their parts, as in `runs/2026-11-24/awards.parquet`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One stored object, as a listing shows it."""

    key: str
    size: int
    modified_at: datetime


class Storage(Protocol):
    """What every step needs of its storage; nothing is ever seen half written.

    All methods raise `MissingObject` for a key that is not there, `InvalidInput` when the storage refuses (no
    permission, read-only, no such bucket) and `TransientError` when it fails (out of reach, disk full).
    """

    url: str

    def read(self, key: str) -> bytes:
        """The whole object; for documents, not for data."""
        ...

    def write(self, key: str, content: bytes | Path) -> None:
        """Stores bytes, or the file at a path (streamed), under `key`, in place of what was there."""
        ...

    def replace(self, key: str, content: bytes, *, expected: bytes | None) -> None:
        """Writes only if the object is still `expected`; `None` expects that there is none. Raises: Conflict."""
        ...

    def fetch(self, key: str, into: Path) -> Path:
        """A local file with the object's content, to be read and never written.

        It is the object itself where that is a local file; otherwise a copy in the directory `into`.
        """
        ...

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies under `prefix` (whole parts of keys: `runs/7` does not find `runs/70/…`), sorted by key."""
        ...

    def remove(self, key: str) -> None:
        """Takes the object away; a key that is not there is no error."""
        ...


def open_storage(url: str) -> Storage:
    """The storage at `s3://bucket[/prefix]`, `file:///path` or a plain path. Raises: InvalidInput."""
    raise NotImplementedError(url)
