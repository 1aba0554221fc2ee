"""A file that is altered, cut or bare of its checksum is not read, wherever it lies."""

import hashlib
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from sbir_etl import checksums
from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.storage import Bucket, Directory, Storage

KEY = "runs/7/awards.parquet"
CONTENT = b"PAR1 rows PAR1"


@pytest.fixture(params=["directory", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    storage = Directory(tmp_path / "storage") if request.param == "directory" else Bucket("s3://bucket", MemoryStore())
    (tmp_path / "awards.parquet").write_bytes(CONTENT)
    checksums.store(storage, KEY, tmp_path / "awards.parquet")
    return storage


def test_what_was_stored_is_fetched(storage: Storage, tmp_path: Path) -> None:
    assert checksums.fetch(storage, KEY, tmp_path).read_bytes() == CONTENT


def test_the_checksum_beside_it_is_one_that_sha256sum_reads(storage: Storage) -> None:
    assert storage.read(f"{KEY}.sha256").decode() == f"{hashlib.sha256(CONTENT).hexdigest()}  awards.parquet\n"


@pytest.mark.parametrize("content", [b"PAR1 r0ws PAR1", CONTENT[:-1], b""], ids=["altered", "cut", "empty"])
def test_what_is_not_as_it_was_stored_is_refused_with_its_place(
    storage: Storage, tmp_path: Path, content: bytes
) -> None:
    storage.write(KEY, content)

    with pytest.raises(
        GateFailed,
        match=rf"{storage.url}/{KEY}: got {len(content)} bytes with .*, wanted .*\. Restore it from a backup",
    ):
        checksums.fetch(storage, KEY, tmp_path)


@pytest.mark.parametrize("checksum", [b"\xff", b"", b"no checksum\n"])
def test_a_damaged_checksum_refuses_too(storage: Storage, tmp_path: Path, checksum: bytes) -> None:
    storage.write(f"{KEY}.sha256", checksum)

    with pytest.raises(GateFailed, match=r"awards\.parquet: got 14 bytes"):
        checksums.fetch(storage, KEY, tmp_path)


def test_a_file_without_its_checksum_is_refused(storage: Storage, tmp_path: Path) -> None:
    storage.remove(f"{KEY}.sha256")

    with pytest.raises(GateFailed, match=r"got no \.sha256 beside it, wanted its checksum"):
        checksums.fetch(storage, KEY, tmp_path)


def test_a_file_that_is_not_there_is_missing_whatever_its_checksum(storage: Storage, tmp_path: Path) -> None:
    storage.remove(KEY)

    with pytest.raises(MissingObject, match=KEY):
        checksums.fetch(storage, KEY, tmp_path)
