"""What the 42 columns hold: nulls, placeholders, distinct values, lengths, ranges, groups, and drift.

Each column is read once and grouped by value, so that everything about a value is asked once per distinct value.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from sbir_etl.awards import cleaning, values
from sbir_etl.awards.schema import BY_NAME, COLUMNS, PERSONAL, Column
from sbir_etl.database import connect, quoted

TOP: Final = 10
# Abstracts count as one when they begin alike.
COMPARED_LENGTH: Final = 300
SHOWN_LENGTH: Final = 100
NO_LABEL: Final = "(none)"
# Enough for the whole file; the abstracts of one five times as large spill, for a tenth more CPU. A second thread has
# nothing to win on columns that take hundredths of a second.
_MEMORY: Final = "192MB"
# Below this many awards a group's size says nothing when it moves.
_FEW: Final = 100
# All of them codes: cleaning those takes no Python, for which DuckDB would import NumPy.
_GROUPED: Final = ("award_year", "agency", "phase", "state")


@dataclass(frozen=True, kw_only=True)
class ColumnProfile:
    """One column; `nulls` are blank cells, lengths are in characters over the cells that are neither.

    `minimum` and `maximum` are of the amount or date where the column holds such, else of the text. Of a column about
    persons no value is shown: `top` is empty, the range None.
    """

    name: str
    header: str
    nulls: int
    placeholders: int
    distinct: int
    min_length: int | None
    max_length: int | None
    mean_length: float | None
    top: tuple[tuple[str, int], ...]
    minimum: str | None
    maximum: str | None


@dataclass(frozen=True, kw_only=True)
class Group:
    """Awards and dollars (a decimal as text, exact) of one year, agency, phase or state."""

    label: str
    awards: int
    dollars: str


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A measure of a column that moved further than the drift limits allow."""

    column: str
    measure: str
    before: str
    now: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    rows: int
    columns: tuple[ColumnProfile, ...]
    by_year: tuple[Group, ...]
    by_agency: tuple[Group, ...]
    by_phase: tuple[Group, ...]
    by_state: tuple[Group, ...]
    drift: tuple[Drift, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DriftLimits:
    """How far a measure may move before it is reported: shares in absolute points, lengths and distinct relatively."""

    share: float = 0.02
    relative: float = 0.10


def profile(raw_path: Path, *, before: Profile | None = None, limits: DriftLimits, scratch: Path) -> Profile:
    """Profile raw.parquet; drift is measured against `before`, the live run's profile."""
    with connect(scratch, memory_limit=_MEMORY, threads=1) as database:
        # Every column is a query of its own, and the file's footer is large.
        database.execute("SET parquet_metadata_cache = true")
        database.execute(f"CREATE VIEW raw AS FROM read_parquet({quoted(raw_path)})")
        row = database.execute("SELECT count(*) FROM raw").fetchone()
        assert row is not None
        groups = _groups(database)
        made = Profile(
            rows=row[0],
            columns=tuple(_column(database, column) for column in COLUMNS),
            by_year=groups["award_year"],
            by_agency=groups["agency"],
            by_phase=groups["phase"],
            by_state=groups["state"],
        )
    return replace(made, drift=tuple(_drift(before, made, limits))) if before else made


def _column(database: duckdb.DuckDBPyConnection, column: Column) -> ColumnProfile:
    row = database.execute(f"""
        WITH grouped AS ({_grouped(column)}),
        judged AS (
            SELECT *, CASE WHEN text = '' THEN 'blank' WHEN {cleaning.is_placeholder(column, "text")} THEN 'placeholder'
                ELSE 'said' END AS what
            FROM (SELECT *, {cleaning.trimmed("value")} AS text FROM grouped)
        )
        SELECT
            coalesce(sum(cells) FILTER (what = 'blank'), 0)::BIGINT,
            coalesce(sum(cells) FILTER (what = 'placeholder'), 0)::BIGINT,
            count(*) FILTER (what = 'said'),
            min(shortest) FILTER (what = 'said'), max(longest) FILTER (what = 'said'),
            round(sum(characters) FILTER (what = 'said') / sum(cells) FILTER (what = 'said'), 2)::DOUBLE,
            min({{'fewer': -cells, 'value': left(value, {SHOWN_LENGTH})}}, {TOP}) FILTER (what <> 'blank'),
            min({_typed(column)}) FILTER (what = 'said')::VARCHAR, max({_typed(column)}) FILTER (what = 'said')::VARCHAR
        FROM judged
    """).fetchone()
    assert row is not None
    nulls, placeholders, distinct, shortest, longest, mean, top, minimum, maximum = row
    shown = column.name not in PERSONAL
    return ColumnProfile(
        name=column.name,
        header=column.header,
        nulls=nulls,
        placeholders=placeholders,
        distinct=distinct,
        min_length=shortest,
        max_length=longest,
        mean_length=mean,
        top=tuple((entry["value"], -entry["fewer"]) for entry in top or ()) if shown else (),
        minimum=minimum if shown else None,
        maximum=maximum if shown else None,
    )


def _grouped(column: Column) -> str:
    """Each value with its cells and lengths. To group by the bare column is what makes this fast: Parquet keeps each
    value once, and only each value once is looked at afterwards."""
    name = column.name
    if name != "abstract":
        return f"""
            SELECT *, length(value) AS shortest, shortest AS longest, shortest * cells AS characters
            FROM (SELECT {name} AS value, count(*) AS cells FROM raw GROUP BY ALL)
        """
    # Of the many characters compared, those beyond the shown ones need not be kept: their hash tells them apart.
    return f"""
        SELECT left({name}, {SHOWN_LENGTH}) AS value, hash(left({name}, {COMPARED_LENGTH})) AS beginning,
            count(*) AS cells, min(length({name})) AS shortest, max(length({name})) AS longest,
            sum(length({name})) AS characters
        FROM raw GROUP BY ALL
    """


def _typed(column: Column) -> str:
    if column.kind == "money":
        return values.dollars("value")
    if column.kind == "date":
        return values.date("value")
    return f"left(value, {SHOWN_LENGTH})"


def _groups(database: duckdb.DuckDBPyConnection) -> dict[str, tuple[Group, ...]]:
    """The groups by their column, all from one pass."""
    columns = ", ".join(_GROUPED)
    places = " ".join(f"WHEN GROUPING({name}) = 0 THEN '{name}'" for name in _GROUPED)
    rows = database.execute(f"""
        WITH {cleaning.cleaned("raw", [BY_NAME[name] for name in (*_GROUPED, "award_amount")])},
        -- Few: so that what is grouped four times is not the awards.
        combined AS (
            SELECT {columns}, count(*) AS awards, sum({values.dollars("award_amount")}) AS dollars
            FROM cleaned GROUP BY ALL
        ),
        grouped AS (
            SELECT CASE {places} END AS place, coalesce({columns}, '{NO_LABEL}') AS label,
                sum(awards)::BIGINT AS awards, coalesce(sum(dollars), 0)::DECIMAL(38, 2)::VARCHAR AS dollars
            FROM combined GROUP BY GROUPING SETS ({columns})
        )
        SELECT place, label, awards, dollars FROM grouped
        ORDER BY CASE WHEN place IN ('agency', 'state') THEN awards END DESC, label
    """).fetchall()
    return {
        name: tuple(
            Group(label=label, awards=awards, dollars=dollars)
            for place, label, awards, dollars in rows
            if place == name
        )
        for name in _GROUPED
    }


def _drift(before: Profile, now: Profile, limits: DriftLimits) -> Iterator[Drift]:
    known = {column.name: column for column in before.columns}
    for column in now.columns:
        if column.name in known:
            yield from _column_drift(known[column.name], column, (before.rows, now.rows), limits)
    yield from _group_drift("award_year", before.by_year, now.by_year, limits)
    yield from _group_drift("agency", before.by_agency, now.by_agency, limits)
    yield from _group_drift("phase", before.by_phase, now.by_phase, limits)
    yield from _group_drift("state", before.by_state, now.by_state, limits)


def _column_drift(
    before: ColumnProfile, now: ColumnProfile, rows: tuple[int, int], limits: DriftLimits
) -> Iterator[Drift]:
    rows_before, rows_now = (max(count, 1) for count in rows)
    for measure in ("nulls", "placeholders"):
        old, new = getattr(before, measure) / rows_before, getattr(now, measure) / rows_now
        if abs(new - old) > limits.share:
            yield Drift(column=now.name, measure=f"share of {measure}", before=f"{old:.2%}", now=f"{new:.2%}")
    for measure, old, new in (
        ("distinct values", before.distinct, now.distinct),
        ("mean length", before.mean_length or 0, now.mean_length or 0),
    ):
        if _moved(old, new, limits):
            yield Drift(column=now.name, measure=measure, before=f"{old:,}", now=f"{new:,}")


def _group_drift(
    column: str, before: tuple[Group, ...], now: tuple[Group, ...], limits: DriftLimits
) -> Iterator[Drift]:
    old = {group.label: group.awards for group in before}
    new = {group.label: group.awards for group in now}
    for label in sorted(old.keys() | new.keys()):
        was, is_now = old.get(label, 0), new.get(label, 0)
        if max(was, is_now) >= _FEW and _moved(was, is_now, limits):
            yield Drift(column=column, measure=f"awards of {label}", before=f"{was:,}", now=f"{is_now:,}")


def _moved(before: float, now: float, limits: DriftLimits) -> bool:
    return abs(now - before) > limits.relative * max(before, now)
