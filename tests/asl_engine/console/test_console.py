"""The console in a real Chromium: what a person sees of executions and does with them."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from asl_engine.local import ServiceOptions
from asl_engine.runtime.clock import TurnedClock
from tests.asl_engine.console.served import FAIL, LOOP, PASS, WAIT, Served, served

MARKUP = "<img src=x onerror=alert(1)>"
CAUSE = {
    "errorMessage": "the shelf is empty",
    "errorType": "OutOfStock",
    "stackTrace": ['  File "/var/task/app.py", line 12, in handler\n    raise OutOfStock()\n'],
}
ORDERS = {
    "StartAt": "Each",
    "States": {
        "Each": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "InStock",
                "States": {
                    "InStock": {
                        "Type": "Choice",
                        "Choices": [{"Variable": "$.left", "NumericEquals": 0, "Next": "Refuse"}],
                        "Default": "Send",
                    },
                    "Send": {"Type": "Pass", "End": True},
                    "Refuse": {"Type": "Fail", "Error": "OutOfStock", "Cause": json.dumps(CAUSE)},
                },
            },
            "End": True,
        }
    },
}
HOSTILE = {
    "StartAt": MARKUP,
    "States": {
        MARKUP: {"Type": "Pass", "Assign": {"said": MARKUP}, "Next": "Bad"},
        "Bad": {"Type": "Fail", "Error": MARKUP, "Cause": json.dumps({"errorMessage": MARKUP, "stackTrace": [MARKUP]})},
    },
}
FLOW = {
    "StartAt": "Shape",
    "States": {
        "Shape": {
            "Type": "Pass",
            "InputPath": "$.inner",
            "Parameters": {"doubled.$": "States.MathAdd($.n, $.n)"},
            "ResultPath": "$.made",
            "End": True,
        }
    },
}
ASKS = {
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": {"FunctionName": "ask", "Payload": {"token.$": "$$.Task.Token"}},
            "End": True,
        }
    },
}

BIN = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
HIDE = """([hidden]) => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""

COUNT = """() => {
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(address) {
            super(address);
            window.streams.push(this);
        }
    };
}"""

BOTH_OPEN = """() => new Promise((resolve) => {
    const areOpen = () => window.streams.filter((stream) => stream.readyState === EventSource.OPEN).length === 2;
    const look = () => (areOpen() ? resolve() : setTimeout(look, 20));
    look();
})"""

Open = Callable[..., Any]


@pytest.fixture
def engine() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def open_page(browser: Any) -> Iterator[Open]:
    """Opens an address of a console; whatever the browser complains of, its security policy too, fails the test."""
    wrong: list[str] = []
    contexts: list[Any] = []

    def opened(engine: Served, path: str = "#/", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda message: wrong.append(message.text) if is_wrong(message) else None)
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: None if request.url.startswith(engine.url) else wrong.append(request.url))
        page.goto(f"{engine.url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []


def is_wrong(message: Any) -> bool:
    """A request that is refused, or that no engine hears, is an error to the browser; the page shows it itself."""
    expected = (
        "the server responded with a status of 400",
        "net::ERR_CONNECTION_REFUSED",
        "net::ERR_INCOMPLETE_CHUNKED",
    )
    return message.type == "error" and not any(text in message.text for text in expected)


def of(arn: str, query: str = "") -> str:
    return f"#/executions/{arn}{query}"


def inspector(page: Any) -> Any:
    return page.get_by_role("complementary", name="Details")


def status(page: Any, word: str) -> None:
    """Waits until the execution's header says so."""
    page.locator(".execution-head .badge").get_by_text(word).wait_for()


def test_a_failure_is_two_clicks_away_with_its_state_and_its_cause(engine: Served, open_page: Open) -> None:
    engine.settled(engine.start(ORDERS, [{"left": 1}, {"left": 0}], machine="orders", name="monday"))
    page = open_page(engine)
    page.get_by_role("link", name="monday").click()
    status(page, "Failed")
    details = inspector(page)
    details.get_by_role("heading", name="Refuse").wait_for()
    assert details.locator(".message").inner_text() == "OutOfStock: the shelf is empty"
    assert (
        details.locator(".trace").inner_text()
        == '  File "/var/task/app.py", line 12, in handler\n    raise OutOfStock()'
    )
    assert details.get_by_text("1 of Each").is_visible()
    assert page.title() == "monday – orders"


def test_the_items_of_a_map_are_chosen_from_those_that_failed_first(engine: Served, open_page: Open) -> None:
    arn = engine.start(ORDERS, [{"left": 1}, {"left": 2}, {"left": 0}], name="items")
    engine.settled(arn)
    page = open_page(engine, of(arn, "?state=Each"))
    chips = inspector(page).locator(".chip")
    chips.first.wait_for()
    assert [chip.split()[-1] for chip in chips.all_inner_texts()] == ["2", "0", "1"]
    chips.nth(2).click()
    inspector(page).get_by_role("heading", name="InStock").wait_for()
    assert '"left": 2' in inspector(page).locator(".json").first.inner_text()


def test_an_execution_is_started_from_the_editor_and_seen_to_its_end(engine: Served, open_page: Open) -> None:
    engine.create(WAIT, "waits")
    page = open_page(engine)
    page.get_by_role("button", name="Start execution").click()
    editor, submit = (
        page.get_by_label("Input"),
        page.get_by_role("dialog").get_by_role("button", name="Start execution"),
    )
    editor.fill('{\n  "a": 1,\n}')
    page.get_by_text("Line 3, column 1: found }, wanted a name in double quotes").wait_for()
    assert submit.is_disabled()
    editor.fill('{"a": 12345678901234567890}')
    page.get_by_role("textbox", name="Name").fill("by-hand")
    submit.click()
    status(page, "Running")
    assert '"a": 12345678901234567890' in inspector(page).inner_text()
    engine.turn()
    status(page, "Succeeded")
    assert page.get_by_role("heading", name="by-hand").is_visible()


def test_a_name_that_is_taken_is_told_in_the_dialog(engine: Served, open_page: Open) -> None:
    arn = engine.start(PASS, name="taken")
    engine.settled(arn)
    page = open_page(engine, of(arn))
    page.get_by_role("button", name="Run again").click()
    page.get_by_label("Name").fill("taken")
    page.get_by_role("dialog").get_by_role("button", name="Start execution").click()
    page.get_by_text("Execution Already Exists").wait_for()


def test_an_execution_is_stopped_and_redriven_and_goes_on_where_it_was(engine: Served, open_page: Open) -> None:
    arn = engine.start(WAIT)
    page = open_page(engine, of(arn))
    status(page, "Running")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Stop it").click()
    status(page, "Aborted")
    page.get_by_role("button", name="Redrive from failure").click()
    status(page, "Running")
    engine.turn()
    status(page, "Succeeded")
    assert page.get_by_text("redriven 1×").is_visible()


def test_a_redrive_by_somebody_else_is_seen_too(engine: Served, open_page: Open) -> None:
    arn = engine.start(WAIT)
    engine.call("StopExecution", executionArn=arn)
    page = open_page(engine, of(arn))
    status(page, "Aborted")
    engine.call("RedriveExecution", executionArn=arn)
    status(page, "Running")
    engine.turn()
    status(page, "Succeeded")


def test_the_list_follows_what_starts_and_ends(engine: Served, open_page: Open) -> None:
    engine.settled(engine.start(PASS, machine="other", name="earlier"))
    page = open_page(engine)
    page.get_by_role("link", name="earlier").wait_for()
    engine.start(WAIT, machine="other-one", name="later")
    row = page.get_by_role("row").filter(has_text="later")
    row.get_by_text("Running").wait_for()
    engine.turn()
    row.get_by_text("Succeeded").wait_for()
    assert page.locator("tbody a[href*='executions']").all_inner_texts() == ["later", "earlier"]


def test_the_list_is_filtered_and_read_page_by_page(engine: Served, open_page: Open) -> None:
    for number in range(60):
        engine.settled(engine.start(PASS, name=f"run-{number:02}"))
    engine.settled(engine.start(FAIL, machine="bad", name="broken"))
    page = open_page(engine)
    names = page.locator("tbody a[href*='executions']")
    page.get_by_text("50 executions, there are more").wait_for()
    page.get_by_role("button", name="Show more").click()
    page.get_by_text("61 executions").wait_for()
    page.get_by_label("Status").select_option("FAILED")
    page.get_by_text("1 execution", exact=True).wait_for()
    assert names.all_inner_texts() == ["broken"]
    page.get_by_label("Status").select_option("")
    page.get_by_label("Name").fill("RUN-1")
    page.get_by_text("10 executions", exact=True).wait_for()
    page.reload()
    page.get_by_text("10 executions", exact=True).wait_for()
    page.get_by_role("navigation").get_by_text("bad").click()
    page.get_by_text("1 execution", exact=True).wait_for()
    assert names.all_inner_texts() == ["broken"]


def test_what_an_execution_holds_is_text_and_never_markup(engine: Served, open_page: Open) -> None:
    arn = engine.start(HOSTILE, {MARKUP: MARKUP, "closing": "</script><script>alert(2)</script>"})
    engine.settled(arn)
    page = open_page(engine, of(arn))
    status(page, "Failed")
    for tab in ("Timeline", "Events", "Definition", "Graph"):
        page.get_by_role("tab", name=tab).click()
        assert page.locator("img[src='x']").count() == 0
    page.get_by_role("button", name="Close, and show the execution").click()
    inspector(page).get_by_text("onerror").first.wait_for()
    page.goto(f"{engine.url}{of(arn, '?tab=definition&state=Bad')}")
    page.goto(f"{engine.url}#/executions/{MARKUP}")
    page.get_by_role("alert").wait_for()
    page.goto(f"{engine.url}#/{MARKUP}")
    page.get_by_text("There is no such page.").wait_for()
    assert page.locator("img[src='x']").count() == 0


def test_25_000_events_are_shown_with_a_few_hundred_elements(engine: Served, open_page: Open) -> None:
    arn = engine.start(LOOP, {"n": 6_230, "rest": ""})
    engine.settled(arn)
    page = open_page(engine, of(arn, "?tab=events"))
    page.get_by_text("24,924 rows").wait_for(timeout=60_000)
    assert page.locator("*").count() < 1_500
    page.locator(".event-rows").evaluate("rows => rows.scrollTo(0, rows.scrollHeight)")
    page.get_by_role("button", name="ExecutionSucceeded").click()
    page.get_by_role("heading", name="Event 24924: ExecutionSucceeded").wait_for()
    page.get_by_placeholder("type, state or error").fill("execution")
    page.get_by_text("2 rows").wait_for()


def test_one_attempt_of_a_task_is_one_row_that_opens(engine: Served, open_page: Open) -> None:
    arn = engine.start(ASKS)
    engine.settled(arn)  # no Lambda endpoint is configured: it fails at once
    page = open_page(engine, of(arn, "?tab=events"))
    row = page.get_by_role("button", name=re.compile("^(✗ )?Task( submit)? failed"))
    row.wait_for()
    rows = page.locator(".event-row:not(.titles)")
    before = rows.count()
    page.locator(".expander").click()
    page.get_by_role("button", name="TaskScheduled").wait_for()
    assert rows.count() > before
    row.click()
    inspector(page).get_by_role("heading", name="Ask").wait_for()


def test_an_address_brings_back_what_was_looked_at(engine: Served, open_page: Open) -> None:
    arn = engine.start(ORDERS, [{"left": 1}, {"left": 0}])
    engine.settled(arn)
    page = open_page(engine, of(arn))
    inspector(page).get_by_role("heading", name="Refuse").wait_for()
    page.get_by_role("tab", name="Definition").click()
    page.get_by_role("button", name='"Send"').click()
    inspector(page).get_by_role("heading", name="Send").wait_for()
    page.reload()
    inspector(page).get_by_role("heading", name="Send").wait_for()
    marked = page.locator(".definition .marked").all_inner_texts()
    assert marked[0].strip() == '"Send": {"Type": "Pass", "End": true},'
    assert page.get_by_role("tab", name="Definition").get_attribute("aria-selected") == "true"


def test_the_tabs_are_reached_by_keyboard(engine: Served, open_page: Open) -> None:
    arn = engine.start(PASS)
    page = open_page(engine, of(arn))
    page.get_by_role("tab", name="Graph").focus()
    for name in ("Timeline", "Events", "Definition", "Graph"):
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.textContent") == name
        assert page.get_by_role("tabpanel", name=name).is_visible()


def test_a_states_data_flow_is_shown_step_by_step(engine: Served, open_page: Open) -> None:
    arn = engine.start(FLOW, {"inner": {"n": 4}})
    engine.settled(arn)
    page = open_page(engine, of(arn, "?state=Shape"), permissions=["clipboard-read", "clipboard-write"])
    page.get_by_text("Data flow").click()
    steps = page.locator(".flow > li")
    steps.first.wait_for()
    shown = {
        step.splitlines()[0]: " ".join(step.splitlines()[1:]).removeprefix("Copy ").strip()
        for step in steps.all_inner_texts()
    }
    assert shown["After InputPath"] == '{"n": 4}'
    assert shown["After Parameters"] == '{"doubled": 8}'
    assert '"made": {"doubled": 8}' in shown["After ResultPath"]
    assert shown["Output"] == "unchanged"
    page.get_by_role("button", name="Copy AWS CLI command").click()
    command = page.evaluate("navigator.clipboard.readText()")
    credentials = {"AWS_ACCESS_KEY_ID": "123456789012", "AWS_SECRET_ACCESS_KEY": "secret"}  # the engine checks neither
    answer = subprocess.run(
        command, shell=True, env={**os.environ, **credentials, **BIN}, capture_output=True, check=True
    )
    assert json.loads(answer.stdout)["status"] == "SUCCEEDED"


def test_a_task_that_waits_for_its_token_is_answered(open_page: Open) -> None:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answering) as functions:
        threading.Thread(target=functions.handle_request).start()
        options = ServiceOptions(port=0, lambda_endpoint=f"http://127.0.0.1:{functions.server_port}")
        with served(options) as engine:
            page = open_page(engine, of(engine.start(ASKS), "?state=Ask"))
            page.get_by_label("Output or cause").fill('{"answer": 42}')
            page.get_by_role("button", name="Succeed with this output").click()
            status(page, "Succeeded")
            inspector(page).get_by_text('{"answer": 42}').first.wait_for()


def test_two_executions_are_compared_state_by_state(engine: Served, open_page: Open) -> None:
    good = engine.start(ORDERS, [{"left": 1}], name="good")
    bad = engine.start(ORDERS, [{"left": 0}], name="bad")
    engine.settled(good), engine.settled(bad)
    page = open_page(engine, of(bad))
    page.get_by_role("link", name="Compare").click()
    row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Refuse"))
    row.get_by_text("not entered").wait_for()
    assert (
        page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="Each")).get_by_text("differs").count()
        == 1
    )


def test_the_commands_of_the_aws_cli_name_this_engine_and_are_copied(engine: Served, open_page: Open) -> None:
    arn = engine.start(PASS, {"it's": "$HOME"})
    page = open_page(engine, of(arn), permissions=["clipboard-read", "clipboard-write"])
    page.locator("summary").get_by_text("AWS CLI").click()
    commands = page.locator(".menu-items code")
    commands.first.wait_for()
    endpoint = f"--region us-east-1 --endpoint-url {engine.url.rstrip('/')}"
    described = f"aws stepfunctions describe-execution --execution-arn {arn} {endpoint}"
    assert commands.first.inner_text() == described
    assert any("""--input '{"it'\\''s": "$HOME"}'""" in command for command in commands.all_inner_texts())
    page.get_by_role("button", name="Describe").click()
    page.get_by_text("Command copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == described
    assert not commands.first.is_visible()


def test_over_a_journal_of_somebody_else_it_only_looks_and_still_follows(open_page: Open, tmp_path: Path) -> None:
    options = ServiceOptions(port=0, journal=tmp_path / "journal")
    with served(options) as writing:
        writing.start(WAIT, name="theirs")
        with served(replace(options, read_only=True)) as looking:
            page = open_page(looking)
            page.get_by_text("Only looking: nothing can be changed here").wait_for()
            page.get_by_role("link", name="theirs").click()
            status(page, "Running")
            words = ("Start execution", "Stop", "Run again", "Redrive from failure")
            assert [word for word in words if page.get_by_role("button", name=word, exact=True).count()] == []
            writing.turn()
            status(page, "Succeeded")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(engine: Served, open_page: Open, scheme: str) -> None:
    arn = engine.start(
        ORDERS, [{"left": 0}], name="a-name-that-is-longer-than-a-phone-is-wide-and-has-hardly-a-place-to-break"
    )
    engine.settled(arn)
    for path in ("#/", of(arn), of(arn, "?tab=events"), of(arn, "?tab=definition")):
        page = open_page(engine, path, viewport={"width": 390, "height": 844}, color_scheme=scheme)
        page.get_by_text("a-name-that-is").first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.evaluate("document.querySelector('main').scrollWidth") <= 390


def test_a_definitions_graph_and_text_lead_to_each_other(engine: Served, open_page: Open) -> None:
    arn = engine.create(ORDERS, "orders")
    page = open_page(engine, f"#/machines/{arn}")
    page.get_by_role("link", name="Definition").click()
    page.get_by_role("button", name='"Refuse"').click()
    assert page.locator(".definition .marked").first.inner_text().strip() == '"Refuse": {'
    page.get_by_role("button", name="InStock, Choice").click()
    page.locator(".definition .marked").get_by_text("InStock").wait_for()
    page.reload()
    page.locator(".definition .marked").get_by_text("InStock").wait_for()


def test_a_page_that_nobody_sees_holds_no_connection_and_catches_up_when_it_is_seen(
    engine: Served, open_page: Open
) -> None:
    arn = engine.start(WAIT)
    page = open_page(engine)
    page.evaluate(COUNT)
    page.goto(f"{engine.url}{of(arn)}")
    status(page, "Running")
    page.evaluate(BOTH_OPEN)
    page.evaluate(HIDE, [True])
    assert page.evaluate("streams.every(stream => stream.readyState === EventSource.CLOSED)")
    engine.turn()
    assert engine.settled(arn) == "SUCCEEDED"
    page.evaluate(HIDE, [False])
    status(page, "Succeeded")


def test_a_map_run_leads_to_its_executions_and_back(engine: Served, open_page: Open) -> None:
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, **PASS}
    each = {"StartAt": "Each", "States": {"Each": {"Type": "Map", "ItemProcessor": processor, "End": True}}}
    arn = engine.start(each, [1, 2, 3], name="parent")
    engine.settled(arn)
    page = open_page(engine, of(arn, "?state=Each"))
    details = inspector(page)
    details.get_by_role("definition").get_by_role("link").click()
    page.get_by_text("3 items: 3 succeeded, 0 failed, 0 running, 0 pending").wait_for()
    page.get_by_text("3 executions", exact=True).wait_for()
    page.locator("tbody a").first.click()
    status(page, "Succeeded")
    assert page.get_by_role("button", name="Run again").count() == 0
    page.get_by_role("link", name="Map run", exact=True).click()
    page.get_by_role("link", name="parent").click()
    page.get_by_role("heading", name="parent").wait_for()


def test_a_nested_execution_is_a_link_away(engine: Served, open_page: Open) -> None:
    inner = engine.create(FAIL, "inner")
    outer = {
        "StartAt": "Nest",
        "States": {
            "Nest": {
                "Type": "Task",
                "Resource": "arn:aws:states:::states:startExecution.sync:2",
                "Parameters": {"StateMachineArn": inner, "Name": "child"},
                "End": True,
            }
        },
    }
    arn = engine.start(outer, machine="outer")
    engine.settled(arn)
    page = open_page(engine, of(arn))
    details = inspector(page)
    details.get_by_text("because").first.wait_for()  # the child's cause, out of the JSON of the parent's
    details.get_by_role("link", name="child").click()
    details.get_by_role("heading", name="Bad").wait_for()


def test_a_restart_of_the_engine_is_outlived(open_page: Open, tmp_path: Path) -> None:
    options = ServiceOptions(port=0, journal=tmp_path / "journal")
    clock = TurnedClock()
    with served(options, clock) as first:
        arn = first.start(WAIT)
        port = int(first.url.rstrip("/").rpartition(":")[2])
        page = open_page(first, of(arn))
        status(page, "Running")
    page.get_by_text("Connection lost, trying again").wait_for()
    with served(replace(options, port=port), clock) as second:
        second.turn()
        status(page, "Succeeded")
        page.get_by_text("Connection lost, trying again").wait_for(state="hidden")
