"""What fetching gives, wherever the file lies: its bytes written as they come, and hashed on the way.

So memory does not depend on the size of the file. A gzip source, however it is named, is unpacked: the hash is of the
CSV itself, so the same data compressed anew is unchanged.
"""

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedIOBase, BufferedReader
from pathlib import Path
from urllib.parse import SplitResult, urlsplit, urlunsplit

from sbir_etl.errors import InvalidInput, SourceRejected

_CHUNK_BYTES = 1 << 18
_GZIP_MAGIC = b"\x1f\x8b"

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, kw_only=True)
class Validators:
    """What a server said of the file last time; sent back, they turn an unchanged download into a 304."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A fetched file; `size` in bytes and `sha256` are of the unpacked CSV at the destination."""

    sha256: str
    size: int
    validators: Validators


def split(source: str) -> SplitResult:
    """The parts of a URL or path. Raises: InvalidInput for a URL that is none."""
    try:
        return urlsplit(source)
    except ValueError as error:
        raise InvalidInput(f"source_url: {error}, wanted an http(s) URL or a path to a .csv or .csv.gz file") from error


def shown(source: str) -> str:
    """`source` as it may be shown and kept: a URL without its user, password and query, where keys and signatures are.

    Raises: InvalidInput for a URL that is none.
    """
    parts = split(source)
    if not parts.netloc:
        return source
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def is_packed(raw: BufferedReader) -> bool:
    """Whether the stream, which stands at its beginning and does so afterwards, is gzip's."""
    packed = raw.read(2) == _GZIP_MAGIC
    raw.seek(0)
    return packed


def write(raw: BufferedReader, destination: Path, *, packed: bool, source: str, report: Progress) -> Fetched:
    """Write what the stream `raw` gives to `destination`. Raises: SourceRejected when gzip's stream is damaged."""
    digest = hashlib.sha256()
    size = 0
    # One buffer for all of it: fresh memory for every chunk takes longer than hashing it.
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    with _damage_named(source), _opened(raw, packed=packed) as stream, destination.open("wb") as out:
        while length := stream.readinto(buffer):
            digest.update(buffer[:length])
            size += out.write(buffer[:length])
            report(size, None)
    return Fetched(sha256=digest.hexdigest(), size=size, validators=Validators())


@contextmanager
def _opened(raw: BufferedReader, *, packed: bool) -> Iterator[BufferedIOBase]:
    if not packed:
        yield raw
        return
    with gzip.open(raw, "rb") as stream:
        yield stream


@contextmanager
def _damage_named(source: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceRejected(
            f"{source}: the gzip stream is damaged ({error}), wanted a whole .csv.gz; download it again"
        ) from error
