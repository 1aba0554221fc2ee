"""A host with small functions, running on a loop of its own so that blocking clients can call it."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any, TypeVar

import boto3
import pytest
from botocore.config import Config

from lambda_host.host import FunctionSpec, HostOptions, LambdaHost

T = TypeVar("T")

FUNCTIONS = dedent(
    """
    import os, subprocess, sys, time
    print("imported")
    calls = 0

    def echo(event, context):
        global calls
        calls += 1
        print("echo was called")
        return {"event": event, "arn": context.invoked_function_arn, "pid": os.getpid(), "calls": calls,
                "name": context.function_name, "remaining": context.get_remaining_time_in_millis()}

    def environment(event, context):
        return dict(os.environ)

    def fail(event, context):
        raise ValueError(f"cannot take {event}")

    def hang(event, context):
        print("about to hang", flush=True)
        time.sleep(60)

    def leave(event, context):
        os._exit(event["status"])

    def be_killed(event, context):
        os.kill(os.getpid(), 9)

    def large(event, context):
        return "x" * (7 * 1024 * 1024)

    def sleep(event, context):
        time.sleep(event["seconds"])
        return os.getpid()

    def start_child(event, context):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        print(child.pid, flush=True)
        os._exit(1)

    def touch(event, context):
        open(event["path"], "w").close()
    """
)


class RunningHost:
    """A started host and the loop it lives on."""

    def __init__(self, host: LambdaHost, loop: asyncio.AbstractEventLoop, log_directory: Path) -> None:
        self.host = host
        self.log_directory = log_directory
        self._loop = loop

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def logs(self, function: str) -> list[str]:
        """Of every invocation, the latest last."""
        paths = sorted((self.log_directory / function).glob("*.log"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text() for path in paths]


@contextmanager
def running(functions: list[FunctionSpec], options: HostOptions) -> Iterator[RunningHost]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    host = RunningHost(LambdaHost(functions, options), loop, options.log_directory)
    host.run(host.host.start())
    try:
        yield host
    finally:
        host.run(host.host.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.fixture(scope="session")
def code_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the functions above as module `sample_functions`."""
    folder = tmp_path_factory.mktemp("code")
    (folder / "sample_functions.py").write_text(FUNCTIONS)
    (folder / "broken_functions.py").write_text("raise RuntimeError('no such luck')\n")
    (folder / "slow_functions.py").write_text("import time\ntime.sleep(60)\n")
    mark = "import os\nopen(os.environ['MARK'], 'x').close()\ndef answer(event, context):\n    return 42\n"
    (folder / "marking_functions.py").write_text(mark)
    return folder


@pytest.fixture(scope="session")
def make_function(code_path: Path) -> Callable[..., FunctionSpec]:
    """Make a spec of the function of that name, by default with five seconds to run."""

    def make(name: str, *, module: str = "sample_functions", timeout_seconds: float = 5) -> FunctionSpec:
        return FunctionSpec(
            name, f"{module}.{name}", timeout_seconds, 256, {"PYTHONPATH": str(code_path), "STAGE": "test"}
        )

    return make


@pytest.fixture(scope="module")
def host(make_function: Callable[..., FunctionSpec], tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHost]:
    names = ("echo", "environment", "fail", "leave", "be_killed", "large", "sleep", "start_child", "touch")
    functions = [
        *map(make_function, names),
        make_function("hang", timeout_seconds=0.3),
        make_function("absent", module="no_such_module"),
        make_function("anything", module="broken_functions"),
    ]
    options = HostOptions(log_directory=tmp_path_factory.mktemp("logs"), concurrency=2)
    with running(functions, options) as started:
        yield started


@pytest.fixture(scope="module")
def logs(host: RunningHost) -> Callable[[str], list[str]]:
    """The logs of a function's invocations, the latest last."""
    return host.logs


@pytest.fixture(scope="module")
def endpoint(host: RunningHost) -> str:
    return host.host.endpoint


@pytest.fixture(scope="module")
def client(endpoint: str) -> Iterator[Any]:
    """boto3 with nothing but an endpoint and the keys of account 111111111111."""
    lambda_client = boto3.client(
        "lambda",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="111111111111",
        aws_secret_access_key="secret",
        config=Config(retries={"max_attempts": 0}),
    )
    yield lambda_client
    lambda_client.close()


@pytest.fixture(scope="module")
def invoke(client: Any) -> Callable[..., Any]:
    """Call a function; return boto3's answer with the payload parsed."""

    def call(function_name: str, event: object = None, **parameters: str) -> Any:
        answer = client.invoke(FunctionName=function_name, Payload=json.dumps(event), **parameters)
        body = answer["Payload"].read()
        return {**answer, "Payload": json.loads(body) if body else None}

    return call


@pytest.fixture
def start_host(tmp_path: Path) -> Iterator[Callable[..., RunningHost]]:
    """Start a host of one's own; stopped at the end of the test."""
    with ExitStack() as stack:

        def start(*functions: FunctionSpec, **options: Any) -> RunningHost:
            return stack.enter_context(
                running(list(functions), HostOptions(log_directory=tmp_path / "logs", **options))
            )

        yield start
