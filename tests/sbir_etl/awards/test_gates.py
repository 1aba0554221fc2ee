"""Each gate lets the usual pass and stops the rest with a message that says what to do."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from sbir_etl.awards import gates
from sbir_etl.awards.profile import Group, Profile
from sbir_etl.awards.reading import Reading
from sbir_etl.awards.rules import RuleCount, ValidationSummary
from sbir_etl.errors import GateFailed
from sbir_etl.settings import Thresholds

LIMITS = Thresholds(min_pass_rate=0.95, max_unreadable_share=0.01, max_row_drop=0.05)


def reading(**figures: Any) -> Reading:
    usual: dict[str, Any] = {
        "bytes": 1000,
        "rows": 100,
        "readable": 99,
        "unreadable": 1,
        "physical_lines": 101,
        "blank_lines": 0,
        "byte_order_mark": False,
        "row_ends": "\\n",
        "truncated": False,
    }
    return Reading(**usual | figures)


def summary(**figures: Any) -> ValidationSummary:
    usual: dict[str, Any] = {
        "rows": 100,
        "accepted": 95,
        "duplicates": 1,
        "rejected": 4,
        "unreadable": 1,
        "pass_rate": 0.95,
        "fiscal_year_agreement": 1.0,
    }
    return ValidationSummary(**usual | figures)


def institution(kind: str) -> RuleCount:
    return RuleCount(id=f"institution-{kind}", field="ri_name", severity="WARNING", title="", count=2)


def profile(year: Mapping[str, int] | None = None, **agencies: int) -> Profile:
    def groups(awards: Mapping[str, int]) -> tuple[Group, ...]:
        return tuple(Group(label=label, awards=count, dollars="0.00") for label, count in awards.items())

    return Profile(
        rows=100, columns=(), by_year=groups(year or {}), by_agency=groups(agencies), by_phase=(), by_state=()
    )


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        (lambda: gates.reconciled(reading(readable=98)), "98 parsed \\+ 1 unreadable records, wanted the 100 counted"),
        (lambda: gates.readable_enough(reading(rows=0), LIMITS), "no records below the header"),
        (lambda: gates.readable_enough(reading(truncated=True), LIMITS), "broken off in record 100 after 1,000 bytes"),
        (
            lambda: gates.readable_enough(reading(unreadable=2), LIMITS),
            "2 unreadable records, 2.00% of 100, wanted at most 1.00%; look at",
        ),
        (lambda: gates.no_row_drop(94, 100, LIMITS), "6 rows fewer \\(94\\) than in the live vintage, 6.00% of 100"),
        (lambda: gates.accounted(summary(accepted=94)), "94 accepted \\+ 1 duplicates \\+ 4 rejected, wanted 100 rows"),
        (lambda: gates.passing(summary(pass_rate=0.94), LIMITS), "a pass rate of 94.00% over 100 rows.*: none;"),
        (lambda: gates.few_duplicates(summary(duplicates=2), LIMITS), "2 exact copies of other rows"),
        (lambda: gates.few_shared_keys(summary(shared_keys=5), LIMITS), "5 awards without identifiers, or whose"),
        (
            lambda: gates.institutions_agree(
                summary(rules=(institution("missing"), institution("unexpected"))), LIMITS
            ),
            "4 rows where STTR and a research institution do not go together, 4.00% of 100, wanted at most 2.00%",
        ),
        (
            lambda: gates.no_group_drop(profile(NASA=100), profile(NASA=89), LIMITS),
            "the rows by agency fell since the live run: NASA from 100 to 89, wanted at most 10.00% fewer",
        ),
        (lambda: gates.no_group_drop(profile(NASA=100), profile(), LIMITS), "NASA from 100 to 0"),
        (
            lambda: gates.no_group_drop(profile(year={"2019": 100}), profile(year={"2019": 84}), LIMITS),
            "the rows by award year fell since the live run: 2019 from 100 to 84",
        ),
    ],
)
def test_a_broken_gate_says_what_was_found_and_wanted(gate: Callable[[], None], message: str) -> None:
    with pytest.raises(GateFailed, match=message):
        gate()


def test_the_pass_rate_gate_names_the_rules_that_were_broken_most() -> None:
    errors = {"a": 1, "b": 1200, "d": 0}
    rules = [
        RuleCount(id=rule, field="agency", severity="ERROR", title="", count=count) for rule, count in errors.items()
    ]
    rules.append(RuleCount(id="c", field="agency", severity="WARNING", title="", count=5000))

    with pytest.raises(GateFailed, match=r"most broken rules: b \(1,200\), a \(1\);"):
        gates.passing(summary(pass_rate=0.5, rules=tuple(rules)), LIMITS)


def test_what_is_just_good_enough_passes_every_gate() -> None:
    gates.reconciled(reading())
    gates.readable_enough(reading(), LIMITS)
    gates.no_row_drop(95, 100, LIMITS)
    gates.no_row_drop(120, 100, LIMITS)
    gates.no_row_drop(1, None, LIMITS)
    gates.accounted(summary())
    gates.passing(summary(), LIMITS)
    gates.few_duplicates(summary(), LIMITS)
    gates.few_shared_keys(summary(shared_keys=4), LIMITS)
    gates.institutions_agree(summary(rules=(institution("missing"),)), LIMITS)
    gates.no_group_drop(None, profile(), LIMITS)
    gates.no_group_drop(profile(NASA=100), profile(NASA=90), LIMITS)
    gates.no_group_drop(profile(NASA=99, year={"2019": 99}), profile(NRC=500), LIMITS)
