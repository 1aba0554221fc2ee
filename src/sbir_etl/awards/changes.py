"""What changed since the live run: awards added, changed field by field, rewritten without meaning, removed.

The site rewrites half of its rows within months: another case, a comma less, "2017.1" for "17.1". Such rewrites are
told apart from changes, or nobody would find these.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import duckdb

from sbir_etl.awards import identity, parquet, values
from sbir_etl.awards.abstracts import AwardFiles, abstracts
from sbir_etl.awards.schema import BY_NAME, COLUMNS, NAMES, PERSONAL, Column
from sbir_etl.database import connect, quoted

Kind = Literal["added", "changed", "cosmetic", "removed"]

# How many of each kind go into the summary: 50 in all.
SAMPLES: Final[Mapping[Kind, int]] = {"added": 15, "changed": 20, "cosmetic": 5, "removed": 10}
KEPT_LENGTH: Final = 300
# In a sample, for what changed about a person; changes.parquet has it.
WITHHELD: Final = "(not shown)"
# What the database holds before it spills, whatever the number of awards.
_MEMORY: Final = "128MB"
# The same where texts of two vintages are read: a row group of each is in memory, and no part of one can be spilled.
_MEMORY_FOR_TEXTS: Final = "200MB"
# Bounds the hashed side of the joins when half of the awards were rewritten.
_COLUMNS_AT_A_TIME: Final = 5
_DIFFERENCES: Final = """
CREATE TEMP TABLE differences
(now_row BIGINT, place INTEGER, field VARCHAR, before VARCHAR, after VARCHAR, cosmetic BOOLEAN)
"""
_OTHER_ABSTRACT: Final = "CREATE TEMP TABLE other_abstract (live_row BIGINT, now_row BIGINT)"
# Lists that are gathered from many rows cannot be spilled: they are gathered from so many differences at a time.
_DIFFERENCES_AT_A_TIME: Final = 100_000
_REWRITTEN: Final = """
CREATE TEMP TABLE rewritten
(award_id VARCHAR, kind VARCHAR, company VARCHAR, award_title VARCHAR, fields VARCHAR[], before VARCHAR[],
after VARCHAR[])
"""
_ASCII_PUNCTUATION: Final = bytes(code for code in range(128) if not chr(code).isalnum())
_PUNCTUATION: Final = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class Change:
    """One award's change, or for kind 'changed' and 'cosmetic' the change of one of its fields."""

    award_id: str
    kind: Kind
    company: str | None
    title: str | None
    field: str | None = None
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeSummary:
    """Counts of awards; `against` is the run compared with, None for the first one (then everything is added).

    `cosmetic` counts awards whose only differences mean nothing (case, punctuation, number formats); `by_field` counts
    meaningful changes per field; `samples` holds up to 50, without names, phones and addresses of persons.
    """

    against: str | None
    added: int
    changed: int
    cosmetic: int
    removed: int
    unchanged: int
    by_field: Mapping[str, int] = field(default_factory=dict)
    samples: tuple[Change, ...] = ()


def compare(
    now: AwardFiles, changes_path: Path, *, live: AwardFiles | None, against: str | None, scratch: Path
) -> ChangeSummary:
    """Compare awards with the live run's, by award_id.

    changes.parquet, ordered by award_id: award_id, kind, company, award_title, fields VARCHAR[], before VARCHAR[],
    after VARCHAR[] (parallel lists, empty for added and removed; texts up to 300 characters; of a changed award only
    the fields whose meaning changed).
    """
    with connect(scratch, memory_limit=_MEMORY, threads=1) as database:
        database.execute(f"CREATE VIEW now AS FROM read_parquet({quoted(now.awards)})")
        if live is None:
            # Ordered first, or what all of them have alike would be sorted with them.
            parquet.write(database, _alone("added", "(FROM now ORDER BY award_id)"), changes_path)
            unchanged = 0
        else:
            unchanged = _compare_with(database, live, now, changes_path)
        return _summary(database, changes_path, against, unchanged)


def _compare_with(database: duckdb.DuckDBPyConnection, live: AwardFiles, now: AwardFiles, changes_path: Path) -> int:
    """Write the changes; the number of awards in which nothing changed."""
    database.create_function("same_letters", same_letters)
    database.execute(f"SET memory_limit = '{_MEMORY_FOR_TEXTS}'")
    # The wide rows of the live run are hashed, those of this run stream by; the optimizer would not always see it.
    database.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    database.execute(f"CREATE VIEW live AS FROM read_parquet({quoted(live.awards)})")
    database.execute(_DIFFERENCES)
    database.execute(_OTHER_ABSTRACT)
    for side, files in (("now", now), ("live", live)):
        rows = f"SELECT {side}_row AS row_number FROM other_abstract"
        database.execute(f"CREATE TEMP VIEW {side}_abstract AS {abstracts(files, rows)}")
    _pair(database)
    _find_differences(database)
    _gather(database)
    parquet.write(database, _CHANGES, changes_path)
    # Not those of the same hash: it may have been made by another version of DuckDB.
    counted = database.execute("""
        SELECT (SELECT count(*) FROM pairs WHERE live_row IS NOT NULL AND now_row IS NOT NULL)
            - (SELECT count(DISTINCT now_row) FROM differences)
    """).fetchone()
    assert counted is not None
    return int(counted[0])


def _pair(database: duckdb.DuckDBPyConnection) -> None:
    """pairs: the row numbers of each award on both sides, NULL where it is missing, and whether its content differs.

    An award whose key became shared, or is no longer, has another id than before: what is left over on both sides is
    paired by what tells twins apart.
    """
    database.execute("""
        CREATE TEMP TABLE pairs AS
        SELECT live.row_number AS live_row, now.row_number AS now_row, live.content_hash <> now.content_hash AS differs
        FROM (SELECT award_id, row_number, content_hash FROM now) now
        FULL JOIN (SELECT award_id, row_number, content_hash FROM live) live USING (award_id)
    """)
    for side in ("live", "now"):
        database.execute(f"""
            CREATE TEMP TABLE {side}_left AS
            SELECT row_number, content_hash, award_key, {identity.twin_hash()} AS twin_hash
            FROM (FROM {side} SEMI JOIN (
                SELECT {side}_row AS row_number FROM pairs WHERE live_row IS NULL OR now_row IS NULL
            ) USING (row_number))
            QUALIFY count(*) OVER (PARTITION BY award_key, twin_hash) = 1
        """)
    database.execute("""
        CREATE TEMP TABLE twins AS
        SELECT live_left.row_number AS live_row, now_left.row_number AS now_row,
            live_left.content_hash <> now_left.content_hash AS differs
        FROM live_left JOIN now_left
            ON live_left.twin_hash = now_left.twin_hash AND live_left.award_key IS NOT DISTINCT FROM now_left.award_key
    """)
    database.execute("DELETE FROM pairs WHERE live_row IN (SELECT live_row FROM twins) AND now_row IS NULL")
    database.execute("DELETE FROM pairs WHERE now_row IN (SELECT now_row FROM twins) AND live_row IS NULL")
    database.execute("INSERT INTO pairs FROM twins")


def _find_differences(database: duckdb.DuckDBPyConnection) -> None:
    """differences: a row per field that differs in an award with other content, and whether that means nothing."""
    database.execute("CREATE VIEW differing AS SELECT live_row, now_row FROM pairs WHERE differs")
    database.execute("""
        INSERT INTO other_abstract
        SELECT live_row, now_row
        FROM (SELECT row_number AS now_row, abstract_hash FROM now) now
        JOIN (SELECT now_row, live_row, abstract_hash FROM live JOIN differing ON row_number = live_row) live
            USING (now_row)
        WHERE live.abstract_hash IS DISTINCT FROM now.abstract_hash
    """)
    short = [(place, column) for place, column in enumerate(COLUMNS) if column.name != "abstract"]
    for start in range(0, len(short), _COLUMNS_AT_A_TIME):
        _compare_fields(database, "differing", short[start : start + _COLUMNS_AT_A_TIME])
    _compare_fields(database, "other_abstract", [(NAMES.index("abstract"), BY_NAME["abstract"])], kept_in="_abstract")


def _compare_fields(
    database: duckdb.DuckDBPyConnection, paired: str, columns: Sequence[tuple[int, Column]], *, kept_in: str = ""
) -> None:
    names = ", ".join(column.name for _, column in columns)
    database.execute(f"""
        INSERT INTO differences
        SELECT now_row, told.* FROM (
            SELECT now_row, unnest([{", ".join(_difference(place, column) for place, column in columns)}]) AS told
            FROM (SELECT row_number AS now_row, {names} FROM now{kept_in}) now
            JOIN (SELECT now_row, {names} FROM live{kept_in} JOIN {paired} ON row_number = live_row) live
                USING (now_row)
        ) WHERE told IS NOT NULL
    """)


def _difference(place: int, column: Column) -> str:
    before, after = f"live.{column.name}", f"now.{column.name}"
    return f"""CASE WHEN {before} IS DISTINCT FROM {after} THEN {{
        'place': {place}, 'field': '{column.name}',
        'before': left({before}, {KEPT_LENGTH}), 'after': left({after}, {KEPT_LENGTH}),
        'cosmetic': coalesce({_same_meaning(column, before, after)}, false)}} END"""


def _same_meaning(column: Column, before: str, after: str) -> str:
    match column.kind:
        case "money":
            return f"{values.dollars(before)} = {values.dollars(after)}"
        case "date":
            return f"{values.date(before)} = {values.date(after)}"
        case "url":
            scheme = "'^(https?://)?(www[.])?'"
            before, after = (f"regexp_replace(lower({text}), {scheme}, '')" for text in (before, after))
        case _ if column.name == "solicitation_number":
            century = r"'\b(19|20)([0-9][0-9][.])', '\2', 'g'"
            before, after = (f"regexp_replace({text}, {century})" for text in (before, after))
    return f"same_letters({before}, {after})"


def same_letters(before: str, after: str) -> bool:
    """Whether two texts are the same but for case, blanks and punctuation; not if nothing else is in them.

    >>> same_letters("ACME, INC.", "Acme Inc"), same_letters("Acme Inc", "Acme Ink"), same_letters("?", "!")
    (True, False, False)
    """
    letters = _letters(before)
    return letters == _letters(after) and letters != b""


def _letters(text: str) -> bytes:
    if text.isascii():
        return text.encode().lower().translate(None, _ASCII_PUNCTUATION)
    return _PUNCTUATION.sub("", text.casefold()).encode()


def _gather(database: duckdb.DuckDBPyConnection) -> None:
    """rewritten: the differences of each award in one row, as in changes.parquet."""
    database.execute(_REWRITTEN)
    parts = database.execute(f"""
        SELECT min(now_row), max(now_row) FROM (
            SELECT now_row, sum(count(*)) OVER (ORDER BY now_row) // {_DIFFERENCES_AT_A_TIME} AS part
            FROM differences GROUP BY now_row
        ) GROUP BY part ORDER BY part
    """).fetchall()
    for first, last in parts:
        database.execute(f"""
            INSERT INTO rewritten
            WITH told AS (
                SELECT *, if(bool_and(cosmetic) OVER (PARTITION BY now_row), 'cosmetic', 'changed') AS kind
                FROM differences WHERE now_row BETWEEN {first} AND {last}
            ), by_award AS (
                SELECT now_row, kind, list(field ORDER BY place) AS fields, list(before ORDER BY place) AS before,
                    list(after ORDER BY place) AS after
                FROM told WHERE kind = 'cosmetic' OR NOT cosmetic GROUP BY now_row, kind
            )
            SELECT award_id, kind, company, award_title, fields, before, after
            FROM (FROM now WHERE row_number BETWEEN {first} AND {last}) now
            JOIN by_award ON row_number = now_row
        """)


def _alone(kind: Kind, side: str) -> str:
    return f"""
        SELECT award_id, '{kind}' AS kind, company, award_title, []::VARCHAR[] AS fields, []::VARCHAR[] AS before,
            []::VARCHAR[] AS after
        FROM {side}
    """


_CHANGES: Final = f"""
    FROM rewritten
    UNION ALL {_alone("added", "now")}
    SEMI JOIN (SELECT now_row AS row_number FROM pairs WHERE live_row IS NULL) USING (row_number)
    UNION ALL {_alone("removed", "live")}
    SEMI JOIN (SELECT live_row AS row_number FROM pairs WHERE now_row IS NULL) USING (row_number)
    ORDER BY award_id, kind
"""


def _summary(
    database: duckdb.DuckDBPyConnection, changes_path: Path, against: str | None, unchanged: int
) -> ChangeSummary:
    changes = f"read_parquet({quoted(changes_path)})"
    counts = dict(database.execute(f"SELECT kind, count(*) FROM {changes} GROUP BY kind").fetchall())
    by_field = database.execute(f"""
        SELECT field, count(*) FROM (SELECT unnest(fields) AS field FROM {changes} WHERE kind = 'changed')
        GROUP BY field ORDER BY field
    """).fetchall()
    return ChangeSummary(
        against=against,
        added=counts.get("added", 0),
        changed=counts.get("changed", 0),
        cosmetic=counts.get("cosmetic", 0),
        removed=counts.get("removed", 0),
        unchanged=unchanged,
        by_field=dict(by_field),
        samples=tuple(sample for kind, limit in SAMPLES.items() for sample in _samples(database, changes, kind, limit)),
    )


def _samples(database: duckdb.DuckDBPyConnection, changes: str, kind: Kind, limit: int) -> list[Change]:
    before, after = (
        f"if(fields[1] IN {tuple(sorted(PERSONAL))} AND {side}[1] <> '', '{WITHHELD}', {side}[1])"
        for side in ("before", "after")
    )
    rows = database.execute(f"""
        SELECT award_id, company, award_title, fields[1], {before}, {after} FROM {changes} WHERE kind = '{kind}'
        ORDER BY award_id LIMIT {limit}
    """).fetchall()
    return [
        Change(award_id=award_id, kind=kind, company=company, title=title, field=field, before=before, after=after)
        for award_id, company, title, field, before, after in rows
    ]
