"""GitHub's answers as JSON: every field that its description requires, the addresses being those of `address`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from tests.github_api.bare_repository import Commit, Person

NEVER = "2026-11-24T09:00:00Z"
# fmt: off
_REPOSITORY_URLS = (
    "archive", "assignees", "blobs", "branches", "collaborators", "comments", "commits", "compare", "contents",
    "contributors", "deployments", "downloads", "events", "forks", "git_commits", "git_refs", "git_tags", "hooks",
    "issue_comment", "issue_events", "issues", "keys", "labels", "languages", "merges", "milestones",
    "notifications", "pulls", "releases", "stargazers", "statuses", "subscribers", "subscription", "tags", "teams",
    "trees",
)
_USER_URLS = (
    "followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events",
    "received_events",
)
# fmt: on


@dataclass
class Pull:
    """A pull request, as it changes."""

    number: int
    head: str
    head_sha: str
    base: str
    base_sha: str
    title: str
    body: str
    author: str
    state: str = "open"
    merged_at: str | None = None
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    reviews: list[tuple[str | None, str]] = field(default_factory=list)
    """(login or None for a user who is gone, commit)"""


@dataclass(frozen=True, kw_only=True)
class Bodies:
    """The answers of one repository."""

    address: str
    owner: str
    name: str

    @property
    def url(self) -> str:
        return f"{self.address}/repos/{self.owner}/{self.name}"

    def user(self, login: str) -> dict[str, Any]:
        url = f"{self.address}/users/{login}"
        return {
            "login": login,
            "id": _number(login),
            "node_id": f"U_{login}",
            "avatar_url": f"{self.address}/avatars/{login}",
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.address}/{login}",
            **{f"{name}_url": f"{url}/{name}" for name in _USER_URLS},
            "type": "User",
            "site_admin": False,
        }

    def repository(self) -> dict[str, Any]:
        counts = ("forks", "forks_count", "open_issues", "open_issues_count", "size", "stargazers_count", "watchers")
        switches = (
            "fork",
            "private",
            "has_projects",
            "has_wiki",
            "has_pages",
            "has_discussions",
            "archived",
            "disabled",
        )
        return {
            "id": 1,
            "node_id": "R_1",
            "name": self.name,
            "full_name": f"{self.owner}/{self.name}",
            "owner": self.user(self.owner),
            "url": self.url,
            **{
                f"{name}_url": f"{self.url}/{name}"
                for name in (*_REPOSITORY_URLS, "html", "clone", "git", "ssh", "svn")
            },
            **dict.fromkeys((*counts, "watchers_count", "network_count", "subscribers_count"), 0),
            **dict.fromkeys(switches, False),
            **dict.fromkeys(("has_issues", "has_downloads"), True),
            **dict.fromkeys(("description", "homepage", "language", "mirror_url", "license"), None),
            **dict.fromkeys(("created_at", "updated_at", "pushed_at"), NEVER),
            "default_branch": "main",
        }

    def ref(self, branch: str, sha: str) -> dict[str, Any]:
        url = f"{self.url}/git/refs/heads/{branch}"
        target = {"type": "commit", "sha": sha, "url": f"{self.url}/git/commits/{sha}"}
        return {"ref": f"refs/heads/{branch}", "node_id": f"REF_{branch}", "url": url, "object": target}

    def blob(self, sha: str) -> dict[str, Any]:
        return {"sha": sha, "url": f"{self.url}/git/blobs/{sha}"}

    def tree(self, sha: str) -> dict[str, Any]:
        return {"sha": sha, "url": f"{self.url}/git/trees/{sha}", "tree": [], "truncated": False}

    def commit(self, commit: Commit) -> dict[str, Any]:
        unsigned = dict.fromkeys(("signature", "payload", "verified_at"))
        return {
            "sha": commit.sha,
            "node_id": f"C_{commit.sha}",
            "url": f"{self.url}/git/commits/{commit.sha}",
            "html_url": f"{self.url}/commit/{commit.sha}",
            "author": _person(commit.author),
            "committer": _person(commit.committer),
            "tree": self._object("trees", commit.tree),
            "message": commit.message,
            "parents": [
                {**self._object("commits", parent), "html_url": f"{self.url}/commit/{parent}"}
                for parent in commit.parents
            ],
            "verification": {"verified": False, "reason": "unsigned", **unsigned},
        }

    def label(self, name: str, settings: Mapping[str, str]) -> dict[str, Any]:
        url = f"{self.url}/labels/{quote(name, safe='')}"
        return {"id": _number(name), "node_id": f"L_{name}", "url": url, "name": name, "default": False, **settings}

    def review(self, pull: Pull, login: str | None, commit: str) -> dict[str, Any]:
        page, link = f"{self.url}/pull/{pull.number}", f"{self.url}/pulls/{pull.number}"
        return {
            "id": 1,
            "node_id": "PRR_1",
            "user": self.user(login) if login else None,
            "body": "",
            "state": "APPROVED",
            "commit_id": commit,
            "html_url": page,
            "pull_request_url": link,
            "_links": {"html": {"href": page}, "pull_request": {"href": link}},
            "author_association": "MEMBER",
        }

    def listed(self, pull: Pull, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """A pull request as an element of a list."""
        url, issue = f"{self.url}/pulls/{pull.number}", f"{self.url}/issues/{pull.number}"
        page = f"{self.address}/{self.owner}/{self.name}/pull/{pull.number}"
        urls = {
            "comments": f"{issue}/comments",
            "commits": f"{url}/commits",
            "statuses": f"{self.url}/statuses/{pull.head_sha}",
            "html": page,
            "issue": issue,
            "review_comments": f"{url}/comments",
            "review_comment": f"{url}/comments{{/number}}",
        }
        return {
            "id": pull.number,
            "node_id": f"PR_{pull.number}",
            "number": pull.number,
            "url": url,
            **{f"{name}_url": address for name, address in urls.items()},
            "_links": {name: {"href": address} for name, address in {**urls, "self": url}.items()},
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "state": pull.state,
            "locked": False,
            "title": pull.title,
            "body": pull.body,
            "user": self.user(pull.author),
            "labels": [self.label(name, labels[name]) for name in pull.labels],
            "requested_reviewers": [self.user(login) for login in pull.reviewers],
            "requested_teams": [self._team(slug) for slug in pull.teams],
            "head": self._side(pull.head, pull.head_sha),
            "base": self._side(pull.base, pull.base_sha),
            **dict.fromkeys(("created_at", "updated_at"), NEVER),
            "closed_at": None if pull.state == "open" else NEVER,
            "merged_at": pull.merged_at,
            **dict.fromkeys(("assignee", "merge_commit_sha", "milestone", "auto_merge")),
            "author_association": "MEMBER",
        }

    def pull(self, pull: Pull, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
        """A pull request by itself."""
        counts = ("additions", "changed_files", "comments", "commits", "deletions", "review_comments")
        return {
            **self.listed(pull, labels),
            **dict.fromkeys(counts, 0),
            **dict.fromkeys(("mergeable", "merged_by")),
            "mergeable_state": "unknown",
            "merged": bool(pull.merged_at),
            "maintainer_can_modify": False,
        }

    def _object(self, kind: str, sha: str) -> dict[str, Any]:
        return {"sha": sha, "url": f"{self.url}/git/{kind}/{sha}"}

    def _side(self, branch: str, sha: str) -> dict[str, Any]:
        label = f"{self.owner}:{branch}"
        return {"label": label, "ref": branch, "sha": sha, "user": self.user(self.owner), "repo": self.repository()}

    def _team(self, slug: str) -> dict[str, Any]:
        url = f"{self.address}/orgs/{self.owner}/teams/{slug}"
        return {
            "id": _number(slug),
            "node_id": f"T_{slug}",
            "name": slug,
            "slug": slug,
            "url": url,
            **{f"{name}_url": f"{url}/{name}" for name in ("members", "html", "repositories")},
            "description": None,
            "permission": "pull",
            "parent": None,
            "type": "organization",
        }


def _person(person: Person) -> dict[str, str]:
    date = datetime.fromtimestamp(person.date, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"name": person.name, "email": person.email, "date": date}


def _number(name: str) -> int:
    return sum(name.encode()) + 1
