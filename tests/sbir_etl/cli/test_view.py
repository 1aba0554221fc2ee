"""What a person sees, as text."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from sbir_etl.cli.following import Ending
from sbir_etl.cli.timeline import Line
from sbir_etl.cli.view import LiveTable, Plain, Silent, figure, summary, table

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ARN = "arn:aws:states:us-east-2:123456789012:execution:sbir-etl-weekly-refresh:a"


def text_of(renderable: object) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def line(state: str, **fields: object) -> Line:
    return Line(**{"state": state, "kind": "Task", "started_at": START, **fields})  # type: ignore[arg-type]


def test_a_running_state_shows_its_time_and_its_retries() -> None:
    shown = text_of(table([line("DownloadCSV", retries=1, trouble="Busy: later")], START + timedelta(seconds=4)))
    assert "• DownloadCSV" in " ".join(shown.split())
    assert "4.0 s" in shown
    assert "1 retry · Busy: later" in shown


def test_a_finished_state_shows_the_figures_it_reported_and_no_old_trouble() -> None:
    done = line(
        "ValidateDataset", ended_at=START, trouble="old", report={"rows": 6880, "pass_rate": 0.99846, "key": "x"}
    )
    shown = text_of(table([done], START))
    assert "✓" in shown
    assert "rows 6,880 · pass rate 0.9985" in shown
    assert "old" not in shown


def test_a_failed_state_shows_why() -> None:
    assert "✗" in (shown := text_of(table([line("SmokeChecks", failed=True, trouble="GateFailed: 1 orphan")], START)))
    assert "GateFailed: 1 orphan" in shown


def test_states_that_only_route_are_not_shown() -> None:
    assert "CheckChanges" not in text_of(table([line("CheckChanges", kind="Choice")], START))


def test_a_log_gets_one_line_for_each_change_of_a_state() -> None:
    console = Console(file=io.StringIO(), width=160)
    with Plain(console) as view:
        view.show([line("DownloadCSV")])
        view.show([line("DownloadCSV")])
        view.show([line("DownloadCSV", ended_at=START, report={"rows": 5})])
    assert isinstance(console.file, io.StringIO)
    assert [text.split()[1:3] for text in console.file.getvalue().splitlines()] == [
        ["DownloadCSV", "started"],
        ["DownloadCSV", "0.0"],
    ]


def test_the_live_table_ends_with_the_last_timeline_it_was_shown() -> None:
    console = Console(file=io.StringIO(), width=160, force_terminal=True)
    with LiveTable(console) as view:
        view.show([line("LoadNeo4j", ended_at=START)])
    assert isinstance(console.file, io.StringIO)
    assert "LoadNeo4j" in console.file.getvalue()


def test_the_silent_view_says_nothing() -> None:
    with Silent() as view:
        view.show([line("LoadNeo4j")])


def test_the_summary_of_a_refresh_gives_rows_changes_graph_and_where_things_are() -> None:
    output = {
        "changed": True,
        "rows": 6880,
        "accepted": 6879,
        "duplicates": 1,
        "rejected": 0,
        "changes": {"added": 12, "changed": 3, "cosmetic": 40, "removed": 0},
        "match_rate": 0.6558,
        "nodes": 9000,
        "relationships": 20000,
        "report": "report.html",
        "pr_url": "file:///pull.html",
        "vintage": "ab" * 32,
    }
    ending = Ending(execution_arn=ARN, status="SUCCEEDED", output={"output": output}, error=None, cause=None)
    shown = text_of(summary(ending))
    for words in (
        "Refresh succeeded",
        "6,880 rows, 6,879 accepted, 1 duplicates, 0 rejected",
        "12 added, 3 changed, 40 cosmetic, 0 removed",
        "0.6558",
        "9,000 nodes, 20,000 relationships",
        "file:///pull.html",
        ARN,
    ):
        assert words in shown


def test_the_summary_of_an_unchanged_week_says_why_nothing_was_done() -> None:
    output = {"changed": False, "reason": "same SHA-256 as the live vintage", "vintage": "cd" * 32}
    ending = Ending(execution_arn=ARN, status="SUCCEEDED", output={"output": output}, error=None, cause=None)
    assert "same SHA-256 as the live vintage" in text_of(summary(ending))


def test_the_summary_of_a_failure_gives_error_and_sentence() -> None:
    ending = Ending(
        execution_arn=ARN, status="FAILED", output=None, error="GateFailed", cause='{"errorMessage": "pass rate 0.8"}'
    )
    shown = text_of(summary(ending))
    assert "Refresh failed: what was live stays live" in shown
    assert "GateFailed" in shown
    assert "pass rate 0.8" in shown
    assert ending.document() == {
        "status": "failed",
        "execution_arn": ARN,
        "error": "GateFailed",
        "cause": "pass rate 0.8",
    }


@pytest.mark.parametrize("state", ["CreatePR", "ResumeCreatePR"])
def test_the_summary_of_a_failed_pull_request_says_that_the_data_is_live(state: str) -> None:
    cause = json.dumps({"errorMessage": f"{state}: the token has expired"})
    ending = Ending(execution_arn=ARN, status="FAILED", output=None, error="InvalidInput", cause=cause)
    shown = text_of(summary(ending))
    assert "its data is live" in shown
    assert "stays live" not in shown


def test_the_summary_names_the_command_that_tells_more() -> None:
    ending = Ending(execution_arn=ARN, status="SUCCEEDED", output={"output": {}}, error=None, cause=None)
    assert "look" not in text_of(summary(ending))
    assert text_of(summary(ending, look="sbir-etl runs show a")).splitlines()[-1].split(maxsplit=1) == [
        "look",
        "sbir-etl runs show a",
    ]


def test_figures_are_written_for_people() -> None:
    assert [figure(value) for value in (None, True, False, 219500, 0.65581, "x")] == [
        "–",
        "yes",
        "no",
        "219,500",
        "0.6558",
        "x",
    ]
