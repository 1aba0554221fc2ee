"""Which awards belong to one company: UEI, DUNS and normalised name, bridged by the rows that carry two of them."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """How many companies the awards resolved to, by what their id is made of (uei, duns, name)."""

    awards: int
    companies: int
    by_identifier: dict[str, int]


def resolve_companies(
    awards: Path, *, companies: Path, award_companies: Path, scratch: Path | None = None
) -> Resolution:
    """Write `companies` and `award_companies` (Parquet) from the accepted awards' Parquet file.

    companies: company_id ('UEI:…' | 'DUNS:…' | 'NAME:…'), name, normalized_name, uei, duns, state, city, zip, website,
    award_count, dollars. award_companies: award_id, company_id; exactly one company per award.
    """
    raise NotImplementedError
