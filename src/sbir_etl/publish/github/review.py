"""Labels and reviewers of a pull request; what is there already is not asked for again."""

from github import GithubException, UnknownObjectException
from github.PullRequest import PullRequest
from github.Repository import Repository

from sbir_etl.publish.github.refusals import Permission, explained, says

_COLOR = "0e8a16"
_DESCRIPTION = "Made by the weekly refresh of the SBIR awards"


def label(repository: Repository, pull: PullRequest, names: tuple[str, ...]) -> None:
    """Put the labels on the pull request; those that the repository does not have are made."""
    present = {label.name.lower() for label in pull.labels}
    missing = [name for name in names if name.lower() not in present]
    with explained(repository.full_name, f"label {pull.html_url}", Permission.PULL_REQUESTS):
        for name in missing:
            _ensure(repository, name)
        if missing:
            # The client's own method sends a bare list, which GitHub's description does not have.
            pull.requester.requestJsonAndCheck("POST", f"{pull.issue_url}/labels", input={"labels": missing})


def ask_for_review(repository: Repository, pull: PullRequest, reviewers: tuple[str, ...], *, commit: str) -> None:
    """Ask those who neither are asked already nor have reviewed this very commit; never the author, who may not."""
    if not reviewers:
        return
    with explained(
        repository.full_name, f"request reviews of {pull.html_url} by {', '.join(reviewers)}", Permission.PULL_REQUESTS
    ):
        reviews = [review for review in pull.get_reviews() if review.commit_id == commit]
        # A user who left GitHub is None.
        reviewed = {review.user.login.lower() for review in reviews if review.user}
        users = _users(pull, reviewers, reviewed)
        # A team is no longer asked once one of its members has reviewed.
        teams = [] if reviewed else _teams(pull, reviewers)
        if users or teams:
            pull.create_review_request(reviewers=users, team_reviewers=teams)


def _users(pull: PullRequest, reviewers: tuple[str, ...], reviewed: set[str]) -> list[str]:
    done = reviewed | {user.login.lower() for user in (pull.user, *pull.requested_reviewers)}
    return [login for login in reviewers if "/" not in login and login.lower() not in done]


def _teams(pull: PullRequest, reviewers: tuple[str, ...]) -> list[str]:
    asked = {team.slug.lower() for team in pull.requested_teams}
    wanted = [name.partition("/")[2] for name in reviewers if "/" in name]
    return [slug for slug in wanted if slug.lower() not in asked]


def _ensure(repository: Repository, name: str) -> None:
    try:
        repository.get_label(name)
    except UnknownObjectException:
        _create(repository, name)


def _create(repository: Repository, name: str) -> None:
    try:
        repository.create_label(name, _COLOR, _DESCRIPTION)
    except GithubException as error:
        if not says(error, "already_exists"):
            raise
