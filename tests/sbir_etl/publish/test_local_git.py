"""Pull requests in a local git repository, seen through git itself and through the page."""

import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from filelock import FileLock

from sbir_etl.errors import InvalidInput, TransientError
from sbir_etl.publish.local_git import LocalGit
from sbir_etl.publish.proposal import Proposal, Published

PROPOSAL = Proposal(
    branch="data-refresh/2026-11-24",
    base="main",
    title="SBIR data refresh 2026-11-24",
    body_markdown="## 7 awards are live\n\n| Records | Awards |\n|--:|--:|\n| 8 | 7 |\n",
    files={"refreshes/2026-11-24/report.md": b"7 awards\n", "refreshes/2026-11-24/manifest.json": b'{"rows": 8}\n'},
    labels=("data-refresh",),
    commit_message="SBIR data refresh 2026-11-24\n\nRun weekly-1\n",
    committed_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
)


def with_files(files: Mapping[str, bytes], **changes: Any) -> Proposal:
    return replace(PROPOSAL, files=files, **changes)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", f"--git-dir={folder / 'repository.git'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def page_of(published: Published) -> str:
    return Path(url2pathname(urlsplit(published.url).path)).read_text(encoding="utf-8")


def test_a_proposal_becomes_one_commit_on_its_branch_and_a_page(tmp_path: Path) -> None:
    published = LocalGit(tmp_path).publish(PROPOSAL)

    assert published.created
    assert git(tmp_path, "rev-parse", PROPOSAL.branch).strip() == published.commit
    assert git(tmp_path, "rev-list", "main..data-refresh/2026-11-24").split() == [published.commit]
    assert git(tmp_path, "show", f"{published.commit}:refreshes/2026-11-24/manifest.json") == '{"rows": 8}\n'
    assert git(tmp_path, "log", "-1", "--format=%an <%ae> %aI %cI%n%B", published.commit).splitlines() == [
        "SBIR ETL <sbir-etl@localhost> 2026-11-24T09:00:00+00:00 2026-11-24T09:00:00+00:00",
        "SBIR data refresh 2026-11-24",
        "",
        "Run weekly-1",
        "",
    ]
    assert published.url == (tmp_path / "pull-requests/data-refresh/2026-11-24.html").as_uri()
    page = page_of(published)
    assert "SBIR data refresh 2026-11-24" in page
    assert published.commit in page


def test_the_repository_is_sound_and_can_be_cloned(tmp_path: Path) -> None:
    LocalGit(tmp_path / "prs").publish(PROPOSAL)

    git(tmp_path / "prs", "fsck", "--strict")
    clone = ["git", "clone", "--quiet", str(tmp_path / "prs/repository.git"), str(tmp_path / "clone")]
    subprocess.run(clone, check=True, capture_output=True)

    assert (tmp_path / "clone/README.md").read_text().startswith("# SBIR award data")


def test_the_same_proposal_has_the_same_commit_everywhere(tmp_path: Path) -> None:
    first = LocalGit(tmp_path / "a").publish(PROPOSAL)
    second = LocalGit(tmp_path / "b").publish(PROPOSAL)

    assert first.commit == second.commit


def test_the_users_git_settings_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = LocalGit(tmp_path / "a").publish(PROPOSAL)
    (tmp_path / "config").write_text("[user]\nname = Somebody\n[core]\nautocrlf = true\n[commit]\ngpgsign = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00")

    published = LocalGit(tmp_path / "b").publish(PROPOSAL)

    assert published.commit == expected.commit


def test_publishing_again_changes_nothing(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)
    page = page_of(first)

    second = LocalGit(tmp_path).publish(PROPOSAL)

    assert second == replace(first, created=False)
    assert page_of(second) == page
    assert git(tmp_path, "rev-list", "--all", "--count").strip() == "2"


def test_another_content_moves_the_branch_and_still_is_one_commit_on_the_base(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)

    second = LocalGit(tmp_path).publish(with_files({"refreshes/2026-11-24/report.md": b"9 awards\n"}))

    assert second.commit != first.commit
    assert not second.created
    assert git(tmp_path, "rev-list", "main..data-refresh/2026-11-24").split() == [second.commit]
    assert git(tmp_path, "ls-tree", "-r", "--name-only", second.commit).split() == [
        "README.md",
        "refreshes/2026-11-24/report.md",
    ]
    assert second.commit in page_of(second)


def test_every_week_has_its_branch_and_page(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)
    second = LocalGit(tmp_path).publish(replace(PROPOSAL, branch="data-refresh/2026-12-01"))

    assert git(tmp_path, "for-each-ref", "--format=%(refname:short)").split() == [
        "data-refresh/2026-11-24",
        "data-refresh/2026-12-01",
        "main",
    ]
    assert first.url != second.url
    assert second.created


def test_the_page_tells_how_to_accept_and_that_works(tmp_path: Path) -> None:
    published = LocalGit(tmp_path).publish(PROPOSAL)
    repository = tmp_path / "repository.git"
    assert f"git -C {repository} push . data-refresh/2026-11-24:main" in page_of(published)

    subprocess.run(
        ["git", "-C", str(repository), "push", "--quiet", ".", "data-refresh/2026-11-24:main"],
        check=True,
        capture_output=True,
    )

    assert git(tmp_path, "rev-parse", "main").strip() == published.commit


def test_a_merged_proposal_stays_as_it_is(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)
    git(tmp_path, "update-ref", "refs/heads/main", first.commit)

    assert LocalGit(tmp_path).publish(PROPOSAL).commit == first.commit


def test_a_base_that_moved_on_carries_the_proposal_along(tmp_path: Path) -> None:
    LocalGit(tmp_path).publish(PROPOSAL)
    other = LocalGit(tmp_path).publish(with_files({"other.md": b"x\n"}, branch="other"))
    git(tmp_path, "update-ref", "refs/heads/main", other.commit)

    moved = LocalGit(tmp_path).publish(PROPOSAL)

    assert git(tmp_path, "rev-parse", f"{moved.commit}^").strip() == other.commit
    assert "other.md" in git(tmp_path, "ls-tree", "-r", "--name-only", moved.commit)


def test_a_base_that_was_deleted_is_begun_again(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)
    git(tmp_path, "update-ref", "-d", "refs/heads/main")

    assert LocalGit(tmp_path).publish(PROPOSAL).commit == first.commit


def test_any_printable_path_and_any_bytes_are_kept(tmp_path: Path) -> None:
    files = {'a "quoted" \\ name.txt': b"\x00\xff\r\n", "später/ünïcode.md": b"", "x\u2019y.bin": bytes(range(256))}

    published = LocalGit(tmp_path).publish(with_files(files))

    for path, content in files.items():
        command = ["git", f"--git-dir={tmp_path / 'repository.git'}", "show", f"{published.commit}:{path}"]
        assert subprocess.run(command, check=True, capture_output=True).stdout == content
    page = page_of(published)
    assert "a &#34;quoted&#34; \\ name.txt" in page
    assert "binary" in page


def _git_that_fails_at(call: int, folder: Path) -> str:
    """A git command whose nth call fails without doing anything: to the publisher, the moment it was killed."""
    counter, script = folder / "calls", folder / "git"
    counter.write_text("0\n")
    script.write_text(
        f"#!/bin/sh\nread n < '{counter}'\nn=$((n + 1))\necho $n > '{counter}'\n"
        f'[ $n -eq {call} ] && {{ echo "killed" >&2; exit 9; }}\nexec {shutil.which("git")} "$@"\n'
    )
    script.chmod(0o755)
    return str(script)


def test_a_publication_that_was_cut_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    expected = LocalGit(tmp_path / "expected").publish(PROPOSAL)
    expected_page = page_of(expected).replace("/expected/", "/cut/")
    for call in range(3, 30):  # the first two only ask git whether the names are good
        shutil.rmtree(tmp_path / "cut", ignore_errors=True)
        try:
            LocalGit(tmp_path / "cut", git=_git_that_fails_at(call, tmp_path)).publish(PROPOSAL)
        except TransientError:
            finished = LocalGit(tmp_path / "cut").publish(PROPOSAL)
        else:
            break

        assert finished.commit == expected.commit
        assert page_of(finished) == expected_page
        assert git(tmp_path / "cut", "for-each-ref") == git(tmp_path / "expected", "for-each-ref")
    assert call > 8, "the cut never reached the end of the publication"


def test_what_a_killed_git_left_behind_does_not_stop_the_next_run(tmp_path: Path) -> None:
    first = LocalGit(tmp_path).publish(PROPOSAL)
    (tmp_path / "repository.git/refs/heads/data-refresh/2026-11-24.lock").write_text("")
    (tmp_path / ".repository.git.new").mkdir()
    (tmp_path / "pull-requests/data-refresh/.2026-11-24.html.new").write_text("half a pa")

    second = LocalGit(tmp_path).publish(with_files({"a.md": b"other\n"}))

    assert second.commit != first.commit
    assert git(tmp_path, "rev-parse", PROPOSAL.branch).strip() == second.commit
    assert not list((tmp_path / "pull-requests").rglob("*.new"))


def test_two_publishers_at_once_wait_for_each_other(tmp_path: Path) -> None:
    proposals = [replace(PROPOSAL, branch=f"data-refresh/{number}") for number in range(3)]
    threads = [threading.Thread(target=LocalGit(tmp_path).publish, args=(proposal,)) for proposal in proposals]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(git(tmp_path, "for-each-ref").splitlines()) == 4


def test_a_publisher_that_waits_too_long_says_so(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".lock"), pytest.raises(TransientError, match="another refresh has been publishing"):
        LocalGit(tmp_path, lock_seconds=0.01).publish(PROPOSAL)


def test_without_git_the_message_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no-such-git: not found on PATH.*install git"):
        LocalGit(tmp_path, git="no-such-git").publish(PROPOSAL)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidInput, match="file/prs: Not a directory, wanted a folder"):
        LocalGit(tmp_path / "file/prs").publish(PROPOSAL)


def test_a_page_that_cannot_be_written_is_told_and_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "pull-requests").write_text("in the way")
    with pytest.raises(TransientError, match="pull-requests"):
        LocalGit(tmp_path).publish(PROPOSAL)

    (tmp_path / "pull-requests").unlink()
    assert LocalGit(tmp_path).publish(PROPOSAL).created is False


def test_a_folder_that_is_no_repository_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "repository.git").mkdir()
    (tmp_path / "repository.git/precious").write_text("kept")

    with pytest.raises(InvalidInput, match=r"repository\.git: not a git repository, .*move it away"):
        LocalGit(tmp_path).publish(PROPOSAL)

    assert (tmp_path / "repository.git/precious").read_text() == "kept"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"branch": "../escape"}, "branch: got '../escape'"),
        ({"branch": "with blank"}, "branch: got 'with blank'"),
        ({"branch": "main"}, "the base itself"),
        ({"base": ""}, "branch: got ''"),
        ({"committed_at": datetime(2026, 11, 24)}, "wanted a time with its zone"),  # noqa: DTZ001 - the point of it
        ({"files": {"../x": b""}}, "files: got the path '../x'"),
        ({"files": {"/x": b""}}, "files: got the path '/x'"),
        ({"files": {"a//b": b""}}, "files: got the path"),
        ({"files": {"a\nb": b""}}, "files: got the path"),
        ({"files": {".git/config": b""}}, "files: got the path"),
        ({"files": {"": b""}}, "files: got the path ''"),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused_before_anything_is_written(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        LocalGit(tmp_path / "prs").publish(replace(PROPOSAL, **changes))
    assert not (tmp_path / "prs").exists()


def test_the_zone_of_the_proposals_time_does_not_change_the_commit(tmp_path: Path) -> None:
    first = LocalGit(tmp_path / "a").publish(PROPOSAL)
    elsewhere = PROPOSAL.committed_at.astimezone(timezone(timedelta(hours=-5)))

    assert LocalGit(tmp_path / "b").publish(replace(PROPOSAL, committed_at=elsewhere)).commit == first.commit
