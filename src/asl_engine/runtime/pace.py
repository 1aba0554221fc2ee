"""Time limits, so that no expression and no execution keeps everybody else waiting.

The loop, the requests and the decisions share one thread. An expression is therefore interrupted by a signal, which is
the only thing that reaches Python's regular expressions and other long calls: SIGVTALRM, which nothing else uses and
which counts processor time, so that a busy machine does not change what an execution comes to. Where signals cannot
be had (Windows, an engine in another thread than the main one), the limits of the evaluators themselves have to do.
"""

import signal
import threading
from time import thread_time
from types import FrameType
from typing import Final

from asl_engine.language.values import TookTooLong

EVALUATION_SECONDS: Final = 1.0
"""The processor time that the expressions of one step may take together."""
REQUEST_SECONDS: Final = 2.0
"""The processor time that one request's definition may take to be read and tried."""
ROUND_SECONDS: Final = 0.25
"""The processor time that expressions may take together before requests get their turn."""
AGAIN_SECONDS: Final = 0.02
"""An interrupt comes again until it is heard: Python drops what is raised while it clears away what nobody needs."""


class EvaluationLimit:
    """A context manager that can be entered again and again until the time is used up."""

    def __init__(self, seconds: float = EVALUATION_SECONDS) -> None:
        self.used = 0.0
        self._seconds = self._left = seconds
        self._entered_at = 0.0
        self._is_running = False
        self._interrupts = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        self.begin()

    def begin(self) -> None:
        """Makes the signal this limit's own, and counts from nothing."""
        if self._interrupts:
            signal.signal(signal.SIGVTALRM, self._interrupt)
        self.used = 0.0
        self.renew()

    def renew(self) -> None:
        """Gives all the time again."""
        self._left = self._seconds

    def __enter__(self) -> None:
        if not self._interrupts:
            return
        if self._left <= 0:
            raise TookTooLong
        self._entered_at = thread_time()
        self._is_running = True
        signal.setitimer(signal.ITIMER_VIRTUAL, self._left, AGAIN_SECONDS)

    def __exit__(self, *_: object) -> None:
        if self._interrupts:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            used = thread_time() - self._entered_at  # the timer itself counts in ticks of some milliseconds
            self.used += used
            self._left -= used
            self._is_running = False

    def _interrupt(self, _number: int, frame: FrameType | None) -> None:
        """A signal that comes when the evaluation is about to begin or just over changes nothing."""
        ends = (EvaluationLimit.__enter__.__code__, EvaluationLimit.__exit__.__code__)
        if self._is_running and frame is not None and frame.f_code not in ends:
            self._left = 0.0
            raise TookTooLong


class Rounds:
    """The pace of the work: a round ends when its expressions have taken their time."""

    def __init__(self) -> None:
        self.limit = EvaluationLimit()

    def begin(self) -> None:
        self.limit.begin()

    def goes_on(self) -> bool:
        self.limit.renew()
        return self.limit.used < ROUND_SECONDS
