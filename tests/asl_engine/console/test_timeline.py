"""The timeline of an execution in a browser: its rows and bars, what is hatched, how many elements, how it is used."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.asl_engine.console.definitions import PASS, machine

TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
ANSWER = {"Return": {"StatusCode": 200, "Payload": 1}}
BROKEN = {"Throw": {"Error": "Broken", "Cause": "it broke"}}
RETRY = [{"ErrorEquals": ["Broken"], "IntervalSeconds": 4, "MaxAttempts": 1}]


def each(processor: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}


FLAKY = machine(Flaky={**TASK, "Retry": RETRY, "Next": "Rest"}, Rest={"Type": "Wait", "Seconds": 4, "End": True})
FAN = machine(
    Fan={
        "Type": "Parallel",
        "Branches": [
            machine(Long={"Type": "Wait", "Seconds": 8, "Next": "Last"}, Last=PASS),
            machine(Short={"Type": "Wait", "Seconds": 2, "End": True}),
        ],
        "End": True,
    }
)
SOME_FAIL = machine(
    Each=each(
        machine(
            Check={
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 7, "Next": "Bad"}],
                "Default": "Fine",
            },
            Fine=PASS,
            Bad={"Type": "Fail", "Error": "Seven"},
        )
    )
)
SINGLE = machine(Each=each(machine(Only=PASS)))


class Timeline:
    """A timeline drawn into the page, of which what it selects is kept as `selections`; for it, it is `now`."""

    def __init__(self, page: Any, url: str, definition: Any, events: list[Any], now: float) -> None:
        self.page = page
        script = """async ([url, definition, events, now]) => {
            const { foldHistory } = await import(`${url}/execution.js`);
            const { renderTimeline } = await import(`${url}/timeline.js`);
            window.selections = [];
            window.model = (some) => foldHistory(some, definition);
            const onSelect = (visit) => window.selections.push(visit);
            const place = document.querySelector('main');
            window.timeline = renderTimeline(place, model(events), { onSelect, now: () => now });
        }"""
        page.evaluate(script, [url, definition, events, now])

    def update(self, events: list[Any], selected: int | None = None) -> None:
        self.page.evaluate("([events, selected]) => timeline.update(model(events), selected)", [events, selected])

    def labels(self) -> list[str]:
        """From top to bottom."""
        script = """rows => rows.sort((one, other) => one.offsetTop - other.offsetTop)
            .map((row) => `${'  '.repeat(row.ariaLevel - 1)}${row.getAttribute('aria-label')}`)"""
        found: list[str] = self.page.get_by_role("treeitem").evaluate_all(script)
        return found

    def row(self, label: str) -> Any:
        return self.page.get_by_role("treeitem", name=label).first

    def bars(self, label: str, kind: str) -> list[tuple[float, float]]:
        """Where bars begin and end, as shares of the track."""
        script = """bars => bars.map((bar) => {
            const track = bar.parentElement.getBoundingClientRect();
            const { left, right } = bar.getBoundingClientRect();
            return [(left - track.left) / track.width, (right - track.left) / track.width];
        })"""
        found = self.row(label).locator(f".timeline-bar.{kind}").evaluate_all(script)
        return [(round(begun, 2), round(ended, 2)) for begun, ended in found]

    def selections(self) -> list[int]:
        found: list[int] = self.page.evaluate("() => selections")
        return found


@pytest.fixture
def draw(page: Any, static_url: str) -> Callable[..., Timeline]:
    return lambda definition, events, now=0.0: Timeline(page, static_url, definition, events, now)


def test_attempts_are_bars_and_the_waits_between_them_are_hatched(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(FLAKY, make_engine(Flaky=[BROKEN, ANSWER]).run(FLAKY))
    assert timeline.labels() == ["Flaky, Succeeded, 4.00 s, 2 attempts", "Rest, Succeeded, 4.00 s"]
    assert timeline.bars("Flaky", "attempt") == [(0.0, 0.0), (0.5, 0.5)]
    assert timeline.bars("Flaky", "wait") == [(0.0, 0.5)]
    assert timeline.bars("Rest", "wait") == [(0.5, 1.0)]
    script = "bars => bars.map((bar) => [bar.dataset.status, bar.offsetWidth])"
    assert timeline.row("Flaky").locator(".attempt").evaluate_all(script) == [["FAILED", 3], ["SUCCEEDED", 3]]
    hatched = "bar => getComputedStyle(bar).backgroundImage"
    assert "repeating-linear-gradient" in timeline.row("Rest").locator(".wait").evaluate(hatched)


def test_tooltips_tell_exact_times_and_durations(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(FLAKY, make_engine(Flaky=[BROKEN, ANSWER]).run(FLAKY))
    assert timeline.row("Rest").locator(".timeline-track").get_attribute("title") == (
        "Rest: Succeeded\n2026-01-05T06:00:04.000Z (+4.00 s) to 2026-01-05T06:00:08.000Z (+8.00 s): 4.00 s"
    )
    assert timeline.row("Flaky").locator(".attempt").first.get_attribute("title") == (
        "Attempt 1 of 2: Failed (Broken)\n2026-01-05T06:00:00.000Z (+0 ms) to 2026-01-05T06:00:00.000Z (+0 ms): 0 ms"
    )


def test_branches_are_indented_below_their_state(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(FAN, make_engine().run(FAN))
    assert timeline.labels() == [
        "Fan, Succeeded, 8.00 s",
        "  Branch 1, Succeeded, 8.00 s",
        "    Long, Succeeded, 8.00 s",
        "    Last, Succeeded, 0 ms",
        "  Branch 2 Short, Succeeded, 2.00 s",
    ]
    assert timeline.bars("Branch 2 Short", "wait") == [(0.0, 0.25)]


def test_what_runs_reaches_to_now(draw: Callable[..., Timeline], make_engine: Callable[..., Any]) -> None:
    engine = make_engine()
    execution = engine.start(FAN)
    while len(events := engine.events(execution)) < 5:
        pass
    timeline = draw(FAN, events, events[0]["timestamp"] + 1)
    assert timeline.labels() == [
        "Fan, Running, 1.00 s",
        "  Branch 1 Long, Running, 1.00 s",
        "  Branch 2 Short, Running, 1.00 s",
    ]
    assert timeline.bars("Branch 1 Long", "wait") == [(0.0, 1.0)]
    timeline.update(engine.until_end(execution))
    assert timeline.labels()[0] == "Fan, Succeeded, 8.00 s"


def test_of_a_large_group_what_failed_is_seen_and_the_rest_when_asked_for(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(SOME_FAIL, make_engine().run(SOME_FAIL, {"items": list(range(40))}))
    assert timeline.labels() == ["Each, Failed, 0 ms", "  #7, Failed, 0 ms", "  39 more iterations"]

    timeline.row("39 more iterations").click()
    labels = timeline.labels()
    assert [re.sub(", .*", "", label).strip() for label in labels[:4]] == ["Each", "#7", "#0", "#1"]
    timeline.row("#7").click()
    assert timeline.labels()[1:4] == ["  #7, Failed, 0 ms", "    Check, Succeeded, 0 ms", "    Bad, Failed, 0 ms"]


def test_thousands_of_visits_are_few_elements_and_all_can_be_reached(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(SINGLE, make_engine().run(SINGLE, {"items": list(range(2000))}))
    timeline.row("2,000 iterations").click()
    rows = timeline.page.get_by_role("treeitem")
    assert rows.count() < 300
    assert timeline.row("#0 Only").get_attribute("aria-setsize") == "2002"

    timeline.page.get_by_role("tree").focus()
    timeline.page.keyboard.press("End")
    assert timeline.labels()[-1] == "  Fewer iterations"
    assert timeline.labels()[-2].startswith("  #1999 Only, Succeeded")
    assert rows.count() < 300


def test_a_visit_that_is_selected_elsewhere_is_opened_and_scrolled_to(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    events = make_engine().run(SINGLE, {"items": list(range(500))})
    timeline = draw(SINGLE, events)
    entered = [event["id"] for event in events if event["type"] == "PassStateEntered"]
    timeline.update(events, entered[400])
    row = timeline.page.locator(f"[data-visit='{entered[400]}']")
    assert row.get_attribute("aria-selected") == "true"
    box, page = row.bounding_box(), timeline.page.viewport_size
    assert 0 < box["y"] < page["height"]
    assert timeline.selections() == []


def test_rows_are_selected_and_opened_by_pointer_and_by_keyboard(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    timeline = draw(FAN, make_engine().run(FAN))
    press = timeline.page.keyboard.press
    timeline.row("Fan").click()
    timeline.page.get_by_role("tree").focus()
    press("ArrowDown")
    press("ArrowLeft")
    assert timeline.row("Branch 1").get_attribute("aria-expanded") == "false"
    assert [label.strip().split(",")[0] for label in timeline.labels()] == ["Fan", "Branch 1", "Branch 2 Short"]
    press("ArrowRight")
    press("ArrowDown")
    press("Enter")
    assert timeline.row("Long").get_attribute("aria-selected") == "true"
    long = int(timeline.row("Long").get_attribute("data-visit"))
    active = timeline.page.get_by_role("tree").get_attribute("aria-activedescendant")
    assert timeline.row("Long").get_attribute("id") == active
    timeline.row("Fan").locator(".timeline-toggle").click()
    assert timeline.labels() == ["Fan, Succeeded, 8.00 s"]
    assert timeline.selections() == [2, long]


def test_times_are_elapsed_or_of_the_clock(draw: Callable[..., Timeline], make_engine: Callable[..., Any]) -> None:
    timeline = draw(FAN, make_engine().run(FAN))
    marks = timeline.page.locator(".timeline-mark")
    assert marks.all_text_contents()[:3] == ["0", "2 s", "4 s"]
    timeline.page.get_by_role("button", name="Clock").click()
    assert re.fullmatch(r"\d\d:\d\d:02\.000", marks.all_text_contents()[1])
    assert timeline.page.get_by_role("button", name="Elapsed").get_attribute("aria-pressed") == "false"


def test_a_redrive_is_marked_and_the_attempts_go_on(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    definition = machine(Try={**TASK, "End": True})
    engine = make_engine(Try=[BROKEN, ANSWER])
    execution = engine.start(definition)
    engine.until_end(execution)
    engine.turn(50)
    engine.call("RedriveExecution", executionArn=execution)
    timeline = draw(definition, engine.until_end(execution))
    redrive = timeline.page.locator(".timeline-redrive")
    assert redrive.get_attribute("title") == "Redriven 2026-01-05T06:00:50.000Z"
    assert timeline.labels() == ["Try, Succeeded, 50.0 s, 2 attempts"]


def test_an_update_keeps_the_rows_and_a_timeline_that_is_destroyed_leaves_nothing(
    draw: Callable[..., Timeline], make_engine: Callable[..., Any]
) -> None:
    events = make_engine().run(FAN)
    timeline = draw(FAN, events)
    timeline.page.evaluate("() => { window.before = [...document.querySelectorAll('.timeline-row *')]; }")
    timeline.update(events)
    same = "[...document.querySelectorAll('.timeline-row *')].every((element, index) => element === before[index])"
    assert timeline.page.evaluate(f"() => {same}")
    timeline.page.evaluate("() => timeline.destroy()")
    assert timeline.page.locator("main *").count() == 0
