"""Fetching, against a real HTTP server on loopback that can break off, move, refuse and serve the wrong thing."""

import gzip
import hashlib
import os
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import stamina

from sbir_etl.errors import InvalidInput, SourceRejected, SourceUnavailable
from sbir_etl.sources import Validators, fetch, is_still, shown

BODY = b"Company,Award Title\r\n" + b"Acme,Rockets\r\n" * 200_000


@dataclass
class Site:
    """What the server serves; tests change it."""

    body: bytes = BODY
    etag: str | None = '"v1"'
    content_type: str = "text/csv"
    status: int = 200
    break_after: list[int] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    url: str = ""
    # How the next requests are answered, before the server is itself again.
    replies: list[Callable[["Handler"], None]] = field(default_factory=list)


class Server(ThreadingHTTPServer):
    def __init__(self, site: Site) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.site = site


class Handler(BaseHTTPRequestHandler):
    server: Server

    @property
    def site(self) -> Site:
        return self.server.site

    def do_GET(self) -> None:
        self.site.requests.append(dict(self.headers))
        if self.site.replies:
            self.site.replies.pop(0)(self)
            return
        if self.site.status != 200:
            self.send_error(self.site.status)
            return
        if self.site.etag and self.headers.get("If-None-Match") == self.site.etag:
            self.send_response(304)
            self.end_headers()
            return
        self.send_body(self.start())

    def start(self) -> int:
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") == self.site.etag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(self.site.body) - 1}/{len(self.site.body)}")
            return start
        self.send_response(200)
        return 0

    def send_body(self, start: int) -> None:
        rest = self.site.body[start:]
        self.send_header("Content-Type", self.site.content_type)
        self.send_header("Content-Length", str(len(rest)))
        if self.site.etag:
            self.send_header("ETag", self.site.etag)
        self.end_headers()
        self.wfile.write(rest[: self.site.break_after.pop(0)] if self.site.break_after else rest)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    served = Site()
    server = Server(served)
    served.url = f"http://127.0.0.1:{server.server_port}/award_data.csv"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    stamina.set_testing(True, attempts=5)
    yield served
    stamina.set_testing(False)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_download_is_stored_hashed_and_carries_the_servers_validators(site: Site, tmp_path: Path) -> None:
    destination = tmp_path / "award_data.csv"
    fetched = fetch(site.url, destination)
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert fetched.size == len(BODY)
    assert fetched.validators.etag == '"v1"'
    assert destination.read_bytes() == BODY
    assert list(tmp_path.iterdir()) == [destination]


def test_a_file_the_server_calls_unchanged_is_not_fetched(site: Site, tmp_path: Path) -> None:
    assert fetch(site.url, tmp_path / "award_data.csv", known=Validators(etag='"v1"')) is None
    assert list(tmp_path.iterdir()) == []


def test_a_broken_download_resumes_where_it_broke_off(site: Site, tmp_path: Path) -> None:
    site.break_after = [1_000_000, 500_000]
    fetched = fetch(site.url, tmp_path / "award_data.csv")
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert [request.get("Range", "").startswith("bytes=") for request in site.requests] == [False, True, True]


def test_a_broken_download_starts_again_where_the_server_cannot_resume(site: Site, tmp_path: Path) -> None:
    site.etag = None
    site.break_after = [1_000_000]
    fetched = fetch(site.url, tmp_path / "award_data.csv")
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert "Range" not in site.requests[1]


OTHER = BODY.replace(b"Acme", b"Apex")
BROKEN_AT = 1_000_000


def part(body: bytes, start: int, end: int, etag: str) -> Callable[[Handler], None]:
    content_range = f"bytes {start}-{end - 1}/{len(body)}"
    return lambda handler: handler.reply(206, body[start:end], Content_Range=content_range, ETag=etag)


@pytest.mark.parametrize(
    "reply",
    [
        part(OTHER, BROKEN_AT, len(OTHER), '"v2"'),
        part(BODY, 0, len(BODY), '"v1"'),
        part(BODY, BROKEN_AT + 1, len(BODY), '"v1"'),
        lambda handler: handler.reply(206, BODY[BROKEN_AT:], ETag='"v1"'),
        lambda handler: handler.reply(416),
    ],
    ids=["of another file", "from the start", "from further on", "from nobody knows where", "refused"],
)
def test_a_part_that_does_not_go_on_where_the_file_broke_off_is_not_joined_to_it(
    site: Site, tmp_path: Path, reply: Callable[[Handler], None]
) -> None:
    site.break_after = [BROKEN_AT]
    site.replies = [lambda handler: handler.send_body(handler.start()), reply]
    fetched = fetch(site.url, tmp_path / "award_data.csv")
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "award_data.csv").read_bytes() == BODY
    assert ["Range" in request for request in site.requests] == [False, True, False]


def test_a_part_that_ends_early_is_gone_on_with(site: Site, tmp_path: Path) -> None:
    site.break_after = [BROKEN_AT]
    short = part(BODY, BROKEN_AT, BROKEN_AT + 5, '"v1"')
    site.replies = [lambda handler: handler.send_body(handler.start()), short]
    fetched = fetch(site.url, tmp_path / "award_data.csv")
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert site.requests[2]["Range"] == f"bytes={BROKEN_AT + 5}-"


def test_a_weak_etag_promises_no_bytes_to_go_on_with(site: Site, tmp_path: Path) -> None:
    site.etag = 'W/"v1"'
    site.break_after = [BROKEN_AT]
    assert fetch(site.url, tmp_path / "award_data.csv") is not None
    assert "Range" not in site.requests[1]


def test_an_unchanged_that_nobody_asked_for_is_rejected(site: Site, tmp_path: Path) -> None:
    site.replies = [lambda handler: handler.reply(304)]
    with pytest.raises(SourceRejected, match="HTTP 304"):
        fetch(site.url, tmp_path / "award_data.csv")


@pytest.mark.parametrize("location", ["/award_data.csv", "ftp://127.0.0.1/x", "file:///etc/passwd"])
def test_a_redirect_that_leads_nowhere_is_not_followed_again_and_again(
    site: Site, tmp_path: Path, location: str
) -> None:
    site.replies = [lambda handler: handler.reply(302, Location=location)] * 30
    with pytest.raises(SourceRejected, match="check source_url"):
        fetch(site.url, tmp_path / "award_data.csv")


@pytest.mark.parametrize("url", ["http://", "http:///x", "http://[::1/x", "http://127.0.0.1:9/\n"])
def test_an_address_that_is_none_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises((InvalidInput, SourceRejected), match="wanted"):
        fetch(url, tmp_path / "award_data.csv")


def test_keys_and_signatures_in_an_address_are_not_shown(site: Site, tmp_path: Path) -> None:
    site.status = 404
    secret = site.url.replace("http://", "http://me:s3cr3t@") + "?X-Amz-Signature=s3cr3t#s3cr3t"
    assert shown(secret) == site.url
    for url in (secret, secret.replace("http:", "ftp:")):
        with pytest.raises((SourceRejected, InvalidInput)) as refused:
            fetch(url, tmp_path / "award_data.csv")
        assert "s3cr3t" not in str(refused.value)


def test_a_download_that_keeps_breaking_off_is_unavailable(site: Site, tmp_path: Path) -> None:
    site.etag = None
    site.break_after = [10] * 5
    with pytest.raises(SourceUnavailable, match="5 attempts, wanted the whole file"):
        fetch(site.url, tmp_path / "award_data.csv")


def test_what_is_tried_again_is_logged_and_written_nowhere_else(
    site: Site, tmp_path: Path, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    site.break_after = [10, 10]
    fetch(site.url, tmp_path / "award_data.csv")
    assert [record.name for record in caplog.records] == ["stamina", "stamina"]
    assert capsys.readouterr().out == ""


def test_a_gzip_source_is_unpacked_before_it_is_hashed(site: Site, tmp_path: Path) -> None:
    site.body = gzip.compress(BODY)
    fetched = fetch(site.url, tmp_path / "award_data.csv")
    assert fetched is not None
    assert fetched.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (tmp_path / "award_data.csv").read_bytes() == BODY


def test_an_html_page_is_rejected(site: Site, tmp_path: Path) -> None:
    site.content_type = "text/html; charset=utf-8"
    with pytest.raises(SourceRejected, match=r"an HTML page .* wanted a CSV file"):
        fetch(site.url, tmp_path / "award_data.csv")


@pytest.mark.parametrize(("status", "kind"), [(404, SourceRejected), (403, SourceRejected), (503, SourceUnavailable)])
def test_an_http_error_says_whether_trying_again_can_help(
    site: Site, tmp_path: Path, status: int, kind: type[Exception]
) -> None:
    site.status = status
    with pytest.raises(kind, match=f"HTTP {status} .* wanted 200"):
        fetch(site.url, tmp_path / "award_data.csv")


def test_an_unreachable_server_is_unavailable(tmp_path: Path) -> None:
    stamina.set_testing(True, attempts=2)
    try:
        with pytest.raises(SourceUnavailable, match="ConnectError"):
            fetch("http://127.0.0.1:9/award_data.csv", tmp_path / "award_data.csv")
    finally:
        stamina.set_testing(False)


def test_a_local_file_is_copied_and_its_gzip_twin_has_the_same_hash(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(BODY)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(BODY))
    seen: list[int] = []
    plain = fetch(
        str(tmp_path / "a.csv"), tmp_path / "1", local_allowed=True, progress=lambda done, _total: seen.append(done)
    )
    packed = fetch(f"file://{tmp_path}/a.csv.gz", tmp_path / "2", local_allowed=True)
    assert plain == packed
    assert seen[-1] == len(BODY)


def test_a_local_file_is_known_by_its_hash_without_being_copied(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(BODY)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(BODY))
    (tmp_path / "other.csv").write_bytes(OTHER)
    (tmp_path / "longer.csv").write_bytes(BODY + b"\n")
    sha256 = hashlib.sha256(BODY).hexdigest()
    same = {
        path.name: is_still(str(path), sha256=sha256, size=len(BODY), local_allowed=True) for path in tmp_path.iterdir()
    }
    assert same == {"a.csv": True, "a.csv.gz": False, "other.csv": False, "longer.csv": False}


def test_a_url_is_not_asked_whether_it_still_has_a_hash(site: Site) -> None:
    assert not is_still(site.url, sha256=hashlib.sha256(BODY).hexdigest(), size=len(BODY))
    assert site.requests == []


def test_what_cannot_be_fetched_cannot_be_known_by_its_hash(tmp_path: Path) -> None:
    for source, allowed in (("/etc/passwd", False), ("ftp://x/y", True), (str(tmp_path / "missing.csv"), True)):
        with pytest.raises(InvalidInput):
            is_still(source, sha256="", size=0, local_allowed=allowed)


def test_a_large_file_needs_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(64 << 20)
    tracemalloc.start()
    fetch(str(tmp_path / "large.csv"), tmp_path / "out", local_allowed=True)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_damaged_gzip_file_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(BODY)[:-20])
    with pytest.raises(SourceRejected, match="the gzip stream is damaged"):
        fetch(str(tmp_path / "a.csv.gz"), tmp_path / "out", local_allowed=True)


def test_a_missing_local_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no file at .*missing\.csv"):
        fetch(str(tmp_path / "missing.csv"), tmp_path / "out", local_allowed=True)


def test_what_is_no_readable_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "loop", tmp_path / ("x" * 300)):
        with pytest.raises(InvalidInput, match=r"wanted a file|no file at"):
            fetch(str(path), tmp_path / "out", local_allowed=True)


def test_a_file_url_may_escape_what_its_path_holds(tmp_path: Path) -> None:
    (tmp_path / "a b%.csv").write_bytes(BODY)
    assert fetch((tmp_path / "a b%.csv").as_uri(), tmp_path / "out", local_allowed=True) is not None


def test_a_path_is_refused_where_only_urls_are_allowed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="paths are for local runs"):
        fetch("/etc/passwd", tmp_path / "out")


def test_another_scheme_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"got 'ftp://x/y', wanted an http\(s\) URL"):
        fetch("ftp://x/y", tmp_path / "out", local_allowed=True)
