"""A real Neo4j server, one for all tests that want it; where it cannot be had, they are skipped with the reason."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import settings

# `pytest --hypothesis-profile=thorough`: twenty times as many examples as in the suite, for a night.
settings.register_profile("thorough", max_examples=2000, deadline=None)

# Set where a server must be had, so that a missing one is a failure and not a skip.
REQUIRED = "SBIR_ETL_REQUIRE_NEO4J"
SCRIPT = Path(__file__).parents[1] / "infrastructure" / "neo4j" / "server.py"


@dataclass(frozen=True, kw_only=True)
class Neo4jServer:
    """Where a server listens; `pid` is its Java process."""

    uri: str
    user: str
    password: str
    pid: int


StartNeo4j: TypeAlias = Callable[[Path], Neo4jServer]


@pytest.fixture(scope="session")
def start_neo4j() -> Iterator[StartNeo4j]:
    """`start_neo4j(home)` starts a server on what lies in that folder; all are ended with the tests."""
    with ExitStack() as servers:
        yield lambda home: servers.enter_context(_running(home))


@pytest.fixture(scope="session")
def neo4j_server(start_neo4j: StartNeo4j, tmp_path_factory: pytest.TempPathFactory) -> Neo4jServer:
    return start_neo4j(tmp_path_factory.mktemp("neo4j"))


@contextmanager
def _running(home: Path) -> Iterator[Neo4jServer]:
    command = [sys.executable, str(SCRIPT), "--home", str(home), "--short-lived", "--until-stdin-closes"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as script:
        assert script.stdin is not None
        assert script.stdout is not None
        answer = script.stdout.readline()
        if not answer:
            _miss(script.communicate()[1].strip())
        yield Neo4jServer(**json.loads(answer))
        script.stdin.close()


def _miss(reason: str) -> None:
    if os.environ.get(REQUIRED):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def untraced() -> Iterator[None]:
    """Without coverage: what may be interrupted anywhere must not be interrupted while that holds its own lock."""
    tracing = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracing)
