"""The commands of `sbir-etl` and their options."""

import asyncio
import errno
import io
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.table import Table

from asl_engine.local import DEFAULT_PORT
from sbir_etl import disk, lambdas, local, settings, vintages
from sbir_etl.awards.sample import write_sample
from sbir_etl.cli import examining, refreshing, runs
from sbir_etl.cli.refreshing import RefreshOptions
from sbir_etl.cli.view import terminal
from sbir_etl.errors import InvalidInput, MissingObject, SbirEtlError
from sbir_etl.graph.opening import open_graph
from sbir_etl.refresh import S3_BUCKET
from sbir_etl.storage import open_storage

app = typer.Typer(
    help="The weekly refresh of the SBIR.gov award data.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(runs.app, name="runs")
graph = typer.Typer(help="Ask the award graph.", no_args_is_help=True)
app.add_typer(graph, name="graph")

WorkspaceOption = Annotated[Path, typer.Option(help="Folder that holds everything local.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command()
def refresh(  # noqa: PLR0913 - a command's options
    *,
    source: Annotated[str | None, typer.Option(help="URL, path of a .csv or .csv.gz, or `sample`.")] = None,
    force_refresh: Annotated[bool, typer.Option("--force-refresh", help="Go on with an unchanged file.")] = False,
    reset_graph: Annotated[bool, typer.Option("--reset-graph", help="Reset the graph before the load.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --reset-graph: only count what it would remove, and end there.")
    ] = False,
    companies: Annotated[Path | None, typer.Option(help="Folder of company-search CSVs.")] = None,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
    given_input: Annotated[str | None, typer.Option("--input", help="The execution's input as JSON.")] = None,
    as_json: JsonOption = False,
    endpoint_url: Annotated[str | None, typer.Option(help="Use the Step Functions API there instead.")] = None,
    state_machine_arn: Annotated[str | None, typer.Option(help="State machine to start on that API or on AWS.")] = None,
) -> None:
    """Run the whole weekly refresh and follow it to its end.

    Exits 0 for success and for no change, 1 for a failed execution, 2 for bad usage.
    """
    refreshing.refresh(
        RefreshOptions(
            workspace=workspace,
            source=source,
            force_refresh=force_refresh,
            reset_graph=reset_graph,
            dry_run=dry_run,
            companies=companies,
            given_input=given_input,
            as_json=as_json,
            endpoint_url=endpoint_url,
            state_machine_arn=state_machine_arn,
        )
    )


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def serve(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the Step Functions API; 0 takes a free one.")
    ] = DEFAULT_PORT,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
) -> None:
    """Serve the engine and the refresh's functions for the AWS CLI, boto3 and `--endpoint-url`.

    Takes the flags of Step Functions Local too, such as --wait-time-scale, --sqs-endpoint or --lambda-endpoint.
    """
    asyncio.run(_serve(local.LocalSystem(local.open_workspace(workspace), port=port, engine_flags=context.args)))


async def _serve(system: local.LocalSystem) -> None:
    over = _interruption()
    with _port_explained():
        await system.start()
    try:
        arn = await asyncio.to_thread(lambda: local.deploy(local.client(system.endpoint)))
        typer.echo(
            f"Step Functions at {system.endpoint}, state machine {arn}; console at {system.endpoint}/; Ctrl-C ends it"
        )
        await over.wait()
    finally:
        await system.stop()


@app.command()
def console(
    *,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the console; 0 takes a free one.")] = 8084,
) -> None:
    """Show the workspace's executions in a browser, also while another command works on them.

    It only looks; `serve` has the console in which executions can be started, stopped and redriven.
    """
    asyncio.run(_look(local.Workspace(workspace.absolute()), port))


async def _look(workspace: local.Workspace, port: int) -> None:
    over = _interruption()
    with _port_explained():
        service = await local.looking(workspace, port=port)
    try:
        typer.echo(f"Console of {workspace.root} at {service.console}, where nothing can be changed; Ctrl-C ends it")
        await over.wait()
    finally:
        await service.stop()


def _interruption() -> asyncio.Event:
    """Set at Ctrl-C or SIGTERM."""
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    return over


@contextmanager
def _port_explained() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise InvalidInput("port: another process listens there, wanted a free one; give one with --port") from error


@app.command()
def doctor(  # noqa: PLR0913 - a command's options
    *,
    source: Annotated[str | None, typer.Option(help="The URL or path that a refresh will be given.")] = None,
    companies: Annotated[Path | None, typer.Option(help="Folder of company-search CSVs.")] = None,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
    port: Annotated[int, typer.Option(help="Port that `serve` will be given.")] = DEFAULT_PORT,
    deployed: Annotated[bool, typer.Option("--deployed", help="Look at the deployment on AWS instead.")] = False,
    region: Annotated[str, typer.Option(help="Its region.")] = local.REGION,
    bucket: Annotated[str, typer.Option(help="Its bucket.")] = S3_BUCKET,
    as_json: JsonOption = False,
) -> None:
    """Check what a refresh would need, here or where it is deployed; each finding with its cure.

    Exits 1 when there is a problem; a warning is none.
    """
    if deployed:
        examining.show(lambda: examining.deployed(region, bucket), as_json=as_json)
    else:
        plan = examining.plan(workspace, source=source, companies=companies, port=port)
        examining.show(lambda: examining.here(plan), as_json=as_json)


@app.command()
def validate(definition: Annotated[Path, typer.Argument(exists=True, dir_okay=False)]) -> None:
    """Check a state machine definition; every problem with its place. Exits 1 when there is an error."""
    from asl_engine.language.validate import diagnose

    diagnostics = diagnose(_text(definition))
    for diagnostic in diagnostics:
        typer.echo(f"{diagnostic.severity} {diagnostic.location}: {diagnostic.message} ({diagnostic.code})")
    if any(diagnostic.severity == "ERROR" for diagnostic in diagnostics):
        raise typer.Exit(1)
    typer.echo(f"{definition}: valid")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path}: {error}, wanted JSON in UTF-8") from error


@app.command()
def step(
    name: Annotated[str, typer.Argument(help="The step, such as `validate_dataset` or `sbir-etl-validate-dataset`.")],
    *,
    event: Annotated[str, typer.Option(help="The task's payload as JSON, or @FILE.")],
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
) -> None:
    """Run one step alone, in this process, over the workspace."""
    wanted = name.removeprefix("sbir-etl-").replace("-", "_")
    if wanted not in lambdas.FUNCTIONS:
        raise typer.BadParameter(f"{name}: no such step, wanted one of {', '.join(lambdas.FUNCTIONS)}")
    place = local.open_workspace(workspace)
    given = settings.from_environment({**settings.process_environment(), **place.environment()})
    typer.echo(json.dumps(lambdas.run(wanted, _event(event), given), ensure_ascii=False, indent=2))


def _event(text: str) -> dict[str, Any]:
    content = _text(Path(text[1:])) if text.startswith("@") else text
    try:
        value = json.loads(content)
    except ValueError as error:
        raise typer.BadParameter(f"--event: not JSON ({error}), wanted an object") from error
    if not isinstance(value, dict):
        raise typer.BadParameter("--event: wanted a JSON object")
    return value


@app.command()
def sample(
    out_dir: Annotated[Path, typer.Argument(help="Where award_data.csv and companies/ are written.")],
    *,
    rows: Annotated[int, typer.Option(min=0, help="How many awards.")] = 219_500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = refreshing.SAMPLE_SEED,
    next_vintage: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Write this file as it might look some months later."),
    ] = None,
) -> None:
    """Invent an award file that looks like the published one, dirt and all."""
    there = [*out_dir.glob("award_data.csv"), *out_dir.glob("companies/*company_search*.csv")]
    if there and next_vintage is None:
        raise InvalidInput(f"{there[0]}: it is there already, wanted nothing to write over; give another folder")
    console = terminal()
    with refreshing.progress(console, f"Inventing {rows:,} awards", rows) as advance:
        made = write_sample(out_dir, rows=rows, seed=seed, next_vintage_of=next_vintage, progress=advance)
    console.print(f"{made.awards_path}: {made.rows:,} awards, {made.size:,} bytes", soft_wrap=True)
    if made.mutations is not None:
        console.print(
            f"{made.mutations.added:,} added, {made.mutations.changed:,} changed, "
            f"{made.mutations.rewritten:,} rewritten, {made.mutations.removed:,} removed"
        )


@graph.command()
def query(
    cypher: str,
    *,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """Answer a Cypher question from the live graph."""
    place = local.Workspace(workspace.absolute())
    given = settings.from_environment({**settings.process_environment(), **place.environment()})
    storage = open_storage(given.storage_for(""))
    live = vintages.live(storage)
    if live is None:
        raise InvalidInput(f"{place.root}: no graph is live, wanted a finished refresh; run `sbir-etl refresh` first")
    try:
        answer = open_graph(given, storage, place.scratch).query(live.graph, cypher)
    except MissingObject as error:
        raise InvalidInput(f"{error}; run `sbir-etl refresh --force-refresh` to build the graph anew") from error
    if as_json:
        rows = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    table = Table(*answer.columns)
    for row in answer.rows:
        table.add_row(*map(str, row))
    terminal().print(table)


def main() -> None:
    """Run the command line; what a person can mend becomes one sentence on standard error and exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal or locale that lacks a character should cost that character, not the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app()
    except SbirEtlError as error:
        _give_up(str(error))
    except OSError as error:
        _give_up(_refused(error))
    except Exception as error:
        # botocore takes a quarter of a second to import, too long for every command to know its exceptions by name.
        if not type(error).__module__.startswith("botocore."):
            raise
        _give_up(f"{error}; is the endpoint right, and are there credentials?")


def _refused(error: OSError) -> str:
    kind = disk.refusal(error)
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; {kind[1] if kind else 'wanted it to be there and to answer'}"


def _give_up(sentence: str) -> NoReturn:
    sys.stderr.write(f"sbir-etl: {sentence}\n")
    sys.exit(1)
