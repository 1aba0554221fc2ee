"""How a host runs its functions."""

import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOptions:
    """`port` 0 takes a free one; `concurrency` bounds the processes of each function, further invocations wait.

    Each invocation's output is kept as `log_directory/<function>/<request id>.log`. Initialising (the imports of
    the function's module) has its own limit and does not count against the function's timeout. A process that nobody
    called for `idle_seconds` is ended, to give its memory back. `python` is the command that starts the processes: the
    host's own, unless the functions were built for another version; their PYTHONPATH then has awslambdaric too.
    """

    log_directory: Path
    port: int = 0
    account: str = "123456789012"
    region: str = "us-east-1"
    concurrency: int = 4
    initialisation_seconds: float = 60.0
    idle_seconds: float = 600.0
    python: tuple[str, ...] = (sys.executable,)

    def arn(self, function_name: str) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account}:function:{function_name}"
