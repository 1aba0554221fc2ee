"""The console over HTTP: what is served, under which names, and what browsers are told about it."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import httpx
import pytest

from asl_engine.local import ServiceOptions
from tests.asl_engine.console.served import PASS, Served, served

STATIC = Path(str(resources.files("asl_engine.console") / "static"))
ROUTES = ("/", "/console/main.js", "/console/events?execution=x", "/console/changes", "/console/nowhere")


@pytest.fixture(scope="module")
def engine() -> Iterator[Served]:
    with served() as running:
        yield running


def test_the_page_is_at_the_engines_own_address(engine: Served) -> None:
    answer = engine.http.get("/")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'data-read-only="false"' in answer.text
    assert engine.call("ListStateMachines") == {"stateMachines": []}


@pytest.mark.parametrize("path", ["/", "/console/main.js", "/console/console.css", "/console/nowhere"])
def test_a_browser_may_load_and_do_only_what_comes_from_here(engine: Served, path: str) -> None:
    headers = engine.http.get(path).headers
    policy = headers["content-security-policy"].split("; ")
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert not any("unsafe" in directive for directive in policy)
    assert headers["x-content-type-options"] == "nosniff"


def test_files_are_asked_for_again_and_what_executions_hold_is_kept_nowhere(engine: Served) -> None:
    first = engine.http.get("/console/main.js")
    assert first.headers["cache-control"] == "no-cache"
    assert "javascript" in first.headers["content-type"]
    assert engine.http.get("/console/main.js", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    arn = engine.start(PASS)
    engine.settled(arn)
    assert engine.http.get("/console/events", params={"execution": arn}).headers["cache-control"] == "no-store"
    assert engine.http.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("host", ["example.org:8083", "127.0.0.1.example.org", "localhost.example.org", "[::1", ""])
def test_under_a_name_that_is_not_this_machine_nothing_is_answered(engine: Served, path: str, host: str) -> None:
    answer = engine.http.get(path, headers={"Host": host})
    assert answer.status_code == 403
    assert answer.text.startswith("Host: wanted 127.0.0.1")


@pytest.mark.parametrize("host", ["localhost", "localhost:8083", "127.0.0.1:1", "[::1]:8083", "LOCALHOST"])
def test_every_name_of_this_machine_is_answered(engine: Served, host: str) -> None:
    assert engine.http.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/console/nowhere.js", "/console/", "/console/..%2fpages.py", "/console/%2e%2e/pages.py"]
)
def test_nothing_but_the_pages_files_is_there(engine: Served, path: str) -> None:
    request = httpx.Request("GET", httpx.URL(engine.url).copy_with(raw_path=path.encode()))
    assert engine.http.send(request).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_streams_are_only_read(engine: Served, method: str) -> None:
    assert engine.http.request(method, "/console/changes").status_code == 405


def test_an_engine_that_only_looks_says_so_on_its_page(tmp_path: Path) -> None:
    with served(ServiceOptions(port=0, journal=tmp_path / "journal")) as engine:
        engine.create(PASS)
    with served(ServiceOptions(port=0, journal=tmp_path / "journal", read_only=True)) as engine:
        assert 'data-read-only="true"' in engine.http.get("/").text


def test_the_page_needs_nothing_from_elsewhere_and_nothing_inline(engine: Served) -> None:
    page = engine.http.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)
    loaded = re.findall(r'(?:src|href)="([^"#][^"]*)"', page)
    assert {engine.http.get(path).status_code for path in loaded} == {200}


@pytest.mark.parametrize("path", sorted(STATIC.glob("*.js")), ids=lambda path: path.name)
def test_a_module_imports_files_that_are_there_and_never_writes_markup(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for imported in re.findall(r"from '(\./[^']+)'", text):
        assert (path.parent / imported).exists(), imported
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
