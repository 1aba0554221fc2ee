"""The abstracts of a run's awards: three quarters of all bytes, so they are kept once, in the vintage's raw.parquet.

awards.parquet has a hash of each, and the text only where cleaning changed it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sbir_etl.awards import cleaning
from sbir_etl.awards.schema import NAMES
from sbir_etl.database import quoted

_BIT: Final = 1 << NAMES.index("abstract")
_REWRITES: Final = " | ".join(operation.id for operation in cleaning.OPERATIONS if operation.id != "placeholder")

# Columns of awards.parquet, over the cleaned columns and the masks of `cleaning`.
COLUMNS: Final = f"""
    CASE WHEN abstract IS NOT NULL THEN hash(abstract) END AS abstract_hash,
    CASE WHEN ({_REWRITES}) & {_BIT} <> 0 THEN abstract END AS cleaned_abstract
"""


@dataclass(frozen=True, kw_only=True)
class AwardFiles:
    """A run's awards.parquet, and raw.parquet of the vintage that it was made from."""

    awards: Path
    raw: Path


def abstracts(files: AwardFiles, rows: str) -> str:
    """A SELECT of row_number and abstract, as cleaned, of the awards whose row_number the SELECT `rows` gives.

    The raw texts are streamed past those awards, in the order of the file.
    """
    return f"""
        SELECT row_number, CASE WHEN abstract_hash IS NOT NULL THEN coalesce(cleaned_abstract, raw.abstract) END
            AS abstract
        FROM read_parquet({quoted(files.raw)}) AS raw JOIN (
            SELECT row_number, abstract_hash, cleaned_abstract FROM read_parquet({quoted(files.awards)})
            SEMI JOIN ({rows}) USING (row_number)
        ) USING (row_number)
    """
