"""Questions as Dagster's blocking checks."""

from collections.abc import Iterator, Sequence

import dagster as dg

from sbir_etl.artefacts import Verdict
from sbir_etl.assets.verdicts import Question


def specs(asset: str, questions: Sequence[Question]) -> list[dg.AssetCheckSpec]:
    """A blocking check for each question: its name is the function's, its description the docstring."""
    return [
        dg.AssetCheckSpec(question.__name__, asset=asset, blocking=True, description=question.__doc__)
        for question in questions
    ]


def results(asset: str, verdicts: Sequence[Verdict]) -> Iterator[dg.AssetCheckResult]:
    """What the questions found, as Dagster takes it."""
    for verdict in verdicts:
        yield dg.AssetCheckResult(
            asset_key=asset, check_name=verdict.check, passed=verdict.passed, description=verdict.description
        )
