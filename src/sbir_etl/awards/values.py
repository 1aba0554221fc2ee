"""Typed values of the cleaned text: dollars, years, phases and dates; NULL where the text is none.

Nothing here is lenient in secret: what is not understood becomes NULL, and a rule reports it.
"""

from typing import Final

from sbir_etl.awards.schema import COLUMNS

_NUMBER: Final = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"
_YEARS: Final = "BETWEEN 1950 AND 2100"


def typed(source: str) -> str:
    """The columns of `source` with typed ones added, as a SELECT: award_amount_dollars DECIMAL(18,2),
    award_year_number and phase_number INTEGER, is_sbir, is_sttr, fiscal_year, and for each date column `<name>_on`."""
    dates = ", ".join(f"{date(column.name)} AS {column.name}_on" for column in COLUMNS if column.kind == "date")
    return f"""
        SELECT *, year(proposal_award_date_on + INTERVAL 3 MONTH) AS fiscal_year
        FROM (
            SELECT *, {dollars("award_amount")} AS award_amount_dollars, {_year("award_year")} AS award_year_number,
                {_phase("phase")} AS phase_number, coalesce(upper(program) = 'SBIR', false) AS is_sbir,
                coalesce(upper(program) = 'STTR', false) AS is_sttr, {dates}
            FROM {source}
        )
    """


def dollars(text: str) -> str:
    """SQL of a plain or formatted amount as DECIMAL(18, 2)."""
    plain = f"replace(replace({text}, ',', ''), '$', '')"
    return f"CASE WHEN regexp_full_match({plain}, '{_NUMBER}') THEN TRY_CAST({plain} AS DECIMAL(18, 2)) END"


def _year(text: str) -> str:
    return f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN {text}::INTEGER END"


def _phase(text: str) -> str:
    # The dictionary says "1" and "2", the file says "Phase I" and "Phase II".
    return (
        f"CASE upper({text}) WHEN 'PHASE I' THEN 1 WHEN '1' THEN 1 WHEN 'PHASE II' THEN 2 WHEN '2' THEN 2 "
        "WHEN 'PHASE III' THEN 3 WHEN '3' THEN 3 END"
    )


def date(text: str) -> str:
    """SQL of a date: ISO as the dictionary wants it, or month first as the site's own exports write it."""
    dashed = f"replace({text}, '/', '-')"
    american = "[0-9]{1,2}[/-][0-9]{1,2}[/-]"
    date = (
        f"CASE WHEN {text} LIKE '____-__-__' THEN TRY_CAST({text} AS DATE) "
        f"WHEN regexp_full_match({text}, '{american}[0-9]{{4}}') THEN try_strptime({dashed}, '%m-%d-%Y')::DATE "
        f"WHEN regexp_full_match({text}, '{american}[0-9]{{2}}') THEN try_strptime({dashed}, '%m-%d-%y')::DATE END"
    )
    return f"CASE WHEN year({date}) {_YEARS} THEN {date} END"
