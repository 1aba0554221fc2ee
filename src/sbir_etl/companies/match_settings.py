"""What a match of companies may be: how similar names must be, and how many are looked at."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class MatchSettings:
    """Scores are between 0 and 1; from `accepted` on a fuzzy match in the same place counts, from `candidate` on it is
    for review.

    `rarest_grams` of a name are looked up, none of them shared by more than `most_sharing` names of the state: together
    they bound the pairs that are compared, so the cost grows with the number of names and not its square.
    """

    accepted: float = 0.85
    candidate: float = 0.75
    rarest_grams: int = 8
    most_sharing: int = 100


DEFAULTS: Final = MatchSettings()
