"""The journal in one SQLite file: one process writes it, others may read it meanwhile."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final, Literal, TypeAlias, assert_never

from filelock import FileLock, Timeout

from asl_engine.history.codec import encode, microseconds
from asl_engine.history.events import HistoryEvent
from asl_engine.journal import rows
from asl_engine.journal.large_texts import LargeTexts
from asl_engine.journal.port import (
    AppendEvents,
    DeleteRecord,
    DeleteStateMachine,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    Prune,
    RecordWrite,
    Removal,
    SaveRecord,
    SaveStateMachine,
    StartExecution,
    Status,
    Write,
)
from asl_engine.journal.records import dump
from asl_engine.journal.shelves import SqliteShelves

Durability: TypeAlias = Literal["process", "power"]
"""What a commit survives: the end of the process (also by kill -9), or the loss of power."""

_SYNCHRONOUS: Final[Mapping[Durability, str]] = {"process": "NORMAL", "power": "FULL"}


class JournalError(Exception):
    """The journal cannot be opened."""


class JournalInUse(JournalError):
    """Another process writes this journal."""


class UnusableJournal(JournalError):
    """The file is damaged, is no journal, or is one of another version."""


class JournalReadOnly(Exception):
    """A reader was asked to write."""


class SqliteReader(SqliteShelves):
    """The shelves of a journal that another process may be writing."""

    def __init__(self, path: Path) -> None:
        """Raises: FileNotFoundError; UnusableJournal, also for a journal that no engine of this version opened yet."""
        if not path.exists():
            raise FileNotFoundError(path)
        with _undone_unless_usable(path) as undo:
            self._connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
            undo.callback(self._connection.close)
            _check_version(self._connection, path, at_least=_NEWEST)
        super().__init__(self._connection)

    async def commit(self, _writes: Sequence[Write]) -> None:
        """Raises: JournalReadOnly, whatever it is."""
        raise JournalReadOnly("the journal is open for reading only; start the engine without read_only to change it")

    def close(self) -> None:
        self._connection.close()


class SqliteJournal(SqliteShelves):
    def __init__(self, path: Path, durability: Durability = "process") -> None:
        """Opens or creates the file.

        Raises:
            JournalInUse: another process has it open for writing.
            UnusableJournal: the file is no journal, or one of a newer version.
        """
        self._lock = FileLock(f"{path}.lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise JournalInUse(f"{path}: another process writes this journal, wanted it to be free") from None
        uri = path.absolute().as_uri()
        with _undone_unless_usable(path) as undo:
            undo.callback(self._lock.release)
            self._writer = _connect(f"{uri}?mode=rwc")
            undo.callback(self._writer.close)
            _migrate(self._writer, path)
            self._writer.execute("PRAGMA journal_mode = WAL")
            self._writer.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
            self._reader = _connect(f"{uri}?mode=ro")
        super().__init__(self._reader)
        # A commit that waits for the disk must not stop the loop; one that does not is done before a thread has woken.
        self._thread = ThreadPoolExecutor(1, "journal") if durability == "power" else None
        self._keys: dict[str, int] = {}

    async def commit(self, writes: Sequence[Write]) -> None:
        if self._thread is None:
            self._commit(writes)
        else:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._commit, writes)

    def close(self) -> None:
        if self._thread is not None:
            self._thread.shutdown()
        self._reader.close()
        self._writer.close()
        self._lock.release()

    def _commit(self, writes: Sequence[Write]) -> None:
        self._writer.execute("BEGIN IMMEDIATE")
        try:
            for write in writes:
                self._write(write)
        except BaseException:
            self._writer.execute("ROLLBACK")
            self._keys.clear()
            raise
        self._writer.execute("COMMIT")
        for write in writes:
            if isinstance(write, StartExecution | FinishExecution) and write.record.status is not Status.RUNNING:
                self._keys.pop(write.record.arn, None)

    _INSERT_REVISION = """
        INSERT INTO revisions (arn, revision_id, name, type, definition, role_arn, settings, created_at, updated_at)
        VALUES (:arn, :revision_id, :name, :type, :definition, :role_arn, :settings, :created_at, :updated_at)
    """
    _SET_REVISION = """
        INSERT INTO state_machines (arn, revision) VALUES (?, ?)
        ON CONFLICT (arn) DO UPDATE SET revision = excluded.revision
    """
    _INSERT_EXECUTION = """
        INSERT INTO executions (arn, name, state_machine_arn, revision_id, input, started_at, status, output, error,
                                cause, failed, stopped_at, trace_header, type, redrive_count, redriven_at,
                                version_arn, alias_arn, map_run_arn, item_count, definition_path, started_by, awaited,
                                test_case, input_digest, output_digest)
        VALUES (:arn, :name, :state_machine_arn, :revision_id, :input, :started_at, :status, :output, :error,
                :cause, :failed, :stopped_at, :trace_header, :type, :redrive_count, :redriven_at,
                :version_arn, :alias_arn, :map_run_arn, :item_count, :definition_path, :started_by, :awaited,
                :test_case, :input_digest, :output_digest)
    """
    _FINISH_EXECUTION = """
        UPDATE executions SET status = :status, output = :output, error = :error, cause = :cause, failed = :failed,
                              stopped_at = :stopped_at, redrive_count = :redrive_count, redriven_at = :redriven_at,
                              awaited = :awaited, output_digest = :output_digest
        WHERE arn = :arn
    """
    _INSERT_EVENT = """
        INSERT INTO events (execution, id, ordinal, previous_event_id, frame, at, kind, rest, document, digest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
    _INSERT_DOCUMENT = """
        INSERT INTO documents (execution, digest, text) VALUES (?, ?, ?) ON CONFLICT (execution, digest) DO NOTHING
    """

    _SAVE_RECORD = """
        INSERT INTO records (kind, arn, owner, document) VALUES (?, ?, ?, ?)
        ON CONFLICT (kind, arn) DO UPDATE SET owner = excluded.owner, document = excluded.document
    """

    def _write(self, write: Write) -> None:
        match write:
            case SaveStateMachine(record):
                cursor = self._writer.execute(self._INSERT_REVISION, rows.state_machine_values(record))
                self._writer.execute(self._SET_REVISION, (record.arn, cursor.lastrowid))
            case DeleteStateMachine(arn):
                self._writer.execute("DELETE FROM state_machines WHERE arn = ?", (arn,))
            case StartExecution(execution):
                self._start(execution)
            case AppendEvents(arn, events):
                self._append(self._key(arn), events)
            case FinishExecution(execution):
                self._finish(execution)
            case ForgetExecution() | Prune():
                self._remove(write)
            case SaveRecord() | DeleteRecord():
                self._write_record(write)
            case _:
                assert_never(write)

    def _start(self, record: ExecutionRecord) -> None:
        texts = LargeTexts()
        cursor = self._writer.execute(self._INSERT_EXECUTION, rows.execution_values(record, texts))
        assert cursor.lastrowid is not None
        self._keys[record.arn] = cursor.lastrowid
        self._keep(texts, cursor.lastrowid)

    def _append(self, key: int, events: Sequence[HistoryEvent]) -> None:
        texts = LargeTexts()
        encoded = map(encode, events)
        self._writer.executemany(
            self._INSERT_EVENT, [(key, *row[:6], row.rest, *texts.place(row.document)) for row in encoded]
        )
        self._keep(texts, key)

    def _finish(self, record: ExecutionRecord) -> None:
        texts = LargeTexts()
        self._writer.execute(self._FINISH_EXECUTION, rows.execution_values(record, texts))
        self._keep(texts, self._key(record.arn))

    def _keep(self, texts: LargeTexts, key: int) -> None:
        self._writer.executemany(self._INSERT_DOCUMENT, texts.rows(key))

    def _remove(self, write: Removal) -> None:
        match write:
            case ForgetExecution(arn):
                self._forget(self._key(arn), arn)
            case Prune(moment, limit):
                self._prune(moment, limit)

    def _write_record(self, write: RecordWrite) -> None:
        match write:
            case SaveRecord(kept):
                self._writer.execute(self._SAVE_RECORD, (type(kept).__name__, kept.arn, kept.owner, dump(kept)))
            case DeleteRecord(kind, arn):
                self._writer.execute("DELETE FROM records WHERE kind = ? AND arn = ?", (kind.__name__, arn))

    def _forget(self, key: int, arn: str) -> None:
        self._writer.execute("DELETE FROM events WHERE execution = ?", (key,))
        self._writer.execute("DELETE FROM documents WHERE execution = ?", (key,))
        self._writer.execute("DELETE FROM executions WHERE key = ?", (key,))
        self._writer.execute("DELETE FROM records WHERE kind = 'MapRunRecord' AND owner = ?", (arn,))
        self._keys.pop(arn, None)

    def _prune(self, moment: datetime, limit: int) -> None:
        old = self._writer.execute(
            "SELECT key, arn FROM executions WHERE stopped_at < ? LIMIT ?", (microseconds(moment), limit)
        ).fetchall()
        for row in old:
            self._forget(row["key"], row["arn"])

    def _key(self, arn: str) -> int:
        key = self._keys.get(arn)
        if key is None:
            row = self._writer.execute("SELECT key FROM executions WHERE arn = ?", (arn,)).fetchone()
            key = self._keys[arn] = int(row["key"])
        return key


def _connect(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=10)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


@contextmanager
def _undone_unless_usable(path: Path) -> Iterator[ExitStack]:
    """What is put on the stack is undone when the file turns out to be unusable."""
    with ExitStack() as undo:
        try:
            yield undo
        except sqlite3.DatabaseError as error:
            raise UnusableJournal(
                f"{path}: {error}, wanted a journal; restore it from a backup, or move it away to begin anew"
            ) from error
        undo.pop_all()


def _migrations() -> Mapping[int, str]:
    files = (resources.files("asl_engine.journal") / "migrations").iterdir()
    return {int(file.name[:4]): file.read_text() for file in sorted(files, key=lambda file: file.name)}


_NEWEST: Final = max(_migrations())


def _check_version(connection: sqlite3.Connection, path: Path, *, at_least: int) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if tables and not version:
        raise UnusableJournal(f"{path}: a database of something else, wanted a journal; move it away or name another")
    if version > _NEWEST:
        raise UnusableJournal(
            f"{path}: a journal of version {version}, wanted at most {_NEWEST}; use the newer program that wrote it"
        )
    if version < at_least:
        raise UnusableJournal(
            f"{path}: a journal of version {version}, wanted {at_least}; start the engine on it once, which renews it"
        )
    return version


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Applies the numbered files that `user_version` has not counted yet."""
    applied = _check_version(connection, path, at_least=0)
    for number, statements in _migrations().items():
        if number > applied:
            connection.executescript(f"BEGIN;\n{statements}\nPRAGMA user_version = {number};\nCOMMIT;")
