"""What a process writes, kept as one file per invocation with the START, END and REPORT lines of CloudWatch."""

import asyncio
import io
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

# A pipe's capacity on Linux, so that one read empties it.
_PIPE_BYTES: Final = 64 * 1024
_TAIL_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The measures of the REPORT line; `initialised_ms` only for the first invocation of a process."""

    duration_ms: float
    memory_mb: int
    peak_memory_mb: int | None
    initialised_ms: float | None = None
    status: str | None = None
    error_type: str | None = None

    def line(self, request_id: str) -> str:
        parts = [
            f"REPORT RequestId: {request_id}",
            f"Duration: {self.duration_ms:.2f} ms",
            f"Billed Duration: {math.ceil(self.duration_ms)} ms",
            f"Memory Size: {self.memory_mb} MB",
        ]
        parts += _given("Max Memory Used: {} MB", self.peak_memory_mb)
        parts += _given("Init Duration: {:.2f} ms", self.initialised_ms)
        parts += _given("Status: {}", self.status)
        parts += _given("Error Type: {}", self.error_type)
        return "\t".join(parts) + "\n"


def _given(template: str, value: object) -> list[str]:
    return [] if value is None else [template.format(value)]


class ProcessOutput:
    """The read end of a process's standard output and error, copied to the log of the invocation under way.

    What is written before the first invocation (the imports) opens that invocation's log, as on AWS.
    """

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._sink: BinaryIO = io.BytesIO()
        asyncio.get_running_loop().add_reader(self._read_end, self._copy)

    def started(self) -> None:
        """The process holds the write end now, or never will."""
        os.close(self.write_end)

    def begin(self, path: Path, line: str) -> None:
        self._copy()
        early = self._sink.getvalue() if isinstance(self._sink, io.BytesIO) else b""
        self._sink.close()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._sink = path.open("ab", buffering=0)
        self._sink.write(early + line.encode())

    def end(self, line: str) -> None:
        # The process wrote before it posted its result, so the pipe holds all that belongs to this invocation.
        self._copy()
        self._sink.write(line.encode())

    def close(self) -> None:
        self._copy()
        asyncio.get_running_loop().remove_reader(self._read_end)
        os.close(self._read_end)
        self._sink.close()

    def _copy(self) -> None:
        try:
            chunk = os.read(self._read_end, _PIPE_BYTES)
        except BlockingIOError:
            return
        self._sink.write(chunk)
        if not chunk:  # end of file: the process is gone
            asyncio.get_running_loop().remove_reader(self._read_end)


def tail(path: Path) -> bytes:
    """The last 4 KB, which is what X-Amz-Log-Result carries."""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        return log.read()


def peak_memory_mb(process_id: int) -> int | None:
    """The process's high-water mark as the kernel counts it; None where there is no /proc."""
    try:
        status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return math.ceil(int(line.split()[1]) / 1024)
    return None
