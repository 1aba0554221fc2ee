"""The rules for one award, as a declared table, evaluated for all awards in one SQL pass.

A broken rule of severity ERROR rejects the row; a WARNING is counted and kept with it. Each rule names where it comes
from: a field of the SBA's data dictionary, or an observation of the real file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Severity = Literal["ERROR", "WARNING"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; `broken` is a SQL condition over the columns of `cleaning` that is TRUE where the rule is broken."""

    id: str
    field: str
    severity: Severity
    title: str
    broken: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RuleCount:
    """How often a rule was broken; `sample_rows` holds up to 20 row numbers."""

    id: str
    field: str
    severity: Severity
    title: str
    count: int
    sample_rows: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ValidationSummary:
    """The figures of one validation: `accepted + duplicates + rejected == rows`, and `rejected` includes `unreadable`.

    `pass_rate` is the share of rows that are readable and break no ERROR rule. `cleaned` maps column to operation to
    count. `fiscal_year_agreement` is the share of rows with a date and a year whose federal fiscal years agree.
    """

    rows: int
    accepted: int
    duplicates: int
    rejected: int
    unreadable: int
    pass_rate: float
    fiscal_year_agreement: float
    rules: tuple[RuleCount, ...] = ()
    cleaned: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


RULES: Final[tuple[Rule, ...]] = ()
