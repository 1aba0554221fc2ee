"""The git command, where a pull request would not show the difference."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sbir_etl.errors import TransientError
from sbir_etl.publish.git import Commit, Repository

FIRST = Commit(
    parent=None, message="first\n", committed_at=datetime(2026, 11, 24, tzinfo=UTC), files={"a.txt": b"one\ntwo\n"}
)


def test_a_git_that_never_ends_is_given_up(tmp_path: Path) -> None:
    script = tmp_path / "git"
    script.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    script.chmod(0o755)

    with pytest.raises(TransientError, match=r"git rev-parse in .*: no end after 0\.05 s"):
        Repository(tmp_path / "repository.git", git=str(script), seconds=0.05).tree("main")


def test_changes_tell_lines_patches_and_binaries(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository.git")
    repository.create("main", FIRST)
    base = repository.tips("main")["main"]
    files = {"a.txt": b"one\n2\ndiff --git a/x b/x\n", "b.bin": b"\x00\x01", "empty.txt": b"", "z.txt": b"end"}
    commit = repository.write(Commit(parent=base, message="next\n", committed_at=FIRST.committed_at, files=files))

    changes = repository.changes(base, commit)

    assert [(change.path, change.added, change.removed) for change in changes] == [
        ("a.txt", 2, 1),
        ("b.bin", None, None),
        ("empty.txt", 0, 0),
        ("z.txt", 1, 0),
    ]
    assert changes[0].patch.splitlines()[1:] == [" one", "-two", "+2", "+diff --git a/x b/x"]
    assert changes[1].patch == ""
    assert changes[3].patch.splitlines()[1:] == ["+end", "\\ No newline at end of file"]


def test_a_branch_that_somebody_else_moved_is_not_moved_again(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository.git")
    repository.create("main", FIRST)
    base = repository.tips("main")["main"]
    commit = repository.write(Commit(parent=base, message="next\n", committed_at=FIRST.committed_at, files={}))
    repository.move("main", to=commit, was=base)

    with pytest.raises(TransientError, match="git update-ref"):
        repository.move("main", to=base, was=base)


def test_a_repository_has_the_branches_it_was_given(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository.git")
    repository.create("trunk", FIRST)

    assert list(repository.tips("trunk", "main")) == ["trunk"]
