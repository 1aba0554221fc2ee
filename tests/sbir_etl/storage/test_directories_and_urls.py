"""What holds of directories alone, and how a storage is named."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from sbir_etl import storage as storage_module
from sbir_etl.errors import InvalidInput, TransientError
from sbir_etl.storage import Bucket, Directory, open_storage
from tests.disks import full_disk


def test_a_directory_is_named_by_a_path_or_a_file_url(tmp_path: Path) -> None:
    for url in (str(tmp_path / "a b"), f"file://{tmp_path}/a%20b"):
        storage = open_storage(url)
        assert isinstance(storage, Directory)
        assert storage.url == str(tmp_path / "a b")


def test_a_relative_path_is_taken_from_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert open_storage("workspace").url == str(tmp_path / "workspace")


def test_a_directory_is_made_only_when_something_is_stored_in_it(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path / "workspace"))

    assert list(storage.entries("runs")) == []
    assert not (tmp_path / "workspace").exists()


@pytest.mark.parametrize(
    ("url", "named"),
    [("s3://bucket", "s3://bucket"), ("s3://bucket/", "s3://bucket"), ("s3://bucket/a/b/", "s3://bucket/a/b")],
)
def test_a_bucket_is_named_by_its_s3_url(url: str, named: str) -> None:
    storage = open_storage(url)

    assert isinstance(storage, Bucket)
    assert storage.url == named


@pytest.mark.parametrize("url", ["", "s3://", "gs://bucket", "file://elsewhere/path", "https://example.org/bucket"])
def test_any_other_url_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="wanted s3://bucket/prefix, file:///path or the path of a folder"):
        open_storage(url)


def test_a_file_of_a_directory_is_used_in_place(tmp_path: Path) -> None:
    storage = Directory(tmp_path)
    storage.write("raw.parquet", b"rows")

    assert storage.fetch("raw.parquet", tmp_path / "scratch") == tmp_path / "raw.parquet"
    assert not (tmp_path / "scratch").exists()


def test_hidden_files_are_not_objects(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_bytes(b"")
    (tmp_path / ".DS_Store").write_bytes(b"")

    assert list(Directory(tmp_path).entries("")) == []


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    """Sets it for one test."""
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_files_are_as_open_as_the_umask_leaves_them(
    tmp_path: Path, umask: Callable[[int], int], mask: int, mode: int
) -> None:
    storage = Directory(tmp_path)
    umask(mask)
    storage.write("raw.parquet", b"rows")
    storage.replace("current.json", b"{}", expected=None)

    files = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert files == dict.fromkeys(files, mode)
    assert {"raw.parquet", "current.json"} <= set(files)


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    storage = Directory(tmp_path)
    storage.write("runs", b"a file")

    with pytest.raises(InvalidInput, match=r"runs/7/a\.json: .*check the permissions"):
        storage.write("runs/7/a.json", b"{}")
    with pytest.raises(InvalidInput, match="check the permissions"):
        storage.replace("runs/7/a.json", b"{}", expected=None)


def test_a_full_disk_is_said_and_leaves_nothing_behind(tmp_path: Path) -> None:
    storage = Directory(tmp_path)
    storage.write("current.json", b"old")

    with full_disk(), pytest.raises(TransientError, match=r"a\.parquet: .*free some space"):
        storage.write("a.parquet", bytes(10_000))
    with full_disk(), pytest.raises(TransientError, match="free some space"):
        storage.replace("current.json", bytes(10_000), expected=b"old")

    assert [entry.key for entry in storage.entries("")] == ["current.json"]
    assert storage.read("current.json") == b"old"


def test_a_pointer_that_stays_locked_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_module, "_LOCK_SECONDS", 0.0)
    with FileLock(tmp_path / ".current.json.lock"), pytest.raises(TransientError, match="still locked"):
        Directory(tmp_path).replace("current.json", b"new", expected=None)


def test_an_object_store_out_of_reach_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")

    with pytest.raises(TransientError, match=r"s3://bucket/a\.json: .*check that the storage can be reached"):
        open_storage("s3://bucket").read("a.json")


OTHER_FILE_SYSTEM = Path("/dev/shm")
elsewhere = pytest.mark.skipif(
    not OTHER_FILE_SYSTEM.is_dir() or OTHER_FILE_SYSTEM.stat().st_dev == Path(tempfile.gettempdir()).stat().st_dev,
    reason=f"{OTHER_FILE_SYSTEM} is no other file system than the temporary folder",
)


def test_a_file_of_the_same_file_system_is_moved_in_place_of_what_was_there(tmp_path: Path) -> None:
    storage = Directory(tmp_path / "storage")
    storage.write("runs/7/awards.parquet", b"old")
    made = tmp_path / "awards.parquet"
    made.write_bytes(b"new")
    same_file = made.stat().st_ino

    storage.write("runs/7/awards.parquet", made)

    assert not made.exists()
    kept = storage.fetch("runs/7/awards.parquet", tmp_path)
    assert (kept.stat().st_ino, kept.read_bytes()) == (same_file, b"new")


@elsewhere
def test_a_file_of_another_file_system_is_copied(tmp_path: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=OTHER_FILE_SYSTEM) as made:
        made.write(b"rows")
        made.flush()

        Directory(tmp_path).write("runs/7/awards.parquet", Path(made.name))

        assert Path(made.name).exists()
    assert (tmp_path / "runs/7/awards.parquet").read_bytes() == b"rows"


@elsewhere
def test_copying_a_large_file_needs_little_memory(tmp_path: Path) -> None:
    program = f"""
import resource, tempfile
from pathlib import Path
from sbir_etl.storage import Directory
storage = Directory(Path({str(tmp_path)!r}))
with tempfile.NamedTemporaryFile(dir={str(OTHER_FILE_SYSTEM)!r}) as source:
    source.truncate(400 * 1024 * 1024)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    storage.write("copy", Path(source.name))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    grown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout

    assert int(grown) < 120
