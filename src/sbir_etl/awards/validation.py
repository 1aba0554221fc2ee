"""From raw.parquet to awards, rejects and issues: cleaned, ruled, identified, and every row accounted for."""

from dataclasses import dataclass
from pathlib import Path

from sbir_etl.awards.rules import ValidationSummary


@dataclass(frozen=True, kw_only=True)
class ValidationFiles:
    """Where `validate` writes its three Parquet files."""

    awards: Path
    rejects: Path
    issues: Path


def validate(raw_path: Path, unreadable_path: Path, files: ValidationFiles, *, scratch: Path) -> ValidationSummary:
    """Clean, check and identify every row.

    awards: row_number; the 42 columns cleaned (NULL for blank and placeholder); award_amount_dollars DECIMAL(18,2),
    award_year_number INTEGER, phase_number INTEGER, proposal_awarded_on DATE, contract_ends_on DATE, award_id,
    award_key, content_hash, duplicate_count INTEGER (copies collapsed into this row), warnings BIGINT.
    rejects: row_number, line, byte_offset (NULL for kind 'rule'), kind ('unreadable' | 'rule'), reason, raw BLOB.
    issues: row_number, rule_id, field, severity, value.
    Raises: GateFailed when accepted + duplicates + rejected differs from the rows.
    """
    raise NotImplementedError
