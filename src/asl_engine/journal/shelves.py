"""What can be read of a SQLite journal, through one connection."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar, cast

from asl_engine.history.codec import Row, decode
from asl_engine.history.events import HistoryEvent, Visible
from asl_engine.journal import rows
from asl_engine.journal.port import Count, ExecutionFilter, ExecutionRecord, Page, StateMachineRecord, Status
from asl_engine.journal.records import (
    ActivityRecord,
    AliasRecord,
    MapRunRecord,
    Record,
    TagsRecord,
    VersionRecord,
    load,
)

_PAGE_CHARACTERS: Final = 16_000_000
"""How much of a history one page holds: 60 documents of the largest size, and 1,000 events of any usual one."""


_DOCUMENT: Final = Row._fields.index("document")


def _event(row: sqlite3.Row) -> HistoryEvent:
    return decode(Row(*row))


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
    _RECORD = """
        SELECT e.*, i.text AS large_input, o.text AS large_output FROM executions AS e
        LEFT JOIN documents AS i ON i.execution = e.key AND i.digest = e.input_digest
        LEFT JOIN documents AS o ON o.execution = e.key AND o.digest = e.output_digest
    """
    _FIND = f"{_RECORD} WHERE e.arn = ?"
    _PAGE = f"""
        {_RECORD}
        WHERE (:after IS NULL OR e.key < :after)
          AND (:status IS NULL OR e.status = :status)
          AND (:redriven IS NULL OR (e.redrive_count > 0) = :redriven)
          AND (:qualified_arn IS NULL OR :qualified_arn IN (e.version_arn, e.alias_arn))
          AND e.map_run_arn IS :map_run_arn
          AND (:state_machine_arn IS NULL OR e.state_machine_arn = :state_machine_arn AND e.started_at >= (
              SELECT r.created_at FROM state_machines AS s JOIN revisions AS r ON r.key = s.revision
              WHERE s.arn = :state_machine_arn))
        ORDER BY e.key DESC LIMIT :limit
    """  # noqa: S608  # all of it stands here
    _UNFINISHED = f"{_RECORD} WHERE e.status = 'RUNNING' ORDER BY e.key"
    _OF_MAP_RUN = f"{_RECORD} WHERE e.map_run_arn = ? ORDER BY e.key"
    _COUNTS = """
        SELECT status, COUNT(*) AS executions, SUM(item_count) AS items FROM executions
        WHERE map_run_arn = ? GROUP BY status
    """
    _ROW = """
        SELECT v.id, v.ordinal, v.previous_event_id, v.frame, v.at, v.kind, COALESCE(v.document, d.text), v.rest
        FROM executions AS e JOIN events AS v ON v.execution = e.key
        LEFT JOIN documents AS d ON d.execution = v.execution AND d.digest = v.digest
        WHERE e.arn = ?
    """
    _EVENTS = f"{_ROW} ORDER BY v.id, v.ordinal"
    _HISTORY = f"{_ROW} AND v.ordinal = 0 AND v.id > ? ORDER BY v.id LIMIT ?"
    _HISTORY_BACKWARDS = f"{_ROW} AND v.ordinal = 0 AND v.id < ? ORDER BY v.id DESC LIMIT ?"
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
        items: list[Visible] = []
        size = 0
        for row in self._connection.execute(statement, (arn, seen, limit + 1)):
            if len(items) == limit or size > _PAGE_CHARACTERS:
                return Page(items=items, next=items[-1].id)
            items.append(cast("Visible", _event(row)))  # the statements ask for these only
            size += len(row[_DOCUMENT] or "")
        return Page(items=items)

    def events(self, arn: str) -> Iterator[HistoryEvent]:
        for row in self._connection.execute(self._EVENTS, (arn,)):
            yield _event(row)

    def unfinished(self) -> Sequence[ExecutionRecord]:
        return [rows.execution_record(row) for row in self._connection.execute(self._UNFINISHED)]

    def of_map_run(self, map_run_arn: str) -> Iterator[ExecutionRecord]:
        found = self._connection.execute(self._OF_MAP_RUN, (map_run_arn,))
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
