"""A file that is altered, cut or bare of its checksum is not read, wherever it lies."""

import base64
import hashlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from obstore.store import MemoryStore

from sbir_etl import checksums
from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.storage import Bucket, Directory, Storage, open_storage

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


class Listener(BaseHTTPRequestHandler):
    """Takes every object, and notes the checksum that came with it."""

    sent: dict[str, str | None]

    def do_PUT(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.sent[self.path] = self.headers["x-amz-checksum-sha256"]
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str | None]]:
    """The checksums by path that an object store was sent."""
    Listener.sent = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(variable, "test")
    yield Listener.sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_object_store_is_sent_the_checksum_of_what_it_is_to_keep(
    sent: dict[str, str | None], tmp_path: Path
) -> None:
    (tmp_path / "awards.parquet").write_bytes(CONTENT)

    checksums.store(open_storage("s3://bucket"), KEY, tmp_path / "awards.parquet")

    assert sorted(sent) == [f"/bucket/{KEY}", f"/bucket/{KEY}.sha256"]
    assert sent[f"/bucket/{KEY}"] == base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
