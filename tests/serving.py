"""`sbir-etl serve` as a process of its own, for tests that need the whole local system."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sbir_etl import local


class Server:
    """`sbir-etl serve` as a process of its own."""

    def __init__(self, workspace: Path) -> None:
        command = [sys.executable, "-m", "sbir_etl", "serve", "--workspace", str(workspace), "--port", "0"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        announced = self.process.stdout.readline()
        assert "Step Functions at " in announced, announced
        self.endpoint = announced.split("Step Functions at ")[1].split(",")[0]
        self.client = local.client(self.endpoint)

    def kill(self) -> None:
        self.process.kill()
        self._reap()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self._reap()

    def _reap(self) -> None:
        self.process.wait(timeout=30)
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def serving(workspace: Path) -> Iterator[Server]:
    server = Server(workspace)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.stop()
