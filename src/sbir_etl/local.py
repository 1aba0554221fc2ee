"""The refresh on one machine: a workspace folder, and the engine and the functions running over it.

This module and the command line are the only places where the three packages meet.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from asl_engine.__main__ import options
from asl_engine.journal.sqlite import JournalInUse, UnusableJournal
from asl_engine.local import Service, ServiceOptions
from lambda_host.functions import FunctionSpec
from lambda_host.host import HostOptions, LambdaHost
from sbir_etl import clock, disk
from sbir_etl.errors import Conflict, InvalidInput
from sbir_etl.lambdas import FUNCTIONS

T = TypeVar("T")
STATE_MACHINE: Final = "sbir-etl-weekly-refresh"
ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-2"
STATE_MACHINE_ARN: Final = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{STATE_MACHINE}"
ROLE_ARN: Final = f"arn:aws:iam::{ACCOUNT}:role/{STATE_MACHINE}"
_LEFT_BEHIND: Final = timedelta(days=1)
DEFAULT_WORKSPACE: Final = Path("workspace")
DEFINITION_FILE: Final = "weekly-refresh-state-machine.json"


@dataclass(frozen=True)
class Workspace:
    """Everything of a local system lies under one folder; delete it and nothing is left."""

    root: Path

    @property
    def journal(self) -> Path:
        """The engine's executions and histories."""
        return self.root / "engine.sqlite3"

    @property
    def storage(self) -> Path:
        """What on AWS is the bucket: vintages, runs, graphs and the pointer."""
        return self.root / "storage"

    @property
    def pull_requests(self) -> Path:
        """Where `repository.git` takes the pull requests and `pull-requests/` has a page for each."""
        return self.root

    @property
    def logs(self) -> Path:
        """One file per invocation of a function."""
        return self.root / "logs"

    @property
    def scratch(self) -> Path:
        return self.root / "scratch"

    @property
    def sample(self) -> Path:
        """The invented award file of `--source sample` and its company catalogue."""
        return self.root / "sample"

    def environment(self) -> dict[str, str]:
        """The settings of every function that runs over this workspace."""
        return {
            "SBIR_ETL_STORAGE": str(self.storage),
            "SBIR_ETL_SCRATCH": str(self.scratch),
            "SBIR_ETL_PULL_REQUESTS": str(self.pull_requests),
            "SBIR_ETL_LOCAL_SOURCES": "1",
        }


def open_workspace(root: Path) -> Workspace:
    """The workspace at `root`, made when absent."""
    workspace = Workspace(root.absolute())
    for folder in (workspace.root, workspace.storage, workspace.logs, workspace.scratch):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InvalidInput(
                f"{folder}: {error.strerror}, wanted a folder to work in; name another one with --workspace"
            ) from error
    return workspace


def function_specs(environment: Mapping[str, str]) -> list[FunctionSpec]:
    """Every function of the table as the local host runs it."""
    return [
        FunctionSpec(
            name=function.name,
            handler=function.handler,
            timeout_seconds=function.timeout_seconds,
            memory_mb=function.memory_mb,
            environment={"AWS_LAMBDA_LOG_FORMAT": "JSON", **environment},
        )
        for function in FUNCTIONS.values()
    ]


class LocalSystem:
    """The functions and the engine of one workspace; the engine resumes what had not ended when it starts."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        port: int = 0,
        engine_flags: Sequence[str] = (),
    ) -> None:
        """`engine_flags` are those of Step Functions Local."""
        self._workspace = workspace
        defaults = {"AWS_ACCOUNT_ID": ACCOUNT, "AWS_DEFAULT_REGION": REGION}
        self._options = replace(options(engine_flags, defaults), port=port, journal=workspace.journal)
        self._specs = function_specs(workspace.environment())
        self._host: LambdaHost | None = None
        self._service: Service | None = None

    @property
    def endpoint(self) -> str:
        """The Step Functions endpoint, once started."""
        assert self._service is not None
        return self._service.endpoint

    async def start(self) -> None:
        """Start the functions' host first: a resumed execution calls it at once."""
        disk.remove_left_behind(self._workspace.scratch, before=clock.now() - _LEFT_BEHIND)
        self._host = LambdaHost(self._specs, HostOptions(log_directory=self._workspace.logs, region=REGION))
        await self._host.start()
        lambda_endpoint = self._options.lambda_endpoint or self._host.endpoint
        self._service = Service(replace(self._options, lambda_endpoint=lambda_endpoint))
        try:
            with _journal_explained(self._workspace):
                await self._service.start()
        except BaseException:
            await self._host.stop()
            raise

    async def stop(self) -> None:
        """Stop both; an execution that is running goes on at the next start."""
        if self._service is not None:
            await self._service.stop()
        if self._host is not None:
            await self._host.stop()


def running(workspace: Workspace, work: Callable[[str, threading.Event], T]) -> T:
    """What `work` makes of the local system's Step Functions endpoint; Ctrl-C sets the event that it is given too.

    It is `work` that gets a thread of its own: only in the main one can signals end an expression that takes too long.
    """
    return asyncio.run(_running(LocalSystem(workspace), work))


async def _running(system: LocalSystem, work: Callable[[str, threading.Event], T]) -> T:
    interrupted = threading.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    await system.start()
    try:
        return await asyncio.to_thread(work, system.endpoint, interrupted)
    finally:
        await system.stop()


async def looking(workspace: Workspace, *, port: int = 0) -> Service:
    """An engine over the workspace's journal that only looks: nothing is resumed or started.

    Raises: OSError when the port is taken; InvalidInput when nothing ever ran there, or the journal cannot be used.
    """
    if not workspace.journal.exists():
        raise InvalidInput(f"{workspace.root}: nothing ran here yet, wanted a workspace; run `sbir-etl refresh` first")
    options = ServiceOptions(journal=workspace.journal, port=port, account=ACCOUNT, region=REGION, read_only=True)
    service = Service(options)
    with _journal_explained(workspace):
        await service.start()
    return service


@contextmanager
def reading(workspace: Workspace) -> Iterator[str]:
    """The Step Functions endpoint of an engine that only looks, for the length of the block.

    Raises: InvalidInput, as `looking` does.
    """
    with _loop() as loop:
        service = asyncio.run_coroutine_threadsafe(looking(workspace), loop).result()
        try:
            yield service.endpoint
        finally:
            asyncio.run_coroutine_threadsafe(service.stop(), loop).result()


@contextmanager
def _journal_explained(workspace: Workspace) -> Iterator[None]:
    try:
        yield
    except JournalInUse as error:
        raise Conflict(
            f"{workspace.root}: another process works on this workspace, wanted it to be free; wait for it, "
            "or follow it with `sbir-etl runs list`"
        ) from error
    except UnusableJournal as error:
        raise InvalidInput(str(error)) from error


@contextmanager
def _loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own, so that the command line may block."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        over = asyncio.Event()
        started.set_result((asyncio.get_running_loop(), over))
        await over.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),), name="local-system")
    thread.start()
    loop, over = started.result()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()


def definition() -> str:
    """The one definition, from the installed package or from the checkout."""
    here = Path(__file__).parent
    packaged = here / DEFINITION_FILE
    source = here.parents[1] / "infrastructure" / "step-functions" / DEFINITION_FILE
    return (packaged if packaged.exists() else source).read_text(encoding="utf-8")


def client(endpoint_url: str | None) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
    """A Step Functions client: of the local engine, or with no endpoint of AWS with the user's own credentials."""
    import boto3  # a third of a second that most commands do not need

    if endpoint_url is None:
        return boto3.client("stepfunctions")
    return boto3.client(
        "stepfunctions",
        endpoint_url=endpoint_url,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="local",  # noqa: S106 - the local engine checks no signature
    )


def deploy(stepfunctions: Any) -> str:  # noqa: ANN401 - as above
    """Make the engine's state machine the one of the definition file; gives its ARN."""
    text = definition()
    try:
        created = stepfunctions.create_state_machine(name=STATE_MACHINE, definition=text, roleArn=ROLE_ARN)
    except stepfunctions.exceptions.StateMachineAlreadyExists:
        stepfunctions.update_state_machine(stateMachineArn=STATE_MACHINE_ARN, definition=text)
        return STATE_MACHINE_ARN
    arn: str = created["stateMachineArn"]
    return arn
