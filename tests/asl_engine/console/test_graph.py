"""The graph of a definition in a browser: what is drawn, what an execution's run changes, how it is used."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.asl_engine.console.definitions import LOOP, PASS, machine

REFRESH = Path(__file__).parents[3] / "infrastructure" / "step-functions" / "weekly-refresh-state-machine.json"
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": "f"}}
BROKEN = {"Throw": {"Error": "Broken", "Cause": "it broke"}}


CATCH = machine(
    Try={
        **TASK,
        "Retry": [{"ErrorEquals": ["Other"], "MaxAttempts": 2}],
        "Catch": [{"ErrorEquals": ["Broken", "Worse"], "Next": "Handle"}],
        "Next": "Good",
    },
    Good=PASS,
    Handle={"Type": "Fail", "Error": "GaveUp"},
)
NESTED = machine(
    Fan={
        "Type": "Parallel",
        "Branches": [
            machine(
                Each={
                    "Type": "Map",
                    "ItemsPath": "$.items",
                    "ItemProcessor": machine(One={"Type": "Pass", "Next": "Two"}, Two=PASS),
                    "End": True,
                }
            ),
            machine(Beside=PASS),
        ],
        "End": True,
    }
)


class Graph:
    """A graph drawn into the page; what it selects is kept in the page as `selections`."""

    def __init__(self, page: Any, url: str, definition: Any, events: list[Any] | None) -> None:
        self.page = page
        script = """async ([url, definition, events]) => {
            const { foldHistory } = await import(`${url}/execution.js`);
            const { renderGraph } = await import(`${url}/graph.js`);
            window.selections = [];
            window.model = (some) => some && foldHistory(some, definition);
            const onSelect = (place) => window.selections.push(place);
            window.graph = renderGraph(document.querySelector('main'), definition, window.model(events), { onSelect });
        }"""
        page.evaluate(script, [url, definition, events])

    def update(self, events: list[Any], selected: str | None = None) -> None:
        self.page.evaluate("([events, selected]) => graph.update(model(events), selected)", [events, selected])

    def state(self, label: str) -> Any:
        """The node whose label begins so."""
        return self.page.get_by_role("button", name=label).first

    def labels(self) -> list[str]:
        script = "nodes => nodes.map((node) => node.getAttribute('aria-label'))"
        found: list[str] = self.page.locator(".state-button").evaluate_all(script)
        return found

    def edges(self, selector: str = ".edge") -> set[tuple[str, str]]:
        script = "edges => edges.map((edge) => [edge.dataset.from, edge.dataset.to])"
        return {(start, end) for start, end in self.page.locator(selector).evaluate_all(script)}

    def edge_labels(self) -> list[str]:
        """In full, as pointing at them shows them."""
        found: list[str] = self.page.locator(".edge-label title").all_text_contents()
        return sorted(found)

    def selections(self) -> list[str | None]:
        found: list[str | None] = self.page.evaluate("() => selections")
        return found

    def view(self) -> str:
        return str(self.page.locator(".graph-content").get_attribute("transform"))


@pytest.fixture
def draw(page: Any, static_url: str) -> Callable[..., Graph]:
    return lambda definition, events=None: Graph(page, static_url, definition, events)


def test_without_a_run_the_definition_alone_is_drawn(draw: Callable[..., Graph]) -> None:
    graph = draw(LOOP)
    assert graph.labels() == [
        "Count, Pass, not entered",
        "Enough, Choice, not entered",
        "Done, Succeed, not entered",
    ]
    assert graph.edges() == {("", "Count"), ("Count", "Enough"), ("Enough", "Count"), ("Enough", "Done"), ("Done", "")}
    assert graph.edges(".edge.is-taken") == set()
    assert graph.edge_labels() == ["Default", "n < 3"]
    assert graph.page.locator(".marker.start").count() == graph.page.locator(".marker.end").count() == 1


def test_a_loop_shows_how_often_and_which_way(draw: Callable[..., Graph], make_engine: Callable[..., Any]) -> None:
    graph = draw(LOOP, make_engine().run(LOOP, {"n": 0}))
    assert graph.labels() == [
        "Count, Pass, Succeeded, 3 visits",
        "Enough, Choice, Succeeded, 3 visits",
        "Done, Succeed, Succeeded",
    ]
    assert graph.state("Count").locator(".state-status").text_content() == "✓ Succeeded ×3"
    assert graph.edges(".edge.is-taken") == graph.edges()


def test_a_catch_is_dashed_and_named_and_the_way_taken_stands_out(
    draw: Callable[..., Graph], make_engine: Callable[..., Any]
) -> None:
    graph = draw(CATCH, make_engine(Try=[BROKEN]).run(CATCH))
    assert graph.edges(".edge.catch") == graph.edges(".edge.catch.is-taken") == {("Try", "Handle")}
    assert graph.edges(".edge.is-taken") == {("", "Try"), ("Try", "Handle"), ("Handle", "")}
    assert graph.edge_labels() == ["Broken, Worse"]
    assert graph.state("Try").get_attribute("data-status") == "CAUGHT"
    assert graph.state("Try").get_attribute("aria-label") == "Try, Task, Caught"
    assert graph.state("Handle").locator(".state-status").text_content() == "✗ Failed"
    assert graph.page.locator(".retry-sign title").all_text_contents() == ["Retry of Other: up to 2 times"]
    dashes = graph.page.locator(".edge.catch path").evaluate("path => getComputedStyle(path).strokeDasharray")
    assert dashes != "none"


def test_the_sign_of_a_retry_says_how_many_there_were(
    draw: Callable[..., Graph], make_engine: Callable[..., Any]
) -> None:
    definition = machine(Flaky={**TASK, "Retry": [{"ErrorEquals": ["Broken"]}], "End": True})
    answer = {"Return": {"StatusCode": 200, "Payload": 1}}
    graph = draw(definition, make_engine(Flaky=[BROKEN, BROKEN, answer]).run(definition))
    sign = graph.page.locator(".retry-sign")
    assert sign.evaluate("sign => [...sign.childNodes].slice(0, 2).map((node) => node.textContent)") == ["↻", "2"]
    assert graph.labels() == ["Flaky, Task, Succeeded, 3 attempts"]


def test_inner_states_lie_inside_what_holds_them(draw: Callable[..., Graph], make_engine: Callable[..., Any]) -> None:
    graph = draw(NESTED, make_engine().run(NESTED, {"items": [1, 2, 3]}))
    assert sorted(graph.labels()) == [
        "Beside, Pass, Succeeded",
        "Each, Map, Succeeded, 3 items",
        "Fan, Parallel, Succeeded",
        "One, Pass, Succeeded, 3 visits",
        "Two, Pass, Succeeded, 3 visits",
    ]

    def frame(name: str) -> Any:
        return graph.state(f"{name},").locator(".frame").bounding_box()

    for inner, outer in (("Each", "Fan"), ("Beside", "Fan"), ("One", "Each"), ("Two", "Each")):
        assert lies_in(frame(inner), frame(outer)), (inner, outer)
    assert not lies_in(frame("Beside"), frame("Each"))


def lies_in(inner: Any, outer: Any) -> bool:
    return bool(
        outer["x"] < inner["x"]
        and outer["y"] < inner["y"]
        and inner["x"] + inner["width"] < outer["x"] + outer["width"]
        and inner["y"] + inner["height"] < outer["y"] + outer["height"]
    )


def test_an_update_changes_texts_and_keeps_every_element_and_the_view(
    draw: Callable[..., Graph], make_engine: Callable[..., Any]
) -> None:
    events = make_engine().run(NESTED, {"items": [1, 2, 3]})
    graph = draw(NESTED, events[:4])
    graph.page.evaluate("() => { window.before = [...document.querySelectorAll('.graph *')]; }")
    assert graph.state("Fan").get_attribute("data-status") == "RUNNING"
    graph.page.keyboard.press("Tab")
    graph.page.keyboard.press("+")
    view = graph.view()

    graph.update(events, "Two")
    assert graph.state("Fan").get_attribute("data-status") == "SUCCEEDED"
    assert graph.state("Two").get_attribute("aria-pressed") == "true"
    assert graph.view() == view
    assert graph.page.evaluate(
        "() => { const now = [...document.querySelectorAll('.graph *')];"
        "return now.length === before.length && now.every((element, index) => element === before[index]); }"
    )


def test_what_runs_moves_unless_the_reader_wants_no_motion(
    draw: Callable[..., Graph], make_engine: Callable[..., Any]
) -> None:
    graph = draw(NESTED, make_engine().run(NESTED, {"items": [1]})[:3])
    animation = "band => getComputedStyle(band).animationName"
    band = graph.state("Fan").locator(".band").first
    assert band.evaluate(animation) == "graph-running"
    graph.page.emulate_media(reduced_motion="reduce")
    assert band.evaluate(animation) == "none"


def test_a_state_is_selected_by_pointer_and_by_keyboard(draw: Callable[..., Graph]) -> None:
    graph = draw(LOOP)
    graph.state("Enough").click()
    graph.state("Done").focus()
    graph.page.keyboard.press("Enter")
    assert graph.state("Done").get_attribute("aria-pressed") == "true"
    assert graph.state("Enough").get_attribute("aria-pressed") == "false"
    graph.page.mouse.click(5, 5)
    assert graph.selections() == ["Enough", "Done", None]


def test_the_drawing_is_moved_and_scaled_by_wheel_pointer_and_keys(draw: Callable[..., Graph]) -> None:
    graph = draw(LOOP)
    mouse, keyboard = graph.page.mouse, graph.page.keyboard
    graph.page.get_by_role("button", name="Show the whole graph").click()
    fitted = graph.view()
    seen = {fitted}

    def moved(by: Callable[[], None]) -> None:
        by()
        assert graph.view() not in seen
        seen.add(graph.view())

    mouse.move(200, 200)
    mouse.wheel(0, -200)
    graph.page.wait_for_function(
        f"() => document.querySelector('.graph-content').getAttribute('transform') !== '{fitted}'"
    )
    seen.add(graph.view())

    def drag() -> None:
        mouse.down()
        mouse.move(260, 240, steps=4)
        mouse.up()

    moved(drag)
    graph.page.locator("svg.graph").focus()
    for key in ("ArrowLeft", "ArrowDown", "-"):
        moved(partial(keyboard.press, key))
    keyboard.press("0")
    assert graph.view() == fitted
    assert graph.selections() == []


def test_a_long_name_is_cut_and_told_in_full(draw: Callable[..., Graph]) -> None:
    name = "A name that is much longer than any box that is drawn for it"
    graph = draw(machine(**{name: PASS}))
    shown = graph.page.locator(".state-name").text_content()
    assert shown.endswith("…")
    assert name.startswith(shown[:-1])
    assert graph.page.locator(".state-button title").first.text_content() == f"{name}, Pass, not entered"


def test_names_are_text_whatever_they_hold(draw: Callable[..., Graph]) -> None:
    graph = draw(machine(**{"<b>bold</b>": {"Type": "Pass", "Next": "constructor"}, "constructor": PASS}))
    assert graph.labels() == ["<b>bold</b>, Pass, not entered", "constructor, Pass, not entered"]
    assert graph.page.locator("main b").count() == 0


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"Variable": "$.a.b", "BooleanEquals": True}, "a.b = true"),
        ({"Variable": "$.a", "NumericGreaterThanEqualsPath": "$.b"}, "a ≥ b"),
        ({"Variable": "$x", "StringMatches": "a*"}, '$x matches "a*"'),
        ({"Variable": "$.a", "IsPresent": False}, "a is absent"),
        ({"Variable": "$.a", "IsNumeric": True}, "a is a number"),
        ({"Not": {"Variable": "$.a", "IsNull": True}}, "not (a is null)"),
        (
            {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "StringEquals": "x"}]},
            'a = "x"',
        ),
        (
            {"Or": [{"Variable": "$.a", "StringEquals": "x"}, {"Variable": "$.b", "IsPresent": True}]},
            'a = "x" or b is present',
        ),
        ({"Condition": "{% $states.input.n > 3 %}"}, "$states.input.n > 3"),
    ],
)
def test_a_rule_is_told_in_few_words(draw: Callable[..., Graph], rule: Any, text: str) -> None:
    choice = {"Type": "Choice", "Choices": [{**rule, "Next": "Yes"}], "Default": "No"}
    assert draw(machine(Which=choice, Yes=PASS, No=PASS)).edge_labels() == sorted(["Default", text])


def test_no_boxes_and_no_labels_of_the_weekly_refresh_lie_over_one_another(draw: Callable[..., Graph]) -> None:
    graph = draw(json.loads(REFRESH.read_text(encoding="utf-8")))
    boxes = graph.page.locator(".state.simple .frame, .edge-label, .marker-name").evaluate_all(
        "all => all.map((one) => { const { x, y, width, height } = one.getBoundingClientRect();"
        " return [x, y, x + width, y + height]; })"
    )
    assert len(boxes) > 30
    for index, (left, top, right, bottom) in enumerate(boxes):
        for left_too, top_too, right_too, bottom_too in boxes[:index]:
            assert right <= left_too or right_too <= left or bottom <= top_too or bottom_too <= top


WIDE = machine(
    Route={
        "Type": "Choice",
        "Choices": [{"Variable": "$.kind", "StringEquals": kind, "Next": kind} for kind in ("a", "b", "c", "d")],
        "Default": "e",
    },
    a={**TASK, "Next": "Join"},
    b={**TASK, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}], "Next": "Join"},
    c={"Type": "Parallel", "Branches": [LOOP], "Next": "Join"},
    d={**TASK, "Next": "Join"},
    e={"Type": "Pass", "Next": "Join"},
    Join={
        "Type": "Choice",
        "Choices": [{"Variable": "$.again", "BooleanEquals": True, "Next": "Route"}],
        "Default": "Done",
    },
    Done={"Type": "Succeed"},
    Failed={"Type": "Fail"},
)


@pytest.mark.parametrize("definition", [json.loads(REFRESH.read_text(encoding="utf-8")), WIDE], ids=["refresh", "wide"])
def test_no_edge_runs_under_a_box(draw: Callable[..., Graph], definition: Any) -> None:
    """At most two pixels into the boxes that it joins, which is the width of their lines."""
    graph = draw(definition)
    under = graph.page.evaluate("""() => {
        const outer = [...document.querySelectorAll('.graph-content > .state > .state-button > .frame')];
        const boxes = outer.map((frame) => frame.getBoundingClientRect());
        const found = [];
        for (const path of document.querySelectorAll('.graph-content > .edges > .edge > path')) {
            const matrix = path.getScreenCTM();
            for (let at = 0; at <= path.getTotalLength(); at += 2) {
                const { x, y } = path.getPointAtLength(at).matrixTransform(matrix);
                const isIn = (box) => x > box.left + 2 && x < box.right - 2 && y > box.top + 2 && y < box.bottom - 2;
                if (boxes.some(isIn)) found.push([path.parentElement.dataset.from, path.parentElement.dataset.to]);
            }
        }
        return found;
    }""")
    assert under == []


def test_two_hundred_states_that_all_catch_are_drawn(draw: Callable[..., Graph]) -> None:
    """Errors' edges to a handler far below are short there, and say where they lead; the last is drawn in full."""
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Handler"}]
    states = {f"S{number}": {**TASK, "Catch": catch, "Next": f"S{number + 1}"} for number in range(199)}
    graph = draw(machine(**states, S199=PASS, Handler={"Type": "Fail"}))
    assert len(graph.labels()) == 201
    assert len(graph.edges(".edge.stub")) == 198
    assert graph.edges(".edge.catch:not(.stub)") == {("S198", "Handler")}
    assert graph.edge_labels()[1] == "States.ALL → Handler"


def test_a_graph_that_is_destroyed_leaves_nothing(draw: Callable[..., Graph]) -> None:
    graph = draw(LOOP)
    graph.page.evaluate("() => graph.destroy()")
    assert graph.page.locator("main *").count() == 0
