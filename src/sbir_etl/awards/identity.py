"""Which award a row is: a key of identifiers that upstream does not rewrite, made unique where identifiers collide.

The key is (agency tracking number, contract, phase). Amounts, dates, titles and solicitation numbers are rewritten
between vintages; contract numbers and DUNS are not. Where several awards share a key, or one has no identifier at all,
a suffix keeps them apart: of who received it and when if that is enough, of its whole content only if it is not.
"""

from typing import Final

from sbir_etl.awards.schema import NAMES

SEPARATOR: Final = "~"


def content_hash() -> str:
    """SQL of a hash over the 42 cleaned columns, as text: awards with the same one have the same content.

    DuckDB's own hash, which costs a tenth of an MD5 and may change with its version. So awards with different ones
    need not differ: ask for their fields, and never make a name of it.
    """
    return f"hash({', '.join(NAMES)})::VARCHAR"


def content_digest() -> str:
    """SQL of the MD5 over the 42 cleaned columns; NULL differs from every text and shifts nothing."""
    return f"md5({_joined(*NAMES)})"


def award_key() -> str:
    """SQL of the key, such as A171-050-0287/W56KGU-18-C-0009/1; NULL where a row has neither identifier."""
    key = "upper(concat_ws('/', coalesce(agency_tracking_number, ''), coalesce(contract, ''), phase_number))"
    return f"CASE WHEN agency_tracking_number IS NOT NULL OR contract IS NOT NULL THEN {key} END"


def twin_hash() -> str:
    """SQL of what tells awards with the same key apart, of fields that are rarely rewritten; for one without a key,
    of its title too."""
    letters = "regexp_replace(lower({}), '[^a-z0-9]', '', 'g')"
    recipient = f"coalesce(duns, {letters.format('company')})"
    title = f"CASE WHEN award_key IS NULL THEN {letters.format('award_title')} END"
    return f"left(md5({_joined('agency', 'program', recipient, 'award_year', 'phase_number', title)}), 12)"


def suffixes(source: str) -> str:
    """A SELECT of row_number and suffix for the rows of `source`: award_key, twin_hash and content_digest of all awards
    that may share their key with another or have none; no two of them have the same content."""
    return f"""
        SELECT row_number, CASE
            WHEN award_key IS NOT NULL AND count(*) OVER (PARTITION BY award_key) = 1 THEN ''
            WHEN count(*) OVER (PARTITION BY award_key, twin_hash) = 1 THEN '{SEPARATOR}' || twin_hash
            ELSE '{SEPARATOR}' || content_digest END AS suffix
        FROM {source}
    """


def _joined(*expressions: str) -> str:
    # chr(31), the unit separator, stands in no award; chr(30) sets NULL apart from text.
    return f"concat_ws(chr(31), {', '.join(f'coalesce({expression}::VARCHAR, chr(30))' for expression in expressions)})"
