"""Leaving a state: the one event in which its output, its variables and the way on are recorded."""

from asl_engine.history.documents import Document
from asl_engine.history.events import StateExited
from asl_engine.history.frames import Frame
from asl_engine.interpreter.turn import Turn, document
from asl_engine.language.dataflow import Exit


def leave(turn: Turn, frame: Frame, left: Exit, following: str | None, *known: Document) -> bool:
    """Records the exit; False, and nothing recorded, when the output is above the limit.

    `known` are documents that may be the output as they are.
    """
    output = document(left.output, frame.input, *known)
    if output.exceeds_limit():
        return False
    turn.record(
        StateExited(
            **turn.visible(frame),
            state_type=frame.state_type,
            name=frame.state,
            output=output,
            assigned={name: Document.of(value) for name, value in left.assigned.items()} or None,
            next=following,
        )
    )
    return True
