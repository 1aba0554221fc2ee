"""`sbir-etl runs`: what ran in a workspace, one run, and its history."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from sbir_etl import clock, local
from sbir_etl.cli import invocations
from sbir_etl.cli.following import Client, history
from sbir_etl.cli.timeline import lines, message_of
from sbir_etl.cli.view import figure, table, terminal
from sbir_etl.errors import InvalidInput

app = typer.Typer(help="Look at the refreshes of a workspace.", no_args_is_help=True)

WorkspaceOption = Annotated[Path, typer.Option(help="Folder that holds everything local.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


@app.command("list")
def list_runs(*, workspace: WorkspaceOption = local.DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """The runs, newest first."""
    with _reading(workspace) as client:
        pages = client.get_paginator("list_executions").paginate(stateMachineArn=local.STATE_MACHINE_ARN)
        executions = [execution for page in pages for execution in page["executions"]]
    if as_json:
        _print_json(executions)
        return
    shown = Table("run", "status", "started", "took")
    for execution in executions:
        ended = execution.get("stopDate") or clock.now()
        took = f"{(ended - execution['startDate']).total_seconds():.1f} s"
        shown.add_row(execution["name"], execution["status"], f"{execution['startDate']:%Y-%m-%d %H:%M:%S}", took)
    terminal().print(shown)


@app.command()
def show(run: str, *, workspace: WorkspaceOption = local.DEFAULT_WORKSPACE, as_json: JsonOption = False) -> None:
    """One run: its states, how long they took, what they reported, and the metrics that it published."""
    with _reading(workspace) as client:
        described = client.describe_execution(executionArn=_execution_arn(run))
        timeline = lines(history(client, _execution_arn(run)))
    described.pop("ResponseMetadata")
    published = invocations.figures(invocations.of_run(_logs(workspace), described["name"]))
    if as_json:
        _print_json({**described, "metrics": published})
        return
    console = terminal()
    console.print(f"{described['name']}: {described['status']}")
    console.print(table(timeline, described.get("stopDate") or clock.now()))
    if "error" in described:
        console.print(f"{described['error']}: {message_of(described.get('cause'))}")
    if published:
        console.print(_metrics(published))


def _metrics(published: Mapping[str, Any]) -> Table:
    """By the names they have in CloudWatch."""
    shown = Table("metric", "step", "value")
    for name, value in published.items():
        for step, one in value.items() if isinstance(value, dict) else [("", value)]:
            shown.add_row(name, step, figure(one))
    return shown


@app.command()
def logs(
    run: str,
    state: Annotated[str | None, typer.Argument(help="Only what this state logged, such as ValidateDataset.")] = None,
    *,
    workspace: WorkspaceOption = local.DEFAULT_WORKSPACE,
    as_json: JsonOption = False,
) -> None:
    """What the functions of a run logged, attempt by attempt."""
    found = invocations.of_run(_logs(workspace), run.rpartition(":")[2], state)
    if not found:
        of_state = f" of {state}" if state else ""
        raise InvalidInput(f"{run}: no log{of_state} in {workspace}, wanted a run that `sbir-etl runs list` shows")
    if as_json:
        _print_json([each.document() for each in found])
        return
    for each in found:
        terminal().print(invocations.told(each), soft_wrap=True)


@app.command("history")
def show_history(
    run: str, *, workspace: WorkspaceOption = local.DEFAULT_WORKSPACE, as_json: JsonOption = False
) -> None:
    """Every event of a run, as GetExecutionHistory returns it."""
    with _reading(workspace) as client:
        events = list(history(client, _execution_arn(run)))
    if as_json:
        _print_json(events)
        return
    shown = Table("id", "after", "time", "event", "name")
    for event in events:
        details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
        shown.add_row(
            str(event["id"]),
            str(event["previousEventId"]),
            f"{event['timestamp']:%H:%M:%S.%f}"[:-3],
            event["type"],
            str(details.get("name") or details.get("error") or ""),
        )
    terminal().print(shown)


def _logs(workspace: Path) -> Path:
    return local.Workspace(workspace.absolute()).logs


def _execution_arn(run: str) -> str:
    return (
        run if run.startswith("arn:") else f"{local.STATE_MACHINE_ARN.replace(':stateMachine:', ':execution:')}:{run}"
    )


@contextmanager
def _reading(workspace: Path) -> Iterator[Client]:
    with local.reading(local.Workspace(workspace.absolute())) as endpoint:
        client = local.client(endpoint)
        try:
            yield client
        except (client.exceptions.ExecutionDoesNotExist, client.exceptions.InvalidArn) as error:
            told = error.response["Error"]["Message"]
            raise InvalidInput(f"{workspace}: {told}, wanted a run that `sbir-etl runs list` shows") from error


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, default=str, ensure_ascii=False))
