"""What the SQLite journal promises beyond the port: it lasts, it is locked, it can be read meanwhile."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest

from asl_engine.history.codec import encode
from asl_engine.history.documents import Document
from asl_engine.history.events import StateEntered
from asl_engine.journal.port import (
    AppendEvents,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    SaveStateMachine,
    StartExecution,
    StateMachineRecord,
    Status,
)
from asl_engine.journal.sqlite import Durability, JournalInUse, SqliteJournal, SqliteReader, UnusableJournal

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
    with pytest.raises(JournalInUse, match=r"/j: another process"):
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


@pytest.mark.parametrize("content", [b"hello", b"SQLite format 3\0" + bytes(range(256)) * 20], ids=["text", "damaged"])
def test_what_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "j").write_bytes(content)
    for opening in (SqliteJournal, SqliteReader):
        with pytest.raises(UnusableJournal, match=r"/j: .*move it away"):
            opening(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == content
    (tmp_path / "j").unlink()
    SqliteJournal(tmp_path / "j").close()


@pytest.mark.parametrize(("version", "message"), [(99, "a journal of version 99"), (0, "a database of something else")])
def test_a_journal_of_a_newer_program_and_the_database_of_another_are_left_alone(
    tmp_path: Path, version: int, message: str
) -> None:
    with closing(sqlite3.connect(tmp_path / "j")) as database:
        database.executescript(f"CREATE TABLE bookmarks (url TEXT); PRAGMA user_version = {version};")
    before = (tmp_path / "j").read_bytes()
    for opening in (SqliteJournal, SqliteReader):
        with pytest.raises(UnusableJournal, match=message):
            opening(tmp_path / "j")
    assert (tmp_path / "j").read_bytes() == before


def test_a_journal_that_is_not_renewed_yet_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "j").touch()
    with pytest.raises(UnusableJournal, match="start the engine on it once"):
        SqliteReader(tmp_path / "j")


@pytest.mark.parametrize("durability", ["process", "power"])
def test_a_commit_that_fails_leaves_nothing_behind(tmp_path: Path, durability: Durability) -> None:
    journal = SqliteJournal(tmp_path / "j", durability)
    with pytest.raises(sqlite3.IntegrityError):
        asyncio.run(journal.commit([StartExecution(EXECUTION), StartExecution(EXECUTION)]))
    assert journal.executions.find("e") is None
    journal.close()


def events_with(text: str, count: int) -> AppendEvents:
    return AppendEvents(
        "e",
        [
            StateEntered(
                id=number, previous_event_id=0, timestamp=NOW, state_type="Pass", name="P", input=Document(text=text)
            )
            for number in range(1, count + 1)
        ],
    )


def test_a_text_that_many_events_repeat_is_kept_once(tmp_path: Path) -> None:
    text = '"' + "x" * 200_000 + '"'
    execution = replace(EXECUTION, input=text)
    ended = replace(execution, status=Status.SUCCEEDED, output=text, stopped_at=NOW)
    journal = SqliteJournal(tmp_path / "j")
    asyncio.run(journal.commit([SaveStateMachine(MACHINE), StartExecution(execution), events_with(text, 50)]))
    asyncio.run(journal.commit([FinishExecution(ended)]))
    assert journal.executions.find("e") == ended
    assert [event.input.text == text for event in journal.executions.events("e")] == [True] * 50  # type: ignore[union-attr]
    journal.close()
    assert (tmp_path / "j").stat().st_size < 400_000


def test_a_page_of_a_history_holds_no_more_than_fits_into_memory(tmp_path: Path) -> None:
    journal = SqliteJournal(tmp_path / "j")
    asyncio.run(journal.commit([StartExecution(EXECUTION), events_with('"' + "x" * 250_000 + '"', 200)]))
    seen: list[int] = []
    after = None
    for _ in range(4):
        page = journal.executions.history("e", limit=1000, after=after)
        assert len(page.items) < 100
        seen += [event.id for event in page.items]
        after = page.next
    assert after is None
    assert seen == list(range(1, 201))
    journal.close()


def test_a_journal_from_before_texts_were_shared_is_read_and_goes_on(tmp_path: Path) -> None:
    text = '"' + "x" * 1000 + '"'
    connection = sqlite3.connect(tmp_path / "j")
    for path in sorted((resources.files("asl_engine.journal") / "migrations").iterdir(), key=lambda file: file.name)[
        :4
    ]:
        connection.executescript(path.read_text())
    connection.execute("PRAGMA user_version = 4")
    connection.execute(
        "INSERT INTO executions (arn, name, state_machine_arn, revision_id, input, started_at, status)"
        " VALUES ('e', 'e', 'm', '1', ?, 0, 'RUNNING')",
        (text,),
    )
    row = encode(events_with(text, 1).events[0])
    connection.execute("INSERT INTO events VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    connection.commit()
    connection.close()
    journal = SqliteJournal(tmp_path / "j")
    asyncio.run(journal.commit([AppendEvents("e", events_with(text, 2).events[1:])]))
    assert list(journal.executions.events("e")) == events_with(text, 2).events
    found = journal.executions.find("e")
    assert found is not None
    assert found.input == text
    asyncio.run(journal.commit([ForgetExecution("e")]))
    assert journal.executions.find("e") is None
    journal.close()


def test_the_file_says_which_migrations_it_has_seen(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "j").close()
    connection = sqlite3.connect(tmp_path / "j")
    assert connection.execute("PRAGMA user_version").fetchone() == (5,)
    connection.close()
