"""What a refresh on this machine would need."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from sbir_etl import vintages
from sbir_etl.doctor.findings import ANSWER_SECONDS, Check, Finding, ok, problem, warning
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage

OLDEST_PYTHON: Final = (3, 11)
OLDEST_GIT: Final = (2, 28)
OLDEST_NEO4J: Final = 5
FULL_FILE_BYTES: Final = 394_000_000
SAMPLE_BYTES: Final = 10_000_000
TIMES_THE_FILE: Final = 8
"""The file, its Parquet and the run's tables, the graph as it is built, and DuckDB's spill are on the disk together."""
_PROBE: Final = "runs/doctor/probe"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What somebody is about to do here; a source or a folder of companies that nobody named is the sample's."""

    settings: Settings
    workspace: Path
    port: int
    source: str | None = None
    companies: Path | None = None


def checks(plan: Plan) -> Mapping[str, Check]:
    """By name, in the order in which a refresh would meet them."""
    return {
        "Python": python,
        "workspace": lambda: workspace(plan),
        "disk": lambda: disk(plan),
        "storage": lambda: storage(plan),
        "source": lambda: source(plan),
        "company catalogue": lambda: catalogue(plan),
        "graph": lambda: graph(plan),
        "pull requests": lambda: pull_requests(plan),
        "ports": lambda: ports(plan.port),
    }


def python() -> Finding:
    found = f"Python {sys.version_info[0]}.{sys.version_info[1]}"
    if sys.version_info >= OLDEST_PYTHON:
        return ok(found)
    return problem(found, wanted="3.11 or later", fix="make PYTHON=/path/to/python3.11")


def workspace(plan: Plan) -> Finding:
    """Looks into the nearest folders that are there, so that looking makes nothing."""
    places = {_existing(path) for path in (plan.workspace, plan.settings.scratch)}
    refused = [str(path) for path in sorted(places) if not _writable(path)]
    if refused:
        return problem(
            f"{', '.join(refused)} cannot be written",
            wanted="folders that this user may write",
            fix="change their permissions, or name another folder with --workspace",
        )
    made = "is there" if plan.workspace.exists() else "will be made"
    return ok(f"{plan.workspace} {made} and can be written")


def _existing(path: Path) -> Path:
    return next(each for each in (path.absolute(), *path.absolute().parents) if each.exists())


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def disk(plan: Plan) -> Finding:
    size = _file_bytes(plan)
    needed = TIMES_THE_FILE * size
    free = {path: shutil.disk_usage(_existing(path)).free for path in (plan.workspace, plan.settings.scratch)}
    place, least = min(free.items(), key=lambda each: each[1])
    found = f"{_gigabytes(least)} free for {place}"
    if least >= needed:
        return ok(f"{found}; a file of {_gigabytes(size)} takes up to {_gigabytes(needed)}")
    return problem(
        found,
        wanted=f"{_gigabytes(needed)} for a file of {_gigabytes(size)}",
        fix="free some space, or put the workspace and SBIR_ETL_SCRATCH on a larger disk",
    )


def _file_bytes(plan: Plan) -> int:
    """Of a local file as it is, else of the whole award file: what a server says it has is another check's."""
    if plan.source is None:
        return SAMPLE_BYTES
    if not Path(plan.source).is_file():
        return FULL_FILE_BYTES
    size = Path(plan.source).stat().st_size
    return 5 * size if plan.source.endswith(".gz") else size


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.2g} GB"


def storage(plan: Plan) -> Finding:
    """A folder is the workspace's and need not be there yet; a bucket must take an object and give it back."""
    url = plan.settings.storage_for("")
    place = open_storage(url)
    if urlsplit(url).scheme == "s3":
        place.write(_PROBE, b"sbir-etl doctor\n")
        place.read(_PROBE)
        place.remove(_PROBE)
    live = vintages.live(place)
    if live is None:
        return ok(f"{place.url}: nothing is live yet")
    return ok(f"{place.url}: vintage {live.vintage[:12]} of run {live.run_id} is live, {live.rows:,} rows")


def source(plan: Plan) -> Finding:
    if plan.source is None:
        return ok("the sample, which is invented here")
    if urlsplit(plan.source).scheme in ("http", "https"):
        return _served(plan.source)
    path = Path(urlsplit(plan.source).path)
    if path.is_file() and os.access(path, os.R_OK):
        return ok(f"{path}, {path.stat().st_size:,} bytes")
    return problem(
        f"no readable file at {path}",
        wanted="a .csv or .csv.gz file, or a URL",
        fix="give its path, or a URL, with --source",
    )


def _served(url: str) -> Finding:
    import httpx

    from sbir_etl.sources import shown

    place = shown(url)
    try:
        answer = httpx.head(url, timeout=ANSWER_SECONDS, follow_redirects=True, headers={"User-Agent": "sbir-etl"})
    except httpx.HTTPError as error:
        return problem(
            f"{place}: {type(error).__name__}", wanted="an answer", fix="check the address, the network and the proxy"
        )
    kind, size = answer.headers.get("content-type", "no content type"), answer.headers.get("content-length", "unknown")
    found = f"{place}: HTTP {answer.status_code}, {kind}, length {size}"
    if answer.status_code in (httpx.codes.METHOD_NOT_ALLOWED, httpx.codes.NOT_IMPLEMENTED):
        return warning(found, wanted="an answer to HEAD", fix="nothing: the download asks by GET")
    if answer.is_success and "html" not in kind.lower():
        return ok(found)
    return problem(found, wanted="200 and a CSV file", fix="open the address in a browser: it may have moved")


def catalogue(plan: Plan) -> Finding:
    """Optional: without it a refresh goes on and has no match rate."""
    if plan.companies is None and plan.source is None:
        return ok("the sample's, which is invented here")
    from sbir_etl.companies.catalogue import FILES  # DuckDB comes with it

    place, names = _exports(plan, FILES)
    found = f"{len(names)} company-search exports in {place}"
    if names:
        return ok(f"{found}: {', '.join(names)}")
    return warning(
        found,
        wanted=f"readable {FILES} files",
        fix="name their folder with --companies, or do without a match rate",
    )


def _exports(plan: Plan, pattern: str) -> tuple[str, list[str]]:
    """Where a refresh will look for them, and the names it can read there."""
    if plan.companies is not None:
        paths = sorted(plan.companies.glob(pattern))
        return str(plan.companies), [path.name for path in paths if os.access(path, os.R_OK)]
    place = open_storage(plan.settings.storage_for(""))
    names = (PurePosixPath(entry.key).name for entry in place.entries("companies"))
    return f"{place.url}/companies", [name for name in names if fnmatchcase(name, pattern)]


def graph(plan: Plan) -> Finding:
    server = plan.settings.neo4j
    if server is None:
        return ok("embedded: a file in the storage")
    from sbir_etl.graph.neo4j_store.connection import connected
    from sbir_etl.graph.opening import neo4j_config

    config = replace(neo4j_config(server), connect_timeout_seconds=ANSWER_SECONDS, retry_seconds=ANSWER_SECONDS)
    with connected(config) as connection:
        ((version, edition),) = connection.ask(
            "CALL dbms.components() YIELD name, versions, edition WITH * WHERE name = 'Neo4j Kernel' "
            "RETURN versions[0], edition"
        )
    found = f"Neo4j {version} {edition} at {server.uri}, database {server.database}"
    if int(version.partition(".")[0]) >= OLDEST_NEO4J:
        return ok(found)
    return problem(found, wanted=f"Neo4j {OLDEST_NEO4J} or later", fix="upgrade the server")


def pull_requests(plan: Plan) -> Finding:
    if plan.settings.github is None:
        return _git()
    from sbir_etl.doctor.github import rights

    return rights(plan.settings.github)


def _git() -> Finding:
    executable = shutil.which("git")
    if executable is None:
        return problem("no git command", wanted="git: it keeps the pull requests here", fix="install git")
    shown = subprocess.run(
        [executable, "--version"], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
    ).stdout.strip()
    version = tuple(int(part) for part in shown.removeprefix("git version ").split(".")[:2] if part.isdigit())
    if version >= OLDEST_GIT:
        return ok(f"{shown}; pull requests stay in the workspace")
    return problem(shown, wanted="git 2.28 or later", fix="install a newer git")


def ports(port: int) -> Finding:
    """The refresh takes free ports; `sbir-etl serve` wants one of its own."""
    with _listening(0):
        pass
    try:
        with _listening(port):
            return ok(f"127.0.0.1 can be listened on, port {port} is free for `sbir-etl serve`")
    except OSError as error:
        return warning(
            f"port {port}: {error.strerror}",
            wanted="it to be free for `sbir-etl serve`; a refresh takes others",
            fix="stop what listens there, or serve on another with --port",
        )


@contextmanager
def _listening(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield
