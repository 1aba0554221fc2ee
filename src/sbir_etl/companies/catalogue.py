"""The company-search exports of SBIR.gov: optional files, exported by hand, so drift is a warning and never a failure."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the exports held: `rows` as read, `firms` once the copies across files are merged."""

    files: tuple[str, ...]
    rows: int
    firms: int
    warnings: tuple[str, ...]


def read_catalogue(folder: Path, *, catalogue: Path, scratch: Path | None = None) -> Catalogue:
    """Write `catalogue` (Parquet) from every `*company_search*.csv` in `folder`; all text, copies across files merged.

    Columns: catalogue_id, name, normalized_name, uei, duns, state, city, zip, website. Without such files: zero rows.
    """
    raise NotImplementedError
