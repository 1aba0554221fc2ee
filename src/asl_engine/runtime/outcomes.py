"""What integrations answer, as happenings to the execution."""

from collections.abc import Callable
from datetime import datetime
from typing import assert_never

from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution
from asl_engine.integrations.port import Failed, ItemsRead, Submitted, Succeeded, TaskOutcome
from asl_engine.interpreter import happenings, map_happenings
from asl_engine.interpreter.commands import Decision, Visit
from asl_engine.language.values import JSON, Failure


def of_storage(execution: Execution, now: datetime, visit: Visit, outcome: ItemsRead | Succeeded | Failed) -> Decision:
    """What a distributed Map's reader or writer answered."""
    match outcome:
        case ItemsRead(items):
            return map_happenings.items_read(execution, now, visit, Document.of(items))
        case Succeeded(output):
            return map_happenings.results_written(execution, now, visit, Document.of(output))
        case Failed(failure):
            return map_happenings.storage_failed(execution, now, visit, failure)
        case _:
            assert_never(outcome)


def of_task(execution: Execution, now: datetime, visit: Visit, outcome: TaskOutcome) -> Decision:
    match outcome:
        case Succeeded(output):
            return _with_output(happenings.task_succeeded, execution, now, visit, output)
        case Submitted(output):
            return _with_output(happenings.task_submitted, execution, now, visit, output)
        case Failed(failure):
            return happenings.task_failed(execution, now, visit, failure, by_service=True)
        case _:
            assert_never(outcome)


def _with_output(
    happen: Callable[[Execution, datetime, Visit, Document], Decision],
    execution: Execution,
    now: datetime,
    visit: Visit,
    output: JSON,
) -> Decision:
    """An output that no JSON can express fails the task."""
    try:
        document = Document.of(output)
    except (ValueError, RecursionError) as error:
        return happenings.task_failed(
            execution, now, visit, Failure("States.Runtime", f"The result is no JSON: {error}")
        )
    return happen(execution, now, visit, document)
