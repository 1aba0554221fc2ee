"""The award file at a local path."""

import hashlib
from io import BufferedReader
from pathlib import Path

from sbir_etl.errors import InvalidInput
from sbir_etl.sources.fetched import Fetched, Progress, is_packed, write


def copy(path: Path, destination: Path, report: Progress) -> Fetched:
    """The file at `path`, written to `destination`."""
    with _opened(path) as raw:
        return write(raw, destination, packed=is_packed(raw), source=str(path), report=report)


def is_still(path: Path, *, sha256: str, size: int) -> bool:
    """Whether the file at `path` is the one with this hash; only read, and only where it has the size."""
    with _opened(path) as raw:
        return path.stat().st_size == size and hashlib.file_digest(raw, "sha256").hexdigest() == sha256


def _opened(path: Path) -> BufferedReader:
    try:
        # Asked first: to open a pipe would wait for someone to write into it.
        if path.is_file():
            return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"source_url: {path}: {error.strerror}, wanted a file this process may read") from error
    raise InvalidInput(f"source_url: no file at {path}; give the path of a .csv or .csv.gz file, or a URL")
