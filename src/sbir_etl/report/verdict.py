"""Whether a refresh may be believed: what must add up between the steps' own figures, and the gates they passed."""

from dataclasses import dataclass

from sbir_etl.report.contents import Gate, Report
from sbir_etl.report.numbers import count, plural


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The first thing a reader sees. `headline` and `detail` are whole sentences' worth of plain text."""

    passed: bool
    headline: str
    detail: str
    checks: tuple[Gate, ...]

    @property
    def failed(self) -> tuple[Gate, ...]:
        """The checks that did not pass."""
        return tuple(check for check in self.checks if not check.passed)


def judge(report: Report) -> Verdict:
    """The verdict over a report: its own sums first, then the gates in their order."""
    checks = (*_sums(report), *report.gates)
    failed = sum(not check.passed for check in checks)
    accepted = report.validation.accepted
    if failed:
        headline = f"{failed} of {len(checks)} checks failed"
        return Verdict(
            passed=False, headline=headline, detail="Do not accept this week before you know why.", checks=checks
        )
    return Verdict(
        passed=True,
        headline=f"{plural(accepted, 'award')} {'is' if accepted == 1 else 'are'} live",
        detail=change_sentence(report),
        checks=checks,
    )


def change_sentence(report: Report) -> str:
    """What changed, in one sentence."""
    changes = report.changes
    if changes.against is None:
        return "This is the first refresh: there is nothing to compare it with yet."
    moved = ((changes.added, "new"), (changes.changed, "changed"), (changes.removed, "gone"))
    parts = [f"{count(number)} {word}" for number, word in moved if number]
    if not parts:
        return "No award says anything new since the last refresh."
    told = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return f"Since the last refresh: {told}."


def _sums(report: Report) -> tuple[Gate, ...]:
    validation, changes, graph = report.validation, report.changes, report.graph
    compared = changes.added + changes.changed + changes.cosmetic + changes.unchanged
    return (
        _equal(
            "Every record of the file is accounted for",
            found=validation.accepted + validation.duplicates + validation.rejected,
            wanted=report.vintage.rows,
            of="records",
        ),
        _equal(
            "The profile read every readable record",
            found=report.profile.rows,
            wanted=report.vintage.readable,
            of="records",
        ),
        _equal("Every award was compared with last time", found=compared, wanted=validation.accepted, of="awards"),
        _equal("Every award has its company", found=report.enrichment.awards, wanted=validation.accepted, of="awards"),
        _equal(
            "Every award is in the graph", found=graph.nodes.get("Award", 0), wanted=validation.accepted, of="awards"
        ),
        _equal("The graph has no loose ends", found=_loose_ends(report), wanted=0, of="loose ends"),
    )


def _loose_ends(report: Report) -> int:
    graph = report.graph
    return (
        graph.awards_without_company
        + graph.awards_without_agency
        + graph.orphan_companies
        + graph.self_loops
        + graph.duplicate_keys
    )


def _equal(title: str, *, found: int, wanted: int, of: str) -> Gate:
    return Gate(title=title, found=count(found), wanted=f"{count(wanted)} {of}", passed=found == wanted)
