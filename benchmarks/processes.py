"""What a process has taken so far, as the kernel counts it."""

import os
from pathlib import Path


def resident_mb(pid: int) -> float:
    """The memory it has now."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = status.partition("VmRSS:")[2].split()
    return int(found[0]) / 1024 if found else 0.0


def cpu_seconds(pid: int) -> float:
    """User's and system's together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
