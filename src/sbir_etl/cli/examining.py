"""`sbir-etl doctor`: the checks, and what they found as a table or a document."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Final, TypeAlias

import typer
from rich.table import Table
from rich.text import Text

from sbir_etl import clock, local, settings
from sbir_etl.cli.refreshing import SAMPLE
from sbir_etl.cli.view import terminal
from sbir_etl.doctor.findings import Finding, Status, examine
from sbir_etl.doctor.here import Plan, checks

PROBLEM: Final = 1
_SIGNS: Final = {
    Status.OK: Text("✓", style="bold green"),
    Status.WARNING: Text("!", style="bold yellow"),
    Status.PROBLEM: Text("✗", style="bold red"),
}

Findings: TypeAlias = dict[str, Finding]


def plan(root: Path, *, source: str | None, companies: Path | None, port: int) -> Plan:
    """A refresh over this workspace, with the settings that its functions will have."""
    workspace = local.Workspace(root.absolute())
    return Plan(
        settings=settings.from_environment({**settings.process_environment(), **workspace.environment()}),
        workspace=workspace.root,
        source=None if source == SAMPLE else source,
        companies=companies,
        port=port,
    )


def here(planned: Plan) -> Findings:
    """What a refresh on this machine will meet."""
    return examine(checks(planned))


def deployed(region: str, bucket: str) -> Findings:
    """What stands in the account of the environment's credentials."""
    from sbir_etl.doctor import deployed as deployment  # boto3's clients come with it

    return examine(
        deployment.checks(
            deployment.Deployment(
                clients=deployment.clients(region),
                state_machine=local.STATE_MACHINE,
                definition=local.definition(),
                bucket=bucket,
                now=clock.now(),
            )
        )
    )


def show(look: Callable[[], Findings], *, as_json: bool) -> None:
    """Look, and tell what was found. Exits 1 when there is a problem."""
    console = terminal(stderr=as_json)
    with console.status("Looking"):
        findings = look()
    if as_json:
        document = [{"check": name, **asdict(finding)} for name, finding in findings.items()]
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        console.print(table(findings))
        console.print(verdict(findings))
    if any(finding.status is Status.PROBLEM for finding in findings.values()):
        raise typer.Exit(PROBLEM)


def table(findings: Findings) -> Table:
    """Sign, check, and what was found; below it what was wanted and the cure, where that is something else."""
    grid = Table.grid(padding=(0, 2))
    for name, finding in findings.items():
        told = Text(finding.found)
        for word, text in (("wanted", finding.wanted), ("fix", finding.fix)):
            if text:
                told.append(f"\n{word} ", style="dim").append(text)
        grid.add_row(_SIGNS[finding.status], name, told)
    return grid


def verdict(findings: Findings) -> str:
    """How many there are of each kind."""
    counts = {status: sum(each.status is status for each in findings.values()) for status in Status}
    return ", ".join(
        f"{count} {status}{'s' if status is not Status.OK and count != 1 else ''}" for status, count in counts.items()
    )
