"""Execution logs: what CloudWatch would be sent, line by line into one file per state machine.

Which level logs what: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html. As with CloudWatch, delivery
is best effort: a line may be lost when the process dies.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from asl_engine.history import events as e
from asl_engine.history.documents import serialise
from asl_engine.journal.port import ExecutionRecord, Journal, StateMachineRecord
from asl_engine.language.values import JSON
from asl_engine.server import events
from asl_engine.server.model import load_operations
from asl_engine.server.wire import spell

_log: Final = logging.getLogger(__name__)
_SETTING: Final = "logging_configuration"
_ENDS_BADLY: Final = ("Failed", "TimedOut", "Aborted")


@dataclass(slots=True, kw_only=True)
class _Target:
    """How one execution is logged while it runs."""

    path: Path
    level: str
    includes_data: bool
    map_run_arn: str | None
    redrive_count: int


class ExecutionLogs:
    """Files are `folder/account/region/state machine.log`; the configuration is that of the execution's start."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._folder = folder
        self._journal = journal
        self._targets: dict[str, _Target | None] = {}
        shape = load_operations()["GetExecutionHistory"].output.members["events"].item
        assert shape is not None
        self._shape = shape

    def write(self, execution_arn: str, happened: Sequence[e.HistoryEvent]) -> None:
        """Listens to the engine."""
        if execution_arn not in self._targets:
            self._targets[execution_arn] = self._target_of(execution_arn)
        target = self._targets[execution_arn]
        if any(isinstance(event, e.Terminal) for event in happened):
            del self._targets[execution_arn]
        if target is None:
            return
        visible = [cast("e.Visible", event) for event in happened if event.ordinal == 0]
        lines = [self._line(execution_arn, target, event) for event in visible]
        _append(target.path, "".join(line for line in lines if line is not None))

    def _target_of(self, execution_arn: str) -> _Target | None:
        """None when nothing is to be logged."""
        record = self._journal.executions.find(execution_arn)
        machine = self._state_machine(execution_arn, record)
        configuration = None if machine is None else machine.settings.get(_SETTING)
        if machine is None or not isinstance(configuration, dict) or configuration.get("level", "OFF") == "OFF":
            return None
        _, _, _, region, account, *_ = machine.arn.split(":")
        return _Target(
            path=self._folder / account / region / f"{machine.name}.log",
            level=str(configuration["level"]),
            includes_data=configuration.get("include_execution_data") is True,
            map_run_arn=None if record is None else record.map_run_arn,
            redrive_count=0 if record is None else record.redrive_count,
        )

    def _state_machine(self, execution_arn: str, record: ExecutionRecord | None) -> StateMachineRecord | None:
        """Nothing is kept of an Express execution but its name, which begins with the state machine's."""
        if record is not None:
            arn = record.state_machine_arn.partition("/")[0]
            return self._journal.state_machines.revision(arn, record.revision_id)
        *prefix, _, machine, _, _ = execution_arn.split(":")
        return self._journal.state_machines.find(":".join((*prefix, "stateMachine", machine)))

    def _line(self, execution_arn: str, target: _Target, event: e.Visible) -> str | None:
        if isinstance(event, e.ExecutionRedriven):
            target.redrive_count = event.redrive_count
        if not _is_logged(event.type, target.level):
            return None
        line: dict[str, JSON] = {
            "id": str(event.id),
            "type": event.type,
            "details": self._details(event, includes_data=target.includes_data),
            "previous_event_id": str(event.previous_event_id),
            "event_timestamp": str(int(event.timestamp.timestamp() * 1000)),
            "execution_arn": execution_arn,
        }
        if target.map_run_arn is not None:
            line["map_run_arn"] = target.map_run_arn
        return serialise({**line, "redrive_count": str(target.redrive_count)}) + "\n"

    def _details(self, event: e.Visible, *, includes_data: bool) -> dict[str, JSON]:
        described = spell(events.describe(event, include_data=includes_data), self._shape)
        assert isinstance(described, Mapping)
        return next((dict(value) for name, value in described.items() if name.endswith("Details")), {})


def _append(path: Path, lines: str) -> None:
    """A log that cannot be written must not stop the engine."""
    if not lines:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)
    except OSError:
        _log.exception("execution log not written", extra={"path": str(path)})


def _is_logged(event_type: str, level: str) -> bool:
    match level:
        case "ALL":
            return True
        case "ERROR":
            return event_type == "FailStateEntered" or event_type.endswith(_ENDS_BADLY)
        case _:
            return event_type.startswith("Execution") and event_type.endswith(_ENDS_BADLY)
