"""GitHub as it runs for all tests of this folder, a repository there for each, and the proposal they publish."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from sbir_etl.publish.github.publisher import GitHubPublisher
from sbir_etl.publish.github.target import Patience, Target
from sbir_etl.publish.proposal import Proposal, Published
from tests.github_api.description import Tools, Unavailable, install
from tests.github_api.edge import Fault, Guard
from tests.github_api.servers import GitHub, running
from tests.github_api.stand_in import Repository

TOKEN = "github_pat_11SESAME0OPEN"
IMPATIENT = Patience(
    attempts=3,
    first_wait_seconds=0.001,
    longest_wait_seconds=2,
    secondary_limit_seconds=0.001,
    between_writes_seconds=0,
    answer_seconds=20,
)


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A repository on GitHub with a first commit, and a publisher into it that does not wait for long."""

    repository: Repository
    guard: Guard
    target: Target

    def publish(self, proposal: Proposal, **changes: Any) -> Published:
        return GitHubPublisher(replace(self.target, **changes)).publish(proposal)

    def fail(self, operation: str, status: int, **how: Any) -> None:
        self.guard.faults.append(Fault(operation, status, **how))


@pytest.fixture
def proposal() -> Proposal:
    return Proposal(
        branch="data-refresh/2026-11-24",
        base="main",
        title="SBIR data refresh 2026-11-24",
        body_markdown="## 7 awards are live\n\n| Records | Awards |\n|--:|--:|\n| 8 | 7 |\n",
        files={"refreshes/2026-11-24/report.md": b"7 awards\n", "refreshes/2026-11-24/manifest.json": b'{"rows": 8}\n'},
        labels=("data-refresh",),
        commit_message="SBIR data refresh 2026-11-24\n\nRun weekly-1\n",
        committed_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    )


@pytest.fixture(scope="session")
def description_tools() -> Tools | str:
    """What holds calls against GitHub's description, or why there is nothing. Continuous integration has it."""
    try:
        return install()
    except Unavailable as error:
        if os.environ.get("CI"):
            raise
        return str(error)


@pytest.fixture(scope="session")
def github(description_tools: Tools | str) -> Iterator[GitHub]:
    with running(description_tools if isinstance(description_tools, Tools) else None) as github:
        yield github


@pytest.fixture
def workplace(github: GitHub, tmp_path: Path) -> Iterator[Workplace]:
    repository, guard = github.create(tmp_path, token=TOKEN)
    repository.begin()
    name = f"{repository.bodies.owner}/{repository.bodies.name}"
    target = Target(repository=name, token=SecretStr(TOKEN), api_url=github.address, patience=IMPATIENT)
    yield Workplace(repository=repository, guard=guard, target=target)
    assert guard.deviations == []
    repository.git.check()
