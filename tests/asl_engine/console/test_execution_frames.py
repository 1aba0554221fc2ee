"""Which branch or iteration an event belongs to, told from the history alone, is what the engine knows it to be.

The engine's own events name their frame and the state that follows, which no client is shown: over the cases of
`tests/cases/executions`, and over definitions made at random, the browser's fold must find out the same.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest

from asl_engine.history import events as e
from asl_engine.server import wire
from asl_engine.server.events import describe
from asl_engine.server.model import load_operations
from tests.asl_engine.interpreter.conftest import World
from tests.asl_engine.interpreter.test_cases import CASES

HISTORY = load_operations()["GetExecutionHistory"].output
FAILS = "{% $number('x') %}"
FAILS_AT_FIRST = "{% $states.context.State.RetryCount = 0 ? $number('x') : 1 %}"
RESOURCES = (
    "arn:aws:states:::lambda:invoke",
    "arn:aws:lambda:us-east-1:1:function:f",
    "arn:aws:states:us-east-1:1:activity:a",
)


@dataclass(frozen=True, kw_only=True)
class Told:
    """A history as clients see it, and what the engine knows besides: each event's frame, each exit's next state."""

    name: str
    definition: Any
    status: str
    events: list[Any]
    frames: dict[int, int]
    ways: set[tuple[str, str]]


def told(name: str, definition: Any, world: World) -> Told:
    visible: list[Any] = [event for event in world.journal if event.ordinal == 0]
    shown = wire.render({"events": [describe(event) for event in visible]}, HISTORY)
    return Told(
        name=name,
        definition=definition,
        status=world.end()["status"],
        events=json.loads(shown)["events"],
        frames={event.id: event.frame for event in visible},
        ways={(event.name, event.next) for event in visible if isinstance(event, e.StateExited) and event.next},
    )


def of_cases() -> Iterator[Told]:
    for path in sorted(CASES.glob("*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            given, redrives = json.dumps(case.get("input", {})), case.get("redrives", 0)
            world = World(case["definition"], given, case.get("tasks", {}), redrives=redrives).run()
            yield told(f"{path.stem}: {case['name']}", case["definition"], world)


class Chance:
    """Definitions in which much goes wrong: tasks that fail or never answer, expressions that cannot be evaluated."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = 0
        self.answers: dict[str, list[Any]] = {}

    def machine(self, depth: int = 0) -> dict[str, Any]:
        names = [self._name() for _ in range(self._random.randint(1, 3))]
        handler = self._name()
        states = {name: self._state(name, handler, depth) for name in names}
        for name, following in pairwise(names):
            states[name]["Next"] = following
        states[names[-1]]["End"] = True
        if any("Catch" in state for state in states.values()):
            ends: list[Any] = [{"Type": "Pass", "End": True}, {"Type": "Fail", "Error": "E2"}]
            states[handler] = self._random.choice(ends)
        return {"StartAt": names[0], "States": states}

    def redrives(self) -> int:
        return self._random.choice((0, 0, 1, 2))

    def time_limit(self) -> dict[str, int]:
        return {"TimeoutSeconds": 6} if self._one_in(10) else {}

    def _name(self) -> str:
        self._names += 1
        return f"S{self._names}"

    def _one_in(self, count: int) -> bool:
        return self._random.randrange(120) == 0

    def _state(self, name: str, handler: str, depth: int) -> dict[str, Any]:
        deep = () if depth == 3 else ("Map", "Parallel") * 3
        kind = self._random.choice(("Task", "Task", "Pass", "Wait", *deep))
        match kind:
            case "Task":
                state = self._task(name)
            case "Wait":
                return {"Type": "Wait", "Seconds": self._random.randint(0, 9)}
            case "Map":
                state = self._map(depth)
            case "Parallel":
                branches = [self.machine(depth + 1) for _ in range(self._random.randint(1, 3))]
                state = {"Type": "Parallel", "Branches": branches}
            case _:
                state = {"Type": "Pass"}
        if self._one_in(9):
            state["Output"] = FAILS
        return state if kind == "Pass" else {**state, **self._defences(handler)}

    def _task(self, name: str) -> dict[str, Any]:
        state: dict[str, Any] = {"Type": "Task", "Resource": self._random.choice(RESOURCES)}
        answers: list[Any] = [{"fail": ["E1", "c"]}, {"fail": ["E2", "c"]}, {"succeed": 1}, {"succeed": 2}]
        if self._one_in(5):
            state["TimeoutSeconds"] = 5
            answers.append({"silent": True})
        if self._one_in(6):
            state["Arguments"] = self._random.choice((FAILS, FAILS_AT_FIRST))
        self.answers[name] = self._random.choices(answers, k=self._random.randint(0, 4))
        if self._one_in(2):
            self.answers[f"{name} redriven"] = [{"succeed": 1}]
        return state

    def _map(self, depth: int) -> dict[str, Any]:
        processor = self.machine(depth + 1)
        if self._one_in(6):
            processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **processor}
        items = FAILS if self._one_in(7) else list(range(self._random.randint(0, 4)))
        state: dict[str, Any] = {"Type": "Map", "Items": items, "ItemProcessor": processor}
        if self._one_in(2):
            state["MaxConcurrency"] = self._random.randint(1, 2)
        if self._one_in(7):
            state["ItemSelector"] = {"a": "{% $states.context.Map.Item.Index = 1 ? $number('x') : 1 %}"}
        return state

    def _defences(self, handler: str) -> dict[str, Any]:
        defences: dict[str, Any] = {}
        errors = self._random.choice(("E1", "E2", "States.ALL"))
        if self._random.random() < 0.4:
            most = self._random.randint(1, 2)
            pause = self._random.randint(1, 5)
            defences["Retry"] = [{"ErrorEquals": [errors], "IntervalSeconds": pause, "MaxAttempts": most}]
        if self._random.random() < 0.35:
            defences["Catch"] = [{"ErrorEquals": [errors], "Next": handler}]
        return defences


def of_chance() -> Iterator[Told]:
    for seed in range(120):
        chance = Chance(seed)
        definition = {"QueryLanguage": "JSONata", **chance.time_limit(), **chance.machine()}
        world = World(definition, "{}", chance.answers, redrives=chance.redrives()).run()
        yield told(f"seed {seed}", definition, world)


@pytest.mark.slow
@pytest.mark.parametrize("tell", [of_cases, of_chance])
def test_each_event_is_found_to_belong_where_the_engine_knows_it_to(
    page: Any, static_url: str, tell: Callable[[], Iterator[Told]]
) -> None:
    script = """async ([url, histories]) => {
        const { foldHistory } = await import(`${url}/execution.js`);
        return histories.map(([events, definition]) => foldHistory(events, definition));
    }"""
    histories = list(tell())
    given = [[history.events, history.definition] for history in histories]
    for history, model in zip(histories, page.evaluate(script, [static_url, given]), strict=True):
        assert problems_of(history, model) == [], history.name


def problems_of(history: Told, model: Any) -> list[str]:
    visits = {visit["id"]: visit for visit in model["visits"]}
    frames = {(visit["frame"], history.frames[visit["id"]]) for visit in model["visits"]}
    owners = {event: visit["id"] for visit in model["visits"] for event in visit["eventIds"]}
    ways = {(start, end) for start, end, _ in model["taken"] if start and end}
    found = [
        ("status", model["status"] == history.status),
        ("frames", len(frames) == len({one for one, _ in frames}) == len({one for _, one in frames})),
        ("ways", ways == history.ways),
        ("events twice", len(owners) == sum(len(visit["eventIds"]) for visit in model["visits"])),
        ("open", history.status == "RUNNING" or all(ended(visit) for visit in model["visits"])),
        ("attempts", all(in_order(visit["attempts"]) for visit in model["visits"])),
    ]
    for event in history.events:
        number, kind = event["id"], event["type"]
        if kind.startswith("Execution"):
            continue
        owner = visits.get(owners.get(number, 0))
        of_map = kind.startswith("MapIteration")
        belongs = owner is not None and (of_map or history.frames[owner["id"]] == history.frames[number])
        found.append((f"{kind} {number}", belongs))
    return [what for what, holds in found if not holds]


def ended(visit: Any) -> bool:
    return visit["status"] != "RUNNING" and all(one["endedAt"] is not None for one in visit["attempts"])


def in_order(attempts: list[Any]) -> bool:
    moments = [moment for one in attempts for moment in (one["scheduledAt"], one["endedAt"]) if moment is not None]
    return moments == sorted(moments)
