"""The pull request on GitHub: what it says, and what happens to it in the life of a week."""

from dataclasses import replace

import pytest

from sbir_etl.errors import InvalidInput
from sbir_etl.publish.github import publisher
from sbir_etl.publish.proposal import Proposal
from tests.sbir_etl.publish.conftest import Workplace

CORRECTED = {"refreshes/2026-11-24/report.md": b"9 awards\n"}
STORING = {"POST /git/blobs", "POST /git/trees", "POST /git/commits"}


def test_a_proposal_becomes_a_pull_request(workplace: Workplace, proposal: Proposal) -> None:
    published = workplace.publish(proposal, reviewers=("ada", "acme/data"))

    [pull] = workplace.repository.pulls
    assert published.url == f"{workplace.target.api_url}/{workplace.target.repository}/pull/1"
    assert (pull.head, pull.head_sha, pull.base) == (proposal.branch, published.commit, "main")
    assert (pull.title, pull.body) == (proposal.title, proposal.body_markdown)
    assert (pull.labels, pull.reviewers, pull.teams) == (["data-refresh"], ["ada"], ["data"])


def test_the_same_week_again_stores_what_is_stored_and_changes_nothing(
    workplace: Workplace, proposal: Proposal
) -> None:
    workplace.publish(proposal, reviewers=("ada", "acme/data"))
    workplace.guard.calls.clear()

    workplace.publish(proposal, reviewers=("Ada", "acme/data"))

    assert set(workplace.guard.writes) == STORING
    assert len(workplace.repository.pulls) == 1


def test_a_second_run_of_the_week_updates_branch_and_pull_request(workplace: Workplace, proposal: Proposal) -> None:
    first = workplace.publish(proposal)
    corrected = replace(proposal, files=CORRECTED, title="Corrected", body_markdown="9 awards\n")

    second = workplace.publish(corrected)

    [pull] = workplace.repository.pulls
    assert second.url == first.url
    assert (pull.title, pull.body, pull.head_sha) == ("Corrected", "9 awards\n", second.commit)


def test_line_ends_from_a_browser_are_no_change(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(proposal)
    [pull] = workplace.repository.pulls
    pull.body = pull.body.replace("\n", "\r\n")
    workplace.guard.calls.clear()

    workplace.publish(proposal)

    assert set(workplace.guard.writes) == STORING


def test_a_branch_without_its_pull_request_gets_one(workplace: Workplace, proposal: Proposal) -> None:
    first = workplace.publish(proposal)
    workplace.repository.pulls.clear()

    again = workplace.publish(proposal)

    assert again == replace(first, created=False)
    assert len(workplace.repository.pulls) == 1


def test_a_pull_request_that_was_closed_stays_closed(workplace: Workplace, proposal: Proposal) -> None:
    first = workplace.publish(proposal)
    [pull] = workplace.repository.pulls
    pull.state, pull.labels = "closed", []

    again = workplace.publish(proposal, reviewers=("ada",))

    assert again == replace(first, created=False)
    assert workplace.repository.pulls == [pull]
    assert (pull.state, pull.labels, pull.reviewers) == ("closed", [], [])


def test_another_content_after_a_closed_pull_request_opens_a_new_one(workplace: Workplace, proposal: Proposal) -> None:
    first = workplace.publish(proposal)
    workplace.repository.pulls[0].state = "closed"

    second = workplace.publish(replace(proposal, files=CORRECTED))

    rejected, opened = workplace.repository.pulls
    assert second.url != first.url
    assert (rejected.state, rejected.head_sha) == ("closed", first.commit)
    assert (opened.state, opened.head_sha, opened.labels) == ("open", second.commit, ["data-refresh"])


@pytest.mark.parametrize("squash", [False, True])
@pytest.mark.parametrize("delete", [False, True])
def test_a_merged_pull_request_is_the_answer_to_its_content(
    workplace: Workplace, proposal: Proposal, *, squash: bool, delete: bool
) -> None:
    first = workplace.publish(proposal)
    workplace.repository.merge(workplace.repository.pulls[0], squash=squash, delete=delete)

    again = workplace.publish(proposal)

    assert again == replace(first, created=False)
    assert len(workplace.repository.pulls) == 1
    assert (workplace.repository.git.branch(proposal.branch) is None) == delete


def test_another_content_after_a_merge_opens_a_new_pull_request(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(proposal)
    workplace.repository.merge(workplace.repository.pulls[0])

    second = workplace.publish(replace(proposal, files=CORRECTED))

    merged, opened = workplace.repository.pulls
    assert (merged.state, opened.state, opened.head_sha) == ("closed", "open", second.commit)


def test_content_that_reached_the_base_by_another_way_leaves_the_branch(
    workplace: Workplace, proposal: Proposal
) -> None:
    first = workplace.publish(proposal)
    workplace.repository.push("main", dict(proposal.files))

    again = workplace.publish(proposal)

    assert again == replace(first, created=False)
    assert workplace.repository.git.branch(proposal.branch) == first.commit


def test_missing_labels_are_made_and_others_kept_as_they_are(workplace: Workplace, proposal: Proposal) -> None:
    workplace.repository.labels["data-refresh"] = {"color": "ff0000", "description": "Mine"}

    workplace.publish(replace(proposal, labels=("data-refresh", "sbir / awards")))

    assert workplace.repository.pulls[0].labels == ["data-refresh", "sbir / awards"]
    assert workplace.repository.labels["data-refresh"] == {"color": "ff0000", "description": "Mine"}
    assert workplace.repository.labels["sbir / awards"]["color"] == "0e8a16"


def test_labels_that_people_added_stay(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(proposal)
    workplace.repository.labels["urgent"] = {"color": "ff0000", "description": ""}
    workplace.repository.pulls[0].labels.append("urgent")

    workplace.publish(replace(proposal, files=CORRECTED))

    assert workplace.repository.pulls[0].labels == ["data-refresh", "urgent"]


def test_a_proposal_without_labels_asks_for_none(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(replace(proposal, labels=()))

    assert workplace.repository.pulls[0].labels == []


def test_who_reviewed_is_asked_again_only_for_another_commit(workplace: Workplace, proposal: Proposal) -> None:
    first = workplace.publish(proposal, reviewers=("ada", "acme/data"))
    [pull] = workplace.repository.pulls
    pull.reviewers, pull.teams, pull.reviews = [], [], [("ada", first.commit), (None, first.commit)]

    workplace.publish(proposal, reviewers=("ada", "acme/data"))
    assert (pull.reviewers, pull.teams) == ([], [])

    workplace.publish(replace(proposal, files=CORRECTED), reviewers=("ada", "acme/data"))
    assert (pull.reviewers, pull.teams) == (["ada"], ["data"])


def test_the_author_is_not_asked_for_a_review(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(proposal, reviewers=("refresh-bot", "grace"))

    assert workplace.repository.pulls[0].reviewers == ["grace"]


def test_a_file_too_large_for_a_repository_is_refused_before_anything_is_sent(
    workplace: Workplace, proposal: Proposal
) -> None:
    large = {"award_data.csv": bytes(publisher.MAX_FILE_BYTES + 1)}

    with pytest.raises(InvalidInput, match=r"files: got award_data.csv with 5,242,881 bytes, wanted at most 5,242,880"):
        workplace.publish(replace(proposal, files=large))

    assert workplace.guard.calls == []
