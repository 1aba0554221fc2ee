"""Executions that a task waits for: when the task is over before them, they are stopped."""

from collections.abc import Callable, Iterable
from datetime import datetime

from asl_engine.interpreter import happenings
from asl_engine.interpreter.commands import Visit
from asl_engine.language.values import Failure
from asl_engine.runtime.children import Works
from asl_engine.runtime.running import Running


class AwaitedExecutions:
    """By the execution whose task waits, and the task's visit. A task's id is `<execution's ARN>/<visit>`."""

    def __init__(self, *, works: Works, now: Callable[[], datetime]) -> None:
        self._works = works
        self._now = now
        self._waiting: dict[str, dict[str, Running]] = {}

    def began(self, running: Running) -> None:
        """Takes note of an execution that was started, resumed or redriven."""
        task = _task_of(running)
        if task is not None:
            parent_arn, visit = task
            self._waiting.setdefault(parent_arn, {})[visit] = running

    def stop_forsaken(self, resumed: Iterable[Running]) -> None:
        """Stops those whose task is over: the process died, or the task ended while it asked for them."""
        for running in resumed:
            task = _task_of(running)
            if task is not None and not self._is_awaited(*task):
                self._stop(running)

    def task_over(self, parent_arn: str, visit: Visit) -> None:
        """Stops what the task waited for, if it still runs."""
        running = self._waiting.get(parent_arn, {}).get(str(visit))
        if running is not None:
            self._stop(running)

    def ended(self, running: Running) -> None:
        """Forgets an execution that has ended, and stops what its own tasks waited for."""
        task = _task_of(running)
        if task is not None and task[0] in self._waiting:
            parent_arn, visit = task
            self._waiting[parent_arn].pop(visit, None)
            if not self._waiting[parent_arn]:
                del self._waiting[parent_arn]
        for forsaken in list(self._waiting.get(running.record.arn, {}).values()):
            self._stop(forsaken)

    def _is_awaited(self, parent_arn: str, visit: str) -> bool:
        parent = self._works.find(parent_arn)
        return parent is not None and happenings.in_flight(parent.execution, _read_visit(visit)) is not None

    def _stop(self, running: Running) -> None:
        self._works.happen(running, happenings.stopped(running.execution, self._now(), Failure(None)))


def _task_of(running: Running) -> tuple[str, str] | None:
    record = running.record
    if not record.awaited or record.started_by is None:
        return None
    parent_arn, _, visit = record.started_by.rpartition("/")
    return parent_arn, visit


def _read_visit(text: str) -> Visit:
    return Visit(*map(int, text.split("-")))
