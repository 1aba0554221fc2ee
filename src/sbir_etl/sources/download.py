"""Downloading the award file over HTTP: with resume where the connection breaks, and not at all if it is unchanged.

A module of its own, because httpx takes 0.1 s of processor time to import, which a local path need not pay.
"""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import httpx
import stamina

from sbir_etl.errors import SourceRejected, SourceUnavailable
from sbir_etl.sources.fetched import Fetched, Progress, Validators, is_packed, shown, write

TIMEOUT = httpx.Timeout(60.0, connect=20.0)
ATTEMPTS = 5

# Asking again changes nothing about these.
_HOPELESS = (httpx.UnsupportedProtocol, httpx.TooManyRedirects, httpx.InvalidURL)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


@dataclass(kw_only=True)
class _Partial:
    """A download in progress: what has been written so far, and its hash."""

    path: Path
    digest: _Hash
    size: int = 0
    validators: Validators = field(default_factory=Validators)

    def restart(self, validators: Validators) -> None:
        self.path.write_bytes(b"")
        self.digest = hashlib.sha256()
        self.size = 0
        self.validators = validators


def download(url: str, destination: Path, known: Validators, report: Progress) -> Fetched | None:
    """The file at `url`, written to `destination`; None when the server says it still is the `known` one."""
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
        if is_packed(raw):
            fetched = write(raw, destination, packed=True, source=shown(url), report=report)
            partial.path.unlink()
            return Fetched(sha256=fetched.sha256, size=fetched.size, validators=partial.validators)
    partial.path.replace(destination)
    return Fetched(sha256=partial.digest.hexdigest(), size=partial.size, validators=partial.validators)
