"""`sbir-etl console`: a workspace's executions in a browser, without an engine."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from asl_engine.journal.sqlite import SqliteJournal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_shows_a_workspace_that_somebody_else_works_on_until_it_is_interrupted(
    tmp_path: Path, number: signal.Signals
) -> None:
    journal = SqliteJournal(tmp_path / "engine.sqlite3")  # holds the lock, as a refresh that runs does
    command = [sys.executable, "-m", "sbir_etl", "console", "--workspace", str(tmp_path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", told)
        assert address is not None, told
        assert 'data-read-only="true"' in httpx.get(address[0], trust_env=False).text
        process.send_signal(number)
        assert process.wait(30) == 0
    journal.close()
