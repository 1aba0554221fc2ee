"""Pull requests without a server: a bare git repository in a folder, and beside it a page per pull request.

Every step may be killed and done again: the repository appears by a rename, a commit exists before its branch points
to it, and the page is written last, from what the repository then holds.
"""

from pathlib import Path, PurePosixPath
from typing import Final

from filelock import FileLock, Timeout

from sbir_etl.errors import InvalidInput, TransientError
from sbir_etl.publish.git import Commit, Repository
from sbir_etl.publish.page import render_pull_request
from sbir_etl.publish.proposal import Proposal, Published

_README: Final = b"""# SBIR award data

Every refresh of the awards proposes its metadata and reports on a branch `data-refresh/<date>`.
Merge the branch to accept the week.
"""


class LocalGit:
    """Publishes into `folder`: `repository.git`, made when absent, and `pull-requests/<branch>.html`."""

    def __init__(self, folder: Path, *, git: str = "git", lock_seconds: float = 60) -> None:
        self._folder = folder.absolute()
        self._git = git
        self._lock_seconds = lock_seconds

    def publish(self, proposal: Proposal) -> Published:
        """One commit on top of the base branch, whatever the proposal's branch held before.

        A proposal that says nothing the base does not say already leaves an existing branch where it is: it was merged.
        """
        repository = Repository(self._folder / "repository.git", git=self._git)
        _check(proposal, repository)
        self._prepare()
        try:
            with FileLock(self._folder / ".lock", timeout=self._lock_seconds):
                return self._publish(proposal, repository)
        except Timeout as error:
            raise TransientError(
                f"{self._folder}: another refresh has been publishing for {self._lock_seconds:g} s, wanted it to finish"
            ) from error
        except OSError as error:
            raise TransientError(f"{self._folder}: {error}, wanted to write the pull request") from error

    def _prepare(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / ".lock").touch()
        except OSError as error:
            raise InvalidInput(
                f"{self._folder}: {error.strerror}, wanted a folder to write pull requests to; "
                "make it writable or name another one"
            ) from error

    def _publish(self, proposal: Proposal, repository: Repository) -> Published:
        if not repository.path.exists():
            repository.create(proposal.base, _first_commit(proposal))
        tips = repository.tips(proposal.base, proposal.branch)
        base = tips.get(proposal.base) or self._begin(proposal, repository)
        before = tips.get(proposal.branch)
        commit = _propose(proposal, repository, base=base, before=before)
        page = self._folder / "pull-requests" / f"{proposal.branch}.html"
        changes = repository.changes(f"{commit}^", commit)
        _write(page, render_pull_request(proposal, repository=repository.path, commit=commit, changes=changes))
        return Published(url=page.as_uri(), branch=proposal.branch, commit=commit, created=before is None)

    def _begin(self, proposal: Proposal, repository: Repository) -> str:
        commit = repository.write(_first_commit(proposal))
        repository.move(proposal.base, to=commit, was=None)
        return commit


def _propose(proposal: Proposal, repository: Repository, *, base: str, before: str | None) -> str:
    commit = repository.write(
        Commit(
            parent=base,
            message=proposal.commit_message,
            committed_at=proposal.committed_at,
            files=proposal.files,
        )
    )
    if before == commit or (before and repository.tree(commit) == repository.tree(base)):
        return before
    repository.move(proposal.branch, to=commit, was=before)
    return commit


def _first_commit(proposal: Proposal) -> Commit:
    return Commit(
        parent=None,
        message="A place for the weekly refreshes\n",
        committed_at=proposal.committed_at,
        files={"README.md": _README},
    )


def _check(proposal: Proposal, repository: Repository) -> None:
    for branch in (proposal.branch, proposal.base):
        repository.check_branch_name(branch)
    if proposal.branch == proposal.base:
        raise InvalidInput(f"branch: got {proposal.branch!r}, the base itself, wanted a branch of its own")
    if proposal.committed_at.tzinfo is None:
        raise InvalidInput(f"committed_at: got {proposal.committed_at.isoformat()}, wanted a time with its zone")
    for path in proposal.files:
        if not _is_plain(path):
            raise InvalidInput(
                f"files: got the path {path!r}, wanted one inside the repository such as reports/week.md"
            )


def _is_plain(path: str) -> bool:
    parts = path.split("/")
    return (
        str(PurePosixPath(path)) == path
        and path.isprintable()
        and not {"", ".", ".."}.intersection(parts)
        and all(part.lower() != ".git" for part in parts)
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
