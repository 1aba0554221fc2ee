"""The logs of a workspace's functions as the local host keeps them: one file per invocation, found by run and state."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.text import Text

from sbir_etl import metrics
from sbir_etl.cli.view import figure

# What every line of an invocation has alike, and so is said once above them, or is for machines.
_ABOVE = frozenset(
    {"timestamp", "level", "message", "logger", "requestId", "execution", "run", "state", "attempt", "step", "_aws"}
)
_BELOW = "stackTrace"
_STYLES = {"ERROR": "bold red", "CRITICAL": "bold red", "WARNING": "yellow", "INFO": "green"}


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One attempt at a state. `lines` are the JSON objects among the log's lines, and what is none as text."""

    state: str
    attempt: int
    function: str
    request_id: str
    written_at: datetime
    lines: tuple[dict[str, Any] | str, ...]

    def document(self) -> dict[str, Any]:
        return {**vars(self), "written_at": self.written_at.isoformat()}


def of_run(logs: Path, run: str, state: str | None = None) -> list[Invocation]:
    """The invocations of a run, of one state or of all, in the order in which they ended."""
    found = [each for path in logs.glob("*/*.log") if (each := _read(path, run)) and state in (None, each.state)]
    return sorted(found, key=lambda each: each.written_at)


def _read(path: Path, run: str) -> Invocation | None:
    content = path.read_bytes()
    if run.encode() not in content:  # most files belong to other runs, and need not be parsed
        return None
    lines = tuple(_parsed(line) for line in content.decode(errors="replace").splitlines())
    first = next((line for line in lines if isinstance(line, dict) and line.get("run") == run), None)
    if first is None:
        return None
    return Invocation(
        state=first["state"],
        attempt=first["attempt"],
        function=path.parent.name,
        request_id=path.stem,
        written_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        lines=lines,
    )


def _parsed(line: str) -> dict[str, Any] | str:
    try:
        value = json.loads(line)
    except ValueError:
        return line
    return value if isinstance(value, dict) else line


def figures(invocations: Iterable[Invocation]) -> dict[str, Any]:
    """The metrics that the invocations published, by name; what has a step as its dimension, by step below it."""
    found: dict[str, Any] = {}
    for each in _published(invocations):
        if each.step is None:
            found[each.name] = each.value
        else:
            found.setdefault(each.name, {})[each.step] = each.value
    return {metric.name: found[metric.name] for metric in metrics.METRICS if metric.name in found}


def _published(invocations: Iterable[Invocation]) -> Iterator[metrics.Published]:
    for invocation in invocations:
        for line in invocation.lines:
            if isinstance(line, dict):
                yield from metrics.published(line)


def told(invocation: Invocation) -> Text:
    """The log for people: one short line for each of the log's."""
    retry = f", retry {invocation.attempt}" if invocation.attempt else ""
    text = Text(f"{invocation.state}{retry}", style="bold")
    text.append(f"  {invocation.function} {invocation.request_id}", style="dim not bold")
    for line in invocation.lines:
        text.append("\n").append(Text(line, style="dim not bold") if isinstance(line, str) else _said(line))
    return text


def _said(line: dict[str, Any]) -> Text:
    level = str(line.get("level", ""))
    # The runtime client's own line about an error has no message but the error's.
    message = line.get("message") or f"{line.get('errorType')}: {line.get('errorMessage')}"
    said = Text(str(line.get("timestamp", ""))[11:19], style="not bold")
    said.append(f" {level:<7} ", style=_STYLES.get(level, "")).append(str(message))
    for name, value in line.items():
        if name not in _ABOVE and name not in (_BELOW, "errorType", "errorMessage"):
            said.append(f"  {name} ", style="dim").append(figure(value))
    for frame in line.get(_BELOW, ()):
        said.append(f"\n  {str(frame).strip()}", style="dim")
    return said
