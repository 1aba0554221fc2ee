"""The first lines of a function's process: die with the host, then become `python -m awslambdaric`.

Started as `python -P runtime_process.py HOST_PID module.handler`: by its path, since a function's Python need not know
this package, and without its folder on the path. Where the kernel offers no such tie
(it is Linux's), a function left behind ends at its next call of the Runtime API, which is gone.
"""

import os
import runpy
import signal
import sys

_PR_SET_PDEATHSIG = 1


def _die_with(host_pid: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != host_pid:  # the host died before the tie was made
        sys.exit(1)


if __name__ == "__main__":
    _die_with(int(sys.argv.pop(1)))
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
