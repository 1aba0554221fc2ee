"""Publishes a proposal as a pull request on GitHub.

Everything can be done again after a failure at any point: objects are stored before the branch points to them, the
branch is moved before the pull request is opened or updated, and each step first looks at what is there already.
"""

import base64
from contextlib import closing
from datetime import UTC
from typing import Final

from github import Github, GithubException, InputGitAuthor, InputGitTreeElement, UnknownObjectException
from github.GitCommit import GitCommit
from github.GitRef import GitRef
from github.PullRequest import PullRequest
from github.Repository import Repository

from sbir_etl.errors import InvalidInput, TransientError
from sbir_etl.publish.github.client import connect
from sbir_etl.publish.github.refusals import Permission, explained, says
from sbir_etl.publish.github.review import ask_for_review, label
from sbir_etl.publish.github.target import Target
from sbir_etl.publish.proposal import Proposal, Published

MAX_FILE_BYTES: Final = 5 * 1024 * 1024
"""Metadata and reports are far smaller; the awards themselves never belong into a repository."""
_NAME, _EMAIL = "SBIR ETL", "sbir-etl@localhost"


class GitHubPublisher:
    """Publishes into a repository on GitHub: one commit on the proposal's branch, and a pull request to its base."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def publish(self, proposal: Proposal) -> Published:
        """One commit on top of the base branch, whatever the proposal's branch held before, and a pull request.

        The open pull request of the branch is updated. One that was merged or closed with this very commit is the
        answer to the proposal and stays as it is; after one with another content a new one is opened.
        A refused label or reviewer fails the publication although the pull request stands: publishing again finishes.
        """
        _check(proposal)
        with closing(connect(self._target)) as client:
            repository = _repository(client, self._target.repository)
            return self._publish(repository, proposal)

    def _publish(self, repository: Repository, proposal: Proposal) -> Published:
        base = _base(repository, proposal.base)
        before = _branch(repository, proposal.branch)
        pulls = _pull_requests(repository, proposal)
        commit = _commit(repository, proposal, base)
        nothing_new = commit.tree.sha == base.tree.sha
        merged = next((pull for pull in pulls if pull.merged_at), None)
        if nothing_new and merged:
            return _published(proposal, merged, commit=merged.head.sha, created=False)
        tip = before.object.sha if before and nothing_new else commit.sha
        _move(repository, proposal.branch, before=before, to=tip)
        pull = _pull_request(repository, proposal, tip=tip, pulls=pulls)
        if pull.state == "open":
            label(repository, pull, proposal.labels)
            ask_for_review(repository, pull, self._target.reviewers, commit=tip)
        return _published(proposal, pull, commit=tip, created=before is None)


def _check(proposal: Proposal) -> None:
    if proposal.branch == proposal.base:
        raise InvalidInput(f"branch: got {proposal.branch!r}, the base itself, wanted a branch of its own")
    if proposal.committed_at.tzinfo is None:
        raise InvalidInput(f"committed_at: got {proposal.committed_at.isoformat()}, wanted a time with its zone")
    for path, content in proposal.files.items():
        if len(content) > MAX_FILE_BYTES:
            raise InvalidInput(
                f"files: got {path} with {len(content):,} bytes, wanted at most {MAX_FILE_BYTES:,}; "
                "publish metadata and reports, and leave data in the storage"
            )


def _repository(client: Github, name: str) -> Repository:
    with explained(name, "find the repository", Permission.METADATA):
        return client.get_repo(name)


def _base(repository: Repository, branch: str) -> GitCommit:
    with explained(repository.full_name, f"read the base branch {branch}", Permission.CONTENTS):
        return repository.get_git_commit(repository.get_git_ref(f"heads/{branch}").object.sha)


def _branch(repository: Repository, branch: str) -> GitRef | None:
    with explained(repository.full_name, f"read the branch {branch}", Permission.CONTENTS):
        try:
            return repository.get_git_ref(f"heads/{branch}")
        except UnknownObjectException:
            return None


def _pull_requests(repository: Repository, proposal: Proposal) -> list[PullRequest]:
    """All there ever were of the branch, the newest first."""
    head = f"{repository.owner.login}:{proposal.branch}"
    with explained(repository.full_name, f"look for pull requests of {proposal.branch}", Permission.PULL_REQUESTS):
        return list(repository.get_pulls(state="all", head=head, base=proposal.base, sort="created", direction="desc"))


def _commit(repository: Repository, proposal: Proposal, base: GitCommit) -> GitCommit:
    """The proposal as a commit that no branch points to yet; the same proposal on the same base is the same commit."""
    when = proposal.committed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    author = InputGitAuthor(_NAME, _EMAIL, when)
    with explained(repository.full_name, "store the files of the commit", Permission.CONTENTS):
        elements = [_element(repository, path, content) for path, content in sorted(proposal.files.items())]
        tree = repository.create_git_tree(elements, base.tree)
        return repository.create_git_commit(proposal.commit_message, tree, [base], author, author)


def _element(repository: Repository, path: str, content: bytes) -> InputGitTreeElement:
    blob = repository.create_git_blob(base64.b64encode(content).decode(), "base64")
    return InputGitTreeElement(path, "100644", "blob", sha=blob.sha)


def _move(repository: Repository, branch: str, *, before: GitRef | None, to: str) -> None:
    if before and before.object.sha == to:
        return
    with explained(repository.full_name, f"move the branch {branch}", Permission.CONTENTS):
        if before:
            before.edit(to, force=True)
        else:
            _create_branch(repository, branch, to=to)


def _create_branch(repository: Repository, branch: str, *, to: str) -> None:
    try:
        repository.create_git_ref(f"refs/heads/{branch}", to)
    except GithubException as error:
        if not says(error, "Reference already exists"):
            raise
        # Made by this very request when its answer was lost, or by a refresh beside this one.
        if repository.get_git_ref(f"heads/{branch}").object.sha != to:
            raise TransientError(
                f"{repository.full_name}: somebody else made the branch {branch} just now, wanted to make it; "
                "run it again"
            ) from error


def _pull_request(repository: Repository, proposal: Proposal, *, tip: str, pulls: list[PullRequest]) -> PullRequest:
    with explained(repository.full_name, f"open the pull request of {proposal.branch}", Permission.PULL_REQUESTS):
        if opened := _opened(pulls):
            return _update(opened, proposal)
        answered = next((pull for pull in pulls if pull.head.sha == tip), None)
        return answered or _open(repository, proposal)


def _open(repository: Repository, proposal: Proposal) -> PullRequest:
    try:
        return repository.create_pull(proposal.base, proposal.branch, title=proposal.title, body=proposal.body_markdown)
    except GithubException as error:
        # By this very request when its answer was lost, or by a refresh beside this one.
        opened = _opened(_pull_requests(repository, proposal)) if says(error, "already exists") else None
        if opened is None:
            raise
        return _update(opened, proposal)


def _opened(pulls: list[PullRequest]) -> PullRequest | None:
    return next((pull for pull in pulls if pull.state == "open"), None)


def _update(pull: PullRequest, proposal: Proposal) -> PullRequest:
    # A page that was edited in a browser comes back with the line ends of a form.
    body = (pull.body or "").replace("\r\n", "\n")
    if (pull.title, body) != (proposal.title, proposal.body_markdown):
        pull.edit(title=proposal.title, body=proposal.body_markdown)
    return pull


def _published(proposal: Proposal, pull: PullRequest, *, commit: str, created: bool) -> Published:
    return Published(url=pull.html_url, branch=proposal.branch, commit=commit, created=created)
