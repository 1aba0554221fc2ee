"""One interface for where artefacts lie: a directory, or a bucket of an S3-compatible object store.

Keys are relative, with `/` between their parts, as in `runs/2026-11-24/awards.parquet`. An artefact is a single
object, so it is never seen half written; what has several files writes the one that makes it count last.
"""

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import obstore
from filelock import FileLock, Timeout
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    NotFoundError,
    PermissionDeniedError,
    PreconditionError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, ObjectStore, S3Store

from sbir_etl import disk
from sbir_etl.errors import Conflict, InvalidInput, MissingObject, SbirEtlError, TransientError

_CHUNK_BYTES = 8 * 1024 * 1024
_LOCK_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One stored object, as a listing shows it."""

    key: str
    size: int
    modified_at: datetime


class Storage(Protocol):
    """What every step needs of its storage; nothing is ever seen half written.

    All methods raise `MissingObject` for a key that is not there, `InvalidInput` when the key is not one or the
    storage refuses (no permission, read-only), and `TransientError` when it fails (out of reach, disk full).
    """

    url: str

    def read(self, key: str) -> bytes:
        """The whole object; for documents, not for data."""
        ...

    def write(self, key: str, content: bytes | Path) -> None:
        """Stores bytes, or the file at a path, under `key`, in place of what was there.

        The file is given away: it may have been moved, so that nobody may count on its path afterwards.
        """
        ...

    def replace(self, key: str, content: bytes, *, expected: bytes | None) -> None:
        """Writes only if the object is still `expected`; `None` expects that there is none.

        An object that is `content` already is left alone, so that repeating a replace is harmless. Raises: Conflict.
        """
        ...

    def fetch(self, key: str, into: Path) -> Path:
        """A local file with the object's content, to be read and never written.

        It is the object itself where that is a local file; otherwise a copy in the directory `into`.
        """
        ...

    def entries(self, prefix: str) -> Iterator[Entry]:
        """What lies under `prefix`, sorted by key.

        A prefix is whole parts of keys: `runs/7` does not find `runs/70/…`; the empty one finds everything.
        """
        ...

    def remove(self, key: str) -> None:
        """Takes the object away; a key that is not there is no error."""
        ...


def open_storage(url: str) -> Storage:
    """The storage at `s3://bucket[/prefix]`, `file:///path` or a plain path; a directory is made when first written.

    The endpoint, region and credentials of S3 come from the environment (`AWS_ENDPOINT_URL`, …) or the role.
    Raises: InvalidInput.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        return _s3(parts.netloc, parts.path.strip("/"))
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path:
        return Directory(Path(unquote(parts.path)))
    if url and "://" not in url:
        return Directory(Path(url))
    raise InvalidInput(f"storage: got {url!r}, wanted s3://bucket/prefix, file:///path or the path of a folder")


def _s3(bucket: str, prefix: str) -> Storage:
    objects = S3Store(
        bucket,
        prefix=prefix or None,
        checksum_algorithm="SHA256",
        client_options={"allow_http": True},  # only a local stand-in has a plain http endpoint
    )
    return Bucket(f"s3://{bucket}/{prefix}".rstrip("/"), objects)


class _Objects:
    """What directories and buckets have in common."""

    url: str

    def read(self, key: str) -> bytes:
        return self._versioned(key)[0]

    def write(self, key: str, content: bytes | Path) -> None:
        if isinstance(content, Path) and not content.is_file():
            raise MissingObject(f"{self._where(key)}: the file to store, {content}, is not there")
        with self._explained(key):
            obstore.put(self._store(writing=True), key, content, chunk_size=_CHUNK_BYTES, max_concurrency=4)

    def entries(self, prefix: str) -> Iterator[Entry]:
        try:
            with self._explained(prefix or "*"):
                found = obstore.list(self._store(), prefix or None).collect()
        except MissingObject:
            return
        for meta in sorted(found, key=lambda meta: meta["path"]):
            if not _hidden(meta["path"]):
                yield Entry(key=meta["path"], size=meta["size"], modified_at=meta["last_modified"])

    def remove(self, key: str) -> None:
        try:
            with self._explained(key):
                obstore.delete(self._store(writing=True), key)
        except MissingObject:
            return

    def _versioned(self, key: str) -> tuple[bytes, str | None]:
        with self._explained(key):
            result = obstore.get(self._store(), key)
            return bytes(result.bytes()), result.meta["e_tag"]

    def _store(self, *, writing: bool = False) -> ObjectStore:
        raise NotImplementedError

    def _where(self, key: str) -> str:
        return f"{self.url}/{key}"

    @contextmanager
    def _explained(self, key: str) -> Iterator[None]:
        """Refuses keys that are none, and turns the libraries' errors into ours."""
        if not {"", ".", ".."}.isdisjoint(key.split("/")):
            raise InvalidInput(f"{self.url}: got the key {key!r}, wanted a relative path without empty or dotted parts")
        try:
            yield
        except (BaseError, OSError) as error:
            raise _translated(error, self._where(key)) from error


class Directory(_Objects):
    """Objects as files of a directory; files and folders whose names begin with a dot are not objects."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self.url = str(self._root)

    def write(self, key: str, content: bytes | Path) -> None:
        if not (isinstance(content, Path) and content.is_file() and self._moved(key, content)):
            super().write(key, content)

    def _moved(self, key: str, source: Path) -> bool:
        """Whether the file could be moved, which costs nothing where copying 400 MB takes a second."""
        target = self._root / key
        with self._explained(key):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                source.replace(target)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                return False
        return True

    def replace(self, key: str, content: bytes, *, expected: bytes | None) -> None:
        path = self._root / key
        with self._explained(key):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                # The operating system drops the lock of a process that dies; the lock's file stays, and is harmless.
                with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_SECONDS):
                    _replace_file(path, content, expected=expected)
            except Timeout as error:
                raise TransientError(f"{path}: still locked by another process after {_LOCK_SECONDS} s") from error

    def fetch(self, key: str, into: Path) -> Path:  # noqa: ARG002 - nothing is copied here
        path = self._root / key
        with self._explained(key):
            if not path.is_file():
                raise MissingObject(f"{path}: there is no such file")
        return path

    def _store(self, *, writing: bool = False) -> ObjectStore:
        if not writing and not self._root.is_dir():
            raise FileNotFoundError(f"{self._root} is no folder")
        return LocalStore(self._root, mkdir=writing)


class Bucket(_Objects):
    """Objects of a store with conditional writes by ETag, as S3 has them."""

    def __init__(self, url: str, objects: ObjectStore) -> None:
        self.url = url
        self._objects = objects

    def replace(self, key: str, content: bytes, *, expected: bytes | None) -> None:
        try:
            found, tag = self._versioned(key)
        except MissingObject:
            found, tag = None, None
        if _settled(found, content, expected=expected, where=self._where(key)):
            return
        with self._explained(key):
            try:
                obstore.put(self._objects, key, content, mode="create" if tag is None else {"e_tag": tag})
            except (AlreadyExistsError, PreconditionError) as error:
                # A put that is repeated after a lost answer is refused because of its own first try.
                if self.read(key) != content:
                    raise Conflict(_changed(self._where(key))) from error

    def fetch(self, key: str, into: Path) -> Path:
        with self._explained(key):
            target = into / key
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(f"{target.name}.partial")
            with partial.open("wb") as file:
                for chunk in obstore.get(self._objects, key).stream(min_chunk_size=_CHUNK_BYTES):
                    file.write(chunk)
            return partial.replace(target)

    def _store(self, *, writing: bool = False) -> ObjectStore:  # noqa: ARG002 - a bucket is never made here
        return self._objects


def _replace_file(path: Path, content: bytes, *, expected: bytes | None) -> None:
    found = path.read_bytes() if path.exists() else None
    if _settled(found, content, expected=expected, where=str(path)):
        return
    # Its own name will do under the lock; `tempfile` would give the file a mode that no umask has a say in.
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def _settled(found: bytes | None, content: bytes, *, expected: bytes | None, where: str) -> bool:
    """Whether there is nothing left to write. Raises: Conflict when the object is not the expected one."""
    if found == content:
        return True
    if found != expected:
        raise Conflict(_changed(where))
    return False


def _changed(where: str) -> str:
    return f"{where}: it was changed meanwhile, wanted it as it was when this refresh began"


def _hidden(key: str) -> bool:
    return any(part.startswith(".") for part in key.split("/"))


_MISSING: disk.Kind = (MissingObject, "wanted it to be there")
_FAILED: disk.Kind = (TransientError, "wanted an answer; check that the storage can be reached, then start again")
_BY_TYPE: Mapping[type[Exception], disk.Kind] = {
    FileNotFoundError: _MISSING,
    NotFoundError: _MISSING,
    PermissionError: disk.REFUSED,
    PermissionDeniedError: disk.REFUSED,
    UnauthenticatedError: disk.REFUSED,
}


def _translated(error: Exception, where: str) -> SbirEtlError:
    gone = _MISSING if disk.number(error) == errno.ENOENT else None
    kind, wanted = gone or disk.refusal(error) or _BY_TYPE.get(type(error), _FAILED)
    return kind(f"{where}: {str(error).partition(chr(10))[0]}; {wanted}")
