"""What the world reports of a distributed Map's run, turned into events. A late or repeated report makes none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from asl_engine.history import events as e
from asl_engine.history import map_events as m
from asl_engine.history.documents import Document
from asl_engine.history.execution import Execution
from asl_engine.history.frames import Frame, Phase
from asl_engine.history.map_run_fold import map_run_of
from asl_engine.interpreter.commands import Decision, Visit
from asl_engine.interpreter.happenings import frame_of, record
from asl_engine.interpreter.turn import Notebook
from asl_engine.language.values import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunLimits:
    """New limits of a run; None leaves one as it is, a concurrency of 0 lifts it."""

    max_concurrency: int | None = None
    tolerated_failure_count: int | None = None
    tolerated_failure_percentage: float | None = None


def items_read(execution: Execution, now: datetime, visit: Visit, items: Document) -> Decision:
    return _happen(
        execution, now, visit, Phase.READING, lambda notes, frame: m.ItemsRead(**notes.internal(frame), items=items)
    )


def results_written(execution: Execution, now: datetime, visit: Visit, output: Document) -> Decision:
    return _happen(
        execution,
        now,
        visit,
        Phase.WRITING,
        lambda notes, frame: m.ResultsWritten(**notes.internal(frame), output=output),
    )


def storage_failed(execution: Execution, now: datetime, visit: Visit, failure: Failure) -> Decision:
    """The items could not be read, or the results not be written."""
    frame = frame_of(execution, visit)
    if frame is None or frame.phase not in (Phase.READING, Phase.WRITING):
        return Decision()
    notes = Notebook(execution, now)
    record(notes, m.MapRunFailed(**notes.visible(frame), failure=failure))
    return notes.decision()


def child_ended(execution: Execution, now: datetime, visit: Visit, index: int, output: Document | None) -> Decision:
    """A child execution has ended; without an output it did not succeed."""

    def ended(notes: Notebook, frame: Frame) -> e.HistoryEvent | None:
        if index not in map_run_of(frame).running:
            return None
        if output is None:
            return m.ChildFailed(**notes.internal(frame), index=index)
        kept = Document(text="null") if map_run_of(frame).writes else output
        return m.ChildSucceeded(**notes.internal(frame), index=index, output=kept)

    return _happen(execution, now, visit, Phase.CHILDREN, ended)


def map_run_updated(execution: Execution, now: datetime, map_run_arn: str, limits: MapRunLimits, most: int) -> Decision:
    """`most` is the concurrency that 0 stands for. A run that is over makes nothing of it."""
    for frame in execution.frames.values():
        run = frame.map_run
        if run is not None and run.arn == map_run_arn and execution.ended is None:
            notes = Notebook(execution, now)
            concurrency, count = limits.max_concurrency, limits.tolerated_failure_count
            percentage = limits.tolerated_failure_percentage
            notes.record(
                m.MapRunUpdated(
                    **notes.internal(frame),
                    concurrency=run.concurrency if concurrency is None else concurrency or most,
                    tolerated_count=run.tolerated_count if count is None else count,
                    tolerated_percentage=run.tolerated_percentage if percentage is None else percentage,
                )
            )
            return notes.decision()
    return Decision()


def _happen(
    execution: Execution,
    now: datetime,
    visit: Visit,
    phase: Phase,
    make: Callable[[Notebook, Frame], e.HistoryEvent | None],
) -> Decision:
    frame = frame_of(execution, visit)
    if frame is None or frame.phase is not phase or frame.map_run is None:
        return Decision()
    notes = Notebook(execution, now)
    event = make(notes, frame)
    if event is not None:
        notes.record(event)
    return notes.decision()
