"""The rules for one award, as a declared table, evaluated for all awards in one SQL pass.

A broken rule of severity ERROR rejects the row; a WARNING is counted and kept with it, as a bit of its `warnings`.
Each rule names where it comes from: a field of the SBA's data dictionary (DICTIONARY), or practice of the file.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from sbir_etl.awards.schema import BY_NAME, COLUMNS, Kind

Severity = Literal["ERROR", "WARNING"]

DICTIONARY: Final = "SBA award data dictionary"
FIRST_YEAR: Final = 1983  # the first SBIR awards
LARGE_AMOUNT: Final = 5_000_000


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule; `broken` is SQL over the columns of `typed`, TRUE where the rule is broken (NULL counts as kept)."""

    id: str
    field: str
    severity: Severity
    title: str
    broken: str
    source: str


@dataclass(frozen=True, kw_only=True)
class RuleCount:
    """How often a rule was broken; `sample_rows` holds up to 20 row numbers."""

    id: str
    field: str
    severity: Severity
    title: str
    count: int
    sample_rows: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ValidationSummary:
    """The figures of one validation: `accepted + duplicates + rejected == rows`, and `rejected` includes `unreadable`.

    `pass_rate` is the share of rows that are readable and break no ERROR rule. `cleaned` maps column to operation to
    count. `fiscal_year_agreement` is of the accepted awards that have a date: the share whose fiscal years agree.
    `shared_keys` are accepted awards whose identifiers are not theirs alone, or that have none. `vintage` is the file
    that was validated: the one that has the abstracts.
    """

    rows: int
    accepted: int
    duplicates: int
    rejected: int
    unreadable: int
    pass_rate: float
    fiscal_year_agreement: float
    shared_keys: int = 0
    rules: tuple[RuleCount, ...] = ()
    cleaned: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    vintage: str | None = None


_FILE: Final = "practice of the award file"
# SAM.gov issues no O and no I, and no zero in front.
_UEI: Final = "[A-HJ-NP-Z1-9][A-HJ-NP-Z0-9]{11}"
_PHONE: Final = r"\(?[0-9]{3}\)?[ .-]*[0-9]{3}[ .-]*[0-9]{4}"
_STATES: Final = (
    "A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]"
    "|PR|VI|GU|AS|MP"
)
_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"


def _error(rule_id: str, column: str, title: str, broken: str) -> Rule:
    return Rule(id=rule_id, field=column, severity="ERROR", title=title, broken=broken, source=_dictionary(column))


def _warning(rule_id: str, column: str, title: str, broken: str, source: str | None = None) -> Rule:
    return Rule(
        id=rule_id,
        field=column,
        severity="WARNING",
        title=title,
        broken=broken,
        source=source or _dictionary(column),
    )


def _dictionary(column: str) -> str:
    return f"{DICTIONARY}, {BY_NAME[column].source}"


def _missing(rule_id: str, column: str) -> Rule:
    return _error(rule_id, column, f"{BY_NAME[column].header} is missing", f"{column} IS NULL")


def _unlike(rule_id: str, column: str, wanted: str, pattern: str) -> Rule:
    title = f"{BY_NAME[column].header} is not {wanted}"
    return _warning(rule_id, column, title, f"NOT regexp_full_match({column}, '{pattern}')")


def _not_a_date(column: str) -> Rule:
    title = f"{BY_NAME[column].header} is not a date"
    return _warning(f"{_dashed(column)}-format", column, title, f"{column} IS NOT NULL AND {column}_on IS NULL")


def _not_a_flag(column: str) -> Rule:
    title = f"{BY_NAME[column].header} is not Y, N or U"
    return _warning(f"{_dashed(column)}-flag", column, title, f"{column} NOT IN ('Y', 'N', 'U')")


def _too_long(column: str) -> Rule:
    limit = BY_NAME[column].max_length
    title = f"{BY_NAME[column].header} is longer than {limit} characters"
    return _warning(f"{_dashed(column)}-length", column, title, f"length({column}) > {limit}")


def _dashed(column: str) -> str:
    return column.replace("_", "-")


def _names(kind: Kind) -> Iterable[str]:
    return (column.name for column in COLUMNS if column.kind == kind)


_HAVE_A_FORMAT: Final = ("program", "uei", "duns", "state", "zip", "solicitation_year", "award_year")
_LIMITED: Final = tuple(
    column.name
    for column in COLUMNS
    if column.max_length and column.kind != "flag" and column.name not in _HAVE_A_FORMAT
)

RULES: Final[tuple[Rule, ...]] = (
    _missing("company-missing", "company"),
    _missing("title-missing", "award_title"),
    _missing("agency-missing", "agency"),
    _error("phase-unknown", "phase", "Phase is not I, II or III", "phase_number IS NULL"),
    _error("program-unknown", "program", "Program is neither SBIR nor STTR", "NOT is_sbir AND NOT is_sttr"),
    _error(
        "award-year-invalid",
        "award_year",
        f"Award Year is not a fiscal year from {FIRST_YEAR} on",
        f"coalesce(award_year_number NOT BETWEEN {FIRST_YEAR} AND latest_year(), true)",
    ),
    _missing("amount-missing", "award_amount"),
    _error(
        "amount-not-numeric",
        "award_amount",
        "Award Amount is not a number of dollars",
        "award_amount IS NOT NULL AND award_amount_dollars IS NULL",
    ),
    _error("amount-negative", "award_amount", "Award Amount is negative", "award_amount_dollars < 0"),
    _warning("amount-zero", "award_amount", "Award Amount is zero", "award_amount_dollars = 0", _FILE),
    _warning(
        "amount-large",
        "award_amount",
        f"Award Amount is over {LARGE_AMOUNT:,} dollars",
        f"award_amount_dollars > {LARGE_AMOUNT}",
        _FILE,
    ),
    _warning(
        "fiscal-year-differs",
        "award_year",
        "Award Year is not the fiscal year of Proposal Award Date (October starts the next one)",
        "award_year_number <> fiscal_year",
    ),
    _warning(
        "end-before-start",
        "contract_end_date",
        "Contract End Date is before Proposal Award Date",
        "contract_end_date_on < proposal_award_date_on",
    ),
    *map(_not_a_date, _names("date")),
    _warning(
        "tracking-number-missing",
        "agency_tracking_number",
        "Agency Tracking Number is missing",
        "agency_tracking_number IS NULL",
    ),
    _warning(
        "branch-missing",
        "branch",
        "Branch is missing, which DoD awards must name",
        "branch IS NULL AND agency = 'Department of Defense'",
    ),
    _warning("abstract-missing", "abstract", "Abstract is missing", "abstract IS NULL"),
    _warning(
        "characters-lost",
        "abstract",
        "Title or Abstract has the sign for a lost character (U+FFFD)",
        "contains(abstract, chr(65533)) OR contains(award_title, chr(65533))",
        _FILE,
    ),
    _warning("institution-missing", "ri_name", "RI Name is missing in an STTR award", "is_sttr AND ri_name IS NULL"),
    _warning("institution-unexpected", "ri_name", "RI Name in an SBIR award", "is_sbir AND ri_name IS NOT NULL"),
    _unlike("uei-format", "uei", "12 characters as SAM.gov issues them", _UEI),
    _unlike("duns-format", "duns", "9 digits", "[0-9]{9}"),
    _unlike("state-unknown", "state", "a code of the US Postal Service", _STATES),
    _unlike("zip-format", "zip", "5 digits, or 5-4", "[0-9]{5}(-[0-9]{4})?"),
    _unlike("solicitation-year-format", "solicitation_year", "4 digits", "[0-9]{4}"),
    _unlike("employees-range", "number_employees", "a whole number from 0 to 500", "[0-9]{1,2}|[0-4][0-9]{2}|500"),
    *(_unlike(f"{_dashed(name)}-format", name, "10 digits", _PHONE) for name in _names("phone")),
    *(_unlike(f"{_dashed(name)}-format", name, "an e-mail address", _EMAIL) for name in _names("email")),
    *map(_not_a_flag, _names("flag")),
    *map(_too_long, _LIMITED),
)

BITS: Final = {rule.id: 1 << position for position, rule in enumerate(RULES)}
_ERRORS: Final = tuple(rule for rule in RULES if rule.severity == "ERROR")
ERROR_BITS: Final = sum(BITS[rule.id] for rule in _ERRORS)


def broken(rules: Iterable[Rule] = RULES) -> str:
    """SQL of the bitmask of broken rules, over the columns of `values.typed`; latest_year() is a macro."""
    bits = (f"CASE WHEN {rule.broken} THEN {BITS[rule.id]} ELSE 0 END" for rule in rules)
    return f"({' + '.join(bits)})::BIGINT"


def rejected() -> str:
    """SQL of whether a rule of severity ERROR is broken."""
    return f"({broken(_ERRORS)} <> 0)"
