"""What the SQLite journal promises beyond the port: it lasts, it is locked, it can be read meanwhile."""

import asyncio
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from asl_engine.journal.port import ExecutionRecord, SaveStateMachine, StartExecution, StateMachineRecord
from asl_engine.journal.sqlite import Durability, JournalInUse, SqliteJournal, SqliteReader

NOW = datetime(2026, 1, 5, tzinfo=UTC)
MACHINE = StateMachineRecord(
    arn="m", name="m", type="STANDARD", definition="{}", role_arn="r", revision_id="1", created_at=NOW, updated_at=NOW
)
EXECUTION = ExecutionRecord(arn="e", name="e", state_machine_arn="m", revision_id="1", input="{}", started_at=NOW)


def test_what_was_committed_is_there_after_opening_again(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    asyncio.run(journal.commit([SaveStateMachine(MACHINE)]))
    journal.close()
    again = SqliteJournal(tmp_path / "j")
    assert again.state_machines.find("m") == MACHINE
    again.close()


def test_only_one_may_write(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    with pytest.raises(JournalInUse, match=r"/j$"):
        SqliteJournal(tmp_path / "j")
    journal.close()
    SqliteJournal(tmp_path / "j").close()


def test_others_may_read_what_is_committed(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    asyncio.run(journal.commit([SaveStateMachine(MACHINE), StartExecution(EXECUTION)]))
    reader = SqliteReader(tmp_path / "j")
    assert reader.state_machines.find("m") == MACHINE
    assert reader.executions.find("e") == EXECUTION
    reader.close()
    journal.close()


def test_a_journal_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SqliteReader(tmp_path / "j")


@pytest.mark.parametrize("durability", ["process", "power"])
def test_a_commit_that_fails_leaves_nothing_behind(tmp_path: Path, durability: Durability) -> None:
    journal = SqliteJournal(tmp_path / "j", durability)
    with pytest.raises(sqlite3.IntegrityError):
        asyncio.run(journal.commit([StartExecution(EXECUTION), StartExecution(EXECUTION)]))
    assert journal.executions.find("e") is None
    journal.close()


def test_the_file_says_which_migrations_it_has_seen(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "j").close()
    connection = sqlite3.connect(tmp_path / "j")
    assert connection.execute("PRAGMA user_version").fetchone() == (4,)
    connection.close()
