"""From raw.parquet to awards, rejects and issues: cleaned, ruled, identified, and every row accounted for.

What one row alone settles is settled while the awards are written, in one pass over the raw rows. A narrow pass before
it finds the few rows where it does not: rejected ones, copies, and awards whose keys collide.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb

from sbir_etl.awards import abstracts, cleaning, identity, parquet, rules, values
from sbir_etl.awards.rules import RULES, RuleCount, ValidationSummary
from sbir_etl.awards.schema import NAMES
from sbir_etl.database import connect, quoted

SAMPLES: Final = 20
VALUE_LENGTH: Final = 200
_LAST_YEAR_EVER: Final = 2099
_SHORT: Final = tuple(name for name in NAMES if name != "abstract")
_MASKS: Final = ", ".join(operation.id for operation in cleaning.OPERATIONS)


@dataclass(frozen=True, kw_only=True)
class ValidationFiles:
    """Where `validate` writes its three Parquet files."""

    awards: Path
    rejects: Path
    issues: Path


def validate(
    raw_path: Path, unreadable_path: Path, files: ValidationFiles, *, scratch: Path, as_of: date | None = None
) -> ValidationSummary:
    """Clean, check and identify every row; award years may go up to the year after `as_of`.

    awards: row_number; the columns cleaned (NULL for blank and placeholder), but of the abstract only abstract_hash
    UBIGINT and cleaned_abstract (see `abstracts`); award_amount_dollars DECIMAL(18,2), award_year_number INTEGER,
    phase_number INTEGER, proposal_awarded_on DATE, contract_ends_on DATE, award_id, award_key, content_hash
    (`identity.content_hash`), duplicate_count INTEGER (copies collapsed into this row), warnings BIGINT
    (`rules.BITS`), and a BIGINT per operation of `cleaning` with the bits of the columns it changed.
    rejects: row_number, line, byte_offset (NULL for kind 'rule'), kind ('unreadable' | 'rule'), reason, raw BLOB.
    issues: row_number, rule_id, field, severity, value (raw, its first 200 characters; NULL for an abstract).
    """
    # A join keeps the order of the file only within one thread.
    with connect(scratch, threads=1) as database:
        cleaning.install(database)
        # The raw rows are streamed past a table of the others: a join that held 400 MB of them would not fit.
        database.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        _create_inputs(database, raw_path, unreadable_path, as_of.year + 1 if as_of else _LAST_YEAR_EVER)
        _set_apart(database)
        parquet.write(database, _awards(), files.awards)
        parquet.write(database, _rejects(), files.rejects)
        _create_checks(database, files.awards)
        parquet.write(database, _issues(), files.issues)
        return _summary(database, files)


def _create_inputs(
    database: duckdb.DuckDBPyConnection, raw_path: Path, unreadable_path: Path, latest_year: int
) -> None:
    database.execute(f"CREATE VIEW raw AS FROM read_parquet({quoted(raw_path)})")
    database.execute(f"CREATE VIEW unreadable AS FROM read_parquet({quoted(unreadable_path)})")
    database.execute(f"CREATE MACRO latest_year() AS {latest_year}")
    database.execute("CREATE TEMP TABLE rule (id VARCHAR, field VARCHAR, severity VARCHAR, title VARCHAR, bit BIGINT)")
    rows = [(rule.id, rule.field, rule.severity, rule.title, rules.BITS[rule.id]) for rule in RULES]
    columns = [list(column) for column in zip(*rows, strict=True)]
    database.execute(f"INSERT INTO rule SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)


def _keyed(source: str) -> str:
    """CTEs from raw columns to `keyed`: cleaned, typed, with their key."""
    return f"""
        {cleaning.cleaned(source)},
        keyed AS (SELECT *, {identity.award_key()} AS award_key FROM ({values.typed("cleaned")}))
    """


def _set_apart(database: duckdb.DuckDBPyConnection) -> None:
    """apart: the rows that one row alone cannot settle, being rejected, without a key or sharing one; all about them.

    kept: which of them are awards: the first of their copies, with the number of copies and the suffix of the id.
    """
    database.execute(f"""
        CREATE TEMP TABLE unsettled AS
        WITH {_keyed("raw")},
        narrow AS (
            SELECT row_number, hash(award_key) AS key, award_key IS NULL OR {rules.rejected()} AS alone FROM keyed
        )
        SELECT unnest(list(row_number)) AS row_number FROM narrow GROUP BY key HAVING count(*) > 1 OR bool_or(alone)
    """)
    database.execute("CREATE TEMP TABLE raw_apart AS FROM raw SEMI JOIN unsettled USING (row_number)")
    database.execute(f"""
        CREATE TEMP TABLE apart AS
        WITH {_keyed("raw_apart")}
        SELECT row_number, {rules.broken()} AS broken, {_MASKS}, award_key, {identity.twin_hash()} AS twin_hash,
            {identity.content_digest()} AS content_digest
        FROM keyed
    """)
    database.execute(f"""
        CREATE TEMP TABLE kept AS
        WITH firsts AS (
            SELECT min(row_number) AS row_number, (count(*) - 1)::INTEGER AS duplicate_count, content_digest,
                any_value(award_key) AS award_key, any_value(twin_hash) AS twin_hash
            FROM apart WHERE broken & {rules.ERROR_BITS} = 0 GROUP BY content_digest
        )
        SELECT row_number, duplicate_count, suffix FROM firsts JOIN ({identity.suffixes("firsts")}) USING (row_number)
    """)


def _awards() -> str:
    return f"""
        WITH left_out AS (FROM apart ANTI JOIN kept USING (row_number)),
        raw_awards AS (FROM raw ANTI JOIN left_out USING (row_number)), {_keyed("raw_awards")}
        SELECT row_number, {", ".join(_SHORT)}, {abstracts.COLUMNS},
            award_amount_dollars, award_year_number, phase_number,
            proposal_award_date_on AS proposal_awarded_on, contract_end_date_on AS contract_ends_on,
            concat(award_key, suffix) AS award_id, award_key, {identity.content_hash()} AS content_hash,
            coalesce(duplicate_count, 0) AS duplicate_count, {rules.broken()} AS warnings, {_MASKS}
        FROM keyed LEFT JOIN kept USING (row_number)
    """


def _rejects() -> str:
    verbatim = ", ".join(f"'\"' || replace({name}, '\"', '\"\"') || '\"'" for name in NAMES)
    return f"""
        SELECT row_number, line, byte_offset, 'unreadable' AS kind, reason, raw FROM unreadable
        UNION ALL
        SELECT row_number, NULL, NULL, 'rule', string_agg(title, '; ' ORDER BY bit), any_value(raw)
        FROM (
            SELECT row_number, broken, encode(concat_ws(',', {verbatim})) AS raw
            FROM raw_apart JOIN apart USING (row_number) WHERE broken & {rules.ERROR_BITS} <> 0
        ) JOIN rule ON broken & bit <> 0 AND severity = 'ERROR'
        GROUP BY row_number
        ORDER BY row_number
    """


def _create_checks(database: duckdb.DuckDBPyConnection, awards_path: Path) -> None:
    """checks: of every readable row, the rules it broke and the columns each operation changed."""
    database.execute(f"""
        CREATE TEMP TABLE checks AS
        SELECT row_number, warnings AS broken, {_MASKS} FROM read_parquet({quoted(awards_path)})
        UNION ALL
        SELECT row_number, broken, {_MASKS} FROM apart ANTI JOIN kept USING (row_number)
    """)


def _issues() -> str:
    found = " ".join(f"WHEN '{name}' THEN left({name}, {VALUE_LENGTH})" for name in _SHORT)
    return f"""
        SELECT row_number, rule.id AS rule_id, field, severity, CASE field {found} END AS value
        FROM raw JOIN (FROM checks WHERE broken <> 0) USING (row_number) JOIN rule ON broken & bit <> 0
        ORDER BY row_number, bit
    """


def _summary(database: duckdb.DuckDBPyConnection, files: ValidationFiles) -> ValidationSummary:
    def figures(columns: str, source: str) -> tuple[int, ...]:
        row = database.execute(f"SELECT {columns} FROM {source}").fetchone()
        assert row is not None
        return tuple(int(value or 0) for value in row)

    (readable,) = figures("count(*)", "raw")
    rejected, unreadable = figures("count(*), count_if(kind = 'unreadable')", f"read_parquet({quoted(files.rejects)})")
    fiscal = "award_year_number = year(proposal_awarded_on + INTERVAL 3 MONTH)"
    accepted, duplicates, dated, agreeing, shared_keys = figures(
        f"count(*), sum(duplicate_count), count({fiscal}), count_if({fiscal}), "
        "count_if(award_key IS NULL OR award_id <> award_key)",
        f"read_parquet({quoted(files.awards)})",
    )
    rows = readable + unreadable
    return ValidationSummary(
        rows=rows,
        accepted=accepted,
        duplicates=duplicates,
        rejected=rejected,
        unreadable=unreadable,
        pass_rate=(rows - rejected) / rows if rows else 0.0,
        fiscal_year_agreement=agreeing / dated if dated else 1.0,
        shared_keys=shared_keys,
        rules=_rule_counts(database, files.issues),
        cleaned=_cleaned(database),
    )


def _rule_counts(database: duckdb.DuckDBPyConnection, issues_path: Path) -> tuple[RuleCount, ...]:
    counted = database.execute(f"""
        SELECT rule_id, count(*), min(row_number, {SAMPLES}) FROM read_parquet({quoted(issues_path)}) GROUP BY rule_id
    """).fetchall()
    found = {rule_id: (count, tuple(samples)) for rule_id, count, samples in counted}
    return tuple(
        RuleCount(
            id=rule.id, field=rule.field, severity=rule.severity, title=rule.title, count=count, sample_rows=samples
        )
        for rule in RULES
        for count, samples in [found.get(rule.id, (0, ()))]
    )


def _cleaned(database: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """Column to operation to count."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for operation in cleaning.OPERATIONS:
        masks = database.execute(f"SELECT {operation.id}, count(*) FROM checks GROUP BY ALL").fetchall()
        for column, count in cleaning.counted(masks).items():
            counts[column][operation.id] = count
    return {name: counts[name] for name in NAMES if name in counts}
