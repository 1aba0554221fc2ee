"""Fetching the award file: over HTTP with resume and conditional GET, or from a local path; always through the hash."""

from pathlib import Path
from urllib.parse import unquote

from sbir_etl.errors import InvalidInput
from sbir_etl.sources import local
from sbir_etl.sources.fetched import Fetched, Progress, Validators, shown, split

__all__ = ["Fetched", "Progress", "Validators", "fetch", "is_still", "shown"]


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
    path = _local_path(source, local_allowed=local_allowed)
    if path is not None:
        return local.copy(path, destination, report)
    from sbir_etl.sources import download  # heavy, and only for a URL

    return download.download(source, destination, known or Validators(), report)


def is_still(source: str, *, sha256: str, size: int, local_allowed: bool = False) -> bool:
    """Whether a local file, not packed, has this hash: an unchanged one need not be copied to be known.

    A yes is as good as a copy's hash, for all of the file was read. After a no, what `fetch` copies is hashed anew, so
    that a file which changes meanwhile is stored under the hash of what was stored. Of a URL the answer is no.
    Raises: InvalidInput as `fetch`.
    """
    path = _local_path(source, local_allowed=local_allowed)
    return path is not None and local.is_still(path, sha256=sha256, size=size)


def _local_path(source: str, *, local_allowed: bool) -> Path | None:
    """None for an http(s) URL."""
    parts = split(source)
    if parts.scheme in ("http", "https"):
        return None
    if parts.scheme not in ("", "file"):
        raise InvalidInput(
            f"source_url: got {shown(source)!r}, wanted an http(s) URL or a path to a .csv or .csv.gz file"
        )
    if not local_allowed:
        raise InvalidInput(f"source_url: got the path {source!r}, wanted an http(s) URL; paths are for local runs")
    return Path(unquote(parts.path) if parts.scheme else source)
