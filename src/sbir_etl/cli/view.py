"""What the person at the terminal sees: the states as they run, then a summary of the refresh."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from types import TracebackType
from typing import Any, Final, Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from sbir_etl import clock
from sbir_etl.cli.following import Ending
from sbir_etl.cli.timeline import Line, message_of


def terminal(*, stderr: bool = False) -> Console:
    """Where a person reads; what is printed is text: `[x]` in a company's name is no markup and `:x:` no emoji."""
    return Console(stderr=stderr, markup=False, emoji=False)


class View(AbstractContextManager["View"], Protocol):
    """Shows the timeline while it grows."""

    def show(self, _lines: list[Line], /) -> None: ...


class Silent:
    """For `--json`: standard output belongs to the document alone."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, _lines: list[Line], /) -> None:
        return None


class LiveTable(Silent):
    """For a terminal: one table that is drawn anew several times a second."""

    def __init__(self, console: Console) -> None:
        self._lines: list[Line] = []
        self._live = Live(console=console, refresh_per_second=8, get_renderable=self._render)

    def __enter__(self) -> Self:
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.__exit__(kind, error, trace)

    def show(self, lines: list[Line], /) -> None:
        self._lines = lines

    def _render(self) -> Table:
        return table(self._lines, clock.now())


class Plain(Silent):
    """For a log: a line when a state starts to fail, retries or ends; nothing is drawn over."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told: dict[int, tuple[bool, int]] = {}

    def show(self, lines: list[Line], /) -> None:
        for position, line in enumerate(lines):
            state = (line.ended_at is not None, line.retries)
            if line.kind in SHOWN and self._told.get(position) != state:
                self._told[position] = state
                self._console.print(_sentence(line, clock.now()), highlight=False, soft_wrap=True)


SHOWN = ("Task", "Parallel", "Fail", "Succeed", "Wait", "Map")
REPORTED = 4


def table(lines: list[Line], now: datetime) -> Table:
    """The timeline as a table: sign, state, seconds, what the step reported."""
    grid = Table.grid(padding=(0, 2))
    for line in lines:
        if line.kind in SHOWN:
            grid.add_row(_sign(line), line.state, Text(f"{line.seconds(now):6.1f} s", style="dim"), _details(line))
    return grid


def _sign(line: Line) -> Text:
    if line.failed:
        return Text("✗", style="bold red")
    return Text("•", style="bold yellow") if line.ended_at is None else Text("✓", style="bold green")


def _details(line: Line) -> Text:
    parts = []
    if line.retries:
        parts.append(f"{line.retries} {'retry' if line.retries == 1 else 'retries'}")
    if line.trouble and (line.failed or line.ended_at is None):
        parts.append(line.trouble)
    return Text(" · ".join([*parts, *reported(line.report)]), style="red" if line.failed else "")


def _sentence(line: Line, now: datetime) -> Text:
    took = f"{line.seconds(now):.1f} s" if line.ended_at else "started"
    return Text.assemble(_sign(line), f" {line.state} {took}  ", _details(line))


def reported(report: Mapping[str, Any]) -> list[str]:
    """The counts and verdicts of a step's report, a few of them, as words."""
    words = [f"{key.replace('_', ' ')} {figure(value)}" for key, value in report.items() if _is_figure(value)]
    return words[:REPORTED]


def _is_figure(value: object) -> bool:
    return isinstance(value, bool | int | float)


def figure(value: object) -> str:
    """A value as people write it: thousands apart, shares as they are, yes and no."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return f"{value:,.4g}"
        case _:
            return str(value)


_SAFE: Final = "what was live stays live"


def summary(ending: Ending, *, look: str | None = None) -> Text:
    """What a person wants to read when it is over; one line a fact, since a path broken over lines cannot be opened.

    `look` is the command that tells more.
    """
    more = [("execution", ending.execution_arn), *([("look", look)] if look else [])]
    if ending.succeeded:
        output = (ending.output or {}).get("output") or {}
        headline = "Refresh succeeded" if output.get("changed") else "No changes: the live data stays as it is"
        return _told(Text(headline, style="bold green"), [*_facts(output), *more])
    cause = message_of(ending.cause) or "–"
    is_live = cause.startswith(("CreatePR:", "ResumeCreatePR:"))
    what = "its data is live, only the pull request is missing; mend the cause and redrive it" if is_live else _SAFE
    headline = f"Refresh {ending.status.lower()}: {what}"
    facts = [("error", ending.error or "–"), ("cause", cause)]
    return _told(Text(headline, style="bold red"), [*facts, *more])


def _told(headline: Text, facts: list[tuple[str, str]]) -> Text:
    for name, value in facts:
        headline.append(f"\n{name:<14}", style="dim not bold").append(value, style="default not bold")
    return headline


def _facts(output: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not output.get("changed"):
        return [("why", str(output.get("reason", "–"))), ("vintage", str(output.get("vintage", "–"))[:12])]
    changes = output.get("changes") or {}
    return [
        (
            "rows",
            ", ".join(f"{figure(output.get(key))} {key}" for key in ("rows", "accepted", "duplicates", "rejected")),
        ),
        ("since last", ", ".join(f"{figure(value)} {key}" for key, value in changes.items())),
        ("match rate", figure(output.get("match_rate"))),
        ("graph", f"{figure(output.get('nodes'))} nodes, {figure(output.get('relationships'))} relationships"),
        ("report", str(output.get("report", "–"))),
        ("pull request", str(output.get("pr_url", "–"))),
        ("vintage", str(output.get("vintage", "–"))[:12]),
    ]
