"""A function's processes: started when needed, kept warm, one invocation at a time each, killed at the timeout."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from lambda_host import faults
from lambda_host.functions import FunctionSpec, Invocation, Outcome
from lambda_host.invocation_log import ProcessOutput, Report, peak_memory_mb
from lambda_host.options import HostOptions
from lambda_host.runtime_api import RuntimeApi

_RUNTIME_PROCESS: Final = str(Path(__file__).with_name("runtime_process.py"))
_STATUS: Final[Mapping[str, str]] = {"Sandbox.Timedout": "timeout"}


class Sandbox:
    """One process with its Runtime API; use it through `open`, then `invoke` while it is `alive`, then `close`."""

    def __init__(self, function: FunctionSpec, options: HostOptions) -> None:
        self._function = function
        self._options = options
        self._api = RuntimeApi()
        self._output = ProcessOutput()
        self._process: asyncio.subprocess.Process
        self._exited: asyncio.Task[int]
        self._started_at = time.perf_counter()
        self._initialised_ms: float | None = None
        self._reported = False

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def open(self) -> None:
        await self._api.listen()
        try:
            self._process = await self._start_process()
        except BaseException:
            await self._api.close()
            self._output.close()
            raise
        finally:
            self._output.started()
        self._exited = asyncio.create_task(self._watch())

    async def _start_process(self) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(*self._options.python, "-P", _RUNTIME_PROCESS, str(os.getpid()), self._function.handler),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=self._output.write_end,
            stderr=self._output.write_end,
            env={**os.environ, **_lambda_environment(self._function, self._options, self._api.address)},
            start_new_session=True,
        )

    async def _watch(self) -> int:
        return_code = await self._process.wait()
        self._kill_group()  # what it started and left behind; at once, before the number can be another's
        return return_code

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def initialise(self, request_id: str = "") -> Outcome | None:
        """Wait for the process's first poll; an outcome says why it never came."""
        limit = self._options.initialisation_seconds
        initialised = self._api.initialised
        done = await _first_of(initialised, self._exited, within_seconds=limit)
        self._initialised_ms = self._initialised_ms or _milliseconds_since(self._started_at)
        if initialised in done and initialised.result() is None:
            return None
        await self.kill()  # one that reported why is about to exit by itself
        if initialised in done:
            return initialised.result()
        return faults.exited(request_id, self._exited.result()) if done else faults.timed_out(request_id, limit)

    async def invoke(self, invocation: Invocation, log_path: Path) -> Outcome:
        failure = await self.initialise(invocation.request_id)
        self._output.begin(log_path, f"START RequestId: {invocation.request_id} Version: $LATEST\n")
        started_at = time.perf_counter()
        outcome = failure or await self._perform(invocation)
        self._output.end(self._closing_lines(invocation, outcome, _milliseconds_since(started_at)))
        self._reported = True
        return outcome

    async def kill(self) -> None:
        """End the process and all it started."""
        if self.alive:
            self._kill_group()
        await self._exited

    async def close(self) -> None:
        await self.kill()
        await self._api.close()
        self._output.close()

    async def _perform(self, invocation: Invocation) -> Outcome:
        limit = self._function.timeout_seconds
        answered = self._api.offer(invocation, limit)
        done = await _first_of(answered, self._exited, within_seconds=limit)
        if answered in done:
            return answered.result()
        if done:
            return faults.exited(invocation.request_id, self._exited.result())
        await self.kill()
        return faults.timed_out(invocation.request_id, limit)

    def _closing_lines(self, invocation: Invocation, outcome: Outcome, duration_ms: float) -> str:
        request_id = invocation.request_id
        report = Report(
            duration_ms=duration_ms,
            memory_mb=self._function.memory_mb,
            peak_memory_mb=peak_memory_mb(self._process.pid),
            initialised_ms=None if self._reported else self._initialised_ms,
            status=_STATUS.get(outcome.error_type or "", "error") if outcome.failed else None,
            error_type=outcome.error_type,
        )
        lines = f"END RequestId: {request_id}\n{report.line(request_id)}"
        if outcome.error_type == "Sandbox.Timedout":
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            lines += f"{now} {request_id} Task timed out after {self._function.timeout_seconds:.2f} seconds\n"
        return lines


class Sandboxes:
    """The processes of one function; at most `options.concurrency` of them, further invocations wait their turn."""

    def __init__(self, function: FunctionSpec, options: HostOptions) -> None:
        self.function = function
        self._options = options
        self._turn = asyncio.Semaphore(options.concurrency)
        self._all: set[Sandbox] = set()
        self._idle: dict[Sandbox, asyncio.TimerHandle] = {}
        self._retiring: set[asyncio.Task[None]] = set()

    def log_path(self, request_id: str) -> Path:
        return self._options.log_directory / self.function.name / f"{request_id}.log"

    async def invoke(self, invocation: Invocation) -> Outcome:
        async with self._turn, self._borrowed() as sandbox:
            return await sandbox.invoke(invocation, self.log_path(invocation.request_id))

    async def warm(self) -> None:
        async with self._turn, self._borrowed() as sandbox:
            await sandbox.initialise()

    async def close(self) -> None:
        for retirement in self._idle.values():
            retirement.cancel()
        self._idle.clear()
        await asyncio.gather(*self._retiring, *(sandbox.close() for sandbox in self._all))
        self._all.clear()

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Sandbox]:
        """A process for one invocation; what happens to be left in an unknown state is not used again."""
        sandbox = await self._warm_or_new()
        try:
            yield sandbox
        except BaseException:
            await self._discard(sandbox)
            raise
        await self._put_back(sandbox)

    async def _warm_or_new(self) -> Sandbox:
        while self._idle:
            sandbox, retirement = self._idle.popitem()
            retirement.cancel()
            if sandbox.alive:
                return sandbox
            await self._discard(sandbox)
        sandbox = Sandbox(self.function, self._options)
        await sandbox.open()
        self._all.add(sandbox)
        return sandbox

    async def _put_back(self, sandbox: Sandbox) -> None:
        if not sandbox.alive:
            await self._discard(sandbox)
            return
        loop = asyncio.get_running_loop()
        self._idle[sandbox] = loop.call_later(self._options.idle_seconds, self._retire, sandbox)

    def _retire(self, sandbox: Sandbox) -> None:
        del self._idle[sandbox]
        retiring = asyncio.create_task(self._discard(sandbox))
        self._retiring.add(retiring)
        retiring.add_done_callback(self._retiring.discard)

    async def _discard(self, sandbox: Sandbox) -> None:
        self._all.discard(sandbox)
        await sandbox.close()


async def _first_of(
    wanted: asyncio.Future[Outcome] | asyncio.Future[Outcome | None],
    exited: asyncio.Task[int],
    *,
    within_seconds: float,
) -> set[asyncio.Future[Outcome] | asyncio.Future[Outcome | None] | asyncio.Task[int]]:
    done, _ = await asyncio.wait({wanted, exited}, timeout=within_seconds, return_when=asyncio.FIRST_COMPLETED)
    return done


def _milliseconds_since(moment: float) -> float:
    return (time.perf_counter() - moment) * 1000


def _lambda_environment(function: FunctionSpec, options: HostOptions, api_address: str) -> dict[str, str]:
    """What AWS sets for every function, and the function's own."""
    stream = f"{datetime.now(UTC):%Y/%m/%d}/[$LATEST]{uuid4().hex}"
    return {
        "AWS_REGION": options.region,
        "AWS_DEFAULT_REGION": options.region,
        "TZ": ":UTC",
        **function.environment,
        "AWS_LAMBDA_RUNTIME_API": api_address,
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "_HANDLER": function.handler,
    }
