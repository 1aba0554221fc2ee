"""Server-sent events: one execution's history as it grows, and which executions start and end.

A stream keeps no events. A commit only wakes it, and it reads what it has not sent yet from the journal: a slow reader
costs the engine nothing but its place. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from asl_engine.console.recent import Recent
from asl_engine.history import events as e
from asl_engine.journal.port import ExecutionRecord, Journal, Status
from asl_engine.server import events, executions, wire
from asl_engine.server.model import load_operations

EVENTS_PER_MESSAGE: Final = 500
CHANGES_KEPT: Final = 500
"""How many changed executions wait for a slow reader; of more it hears only that it missed some."""
_BATCH_SECONDS: Final = 0.1
"""How long a stream lets commits gather before it reads again."""
_POLL_SECONDS: Final = 1.0
_KEEP_ALIVE_SECONDS: Final = 15.0
_KEEP_ALIVE: Final = b":\n\n"
_NEWS: Final = (e.ExecutionStarted, e.ExecutionRedriven, e.Terminal)


class Streams:
    """`polls` is for a journal that another process writes: no commit is heard of there, so it is looked at."""

    def __init__(self, journal: Journal, *, polls: bool = False) -> None:
        self._journal = journal
        self._polls = polls
        self._readers: list[_Reader] = []
        self._is_closed = False
        operations = load_operations()
        self._history_shape = operations["GetExecutionHistory"].output
        self._list_shape = operations["ListExecutions"].output

    def heard(self, execution_arn: str, happened: Sequence[e.HistoryEvent]) -> None:
        """Listens to the engine."""
        if not self._readers:
            return
        is_news = any(isinstance(event, _NEWS) for event in happened)
        for reader in self._readers:
            if execution_arn == reader.execution_arn or (reader.execution_arn is None and is_news):
                reader.notice(execution_arn)

    def close(self) -> None:
        """Ends every stream, so that none holds up the server's end."""
        self._is_closed = True
        for reader in self._readers:
            reader.awake.set()

    def is_over(self, record: ExecutionRecord, after: int) -> bool:
        """Whether a reader that knows the events up to `after` knows all there will be."""
        return (
            record.status is not Status.RUNNING
            and not self._journal.executions.history(record.arn, limit=1, after=after).items
        )

    async def history(self, execution_arn: str, after: int) -> AsyncIterator[bytes]:
        """The events behind `after` in GetExecutionHistory's form, many a message, until the execution has ended."""
        with self._reading(execution_arn) as reader:
            while not self._is_closed:
                # Read before the events: all of an execution that has ended by now are there.
                record = self._journal.executions.find(execution_arn)
                async for message, last in self._unsent(execution_arn, after):
                    yield message
                    after = last
                if record is None or record.status is not Status.RUNNING:
                    yield _message(b"{}", event="end")
                    return
                while not await self._woken(reader):
                    yield _KEEP_ALIVE

    async def changes(self) -> AsyncIterator[bytes]:
        """Executions that started, ended or were redriven, in ListExecutions' form.

        The event `missed` says that there were more than a slow reader was kept: read the list again.
        """
        recent = Recent(self._journal.executions) if self._polls else None
        with self._reading(None) as reader:
            yield _KEEP_ALIVE  # from here on a reader that looked itself, just before, misses nothing
            while not self._is_closed:
                while not await self._woken(reader):
                    yield _KEEP_ALIVE
                records = self._changed(reader) if recent is None else recent.changed()
                if reader.has_missed_some():
                    yield _message(b"{}", event="missed")
                if records:
                    listed = {"executions": [executions.listed(record) for record in records]}
                    yield _message(wire.render(listed, self._list_shape))

    async def _unsent(self, execution_arn: str, after: int) -> AsyncIterator[tuple[bytes, int]]:
        next_after: int | None = after
        while next_after is not None:
            page = self._journal.executions.history(execution_arn, limit=EVENTS_PER_MESSAGE, after=next_after)
            if page.items:
                last = page.items[-1].id
                answer = {"events": [events.describe(event) for event in page.items]}
                yield _message(wire.render(answer, self._history_shape), id=last), last
            next_after = page.next
            await asyncio.sleep(0)  # the engine goes on between two pages, and the connection says when it is full

    def _changed(self, reader: "_Reader") -> list[ExecutionRecord]:
        found = map(self._journal.executions.find, reader.taken())
        return [record for record in found if record is not None]

    @contextmanager
    def _reading(self, execution_arn: str | None) -> Iterator["_Reader"]:
        reader = _Reader(execution_arn)
        self._readers.append(reader)
        try:
            yield reader
        finally:
            self._readers.remove(reader)

    async def _woken(self, reader: "_Reader") -> bool:
        """Waits for something new; False when it is time to show that the connection is alive."""
        try:
            async with asyncio.timeout(_POLL_SECONDS if self._polls else _KEEP_ALIVE_SECONDS):
                await reader.awake.wait()
        except TimeoutError:
            return self._polls
        if not self._is_closed:
            await asyncio.sleep(_BATCH_SECONDS)
        reader.awake.clear()
        return True


class _Reader:
    """What one stream has not looked at yet; with no `execution_arn` it is interested in all."""

    def __init__(self, execution_arn: str | None) -> None:
        self.execution_arn = execution_arn
        self.awake = asyncio.Event()
        self._changed: dict[str, None] = {}
        self._misses = False

    def notice(self, execution_arn: str) -> None:
        self._changed[execution_arn] = None
        if len(self._changed) > CHANGES_KEPT:
            self._changed.clear()
            self._misses = True
        self.awake.set()

    def taken(self) -> list[str]:
        changed, self._changed = list(self._changed), {}
        return changed

    def has_missed_some(self) -> bool:
        missed, self._misses = self._misses, False
        return missed


def _message(content: bytes, *, event: str | None = None, id: int | None = None) -> bytes:  # noqa: A002 - the field's name
    """One message; JSON as we write it has no line ends."""
    fields = [b"event: " + event.encode()] if event else []
    if id is not None:
        fields.append(b"id: %d" % id)
    return b"\n".join([*fields, b"data: " + content, b"", b""])
