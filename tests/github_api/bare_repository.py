"""A real bare git repository, by the git command: what GitHub's Git Data API does, done by git itself."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path


class Refused(Exception):
    """git did not accept what it was given."""


@dataclass(frozen=True, kw_only=True)
class Person:
    name: str
    email: str
    date: int
    """Seconds since 1970."""


@dataclass(frozen=True, kw_only=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


class BareRepository:
    """Objects and branches; a branch's name comes without `refs/heads/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._git("init", "--bare", "--quiet", "--template=", "--initial-branch=main", str(path))

    def branch(self, name: str) -> str | None:
        found = self._git("for-each-ref", "--format=%(objectname)", f"refs/heads/{name}").strip()
        return found.decode() or None

    def move(self, branch: str, to: str, *, force: bool) -> None:
        before = self.branch(branch)
        if before and not force:
            self._git("merge-base", "--is-ancestor", before, to)
        self._git("update-ref", f"refs/heads/{branch}", to)

    def delete(self, branch: str) -> None:
        self._git("update-ref", "-d", f"refs/heads/{branch}")

    def blob(self, content: bytes) -> str:
        return self._git("hash-object", "-w", "--stdin", stdin=content).strip().decode()

    def tree(self, base: str | None, entries: list[tuple[str, str, str]]) -> str:
        """`entries` are (mode, sha, path), laid over the tree `base`."""
        index = self.path / "index.new"
        index.unlink(missing_ok=True)
        if base:
            self._git("read-tree", base, index=index)
        lines = "".join(f"{mode} {sha}\t{path}\n" for mode, sha, path in entries)
        for _, sha, _ in entries:
            self._git("cat-file", "-e", f"{sha}^{{blob}}")
        self._git("update-index", "--add", "--index-info", stdin=lines.encode(), index=index)
        return self._git("write-tree", index=index).strip().decode()

    def commit(self, *, tree: str, parents: list[str], author: Person, committer: Person, message: str) -> str:
        self._git("cat-file", "-e", f"{tree}^{{tree}}")
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"{kind} {who.name} <{who.email}> {who.date} +0000" for kind, who in _signed(author, committer)]
        text = "\n".join(lines) + f"\n\n{message}"
        return self._git("hash-object", "-t", "commit", "-w", "--stdin", stdin=text.encode()).strip().decode()

    def read(self, commit: str) -> Commit:
        shape = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"
        sha, tree, parents, an, ae, at, cn, ce, ct, message = (
            self._git("log", "-1", f"--format={shape}", commit).decode().removesuffix("\n").split("\0")
        )
        author, committer = Person(name=an, email=ae, date=int(at)), Person(name=cn, email=ce, date=int(ct))
        return Commit(
            sha=sha, tree=tree, parents=tuple(parents.split()), author=author, committer=committer, message=message
        )

    def history(self, *revisions: str) -> list[str]:
        return self._git("rev-list", *revisions).decode().split()

    def files(self, commit: str) -> dict[str, bytes]:
        names = self._git("ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")[:-1]
        return {name: self._git("cat-file", "blob", f"{commit}:{name}") for name in names}

    def check(self) -> None:
        self._git("fsck", "--strict", "--no-dangling")

    def _git(self, *arguments: str, stdin: bytes = b"", index: Path | None = None) -> bytes:
        environment = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.environ["PATH"]}
        if index:
            environment["GIT_INDEX_FILE"] = str(index)
        command = ["git", f"--git-dir={self.path}", *arguments]
        done = subprocess.run(command, input=stdin, capture_output=True, env=environment, check=False)
        # Paths that lead elsewhere are only complained about.
        if done.returncode or done.stderr.startswith(b"Ignoring path"):
            raise Refused(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout


def _signed(author: Person, committer: Person) -> tuple[tuple[str, Person], ...]:
    return ("author", author), ("committer", committer)
