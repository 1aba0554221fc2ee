"""GitHub's official OpenAPI description, trimmed to the operations that are used, and the proxy that holds calls to it.

Both come as npm packages, pinned by `package-lock.json` in this folder, and are installed into the running Python
environment on first use. The description as a whole is too large to start a proxy with.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock

HERE: Final = Path(__file__).parent
INSTALLED: Final = Path(sys.prefix) / "github-description"
REPOSITORY: Final = "/repos/{owner}/{repo}"
OPERATIONS: Final = (
    ("", "get"),
    ("/git/ref/{ref}", "get"),
    ("/git/refs", "post"),
    ("/git/refs/{ref}", "patch"),
    ("/git/blobs", "post"),
    ("/git/trees", "post"),
    ("/git/commits", "post"),
    ("/git/commits/{commit_sha}", "get"),
    ("/labels", "post"),
    ("/labels/{name}", "get"),
    ("/issues/{issue_number}/labels", "post"),
    ("/pulls", "get"),
    ("/pulls", "post"),
    ("/pulls/{pull_number}", "patch"),
    ("/pulls/{pull_number}/requested_reviewers", "post"),
    ("/pulls/{pull_number}/reviews", "get"),
)


class Unavailable(Exception):
    """There is no way to hold calls against the description here; says why."""


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What it takes to hold calls against the description."""

    node: str
    prism: Path
    description: Path


def install() -> Tools:
    """The tools, installed when they are not there yet. Raises: Unavailable."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not (node and npm):
        raise Unavailable("node and npm: not found on PATH, wanted Node.js 18 or later; install it")
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes() + Path(__file__).read_bytes()).hexdigest()
    description = INSTALLED / f"{lock[:16]}.json"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{INSTALLED}.lock"):
        if not description.exists():
            _install(npm, description)
    prism = INSTALLED / "node_modules/@stoplight/prism-cli/dist/index.js"
    return Tools(node=node, prism=prism, description=description)


def _install(npm: str, description: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, INSTALLED)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, check=True, timeout=100)
    except subprocess.SubprocessError as error:
        said = error.stderr or str(error) if isinstance(error, subprocess.CalledProcessError) else str(error)
        raise Unavailable(f"{said.strip()[-500:]}, wanted the packages of tests/github_api/package.json") from error
    packages = INSTALLED / "node_modules/@octokit"
    whole = json.loads((packages / "openapi/generated/api.github.com.json").read_bytes())
    unfinished = description.with_suffix(".new")
    unfinished.write_text(json.dumps(trimmed(whole)), encoding="utf-8")
    # 400 MB that nothing needs any more.
    shutil.rmtree(packages)
    unfinished.rename(description)


def trimmed(whole: dict[str, Any]) -> dict[str, Any]:
    """The description of the used operations with all that they refer to."""
    paths: dict[str, Any] = {}
    for path, method in OPERATIONS:
        described = whole["paths"][REPOSITORY + path]
        for spelled, operation in _spelled(path, described[method]):
            paths.setdefault(REPOSITORY + spelled, {})[method] = operation
    kept: dict[str, Any] = {"openapi": whole["openapi"], "info": whole["info"], "servers": whole["servers"]}
    kept |= {"paths": paths, "components": {}}
    pending = list(_references(paths))
    while pending:
        kind, name = pending.pop()
        shelf = kept["components"].setdefault(kind, {})
        if name not in shelf:
            shelf[name] = whole["components"][kind][name]
            pending += _references(shelf[name])
    return kept


def _spelled(path: str, operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """A reference contains slashes, which OpenAPI's path parameters cannot: it is spelled out to its depths."""
    if "{ref}" not in path:
        yield path, operation
        return
    owner_and_repository = operation["parameters"][:2]
    for branch in (("a",), ("a", "b"), ("a", "b", "c")):
        parts = [{"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in branch]
        spelled = path.replace("{ref}", "heads/" + "/".join(f"{{{part}}}" for part in branch))
        yield spelled, {**operation, "operationId": spelled, "parameters": [*owner_and_repository, *parts]}


def _references(node: Any) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            kind, name = node["$ref"].removeprefix("#/components/").split("/")
            yield kind, name
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
