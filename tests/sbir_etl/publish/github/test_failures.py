"""What goes wrong on the way to GitHub: what passes is waited for within bounds, the rest is explained."""

import logging
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from sbir_etl.errors import InvalidInput, SbirEtlError, TransientError
from sbir_etl.publish.proposal import Proposal
from tests.sbir_etl.publish.conftest import TOKEN, Workplace

# PyGithub leaves the connection of an answer that it gives up on to the garbage collector; Python 3.13 says so.
pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning")

PRIMARY = "API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, include the request ID."
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
CALLS = (
    "GET /",
    "GET /git/ref/heads/main",
    "GET /git/commits/*",
    "GET /git/ref/heads/data-refresh/2026-11-24",
    "GET /pulls",
    "POST /git/blobs",
    "POST /git/trees",
    "POST /git/commits",
    "POST /git/refs",
    "POST /pulls",
    "GET /labels/data-refresh",
    "POST /labels",
    "POST /issues/*/labels",
    "GET /pulls/*/reviews",
    "POST /pulls/*/requested_reviewers",
)


def seconds_from_now(seconds: int) -> str:
    return str(int(time.time()) + seconds)


def stands(workplace: Workplace, proposal: Proposal) -> bool:
    """Whether the proposal is on GitHub as if nothing had ever gone wrong."""
    [pull] = workplace.repository.pulls
    commit = workplace.repository.git.branch(proposal.branch)
    complete = (pull.title, pull.labels, pull.reviewers) == (proposal.title, ["data-refresh"], ["ada"])
    return complete and pull.head_sha == commit and len(workplace.repository.git.history(f"main..{commit}")) == 1


@pytest.mark.parametrize(
    ("status", "how"),
    [
        pytest.param(502, {}, id="a breakdown"),
        pytest.param(503, {"headers": {"Retry-After": "0"}}, id="an overload"),
        pytest.param(403, {"message": PRIMARY, "headers": {"X-RateLimit-Reset": seconds_from_now(-60)}}, id="primary"),
        pytest.param(403, {"message": SECONDARY}, id="secondary"),
        pytest.param(403, {"message": SECONDARY, "headers": {"Retry-After": "0"}}, id="secondary with a time"),
        pytest.param(429, {"message": SECONDARY}, id="too many requests"),
    ],
)
def test_what_passes_is_waited_for(workplace: Workplace, proposal: Proposal, status: int, how: Any) -> None:
    for call in CALLS:
        workplace.fail(call, status, **how)

    workplace.publish(proposal, reviewers=("ada",))

    assert [fault.times for fault in workplace.guard.faults] == [0] * len(CALLS)
    assert stands(workplace, proposal)


def test_an_update_is_tried_again_too(workplace: Workplace, proposal: Proposal) -> None:
    workplace.publish(proposal, reviewers=("ada",))
    for call in ("PATCH /git/refs/heads/data-refresh/2026-11-24", "PATCH /pulls/*"):
        workplace.fail(call, 500)

    workplace.publish(replace(proposal, title="Corrected", files={"a": b"1"}), reviewers=("ada",))

    assert stands(workplace, replace(proposal, title="Corrected"))


def test_answers_that_were_lost_do_not_confuse(workplace: Workplace, proposal: Proposal) -> None:
    for call in CALLS:
        workplace.fail(call, 502, done=True)

    workplace.publish(proposal, reviewers=("ada",))

    assert stands(workplace, proposal)


@pytest.mark.parametrize("call", CALLS)
def test_a_publication_cut_anywhere_is_finished_by_the_next(
    workplace: Workplace, proposal: Proposal, call: str
) -> None:
    workplace.fail(call, 500, times=3)

    with pytest.raises(TransientError, match=r"GitHub answered only with failures .*500.*, wanted to .*; run it again"):
        workplace.publish(proposal, reviewers=("ada",))
    workplace.publish(proposal, reviewers=("ada",))

    assert stands(workplace, proposal)


def test_two_publications_at_once_leave_one_branch(workplace: Workplace, proposal: Proposal) -> None:
    workplace.fail("GET /git/ref/heads/data-refresh/2026-11-24", 404, message="Not Found")
    workplace.repository.push(proposal.branch, {"other": b"1"})

    with pytest.raises(TransientError, match="somebody else made the branch data-refresh/2026-11-24 just now"):
        workplace.publish(proposal)


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (403, {"Retry-After": "3600"}),
        (429, {"Retry-After": "3600"}),
        (503, {"Retry-After": "3600"}),
        (403, {"X-RateLimit-Reset": seconds_from_now(3600)}),
    ],
)
def test_a_long_wait_is_left_to_the_next_run(
    workplace: Workplace, proposal: Proposal, status: int, headers: Mapping[str, str]
) -> None:
    workplace.fail("POST /pulls", status, message=PRIMARY, headers=headers)

    with pytest.raises(TransientError, match=r"GitHub .*asks to wait [23]\d\d\d s, wanted to open the pull request"):
        workplace.publish(proposal)

    assert workplace.guard.calls.count("POST /pulls") == 1


def test_a_rate_limit_without_end_is_told(workplace: Workplace, proposal: Proposal) -> None:
    workplace.fail("POST /git/trees", 403, message=SECONDARY, times=99)

    with pytest.raises(TransientError, match="wanted to store the files of the commit; run it again later"):
        workplace.publish(proposal)

    assert workplace.guard.calls.count("POST /git/trees") == 3


def test_a_github_that_cannot_be_reached_is_told(workplace: Workplace, proposal: Proposal) -> None:
    with pytest.raises(TransientError, match=r"GitHub could not be reached \(ConnectionError\), wanted to find"):
        workplace.publish(proposal, api_url="http://127.0.0.1:9")


def test_a_token_that_is_not_valid_is_explained(workplace: Workplace, proposal: Proposal) -> None:
    with pytest.raises(
        InvalidInput, match=r"401 Bad credentials when .*, wanted a token that is valid; .*make a new one"
    ):
        workplace.publish(proposal, token=SecretStr("expired"))


@pytest.mark.parametrize(
    ("call", "headers", "words"),
    [
        ("POST /git/blobs", {}, r"wanted the permission Contents: read and write; give it to the token"),
        ("POST /pulls", {}, r"wanted the permission Pull requests: read and write; give it"),
        (
            "POST /git/refs",
            {"X-Accepted-GitHub-Permissions": "contents=write; contents=write,workflows=write"},
            r"\(GitHub asks for contents=write; contents=write,workflows=write\)",
        ),
        ("POST /git/trees", {"X-Accepted-OAuth-Scopes": "repo"}, r"\(GitHub asks for repo\)"),
        ("GET /", {"X-GitHub-SSO": "required; url=https://github.com/orgs/acme/sso"}, "single sign-on"),
    ],
)
def test_a_permission_that_is_missing_is_named(
    workplace: Workplace, proposal: Proposal, call: str, headers: Mapping[str, str], words: str
) -> None:
    workplace.fail(call, 403, message="Resource not accessible by personal access token", headers=headers)

    with pytest.raises(
        InvalidInput, match=f"403 Resource not accessible by personal access token when asked .*{words}"
    ):
        workplace.publish(proposal)


def test_a_repository_that_is_not_there_is_explained(workplace: Workplace, proposal: Proposal) -> None:
    with pytest.raises(
        InvalidInput,
        match=r"^acme/none: GitHub answered 404 Not Found when asked to find the repository, wanted something "
        r"this token can see; check the name",
    ):
        workplace.publish(proposal, repository="acme/none")


def test_a_base_branch_that_is_not_there_is_explained(workplace: Workplace, proposal: Proposal) -> None:
    with pytest.raises(InvalidInput, match="answered 404 Not Found when asked to read the base branch trunk"):
        workplace.publish(replace(proposal, base="trunk"))


def test_an_empty_repository_is_explained(workplace: Workplace, proposal: Proposal) -> None:
    workplace.repository.git.delete("main")

    with pytest.raises(InvalidInput, match=r"409 Git Repository is empty.*, wanted a repository with a first commit"):
        workplace.publish(proposal)


@pytest.mark.parametrize(
    ("call", "status", "message", "words"),
    [
        ("POST /git/refs", 422, "Repository rule violations found", "the repository's rules that forbid it"),
        ("POST /labels", 422, "Validation Failed", "wanted a request that GitHub accepts"),
        ("POST /pulls", 422, "Validation Failed", "wanted a request that GitHub accepts"),
        ("POST /pulls", 410, "Issues are disabled for this repo", "see what GitHub says about the repository"),
        ("POST /git/blobs", 409, "Conflict", "see what GitHub says about the repository"),
    ],
)
def test_what_github_does_not_accept_is_passed_on(
    workplace: Workplace, proposal: Proposal, call: str, status: int, message: str, words: str
) -> None:
    workplace.fail(call, status, message=message)

    with pytest.raises(InvalidInput, match=f"{status} {message} when asked to .*{words}"):
        workplace.publish(proposal)


def test_a_reviewer_github_does_not_know_is_named(workplace: Workplace, proposal: Proposal) -> None:
    with pytest.raises(
        InvalidInput, match=r"422 Reviews may only be .* when asked to request reviews of .*/pull/1 by mallory, "
    ):
        workplace.publish(proposal, reviewers=("mallory",))

    workplace.publish(proposal, reviewers=("ada",))
    assert stands(workplace, proposal)


@pytest.mark.parametrize("failure", [None, (403, "Forbidden"), (502, "Server Error")])
def test_the_token_is_shown_nowhere(
    workplace: Workplace, proposal: Proposal, caplog: pytest.LogCaptureFixture, failure: tuple[int, str] | None
) -> None:
    caplog.set_level(logging.DEBUG)
    shown = repr(workplace.target)
    if failure:
        workplace.fail("POST /pulls", failure[0], message=failure[1], times=9)
    try:
        shown += repr(workplace.publish(proposal))
    except SbirEtlError as error:
        shown += repr(error) + "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    shown += caplog.text + "".join(repr(vars(record)) for record in caplog.records)

    assert "POST" in caplog.text
    assert TOKEN not in shown
