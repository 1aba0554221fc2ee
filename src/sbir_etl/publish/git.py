"""A bare git repository through the git command: read tips, write a commit, move a branch, tell what a commit changes.

Nothing of the user's is consulted: no configuration, no identity, no GIT_* variable, no working tree and no index.
Commits are written by `git fast-import`, so a commit costs one process however many files it has.
"""

import shutil
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from sbir_etl.errors import InvalidInput, TransientError

NOTHING = "0" * 40
_IDENTITY = "SBIR ETL <sbir-etl@localhost>"
# No PATH: git finds its own parts, and the user's settings, hooks and templates stay out of it.
_ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null", "LC_ALL": "C", "HOME": "/nonexistent"}


@dataclass(frozen=True, kw_only=True)
class Commit:
    """What a commit says; `files` maps paths to whole contents, laid over the parent's tree."""

    parent: str | None
    message: str
    committed_at: datetime
    files: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class FileChange:
    """One file of a commit; `added` and `removed` count lines and are None for a binary file."""

    path: str
    added: int | None
    removed: int | None
    patch: str


class Repository:
    """The bare repository at `path`."""

    def __init__(self, path: Path, *, git: str = "git", seconds: float = 120) -> None:
        """A git command may take `seconds`. Raises: InvalidInput when there is no such command as `git`."""
        executable = shutil.which(git)
        if executable is None:
            raise InvalidInput(f"{git}: not found on PATH, wanted the git command; install git, then run again")
        self.path = path
        self._executable = executable
        self._seconds = seconds

    def create(self, base: str, first: Commit) -> None:
        """Make the repository with `first` on its branch `base`; it appears complete or not at all."""
        unfinished = Repository(self.path.with_name(f".{self.path.name}.new"), git=self._executable)
        shutil.rmtree(unfinished.path, ignore_errors=True)
        unfinished._run("init", "--bare", "--quiet", "--template=", f"--initial-branch={base}")
        unfinished.move(base, to=unfinished.write(first), was=None)
        unfinished.path.rename(self.path)

    def check_branch_name(self, name: str) -> None:
        """Raises: InvalidInput for a name that git refuses."""
        if self._call("check-ref-format", f"refs/heads/{name}").returncode == 1:
            raise InvalidInput(f"branch: got {name!r}, wanted a name git accepts, such as data-refresh/1983-10-01")

    def tips(self, *branches: str) -> Mapping[str, str]:
        """The commit of each of the branches that exist. Raises: InvalidInput when this is no repository."""
        if not (self.path / "HEAD").is_file():
            raise InvalidInput(f"{self.path}: not a git repository, wanted a bare one; move it away to have a new one")
        names = [f"refs/heads/{branch}" for branch in branches]
        listed = self._run("for-each-ref", "--format=%(objectname) %(refname)", *names).decode()
        found = {name: commit for commit, _, name in (line.partition(" ") for line in listed.splitlines())}
        return {branch: found[name] for branch, name in zip(branches, names, strict=True) if name in found}

    def write(self, commit: Commit) -> str:
        """Store the commit without any branch pointing to it; the same commit has the same id."""
        return self._run("fast-import", "--quiet", stdin=b"".join(_import_stream(commit))).decode().strip()

    def move(self, branch: str, *, to: str, was: str | None) -> None:
        """Point the branch to a commit, if it still is where it `was`."""
        name = f"refs/heads/{branch}"
        # Left by a git that was killed. The caller holds the folder's lock, and nobody else moves these branches.
        (self.path / f"{name}.lock").unlink(missing_ok=True)
        self._run("update-ref", name, to, was or NOTHING)

    def tree(self, commit: str) -> str:
        """The id of the commit's whole content."""
        return self._run("rev-parse", "--verify", f"{commit}^{{tree}}").decode().strip()

    def changes(self, old: str, new: str) -> tuple[FileChange, ...]:
        """What lies between two commits, file by file, ordered by path."""
        options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
        stats = self._run("diff", *options, "--numstat", "-z", old, new).decode("utf-8", "replace")
        patches = self._run("diff", *options, "--patch", old, new).decode("utf-8", "replace")
        # Every line of a patch's content begins with a sign or blank, so this can only be the start of a file.
        texts = f"\n{patches}".split("\ndiff --git ")[1:]
        pairs = zip_longest(stats.split("\0")[:-1], texts, fillvalue="")
        return tuple(_file_change(stat, text) for stat, text in pairs)

    def _run(self, *arguments: str, stdin: bytes = b"") -> bytes:
        done = self._call(*arguments, stdin=stdin)
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().replace("\n", "; ")
            raise TransientError(f"git {arguments[0]} in {self.path}: {said or f'exit {done.returncode}'}")
        return done.stdout

    def _call(self, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        command = [self._executable, f"--git-dir={self.path}", *arguments]
        try:
            return subprocess.run(
                command, input=stdin, capture_output=True, env=_ENVIRONMENT, timeout=self._seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise TransientError(f"git {arguments[0]} in {self.path}: no end after {self._seconds:g} s") from error


def _import_stream(commit: Commit) -> Iterable[bytes]:
    """`git fast-import`'s input; `done` at the end makes it refuse a stream that was cut off."""
    stamp = f"{_IDENTITY} {int(commit.committed_at.timestamp())} +0000\n".encode()
    yield b"feature done\ncommit refs/proposed\nmark :1\nauthor " + stamp + b"committer " + stamp
    yield _counted(commit.message.encode())
    if commit.parent:
        yield f"from {commit.parent}\n".encode()
    for path in sorted(commit.files):
        quoted = path.replace("\\", "\\\\").replace('"', '\\"')
        yield f'M 100644 inline "{quoted}"\n'.encode() + _counted(commit.files[path])
    yield f"get-mark :1\nreset refs/proposed\nfrom {NOTHING}\n\ndone\n".encode()


def _counted(content: bytes) -> bytes:
    return f"data {len(content)}\n".encode() + content + b"\n"


def _file_change(stat: str, text: str) -> FileChange:
    added, removed, path = stat.split("\t", 2)
    hunks = text.partition("\n@@ ")
    return FileChange(
        path=path,
        added=None if added == "-" else int(added),
        removed=None if removed == "-" else int(removed),
        patch=f"@@ {hunks[2]}" if hunks[1] else "",
    )
