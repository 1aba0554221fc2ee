"""The gates between a vintage and the live data: each raises GateFailed with where, found, wanted and what to do."""

from sbir_etl.awards.reading import Reading
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.settings import Thresholds


def reconciled(reading: Reading) -> None:
    """readable + unreadable = the independent count."""
    raise NotImplementedError


def readable_enough(reading: Reading, thresholds: Thresholds) -> None:
    """The share of unreadable records stays under the limit, and there is at least one record."""
    raise NotImplementedError


def no_row_drop(rows: int, live_rows: int | None, thresholds: Thresholds) -> None:
    """The file did not lose more rows against the live vintage than the limit allows."""
    raise NotImplementedError


def passing(summary: ValidationSummary, thresholds: Thresholds) -> None:
    """The pass rate reaches its minimum."""
    raise NotImplementedError


def few_duplicates(summary: ValidationSummary, *, max_share: float = 0.01) -> None:
    """Exact copies of rows stay under the limit: a file written twice over must not pass."""
    raise NotImplementedError


def accounted(summary: ValidationSummary) -> None:
    """accepted + duplicates + rejected = rows."""
    raise NotImplementedError


def fiscal_years_agree(summary: ValidationSummary, *, minimum: float = 0.90) -> None:
    """Award years agree with the federal fiscal years of the award dates often enough."""
    raise NotImplementedError
