"""A full or closed disk is told apart from everything else that may go wrong in a step's folder."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from sbir_etl.disk import refusal, remove_left_behind, working_folder
from sbir_etl.errors import GateFailed, InvalidInput, TransientError


def test_a_steps_folder_is_its_own_and_gone_when_it_ends(tmp_path: Path) -> None:
    with working_folder(tmp_path / "scratch", "load") as one, working_folder(tmp_path / "scratch", "load") as two:
        assert one != two
        (one / "file").touch()

    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_killed_steps_left_behind_goes_and_what_is_in_use_stays(tmp_path: Path) -> None:
    for name, day in (("killed", 1), ("in-use", 3)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "award_data.csv").touch()
        moment = datetime(2026, 11, day, tzinfo=UTC).timestamp()
        os.utime(tmp_path / name, (moment, moment))
    remove_left_behind(tmp_path, before=datetime(2026, 11, 2, tzinfo=UTC))
    assert [path.name for path in tmp_path.iterdir()] == ["in-use"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        duckdb.IOException('{"exception_type":"IO","exception_message":"Could not write file","errno":"28"}'),
        RuntimeError("Unable to copy data to file: No space left on device (os error 28)"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_full_disk_is_worth_another_try_once_there_is_room(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(TransientError, match=rf"^{tmp_path}: .*; wanted room for it"), working_folder(tmp_path, "load"):
        raise error


def test_a_folder_that_nobody_may_write_is_a_permanent_error(tmp_path: Path) -> None:
    (tmp_path / "scratch").write_text("a file")

    with (
        pytest.raises(InvalidInput, match=r"scratch: .*check the permissions"),
        working_folder(tmp_path / "scratch", "x"),
    ):
        pytest.fail("there is no folder")


@pytest.mark.parametrize("error", [GateFailed("(os error 28)"), ConnectionResetError(), ValueError("no number")])
def test_any_other_failure_stays_what_it_is(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as raised, working_folder(tmp_path, "load"):
        raise error

    assert raised.value is error


def test_a_missing_file_is_no_refusal() -> None:
    assert refusal(FileNotFoundError(errno.ENOENT, "No such file")) is None
