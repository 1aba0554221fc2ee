"""A world for the interpreter: tasks that answer by script, timers that fire in order, and a journal to cut."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution, Identity
from asl_engine.history.fold import apply
from asl_engine.interpreter import happenings, map_happenings
from asl_engine.interpreter.commands import (
    Cancel,
    Command,
    Decision,
    ReadItems,
    RunTask,
    StartChild,
    StartTimer,
    Timer,
    Visit,
    WriteResults,
)
from asl_engine.interpreter.decide import decide, outstanding, redrive, start
from asl_engine.interpreter.map_runs import processor_at
from asl_engine.language.parse import parse
from asl_engine.language.values import Failure

START = datetime(2026, 1, 5, 6, tzinfo=UTC)
IDENTITY = Identity(
    arn="arn:aws:states:us-east-1:123456789012:execution:m:x",
    name="x",
    state_machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:m",
    state_machine_name="m",
)


@dataclass
class World:
    """`script` says by state what each attempt answers: `{"succeed": …}`, `{"fail": [error, cause]}`,
    `{"submit": …}` (and then the next answer), `{"start": worker}` or `{"silent": true}`; without one it echoes.

    The executions of a distributed Map are worlds of their own with the same script, and gone after a restart: they
    come to the same end again. Under `read` and `write` the script says what the Map's storage answers. An execution
    that ends in vain is redriven as often as `redrives` says; from then on the script's `<state> redriven` holds.
    """

    definition: Mapping[str, Any]
    input: str = "{}"
    script: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    limit: int = 1000
    path: Sequence[str | int] = ()
    redrives: int = 0
    after_redrive: bool = False

    def __post_init__(self) -> None:
        self.machine = processor_at(parse(json.dumps(self.definition)), self.path)
        self.journal: list[e.HistoryEvent] = []
        self.now = START
        self._forget()
        document = Document(text=self.input)
        self.take(start(self.execution, self.now, input=document, role_arn="role", seed="seed"))
        self._carry_out(outstanding(self.machine, self.execution))

    def _forget(self) -> None:
        self.execution = Execution(IDENTITY)
        self._forget_commands()

    def _forget_commands(self) -> None:
        self.tasks: list[RunTask] = []
        self.timers: dict[Timer, datetime] = {}
        self.children: list[StartChild] = []
        self.storage: list[ReadItems | WriteResults] = []

    def restart(self, keep: int) -> "World":
        """A process that finds only the first events of the journal."""
        again = World(self.definition, self.input, self.script, self.limit, self.path, self.redrives)
        again._forget()
        again.journal = self.journal[:keep]
        for event in again.journal:
            apply(again.execution, event)
        again.now = again.journal[-1].timestamp
        again._carry_out(outstanding(again.machine, again.execution))
        return again

    def run(self) -> "World":
        """To the end, or until nobody can do anything any more."""
        while self._take_a_step() or self._redrive():
            pass
        return self

    def _redrive(self) -> bool:
        ended = self.execution.ended
        if ended is None or isinstance(ended, e.ExecutionSucceeded) or self.execution.redrive_count >= self.redrives:
            return False
        self._forget_commands()
        self.take(redrive(self.execution, self.now))
        self._carry_out(outstanding(self.machine, self.execution))
        return True

    def _take_a_step(self) -> bool:
        return self.execution.ended is None and (
            self.go_on() or self._answer_task() or self._answer_storage() or self._end_child() or self._fire_timer()
        )

    def go_on(self) -> bool:
        """Decides as long as there is something to decide."""
        went_on = bool(self.execution.ready)
        while self.execution.ready:
            self.take(decide(self.machine, self.execution, self.now, limit=self.limit))
        return went_on

    def take(self, decision: Decision) -> Decision:
        self.journal.extend(decision.events)
        self._carry_out(decision.commands)
        return decision

    def _carry_out(self, commands: Any) -> None:
        command: Command
        for command in commands:
            match command:
                case RunTask():
                    self.tasks.append(command)
                case StartTimer(timer, due):
                    self.timers[timer] = due
                case StartChild():
                    self.children.append(command)
                case ReadItems() | WriteResults():
                    self.storage.append(command)
                case Cancel(visit):
                    self.children = [child for child in self.children if child.visit != visit]
                    self.storage = [asked for asked in self.storage if asked.visit != visit]
                    self.tasks = [task for task in self.tasks if task.visit != visit]
                    self.timers = {timer: due for timer, due in self.timers.items() if timer.visit != visit}

    def _answer_task(self) -> bool:
        for task in sorted(self.tasks, key=lambda task: task.visit):
            answer = self._answer(task)
            if "silent" not in answer:
                self.tasks.remove(task)
                self.take(self._report(task.visit, answer))
                return True
        return False

    def _answer_storage(self) -> bool:
        if not self.storage:
            return False
        asked = min(self.storage, key=lambda asked: asked.visit)
        self.storage.remove(asked)
        reads = isinstance(asked, ReadItems)
        match self.script.get("read" if reads else "write", ({"succeed": []},))[0]:
            case {"fail": [error, cause]}:
                failure = Failure(error, cause)
                self.take(map_happenings.storage_failed(self.execution, self.now, asked.visit, failure))
            case {"succeed": value}:
                happen = map_happenings.items_read if reads else map_happenings.results_written
                self.take(happen(self.execution, self.now, asked.visit, Document(value)))
        return True

    def _end_child(self) -> bool:
        for child in sorted(self.children, key=lambda child: (child.visit, child.index)):
            path = (*self.path, *child.definition_path)
            again = child.since is not None
            world = World(self.definition, child.input.text, self.script, self.limit, path, after_redrive=again).run()
            if world.execution.ended is not None:
                self.children.remove(child)
                end = world.end()
                output = Document(end["output"]) if "output" in end else None
                now = self.now
                self.take(map_happenings.child_ended(self.execution, now, child.visit, child.index, output))
                return True
        return False

    def _answer(self, task: RunTask) -> Mapping[str, Any]:
        redriven = self.after_redrive or self.execution.redrive_count > 0
        answers = self.script.get(f"{task.state} redriven" if redriven else task.state, ())
        position = self._attempt(task) + (task.submitted is not None)
        return answers[position] if position < len(answers) else {"succeed": task.arguments.value}

    def _attempt(self, task: RunTask) -> int:
        """How often the task was tried, since the last redrive."""
        return self.execution.frames[task.visit.frame].retry_count

    def _report(self, visit: Visit, answer: Mapping[str, Any]) -> Decision:
        match answer:
            case {"fail": [error, cause]}:
                return happenings.task_failed(self.execution, self.now, visit, Failure(error, cause))
            case {"refuse": [error, cause]}:
                failure = Failure(error, cause)
                return happenings.task_failed(self.execution, self.now, visit, failure, by_service=True)
            case {"submit": output}:
                return happenings.task_submitted(self.execution, self.now, visit, Document(output))
            case {"start": worker}:
                return happenings.task_started(self.execution, self.now, visit, worker)
            case _:
                return happenings.task_succeeded(self.execution, self.now, visit, Document(answer["succeed"]))

    def _fire_timer(self) -> bool:
        if not self.timers:
            return False
        timer = min(self.timers, key=lambda timer: (self.timers[timer], timer))
        self.now = max(self.now, self.timers.pop(timer))
        self.take(happenings.timer_fired(self.execution, self.now, timer))
        return True

    def shown(self) -> list[str]:
        """The visible history, one line an event: id, previous id, type, and what it is about."""
        return [_line(event) for event in self.journal if event.ordinal == 0]

    def end(self) -> dict[str, Any]:
        """Status and output, or error and cause."""
        match self.execution.ended:
            case e.ExecutionSucceeded(output=output):
                return {"status": "SUCCEEDED", "output": output.value}
            case None:
                return {"status": "RUNNING"}
            case ended:
                status = {"ExecutionFailed": "FAILED", "ExecutionAborted": "ABORTED", "ExecutionTimedOut": "TIMED_OUT"}
                named = {"error": ended.failure.error, "cause": ended.failure.cause}
                return {"status": status[ended.type]} | {key: text for key, text in named.items() if text is not None}


def _line(event: e.HistoryEvent) -> str:
    about = [
        f"[{getattr(event, name)}]" if name == "index" else str(getattr(event, name))
        for name in ("name", "state", "index")
        if hasattr(event, name)
    ]
    return " ".join([f"{event.id}<{event.previous_event_id}", event.type, *about])


@pytest.fixture(scope="session")
def make_world() -> type[World]:
    return World
