"""What a disk refuses, told from the number in the error, whichever library passes it on; and a step's own folder."""

import errno
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from sbir_etl.errors import InvalidInput, SbirEtlError, TransientError

Kind: TypeAlias = tuple[type[SbirEtlError], str]

REFUSED: Kind = (InvalidInput, "wanted a place this process may read and write; check the permissions")
FULL: Kind = (TransientError, "wanted room for it; free some space, then start again")
_BY_NUMBER: Mapping[int, Kind] = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG), REFUSED),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), FULL),
}
# obstore and DuckDB give a failure of the operating system as text; only the number in it tells a full disk.
_NUMBER = re.compile(r"\(os error (\d+)\)|\"errno\":\"(\d+)\"")


def number(error: Exception) -> int | None:
    """The operating system's number of what went wrong."""
    if found := _NUMBER.search(str(error)):
        return int(found[1] or found[2])
    return error.errno if isinstance(error, OSError) else None


def refusal(error: Exception) -> Kind | None:
    """The kind of our error, and what was wanted, if the disk is full or the place refuses; None for all else."""
    return _BY_NUMBER.get(number(error) or 0)


def remove_left_behind(parent: Path, *, before: datetime) -> None:
    """Remove what steps that were killed left in `parent`: nothing there was changed since `before`.

    A day is long enough for the longest step, also of Dagster or of `sbir-etl step`, which ask nobody's leave.
    """
    for path in parent.iterdir():
        if path.is_dir() and path.stat().st_mtime < before.timestamp():
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def working_folder(parent: Path, step: str) -> Iterator[Path]:
    """A folder for one step under `parent`, which is made if need be; gone when the step ends.

    Raises: TransientError when the disk is full, InvalidInput when nothing may be written, even to what the step does.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix=f"{step}-") as folder:
            yield Path(folder)
    except SbirEtlError:
        raise
    except Exception as error:
        # Not DuckDB's errors by name: importing it takes 0.2 s, too long for the steps that do without.
        kind = refusal(error)
        if kind is None:
            raise
        summary = str(error).partition("\n")[0]
        raise kind[0](f"{parent}: {summary}; {kind[1]}") from error
