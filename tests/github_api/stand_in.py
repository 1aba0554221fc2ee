"""The operations of GitHub's REST API that a pull request takes, on a real git repository and in GitHub's own words."""

import base64
import binascii
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.github_api.bare_repository import BareRepository, Person, Refused
from tests.github_api.bodies import NEVER, Bodies, Pull

JSON: TypeAlias = Any
AUTHOR = "refresh-bot"
COLLABORATORS = ("ada", "grace", AUTHOR)
TEAMS = ("data",)


class Problem(Exception):
    """A refusal, as GitHub words it."""

    def __init__(self, status: int, message: str, *errors: dict[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest"}
        self.body |= {"status": str(status)} if not errors else {"errors": list(errors)}


class Repository:
    """One repository on GitHub; the methods that carry an operation's name answer it, the others are for tests."""

    def __init__(self, path: Path, *, address: str, owner: str, name: str) -> None:
        self.git = BareRepository(path)
        self.bodies = Bodies(address=address, owner=owner, name=name)
        self.labels: dict[str, dict[str, str]] = {}
        self.pulls: list[Pull] = []
        self.lock = threading.Lock()

    def begin(self) -> str:
        """The first commit on main."""
        return self.push("main", {"README.md": b"# Awards\n"})

    def push(self, branch: str, files: dict[str, bytes]) -> str:
        """A commit by somebody else on top of the branch."""
        before = self.git.branch(branch)
        entries = [("100644", self.git.blob(content), path) for path, content in files.items()]
        tree = self.git.tree(before and self.git.read(before).tree, entries)
        who = Person(name="Ada", email="ada@localhost", date=1_700_000_000)
        parents = [before] if before else []
        commit = self.git.commit(tree=tree, parents=parents, author=who, committer=who, message=f"Push to {branch}\n")
        self.move(branch, commit, force=False)
        return commit

    def move(self, branch: str, to: str, *, force: bool) -> None:
        """Open pull requests follow their branch; closed ones stay where they were."""
        self.git.move(branch, to, force=force)
        for pull in self.pulls:
            if pull.state == "open" and pull.head == branch:
                pull.head_sha = to

    def merge(self, pull: Pull, *, squash: bool = False, delete: bool = False) -> None:
        head, base = self.git.read(pull.head_sha), self.git.branch(pull.base)
        assert base
        parents = [base] if squash else [base, head.sha]
        commit = self.git.commit(
            tree=head.tree, parents=parents, author=head.author, committer=head.committer, message=f"{pull.title}\n"
        )
        self.git.move(pull.base, commit, force=False)
        pull.state, pull.merged_at = "closed", NEVER
        if delete:
            self.git.delete(pull.head)

    # The operations

    def get_repository(self, request: JSON) -> JSON:
        return self.bodies.repository()

    def get_ref(self, request: JSON) -> JSON:
        if not self.git.branch("main"):
            raise Problem(409, "Git Repository is empty.")
        return self.bodies.ref(request["branch"], self._tip(request["branch"]))

    def create_ref(self, request: JSON) -> JSON:
        branch = request["ref"].removeprefix("refs/heads/")
        if self.git.branch(branch):
            raise Problem(422, "Reference already exists")
        self._move(branch, request["sha"], force=False)
        return self.bodies.ref(branch, request["sha"])

    def update_ref(self, request: JSON) -> JSON:
        if not self.git.branch(request["branch"]):
            raise Problem(422, "Reference does not exist")
        self._move(request["branch"], request["sha"], force=request.get("force", False))
        return self.bodies.ref(request["branch"], request["sha"])

    def create_blob(self, request: JSON) -> JSON:
        try:
            content = base64.b64decode(request["content"], validate=True)
        except binascii.Error as error:
            raise Problem(422, "content is not valid Base64") from error
        return self.bodies.blob(self.git.blob(content))

    def create_tree(self, request: JSON) -> JSON:
        entries = [(entry["mode"], entry["sha"], entry["path"]) for entry in request["tree"]]
        try:
            return self.bodies.tree(self.git.tree(request.get("base_tree"), entries))
        except Refused as error:
            raise Problem(422, "tree.path contains a malformed path component") from error

    def create_commit(self, request: JSON) -> JSON:
        author, committer = (_person(request[kind]) for kind in ("author", "committer"))
        sha = self.git.commit(
            tree=request["tree"],
            parents=request["parents"],
            author=author,
            committer=committer,
            message=request["message"],
        )
        return self.bodies.commit(self.git.read(sha))

    def get_commit(self, request: JSON) -> JSON:
        return self.bodies.commit(self.git.read(request["commit_sha"]))

    def get_label(self, request: JSON) -> JSON:
        if request["name"] not in self.labels:
            raise Problem(404, "Not Found")
        return self.bodies.label(request["name"], self.labels[request["name"]])

    def create_label(self, request: JSON) -> JSON:
        name = request["name"]
        if name.lower() in map(str.lower, self.labels):
            raise Problem(422, "Validation Failed", {"resource": "Label", "code": "already_exists", "field": "name"})
        self.labels[name] = {"color": request["color"], "description": request.get("description", "")}
        return self.bodies.label(name, self.labels[name])

    def add_labels(self, request: JSON) -> JSON:
        pull = self._pull(request)
        for name in request["labels"]:
            self.labels.setdefault(name, {"color": "ededed", "description": ""})
        pull.labels += [name for name in request["labels"] if name not in pull.labels]
        return [self.bodies.label(name, self.labels[name]) for name in pull.labels]

    def list_pulls(self, request: JSON) -> JSON:
        head = request["head"].partition(":")[2]
        found = [pull for pull in self.pulls if (pull.head, pull.base) == (head, request["base"])]
        return [self.bodies.listed(pull, self.labels) for pull in reversed(found)]

    def create_pull(self, request: JSON) -> JSON:
        head, base = request["head"], request["base"]
        if any(pull.state == "open" and (pull.head, pull.base) == (head, base) for pull in self.pulls):
            raise _invalid(f"A pull request already exists for {self.bodies.owner}:{head}.")
        if not self.git.history(f"{base}..{head}"):
            raise _invalid(f"No commits between {base} and {head}")
        pull = Pull(
            number=len(self.pulls) + 1,
            head=head,
            head_sha=self._tip(head),
            base=base,
            base_sha=self._tip(base),
            title=request["title"],
            body=request["body"],
            author=AUTHOR,
        )
        self.pulls.append(pull)
        return self.bodies.pull(pull, self.labels)

    def update_pull(self, request: JSON) -> JSON:
        pull = self._pull(request)
        pull.title, pull.body = request.get("title", pull.title), request.get("body", pull.body)
        return self.bodies.pull(pull, self.labels)

    def request_reviewers(self, request: JSON) -> JSON:
        pull = self._pull(request)
        users, teams = request.get("reviewers", []), request.get("team_reviewers", [])
        if pull.author in users:
            raise Problem(422, "Review cannot be requested from pull request author.")
        if not set(users) <= set(COLLABORATORS) or not set(teams) <= set(TEAMS):
            raise Problem(
                422,
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified "
                f"is not a collaborator of the {self.bodies.owner}/{self.bodies.name} repository.",
            )
        pull.reviewers += [login for login in users if login not in pull.reviewers]
        pull.teams += [slug for slug in teams if slug not in pull.teams]
        return self.bodies.listed(pull, self.labels)

    def list_reviews(self, request: JSON) -> JSON:
        pull = self._pull(request)
        return [self.bodies.review(pull, login, commit) for login, commit in pull.reviews]

    def _pull(self, request: JSON) -> Pull:
        return self.pulls[int(request["number"]) - 1]

    def _tip(self, branch: str) -> str:
        sha = self.git.branch(branch)
        if sha is None:
            raise Problem(404, "Not Found")
        return sha

    def _move(self, branch: str, to: str, *, force: bool) -> None:
        try:
            self.move(branch, to, force=force)
        except Refused as error:
            raise Problem(422, "Update is not a fast forward") from error


Operation: TypeAlias = Callable[[Repository, JSON], JSON]
OPERATIONS: tuple[tuple[str, str, int, Operation], ...] = (
    ("GET", "", 200, Repository.get_repository),
    ("GET", "/git/ref/heads/{branch:path}", 200, Repository.get_ref),
    ("POST", "/git/refs", 201, Repository.create_ref),
    ("PATCH", "/git/refs/heads/{branch:path}", 200, Repository.update_ref),
    ("POST", "/git/blobs", 201, Repository.create_blob),
    ("POST", "/git/trees", 201, Repository.create_tree),
    ("POST", "/git/commits", 201, Repository.create_commit),
    ("GET", "/git/commits/{commit_sha}", 200, Repository.get_commit),
    ("POST", "/labels", 201, Repository.create_label),
    ("GET", "/labels/{name:path}", 200, Repository.get_label),
    ("POST", "/issues/{number}/labels", 200, Repository.add_labels),
    ("GET", "/pulls", 200, Repository.list_pulls),
    ("POST", "/pulls", 201, Repository.create_pull),
    ("PATCH", "/pulls/{number}", 200, Repository.update_pull),
    ("POST", "/pulls/{number}/requested_reviewers", 201, Repository.request_reviewers),
    ("GET", "/pulls/{number}/reviews", 200, Repository.list_reviews),
)


def application(repositories: dict[str, Repository]) -> Starlette:
    """GitHub's API over these repositories, found by their full name."""
    return Starlette(
        routes=[
            Route(f"/repos/{{owner}}/{{repo}}{path}", _endpoint(repositories, status, operation), methods=[method])
            for method, path, status, operation in OPERATIONS
        ]
    )


def _endpoint(repositories: dict[str, Repository], status: int, operation: Operation) -> Callable[[Request], Any]:
    async def answer(request: Request) -> Response:
        body = await request.json() if request.method != "GET" else {}
        parameters = {**request.query_params, **request.path_params}
        name = f"{parameters['owner']}/{parameters['repo']}"
        try:
            return JSONResponse(
                await run_in_threadpool(_answer, repositories.get(name), operation, {**parameters, **body}), status
            )
        except Problem as problem:
            return JSONResponse(problem.body, problem.status)

    return answer


def _answer(repository: Repository | None, operation: Operation, request: JSON) -> JSON:
    if repository is None:
        raise Problem(404, "Not Found")
    with repository.lock:
        return operation(repository, request)


def _invalid(message: str) -> Problem:
    return Problem(422, "Validation Failed", {"resource": "PullRequest", "code": "custom", "message": message})


def _person(given: dict[str, str]) -> Person:
    date = datetime.fromisoformat(given["date"])
    return Person(name=given["name"], email=given["email"], date=int(date.timestamp()))
