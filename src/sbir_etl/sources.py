"""Fetching the award file: over HTTP with resume and conditional GET, or from a local path; always through the hash.

The bytes are written as they come and hashed on the way, so memory does not depend on the size of the file. A gzip
source, however it is named, is unpacked: the hash is of the CSV itself, so the same data compressed anew is unchanged.
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

import httpx
import stamina

from sbir_etl.errors import InvalidInput, SourceRejected, SourceUnavailable

CHUNK_BYTES = 1 << 20
GZIP_MAGIC = b"\x1f\x8b"
TIMEOUT = httpx.Timeout(60.0, connect=20.0)
ATTEMPTS = 5

# Asking again changes nothing about these.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")

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


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


def fetch(
    source: str,
    destination: Path,
    *,
    known: Validators | None = None,
    local_allowed: bool = False,
    progress: Progress | None = None,
) -> Fetched | None:
    """Write the file at `source` to `destination`; None when the server says it still is the `known` one.

    `source` is an http(s) URL, or where `local_allowed` a path or file:// URL of a .csv or .csv.gz.
    Raises: InvalidInput for a source of another kind, SourceRejected for what is no award file, SourceUnavailable
    when the server cannot be reached or breaks off too often.
    """
    report = progress or (lambda _done, _total: None)
    parts = _split(source)
    scheme = parts.scheme
    if scheme in ("http", "https"):
        return _download(source, destination, known or Validators(), report)
    if scheme not in ("", "file"):
        raise InvalidInput(
            f"source_url: got {shown(source)!r}, wanted an http(s) URL or a path to a .csv or .csv.gz file"
        )
    if not local_allowed:
        raise InvalidInput(f"source_url: got the path {source!r}, wanted an http(s) URL; paths are for local runs")
    return _copy(Path(unquote(parts.path) if scheme else source), destination, report)


def shown(source: str) -> str:
    """`source` as it may be shown and kept: a URL without its user, password and query, where keys and signatures are.

    Raises: InvalidInput for a URL that is none.
    """
    parts = _split(source)
    if not parts.netloc:
        return source
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def _split(source: str) -> SplitResult:
    try:
        return urlsplit(source)
    except ValueError as error:
        raise InvalidInput(f"source_url: {error}, wanted an http(s) URL or a path to a .csv or .csv.gz file") from error


def _copy(path: Path, destination: Path, report: Progress) -> Fetched:
    with _opened_path(path) as raw:
        packed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        return _write(raw, destination, packed=packed, source=str(path), report=report)


def _opened_path(path: Path) -> BinaryIO:
    try:
        # Asked first: to open a pipe would wait for someone to write into it.
        if path.is_file():
            return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"source_url: {path}: {error.strerror}, wanted a file this process may read") from error
    raise InvalidInput(f"source_url: no file at {path}; give the path of a .csv or .csv.gz file, or a URL")


def _write(raw: BinaryIO, destination: Path, *, packed: bool, source: str, report: Progress) -> Fetched:
    digest = hashlib.sha256()
    size = 0
    with _damage_named(source), _opened(raw, packed=packed) as stream, destination.open("wb") as out:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            size += out.write(chunk)
            report(size, None)
    return Fetched(sha256=digest.hexdigest(), size=size, validators=Validators())


@contextmanager
def _opened(raw: BinaryIO, *, packed: bool) -> Iterator[BinaryIO]:
    if not packed:
        yield raw
        return
    with gzip.open(raw, "rb") as stream:
        yield stream  # type: ignore[misc] # GzipFile reads as a BinaryIO does


@contextmanager
def _damage_named(source: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise SourceRejected(
            f"{source}: the gzip stream is damaged ({error}), wanted a whole .csv.gz; download it again"
        ) from error


@dataclass(kw_only=True)
class _Partial:
    """A download in progress: what has been written so far, and its hash."""

    path: Path
    digest: _Hash
    size: int = 0
    validators: Validators = Validators()

    def restart(self, validators: Validators) -> None:
        self.path.write_bytes(b"")
        self.digest = hashlib.sha256()
        self.size = 0
        self.validators = validators


def _download(url: str, destination: Path, known: Validators, report: Progress) -> Fetched | None:
    partial = _Partial(path=destination.with_name(destination.name + ".part"), digest=hashlib.sha256())
    partial.restart(Validators())
    with httpx.Client(timeout=TIMEOUT, follow_redirects=True) as client:
        try:
            complete = _fetch_with_resume(client, url, partial, known, report)
        except _HOPELESS as error:
            raise SourceRejected(
                f"{shown(url)}: {error}, wanted the address of a CSV file; check source_url"
            ) from error
        except httpx.HTTPError as error:
            raise SourceUnavailable(
                f"{shown(url)}: {type(error).__name__} ({error or 'no details'}) after {partial.size:,} bytes and "
                f"{ATTEMPTS} attempts, wanted the whole file; check the address and the network"
            ) from error
    if not complete:
        partial.path.unlink()
        return None
    return _unpacked(url, partial, destination, report)


def _fetch_with_resume(client: httpx.Client, url: str, partial: _Partial, known: Validators, report: Progress) -> bool:
    # Else its retries would be told by structlog, where some library brings it, beside the log's JSON lines.
    stamina.instrumentation.set_on_retry_hooks([stamina.instrumentation.LoggingOnRetryHook])
    for attempt in stamina.retry_context(on=_may_pass, attempts=ATTEMPTS, wait_initial=0.2, timeout=600):
        with attempt:
            return _transfer(client, url, partial, known, report)
    raise AssertionError("retry_context either returns or raises")  # pragma: no cover


def _may_pass(error: Exception) -> bool:
    return isinstance(error, httpx.TransportError) and not isinstance(error, _HOPELESS)


def _transfer(client: httpx.Client, url: str, partial: _Partial, known: Validators, report: Progress) -> bool:
    with client.stream("GET", url, headers=_headers(partial, known)) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED and not partial.size and known != Validators():
            return False
        if response.status_code in (httpx.codes.PARTIAL_CONTENT, httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE):
            _check_goes_on(response, partial)
        else:
            _check_status(url, response)
            _check_content_type(url, response)
            partial.restart(
                Validators(etag=response.headers.get("etag"), last_modified=response.headers.get("last-modified"))
            )
        total = response.headers.get("content-length")
        _append(response, partial, report, None if total is None else partial.size + int(total))
        _check_whole(response, partial)
    return True


def _check_goes_on(response: httpx.Response, partial: _Partial) -> None:
    """A part is only good if it begins where the file broke off and is of the same file; else start from nothing."""
    found = _range(response)
    known = partial.validators.etag
    if found is None or int(found[1]) != partial.size or response.headers.get("etag", known) != known:
        size = partial.size
        partial.restart(Validators())
        raise httpx.RemoteProtocolError(
            f"HTTP {response.status_code} with {response.headers.get('content-range', 'no Content-Range')} of another "
            f"file or place, asked for what follows byte {size:,}"
        )


def _check_whole(response: httpx.Response, partial: _Partial) -> None:
    found = _range(response)
    if found is not None and found[2] != "*" and partial.size < int(found[2]):
        raise httpx.RemoteProtocolError(f"the server sent {partial.size:,} of {int(found[2]):,} bytes")


def _range(response: httpx.Response) -> re.Match[str] | None:
    """Where a part begins and how long the whole is, as the server says it."""
    return _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))


def _append(response: httpx.Response, partial: _Partial, report: Progress, total: int | None) -> None:
    with partial.path.open("ab") as out:
        # As it comes: a chunk collected to a fixed size would be lost when the connection breaks.
        for chunk in response.iter_raw():
            partial.digest.update(chunk)
            partial.size += out.write(chunk)
            report(partial.size, total)


def _headers(partial: _Partial, known: Validators) -> dict[str, str]:
    # identity: a length and a hash of what is stored, and ranges that count in the same bytes
    headers = {"Accept-Encoding": "identity", "User-Agent": "sbir-etl"}
    # A weak ETag does not promise the same bytes.
    if partial.size and partial.validators.etag and not partial.validators.etag.startswith("W/"):
        return headers | {"Range": f"bytes={partial.size}-", "If-Range": partial.validators.etag}
    if known.etag:
        headers["If-None-Match"] = known.etag
    elif known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _check_status(url: str, response: httpx.Response) -> None:
    status = response.status_code
    if status == httpx.codes.OK:
        return
    found = f"{shown(url)}: HTTP {status} {response.reason_phrase}, wanted 200"
    if status >= 500 or status in (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS):
        raise SourceUnavailable(f"{found}; the server is in trouble, try again later")
    raise SourceRejected(f"{found}; check source_url")


def _check_content_type(url: str, response: httpx.Response) -> None:
    content_type = response.headers.get("content-type", "")
    if "html" in content_type.lower():
        raise SourceRejected(
            f"{shown(url)}: an HTML page (Content-Type {content_type}), wanted a CSV file; open the address in a "
            "browser: the site may have moved the file or be down for maintenance"
        )


def _unpacked(url: str, partial: _Partial, destination: Path, report: Progress) -> Fetched:
    with partial.path.open("rb") as raw:
        packed = raw.read(2) == GZIP_MAGIC
        raw.seek(0)
        if packed:
            fetched = _write(raw, destination, packed=True, source=shown(url), report=report)
            partial.path.unlink()
            return Fetched(sha256=fetched.sha256, size=fetched.size, validators=partial.validators)
    partial.path.replace(destination)
    return Fetched(sha256=partial.digest.hexdigest(), size=partial.size, validators=partial.validators)
