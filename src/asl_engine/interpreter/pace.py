"""How fast deciding may go: what ends an evaluation that takes too long, and a turn that others wait behind."""

from typing import Final, Protocol

from asl_engine.language.values import UNLIMITED, Limit


class Pace(Protocol):
    @property
    def limit(self) -> Limit: ...

    def goes_on(self) -> bool:
        """Asked after every step: whether there is time for another, which is then given all the time of one."""


class Unhurried:
    """No limit at all."""

    limit: Limit = UNLIMITED

    def goes_on(self) -> bool:
        return True


UNHURRIED: Final = Unhurried()
