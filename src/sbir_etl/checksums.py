"""Files stored with their SHA-256 beside them, so that what a later step reads is what an earlier one wrote.

`awards.parquet` has a companion `awards.parquet.sha256`, in the format of sha256sum, which can check them by hand.
Storage does not tell that an object was altered or cut after it was stored; stand-ins for S3 do not even tell it of
what they are sent. So it is checked here, where the file is read, at about 0.06 s of processor time per 100 MB.
"""

import hashlib
from pathlib import Path, PurePosixPath

from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.storage import Storage

SUFFIX = ".sha256"


def store(storage: Storage, key: str, path: Path) -> None:
    """Stores the file at `path`, which is given away, under `key`, and its SHA-256 under `key` + SUFFIX."""
    line = f"{_sha256(path)}  {PurePosixPath(key).name}\n"
    storage.write(key, path)
    storage.write(f"{key}{SUFFIX}", line.encode())


def fetch(storage: Storage, key: str, into: Path) -> Path:
    """As `Storage.fetch`, of what `store` stored. Raises: MissingObject; GateFailed when it is not what was stored."""
    path = storage.fetch(key, into)
    wanted, found = _wanted(storage, key), _sha256(path)
    if found != wanted:
        raise GateFailed(
            f"{storage.url}/{key}: got {path.stat().st_size:,} bytes with the SHA-256 {found[:12]}…, wanted "
            f"{wanted[:12]}… as it was stored: it was altered or cut since. Restore it from a backup or an earlier "
            "version of the object"
        )
    return path


def _wanted(storage: Storage, key: str) -> str:
    try:
        return storage.read(f"{key}{SUFFIX}").decode(errors="replace").partition(" ")[0]
    except MissingObject as error:
        raise GateFailed(
            f"{storage.url}/{key}: got no {SUFFIX} beside it, wanted its checksum. Restore that; if the file can be "
            "trusted as it is, sha256sum makes one"
        ) from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
