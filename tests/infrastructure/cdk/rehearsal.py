"""The parts of a rehearsed deployment: an account at a moto server, the engine, the functions of the deployed zip.

What AWS keeps apart stays apart: moto's CloudFormation deploys the state machines to the engine through its API, the
engine calls the functions through the Invoke API, and each runs in its own process on the unpacked zip alone.
"""

import asyncio
import io
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
import package

from asl_engine.local import Service, ServiceOptions
from lambda_host.functions import FunctionSpec
from lambda_host.host import HostOptions, LambdaHost
from tests.infrastructure.cdk.conftest import APP, TOOLS

ACCOUNT = "123456789012"
REGION = "us-east-2"
SERVER = Path(__file__).with_name("moto_account.py")
# The definition is the app's argument, so that an update can be rehearsed; all else is what `app.py` does.
UPDATED_APP = "import sys, pathlib; from deployment.system import synthesise; synthesise(pathlib.Path(sys.argv[1]))"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


class Loop:
    """An event loop in a thread of its own, for the engine and the functions' host."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)

    def __enter__(self) -> "Loop":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True, kw_only=True)
class Account:
    """`environment` is that of any client of it; `lambda_port` is where its engine looks for the functions."""

    environment: Mapping[str, str]
    lambda_port: int
    loop: Loop


@contextmanager
def account(log: Path) -> Iterator[Account]:
    """An empty account whose Step Functions is the engine and whose other services are moto's; moto writes `log`."""
    moto_port, lambda_port = free_port(), free_port()
    # By its name: the CDK puts a bucket before the host.
    endpoint = f"http://localhost:{moto_port}"
    options = ServiceOptions(
        port=0,
        account=ACCOUNT,
        region=REGION,
        lambda_endpoint=f"http://127.0.0.1:{lambda_port}",
        services_endpoint=endpoint,
    )
    with Loop() as loop:
        engine = Service(options)
        loop.run(engine.start())
        environment = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_SFN": engine.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        try:
            with _moto(moto_port, environment, log):
                yield Account(environment=environment, lambda_port=lambda_port, loop=loop)
        finally:
            loop.run(engine.stop())


@contextmanager
def _moto(port: int, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """In a process of its own, where moto's warnings are not errors."""
    command = [sys.executable, str(SERVER), str(port)]
    with log.open("w") as file, subprocess.Popen(command, env={**os.environ, **environment}, stderr=file) as server:
        try:
            _wait_for(f"Running on http://127.0.0.1:{port}", log, server)
            yield
        finally:
            server.terminate()


def _wait_for(words: str, log: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while words not in log.read_text():
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


class Cdk:
    """The CDK's own command line, with a home of its own and the context that is given."""

    def __init__(self, home: Path, account: Account, context: Mapping[str, object]) -> None:
        self._home = home
        own = {"HOME": str(home), "CDK_DISABLE_CLI_TELEMETRY": "true", "CI": "true", "PYTHONPATH": str(APP.parent)}
        self._environment = {**os.environ, **account.environment, **own}
        self._context = [f"--context={key}={value}" for key, value in context.items()]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(TOOLS / ".bin" / "cdk"), *arguments, "--no-notices"]
        return subprocess.run(
            command, cwd=self._home, env=self._environment, capture_output=True, text=True, check=False
        )

    def __call__(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def synthesise(self, name: str, definition: Path) -> str:
        """The option that names the assembly of that definition, so that later commands need not make it again."""
        (self._home / "app.py").write_text(UPDATED_APP, encoding="utf-8")
        app = f"--app={sys.executable} app.py {definition}"
        self("synth", "--quiet", app, f"--output={self._home / name}", *self._context)
        return f"--app={self._home / name}"


def build_zip(path: Path) -> None:
    """The functions' zip for this machine, since wheels for arm64 cannot run on another."""
    _, target = package.local()
    package.main([f"--zip={path}", *(f"--{name}={value}" for name, value in target.items())])
    shutil.rmtree(path.with_suffix(""))


@contextmanager
def functions(account: Account, folder: Path, settings: Mapping[str, str]) -> Iterator[LambdaHost]:
    """The deployed functions, each with what the deployment configured and `settings`."""
    task, runtime = folder / "task", folder / "runtime"
    _unpack(task)
    interpreter, target = package.local()
    _install_runtime(runtime, target["python"])
    place = {"PYTHONPATH": f"{task}{os.pathsep}{runtime}", "LAMBDA_TASK_ROOT": str(task), **account.environment}
    specs = [
        FunctionSpec(
            name=each["FunctionName"],
            handler=each["Handler"],
            timeout_seconds=each["Timeout"],
            memory_mb=each["MemorySize"],
            environment={
                **each["Environment"]["Variables"],
                "AWS_LAMBDA_LOG_FORMAT": "JSON",  # deployed so, but moto does not keep it
                **place,
                **settings,
            },
        )
        for each in boto3.client("lambda").list_functions()["Functions"]
    ]
    # -S: nothing that is installed for this Python; no bytecode is written, since Lambda's disk is read-only.
    command = (str(interpreter), "-S", "-B")
    options = HostOptions(log_directory=folder / "logs", port=account.lambda_port, region=REGION, python=command)
    host = LambdaHost(specs, options)
    account.loop.run(host.start())
    try:
        yield host
    finally:
        account.loop.run(host.stop())


def _unpack(folder: Path) -> None:
    """The zip that the deployed template names, as it lies in the account."""
    template = boto3.client("cloudformation").get_template(StackName="sbir-etl-functions")["TemplateBody"]
    places = {
        (each["Properties"]["Code"]["S3Bucket"]["Fn::Sub"], each["Properties"]["Code"]["S3Key"])
        for each in template["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function"
    }
    ((bucket, key),) = places
    bucket = bucket.replace("${AWS::AccountId}", ACCOUNT).replace("${AWS::Region}", REGION)
    stored = boto3.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with zipfile.ZipFile(io.BytesIO(stored)) as archive:
        archive.extractall(folder)


def _install_runtime(folder: Path, python: str) -> None:
    """AWS's runtime client, which Lambda brings itself."""
    uv = str(Path(sys.executable).with_name("uv"))
    wanted = f"awslambdaric=={version('awslambdaric')}"
    place = ["--quiet", "--target", str(folder), "--python-version", python]
    subprocess.run([uv, "pip", "install", *place, "--only-binary", ":all:", wanted], check=True)


class Source:
    """A web server that offers one file; while it is `held`, nobody gets an answer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open = threading.Event()
        self._open.set()

    @contextmanager
    def held(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextmanager
    def cut_in_half(self) -> Iterator[None]:
        whole = self.path
        self.path = whole.with_name("half.csv")
        lines = whole.read_bytes().splitlines(keepends=True)
        self.path.write_bytes(b"".join(lines[: len(lines) // 2]))
        try:
            yield
        finally:
            self.path = whole

    def read(self) -> bytes:
        self._open.wait(timeout=240)
        return self.path.read_bytes()


@contextmanager
def serving(source: Source) -> Iterator[str]:
    """The file's address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answer, source)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/award_data.csv"
        finally:
            server.shutdown()
            thread.join()


class _Answer(BaseHTTPRequestHandler):
    def __init__(self, source: Source, *connection: Any) -> None:
        self._source = source
        super().__init__(*connection)

    def do_GET(self) -> None:
        body = self._source.read()
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""
