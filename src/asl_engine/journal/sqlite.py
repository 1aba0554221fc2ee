"""The journal in one SQLite file: one process writes it, others may read it meanwhile."""

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Final, Generic, Literal, TypeAlias, TypeVar, assert_never, cast

from filelock import FileLock, Timeout

from asl_engine.history.codec import Row, decode, encode, microseconds
from asl_engine.history.events import HistoryEvent, Visible
from asl_engine.journal import rows
from asl_engine.journal.port import (
    AppendEvents,
    Count,
    DeleteRecord,
    DeleteStateMachine,
    ExecutionFilter,
    ExecutionRecord,
    FinishExecution,
    ForgetExecution,
    Page,
    Prune,
    RecordWrite,
    Removal,
    SaveRecord,
    SaveStateMachine,
    StartExecution,
    StateMachineRecord,
    Status,
    Write,
)
from asl_engine.journal.records import (
    ActivityRecord,
    AliasRecord,
    MapRunRecord,
    Record,
    TagsRecord,
    VersionRecord,
    dump,
    load,
)

Durability: TypeAlias = Literal["process", "power"]
"""What a commit survives: the end of the process (also by kill -9), or the loss of power."""

_SYNCHRONOUS: Final[Mapping[Durability, str]] = {"process": "NORMAL", "power": "FULL"}


class JournalInUse(Exception):
    """Another process writes this journal."""


class JournalReadOnly(Exception):
    """A reader was asked to write."""


def _event(row: sqlite3.Row) -> HistoryEvent:
    """The columns after the execution's key are those of `Row`, in its order."""
    return decode(Row(*tuple(row)[1:]))


R = TypeVar("R", bound=Record)


class SqliteStateMachines:
    _FIND = """
        SELECT r.* FROM state_machines AS s JOIN revisions AS r ON r.key = s.revision WHERE s.arn = ?
    """
    _REVISION = "SELECT * FROM revisions WHERE arn = ? AND revision_id = ? ORDER BY key DESC LIMIT 1"
    _PAGE = """
        SELECT s.key AS position, r.* FROM state_machines AS s JOIN revisions AS r ON r.key = s.revision
        WHERE s.key > ? ORDER BY s.key LIMIT ?
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, arn: str) -> StateMachineRecord | None:
        row = self._connection.execute(self._FIND, (arn,)).fetchone()
        return None if row is None else rows.state_machine_record(row)

    def revision(self, arn: str, revision_id: str) -> StateMachineRecord | None:
        row = self._connection.execute(self._REVISION, (arn, revision_id)).fetchone()
        return None if row is None else rows.state_machine_record(row)

    def page(self, *, limit: int, after: int | None = None) -> Page[StateMachineRecord]:
        found = self._connection.execute(self._PAGE, (after or 0, limit + 1)).fetchall()
        return Page(
            items=[rows.state_machine_record(row) for row in found[:limit]],
            next=found[limit - 1]["position"] if len(found) > limit else None,
        )


class SqliteExecutions:
    _FIND = "SELECT * FROM executions WHERE arn = ?"
    _PAGE = """
        SELECT e.* FROM executions AS e
        WHERE (:after IS NULL OR e.key < :after)
          AND (:status IS NULL OR e.status = :status)
          AND (:redriven IS NULL OR (e.redrive_count > 0) = :redriven)
          AND (:qualified_arn IS NULL OR :qualified_arn IN (e.version_arn, e.alias_arn))
          AND e.map_run_arn IS :map_run_arn
          AND (:state_machine_arn IS NULL OR e.state_machine_arn = :state_machine_arn AND e.started_at >= (
              SELECT r.created_at FROM state_machines AS s JOIN revisions AS r ON r.key = s.revision
              WHERE s.arn = :state_machine_arn))
        ORDER BY e.key DESC LIMIT :limit
    """
    _UNFINISHED = "SELECT * FROM executions WHERE status = 'RUNNING' ORDER BY key"
    _COUNTS = """
        SELECT status, COUNT(*) AS executions, SUM(item_count) AS items FROM executions
        WHERE map_run_arn = ? GROUP BY status
    """
    _EVENTS = """
        SELECT v.* FROM events AS v JOIN executions AS e ON e.key = v.execution
        WHERE e.arn = ? ORDER BY v.id, v.ordinal
    """
    _HISTORY = """
        SELECT v.* FROM events AS v JOIN executions AS e ON e.key = v.execution
        WHERE e.arn = ? AND v.ordinal = 0 AND v.id > ? ORDER BY v.id LIMIT ?
    """
    _HISTORY_BACKWARDS = """
        SELECT v.* FROM events AS v JOIN executions AS e ON e.key = v.execution
        WHERE e.arn = ? AND v.ordinal = 0 AND v.id < ? ORDER BY v.id DESC LIMIT ?
    """
    _BEYOND_LAST_ID = 1 << 62

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, arn: str) -> ExecutionRecord | None:
        row = self._connection.execute(self._FIND, (arn,)).fetchone()
        return None if row is None else rows.execution_record(row)

    def page(self, wanted: ExecutionFilter, *, limit: int, after: int | None = None) -> Page[ExecutionRecord]:
        found = self._connection.execute(
            self._PAGE,
            {
                "after": after,
                "status": wanted.status,
                "redriven": wanted.redriven,
                "qualified_arn": wanted.version_or_alias_arn,
                "map_run_arn": wanted.map_run_arn,
                "state_machine_arn": wanted.state_machine_arn,
                "limit": limit + 1,
            },
        ).fetchall()
        return Page(
            items=[rows.execution_record(row) for row in found[:limit]],
            next=found[limit - 1]["key"] if len(found) > limit else None,
        )

    def history(self, arn: str, *, limit: int, after: int | None = None, reverse: bool = False) -> Page[Visible]:
        statement = self._HISTORY_BACKWARDS if reverse else self._HISTORY
        seen = after if after is not None else self._BEYOND_LAST_ID if reverse else 0
        found = self._connection.execute(statement, (arn, seen, limit + 1)).fetchall()
        return Page(
            items=cast("list[Visible]", [_event(row) for row in found[:limit]]),  # the statements ask for these only
            next=found[limit - 1]["id"] if len(found) > limit else None,
        )

    def events(self, arn: str) -> Iterator[HistoryEvent]:
        for row in self._connection.execute(self._EVENTS, (arn,)):
            yield _event(row)

    def unfinished(self) -> Sequence[ExecutionRecord]:
        return [rows.execution_record(row) for row in self._connection.execute(self._UNFINISHED)]

    def of_map_run(self, map_run_arn: str) -> Iterator[ExecutionRecord]:
        found = self._connection.execute("SELECT * FROM executions WHERE map_run_arn = ? ORDER BY key", (map_run_arn,))
        return (rows.execution_record(row) for row in found)

    def counts(self, map_run_arn: str) -> Mapping[Status, Count]:
        found = self._connection.execute(self._COUNTS, (map_run_arn,))
        return {Status(row["status"]): Count(executions=row["executions"], items=row["items"]) for row in found}


class SqliteShelf(Generic[R]):
    _FIND = "SELECT document FROM records WHERE kind = ? AND arn = ?"
    _PAGE = """
        SELECT key, document FROM records
        WHERE kind = ? AND (?2 IS NULL OR owner = ?2) AND key > ? ORDER BY key LIMIT ?
    """
    _PAGE_BACKWARDS = """
        SELECT key, document FROM records
        WHERE kind = ? AND (?2 IS NULL OR owner = ?2) AND key < ? ORDER BY key DESC LIMIT ?
    """
    _BEYOND_LAST_KEY = 1 << 62

    def __init__(self, connection: sqlite3.Connection, kind: type[R]) -> None:
        self._connection = connection
        self._kind = kind.__name__

    def find(self, arn: str) -> R | None:
        row = self._connection.execute(self._FIND, (self._kind, arn)).fetchone()
        return None if row is None else self._load(row)

    def page(self, *, limit: int, owner: str | None = None, after: int | None = None, reverse: bool = False) -> Page[R]:
        seen = after if after is not None else self._BEYOND_LAST_KEY if reverse else 0
        statement = self._PAGE_BACKWARDS if reverse else self._PAGE
        found = self._connection.execute(statement, (self._kind, owner, seen, limit + 1)).fetchall()
        return Page(
            items=[self._load(row) for row in found[:limit]],
            next=found[limit - 1]["key"] if len(found) > limit else None,
        )

    def _load(self, row: sqlite3.Row) -> R:
        return cast("R", load(self._kind, row["document"]))


class SqliteShelves:
    """Everything that can be read, through one connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.state_machines = SqliteStateMachines(connection)
        self.executions = SqliteExecutions(connection)
        self.activities = SqliteShelf(connection, ActivityRecord)
        self.map_runs = SqliteShelf(connection, MapRunRecord)
        self.versions = SqliteShelf(connection, VersionRecord)
        self.aliases = SqliteShelf(connection, AliasRecord)
        self.tags = SqliteShelf(connection, TagsRecord)


class SqliteReader(SqliteShelves):
    """The shelves of a journal that another process may be writing."""

    def __init__(self, path: Path) -> None:
        """Raises: FileNotFoundError."""
        if not path.exists():
            raise FileNotFoundError(path)
        self._connection = _connect(f"{path.absolute().as_uri()}?mode=ro")
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
        """
        self._lock = FileLock(f"{path}.lock")
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise JournalInUse(str(path)) from None
        uri = path.absolute().as_uri()
        self._writer = _connect(f"{uri}?mode=rwc")
        self._writer.execute("PRAGMA journal_mode = WAL")
        self._writer.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
        _migrate(self._writer)
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
            raise
        self._writer.execute("COMMIT")

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
                                test_case)
        VALUES (:arn, :name, :state_machine_arn, :revision_id, :input, :started_at, :status, :output, :error,
                :cause, :failed, :stopped_at, :trace_header, :type, :redrive_count, :redriven_at,
                :version_arn, :alias_arn, :map_run_arn, :item_count, :definition_path, :started_by, :awaited,
                :test_case)
    """
    _FINISH_EXECUTION = """
        UPDATE executions SET status = :status, output = :output, error = :error, cause = :cause, failed = :failed,
                              stopped_at = :stopped_at, redrive_count = :redrive_count, redriven_at = :redriven_at,
                              awaited = :awaited
        WHERE arn = :arn
    """
    _INSERT_EVENT = """
        INSERT INTO events (execution, id, ordinal, previous_event_id, frame, at, kind, document, rest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
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
                self._writer.execute(self._INSERT_EXECUTION, rows.execution_values(execution))
            case AppendEvents(arn, events):
                key = self._key(arn)
                self._writer.executemany(self._INSERT_EVENT, [(key, *encode(event)) for event in events])
            case FinishExecution(execution):
                self._writer.execute(self._FINISH_EXECUTION, rows.execution_values(execution))
                self._keys.pop(execution.arn, None)
            case ForgetExecution() | Prune():
                self._remove(write)
            case SaveRecord() | DeleteRecord():
                self._write_record(write)
            case _:
                assert_never(write)

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


def _migrate(connection: sqlite3.Connection) -> None:
    """Applies the numbered files that `user_version` has not counted yet."""
    applied = int(connection.execute("PRAGMA user_version").fetchone()[0])
    migrations = resources.files("asl_engine.journal") / "migrations"
    for path in sorted(migrations.iterdir(), key=lambda file: file.name):
        number = int(path.name[:4])
        if number > applied:
            connection.executescript(f"BEGIN;\n{path.read_text()}\nPRAGMA user_version = {number};\nCOMMIT;")
