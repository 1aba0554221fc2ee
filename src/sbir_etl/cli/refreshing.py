"""`sbir-etl refresh`: start an execution, follow it to its end, and say what it came to."""

import json
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from sbir_etl import clock, local
from sbir_etl.awards.sample import write_sample
from sbir_etl.cli import INTERRUPTED
from sbir_etl.cli.following import Client, Ending, Interrupted, follow
from sbir_etl.cli.view import LiveTable, Plain, Silent, View, summary, terminal
from sbir_etl.local import Workspace

SAMPLE: Final = "sample"
SAMPLE_ROWS: Final = 5_000
SAMPLE_SEED: Final = 2026
FAILED: Final = 1


@dataclass(frozen=True, kw_only=True)
class RefreshOptions:
    """What the person asked for; None leaves a key of the execution's input out."""

    workspace: Path
    source: str | None
    force_refresh: bool
    reset_graph: bool
    dry_run: bool
    companies: Path | None
    given_input: str | None
    as_json: bool
    endpoint_url: str | None
    state_machine_arn: str | None

    @property
    def is_elsewhere(self) -> bool:
        """Whether another Step Functions is to run it than one of this process."""
        return bool(self.endpoint_url or self.state_machine_arn)


def refresh(options: RefreshOptions) -> None:
    """Run the refresh locally, or follow one on the given endpoint. Exits 1 when the execution failed."""
    # With --json standard output belongs to the one document; what a person reads goes to standard error.
    console = terminal(stderr=options.as_json)
    try:
        ending = (_there if options.is_elsewhere else _here)(options, console)
    except (KeyboardInterrupt, Interrupted):
        console.print("Interrupted. What was begun goes on at the next `sbir-etl refresh`.")
        raise typer.Exit(INTERRUPTED) from None
    if options.as_json:
        sys.stdout.write(json.dumps(ending.document(), ensure_ascii=False) + "\n")
    else:
        console.print(summary(ending, look=_look(options, ending)), soft_wrap=True)
    if not ending.succeeded:
        raise typer.Exit(FAILED)


def _look(options: RefreshOptions, ending: Ending) -> str | None:
    """The command that shows the metrics of a run in a workspace, or why it failed."""
    if options.is_elsewhere:
        return None
    run = ending.execution_arn.rpartition(":")[2]
    place = "" if options.workspace == local.DEFAULT_WORKSPACE else f" --workspace {options.workspace}"
    return f"sbir-etl runs {'show' if ending.succeeded else 'logs'} {run}{place}"


def _there(options: RefreshOptions, console: Console) -> Ending:
    """On the API that the options name."""
    _check_endpoint(options.endpoint_url)
    client = local.client(options.endpoint_url)
    machine = options.state_machine_arn or local.STATE_MACHINE_ARN
    arn = _started(client, machine, _input(options, None, console))
    return _followed(client, arn, options, console, Event())


def _here(options: RefreshOptions, console: Console) -> Ending:
    """On this machine; a refresh that had not ended goes on instead of a new one."""
    workspace = local.open_workspace(options.workspace)
    # Before anything is started: a wrong option should cost nothing.
    execution_input = _input(options, workspace, console)

    def work(endpoint: str, interrupted: Event) -> Ending:
        client = local.client(endpoint)
        machine = local.deploy(client)
        if not options.as_json:
            console.print(f"Console at {endpoint}/ while this runs")
        arn = _unfinished(client, machine, console) or _started(client, machine, execution_input)
        return _followed(client, arn, options, console, interrupted)

    return local.running(workspace, work)


def _check_endpoint(url: str | None) -> None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"--endpoint-url: got {url!r}, wanted a URL such as http://127.0.0.1:8083")


def _unfinished(client: Client, machine: str, console: Console) -> str | None:
    running = client.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
    if not running:
        return None
    arn: str = running[0]["executionArn"]
    console.print(
        f"An unfinished refresh goes on: {running[0]['name']}. Run the command again for a new one.", soft_wrap=True
    )
    return arn


def _started(client: Client, machine: str, execution_input: dict[str, Any]) -> str:
    name = f"{clock.now():%Y-%m-%dT%H-%M-%S}-{secrets.token_hex(2)}"
    started = client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(execution_input))
    arn: str = started["executionArn"]
    return arn


def _followed(client: Client, arn: str, options: RefreshOptions, console: Console, interrupted: Event) -> Ending:
    with _view(options, console) as view:
        return follow(client, arn, view.show, interrupted=interrupted)


def _view(options: RefreshOptions, console: Console) -> View:
    if options.as_json:
        return Silent()
    return LiveTable(console) if console.is_terminal else Plain(console)


def _input(options: RefreshOptions, workspace: Workspace | None, console: Console) -> dict[str, Any]:
    """The execution's input: `--input` first, then what the other options say; keys nobody gave stay out."""
    chosen: dict[str, Any] = _parsed(options.given_input)
    source = options.source or (SAMPLE if workspace and "source_url" not in chosen else None)
    if source == SAMPLE and workspace is not None:
        chosen |= _sample(workspace, console)
    elif source is not None:
        chosen["source_url"] = source if "://" in source else str(Path(source).absolute())
    if options.companies is not None:
        chosen["companies_source"] = str(options.companies.absolute())
    flags = {name: getattr(options, name) for name in ("force_refresh", "reset_graph", "dry_run")}
    return chosen | {name: True for name, given in flags.items() if given}


def _parsed(text: str | None) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        value = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--input: not JSON ({error}), wanted an object") from error
    if not isinstance(value, dict):
        raise typer.BadParameter(f"--input: got {text}, wanted a JSON object")
    return value


def _sample(workspace: Workspace, console: Console) -> dict[str, str]:
    """The bundled sample, invented once per workspace; the same bytes on every machine."""
    award_data, companies = workspace.sample / "award_data.csv", workspace.sample / "companies"
    if not award_data.exists():
        with progress(console, f"Inventing {SAMPLE_ROWS:,} awards", SAMPLE_ROWS) as advance:
            write_sample(workspace.sample, rows=SAMPLE_ROWS, seed=SAMPLE_SEED, progress=advance)
    return {"source_url": str(award_data), "companies_source": str(companies)}


@contextmanager
def progress(console: Console, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar for work that takes longer than a second; gives the function that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda done: bar.update(task, completed=done)
