"""What a person can get wrong at the command line: one sentence that says what to do, and never a traceback."""

import io
import socket
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.table import Table

from asl_engine.journal.sqlite import SqliteJournal
from sbir_etl import vintages
from sbir_etl.cli import main
from sbir_etl.cli.view import terminal
from sbir_etl.storage import Directory
from sbir_etl.vintages import Current

BAD_USAGE = 2
MENDED_BY_A_PERSON = 1


class CommandLine:
    """`main` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def fails(self, *arguments: str | Path, code: int = MENDED_BY_A_PERSON) -> str:
        """Standard error of a command that must not succeed."""
        self._monkeypatch.setattr(sys, "argv", ["sbir-etl", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._capsys.readouterr().err
        assert ended.value.code == code, said
        assert code == BAD_USAGE or said.startswith("sbir-etl: "), said
        return said


@pytest.fixture
def command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(monkeypatch, capsys)


def test_a_workspace_that_cannot_be_made_is_named(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300), Path("/proc/nowhere")):
        said = command_line.fails("refresh", "--workspace", place)
        assert f"{place}: " in said
        assert "name another one with --workspace" in said


def test_an_endpoint_that_is_no_url_is_bad_usage(command_line: CommandLine) -> None:
    assert "wanted a URL" in command_line.fails("refresh", "--endpoint-url", "nonsense", code=BAD_USAGE)


def test_files_that_are_no_json_in_utf_8_are_named(command_line: CommandLine, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xd0\xff")
    assert f"{binary}: " in command_line.fails("validate", binary)
    assert f"{binary}: " in command_line.fails("step", "download_csv", "--event", f"@{binary}")
    assert "/nowhere: No such file" in command_line.fails("step", "download_csv", "--event", "@/nowhere")
    assert f"{tmp_path}: Is a directory" in command_line.fails("step", "download_csv", "--event", f"@{tmp_path}")


def test_an_event_without_its_execution_says_what_is_missing(command_line: CommandLine, tmp_path: Path) -> None:
    said = command_line.fails("step", "download_csv", "--event", "{}", "--workspace", tmp_path)
    assert "id" in said
    assert "https://" not in said
    assert said.count("\n") == 1


def test_a_sample_writes_over_nothing(command_line: CommandLine, tmp_path: Path) -> None:
    precious = tmp_path / "companies" / "dow-company_search_1.csv"
    precious.parent.mkdir()
    precious.write_text("exported by hand")
    assert "nothing to write over" in command_line.fails("sample", tmp_path, "--rows", "5")
    assert precious.read_text() == "exported by hand"
    precious.rename(tmp_path / "award_data.csv")
    assert "nothing to write over" in command_line.fails("sample", tmp_path, "--rows", "5")


def test_ports_that_are_none_are_bad_usage_and_a_taken_one_is_named(command_line: CommandLine, tmp_path: Path) -> None:
    for port in ("-1", "65536", "x"):
        command_line.fails("serve", "--port", port, "--workspace", tmp_path, code=BAD_USAGE)
        command_line.fails("console", "--port", port, "--workspace", tmp_path, code=BAD_USAGE)
    SqliteJournal(tmp_path / "engine.sqlite3").close()
    for command in ("serve", "console"):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            said = command_line.fails(command, "--port", taken.getsockname()[1], "--workspace", tmp_path)
        assert "wanted a free one; give one with --port" in said


def test_where_nothing_ran_there_is_nothing_to_look_at(command_line: CommandLine, tmp_path: Path) -> None:
    assert "run `sbir-etl refresh` first" in command_line.fails("console", "--workspace", tmp_path)


def test_a_run_that_never_was_leads_to_the_list(command_line: CommandLine, tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "engine.sqlite3").close()
    for run in ("never", "a b", "arn:aws:x"):
        assert "sbir-etl runs list" in command_line.fails("runs", "show", run, "--workspace", tmp_path)


def test_a_journal_that_is_none_is_left_alone(command_line: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "engine.sqlite3").write_text("hello")
    for command in (("refresh",), ("runs", "list"), ("serve", "--port", "0"), ("console", "--port", "0")):
        said = command_line.fails(*command, "--workspace", tmp_path)
        assert f"{tmp_path}/engine.sqlite3: " in said
        assert "move it away" in said
    assert (tmp_path / "engine.sqlite3").read_text() == "hello"


def test_a_live_graph_that_is_gone_leads_to_a_new_one(command_line: CommandLine, tmp_path: Path) -> None:
    live = Current(
        vintage="0" * 64, run_id="a", rows=1, graph="graph/a.lbug", advanced_at=datetime(2026, 1, 5, tzinfo=UTC)
    )
    vintages.advance(Directory(tmp_path / "storage"), live, after=None)
    said = command_line.fails("graph", "query", "RETURN 1", "--workspace", tmp_path)
    assert "graph/a.lbug" in said
    assert "run `sbir-etl refresh --force-refresh`" in said


def test_ctrl_c_while_the_command_is_still_being_imported_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "sbir_etl.cli.app")
    monkeypatch.delattr("sbir_etl.cli.app")
    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=interrupt)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    assert capsys.readouterr().err == ""


def test_what_is_printed_is_text_and_no_markup() -> None:
    console = terminal()
    console.file = io.StringIO()
    shown = Table("name")
    shown.add_row("[/x] :smile: [bold]")
    console.print("[/y] :smile:", shown)
    assert "[/y] :smile:" in console.file.getvalue()
    assert "[/x] :smile: [bold]" in console.file.getvalue()


def test_a_terminal_that_lacks_characters_costs_those_characters_only(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sbir_etl", "validate", str(tmp_path / "ü✓.json")]
    (tmp_path / "ü✓.json").write_text("{}")
    finished = subprocess.run(
        command, capture_output=True, check=False, env={"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"}
    )
    assert finished.returncode == 1
    assert b"Traceback" not in finished.stderr
    assert b"ERROR" in finished.stdout
