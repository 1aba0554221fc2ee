"""What every publisher does alike, seen through git itself."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta, timezone
from pathlib import Path

import pytest

from sbir_etl.errors import InvalidInput
from sbir_etl.publish.github.publisher import GitHubPublisher
from sbir_etl.publish.local_git import LocalGit
from sbir_etl.publish.proposal import Proposal, Publisher
from tests.github_api.bare_repository import BareRepository, Person
from tests.sbir_etl.publish.conftest import Workplace


@dataclass(frozen=True, kw_only=True)
class Place:
    publisher: Publisher
    git: BareRepository
    merge: Callable[[str], None]
    """Merge the pull request of a branch as a person would."""


@pytest.fixture(params=["local git", "GitHub"])
def place(request: pytest.FixtureRequest, tmp_path: Path, proposal: Proposal) -> Place:
    if request.param == "local git":
        return _local(tmp_path, proposal)
    workplace: Workplace = request.getfixturevalue("workplace")
    repository = workplace.repository
    return Place(
        publisher=GitHubPublisher(workplace.target),
        git=repository.git,
        merge=lambda branch: repository.merge(next(pull for pull in repository.pulls if pull.head == branch)),
    )


def _local(folder: Path, proposal: Proposal) -> Place:
    publisher = LocalGit(folder)
    # The repository comes with the first proposal.
    publisher.publish(replace(proposal, branch="data-refresh/2026-11-17", files={}))
    git = BareRepository(folder / "repository.git")
    return Place(publisher=publisher, git=git, merge=lambda branch: git.move("main", tip(git, branch), force=False))


def tip(git: BareRepository, branch: str) -> str:
    found = git.branch(branch)
    assert found
    return found


def test_a_proposal_is_one_commit_on_its_base(place: Place, proposal: Proposal) -> None:
    before = place.git.files("main")

    published = place.publisher.publish(proposal)

    assert (published.branch, published.created) == (proposal.branch, True)
    commit = place.git.read(proposal.branch)
    who = Person(name="SBIR ETL", email="sbir-etl@localhost", date=int(proposal.committed_at.timestamp()))
    assert (commit.sha, commit.parents) == (published.commit, (tip(place.git, "main"),))
    assert (commit.author, commit.committer, commit.message) == (who, who, proposal.commit_message)
    assert place.git.files(proposal.branch) == {**before, **proposal.files}


def test_the_same_proposal_changes_nothing(place: Place, proposal: Proposal) -> None:
    first = place.publisher.publish(proposal)
    elsewhere = timezone(timedelta(hours=-5))

    again = place.publisher.publish(replace(proposal, committed_at=proposal.committed_at.astimezone(elsewhere)))

    assert again == replace(first, created=False)
    assert place.git.branch(proposal.branch) == first.commit


def test_another_content_replaces_the_commit_of_the_branch(place: Place, proposal: Proposal) -> None:
    first = place.publisher.publish(proposal)
    corrected = replace(proposal, files={"refreshes/2026-11-24/report.md": b"9 awards\n"})

    second = place.publisher.publish(corrected)

    assert (second.url, second.created) == (first.url, False)
    assert place.git.history("main..data-refresh/2026-11-24") == [second.commit]
    assert "refreshes/2026-11-24/manifest.json" not in place.git.files(second.commit)


def test_every_week_has_a_pull_request_of_its_own(place: Place, proposal: Proposal) -> None:
    first = place.publisher.publish(proposal)

    second = place.publisher.publish(replace(proposal, branch="data-refresh/2026-12-01"))

    assert second.created
    assert second.url != first.url
    assert place.git.branch(proposal.branch) == first.commit


def test_a_base_that_moved_on_takes_the_proposal_along(place: Place, proposal: Proposal) -> None:
    place.publisher.publish(replace(proposal, branch="other", files={"notes.md": b"mine\n"}))
    place.publisher.publish(proposal)
    place.merge("other")

    published = place.publisher.publish(proposal)

    assert place.git.read(published.commit).parents == (tip(place.git, "main"),)
    assert place.git.files(published.commit)["notes.md"] == b"mine\n"


def test_a_proposal_that_was_merged_stays_merged(place: Place, proposal: Proposal) -> None:
    first = place.publisher.publish(proposal)
    place.merge(proposal.branch)
    merged = place.git.branch("main")

    again = place.publisher.publish(proposal)

    assert again == replace(first, created=False)
    assert place.git.branch("main") == merged


def test_any_bytes_come_out_as_they_went_in(place: Place, proposal: Proposal) -> None:
    files = {"a/ü b.bin": bytes(range(256)), "a/empty": b"", "a/deep/er/file": b"no line end"}

    published = place.publisher.publish(replace(proposal, files=files))

    assert place.git.files(published.commit).items() >= files.items()


def test_the_base_is_never_written_to(place: Place, proposal: Proposal) -> None:
    with pytest.raises(InvalidInput, match=r"branch: got 'main', the base itself, wanted a branch of its own"):
        place.publisher.publish(replace(proposal, branch="main"))


def test_a_time_without_its_zone_is_refused(place: Place, proposal: Proposal) -> None:
    with pytest.raises(InvalidInput, match=r"committed_at: got 2026-11-24T09:00:00, wanted a time with its zone"):
        place.publisher.publish(replace(proposal, committed_at=proposal.committed_at.replace(tzinfo=None)))


@pytest.mark.parametrize("path", ["../outside", "/absolute", "a//b", ".git/config", "a/./b"])
def test_a_path_that_leads_elsewhere_is_refused(place: Place, proposal: Proposal, path: str) -> None:
    with pytest.raises(InvalidInput):
        place.publisher.publish(replace(proposal, files={path: b"x"}))

    assert place.git.branch(proposal.branch) is None
