"""The executions of map runs: started for the execution that asked for them, which is told how they end."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from asl_engine.history.documents import Document
from asl_engine.interpreter import happenings, map_happenings
from asl_engine.interpreter.commands import Decision, StartChild, Visit
from asl_engine.journal.port import ExecutionRecord, Journal, Status
from asl_engine.language.values import Failure
from asl_engine.runtime.map_runs import child_record
from asl_engine.runtime.running import Running


@dataclass(frozen=True, slots=True)
class _Parent:
    arn: str
    visit: Visit
    index: int


class Works(Protocol):
    """What the engine does for its children."""

    def find(self, arn: str) -> Running | None:
        """The execution, while it runs."""

    def launch(self, running: Running) -> None: ...

    def happen(self, running: Running, decision: Decision) -> None: ...


class ChildExecutions:
    def __init__(self, *, journal: Journal, works: Works, now: Callable[[], datetime], seed: Callable[[], str]) -> None:
        self._journal = journal
        self._works = works
        self._now = now
        self._seed = seed
        self._parents: dict[str, _Parent] = {}
        self._of_run: dict[str, set[str]] = {}

    def start(self, parent_arn: str, command: StartChild) -> None:
        """Starts the child, unless it was started before: then only its end is still to be reported."""
        parent = self._works.find(parent_arn)
        if parent is None:
            return
        wanted = child_record(parent.record, command, self._now())
        self._adopt(wanted.arn, _Parent(parent_arn, command.visit, command.index), command.map_run_arn)
        if self._works.find(wanted.arn) is not None:
            return
        known = self._journal.executions.find(wanted.arn)
        if known is None:
            self._begin(wanted, parent)
        elif _deserves_another_try(known, command.since):
            self._try_again(known, wanted, parent)
        else:
            self.ended(known)

    def ended(self, record: ExecutionRecord) -> None:
        """Tells the parent, if the execution has one that waits for it."""
        parent = self._parents.pop(record.arn, None)
        if parent is None or record.map_run_arn is None:
            return
        siblings = self._of_run.get(record.map_run_arn, set())
        siblings.discard(record.arn)
        if not siblings:
            self._of_run.pop(record.map_run_arn, None)
        waiting = self._works.find(parent.arn)
        if waiting is not None:
            output = None if record.output is None else Document(text=record.output)
            report = map_happenings.child_ended(waiting.execution, self._now(), parent.visit, parent.index, output)
            self._works.happen(waiting, report)

    def stop(self, map_run_arn: str) -> None:
        """Aborts what still runs of a map run that is over."""
        for arn in self._of_run.pop(map_run_arn, set()):
            self._parents.pop(arn, None)
            self._abort(self._works.find(arn))

    def stop_orphans(self, resumed: Iterable[Running]) -> None:
        """Aborts those whose map run ended before they could be stopped."""
        for running in resumed:
            if running.record.map_run_arn is not None:
                run = self._journal.map_runs.find(running.record.map_run_arn)
                if run is None or run.status != Status.RUNNING:
                    self._abort(running)

    def _adopt(self, arn: str, parent: _Parent, map_run_arn: str) -> None:
        self._parents[arn] = parent
        self._of_run.setdefault(map_run_arn, set()).add(arn)

    def _begin(self, record: ExecutionRecord, parent: Running, *, replaces: bool = False) -> None:
        self._works.launch(Running.begin(record, parent.state_machine, seed=self._seed(), replaces=replaces))

    def _try_again(self, known: ExecutionRecord, wanted: ExecutionRecord, parent: Running) -> None:
        """A standard child is redriven; an express one has nothing to go on from and begins anew."""
        if known.type == "EXPRESS":
            self._begin(replace(wanted, redrive_count=known.redrive_count + 1), parent, replaces=True)
        else:
            self._works.launch(Running.redrive(known, self._journal, self._now()))

    def _abort(self, running: Running | None) -> None:
        if running is not None:
            self._works.happen(running, happenings.stopped(running.execution, self._now(), Failure(None)))


def _deserves_another_try(record: ExecutionRecord, since: datetime | None) -> bool:
    ended_in_vain = record.stopped_at is not None and record.status is not Status.SUCCEEDED
    return ended_in_vain and since is not None and record.stopped_at is not None and record.stopped_at <= since
