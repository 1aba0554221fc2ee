"""The company-search exports of SBIR.gov: optional, exported by hand, so what is odd is a warning, never a failure."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Final, TextIO

from sbir_etl.awards import parquet
from sbir_etl.companies.handover import add_rows
from sbir_etl.companies.resolution import MEMORY, resolve
from sbir_etl.database import connect

FILES: Final = "*company_search*.csv"
HEADER: Final = (
    "Company Name", "UEI", "DUNs", "Number Awards", "Address 1", "Address 2", "City", "State", "ZIP", "Country",
    "Hubzone Owned", "Women Owned", "Socially Economically Disadvantaged", "Company URL",
)  # fmt: skip
_KEPT: Final = {
    "Company Name": "label", "UEI": "uei", "DUNs": "duns", "State": "state", "City": "city", "ZIP": "zip",
    "Company URL": "website",
}  # fmt: skip
_NOTHING: Final = frozenset(("", "-", "N/A"))
_DAMAGE: Final = "\N{REPLACEMENT CHARACTER}"
_NO_LETTER: Final = re.compile(r"[^a-z0-9]")

Row = list[str | None]

# The first sighting of a firm counts as the latest: files are read by name, rows in their order.
_SOURCE: Final = f"""
CREATE TABLE exported ({", ".join(f"{name} VARCHAR" for name in _KEPT.values())});
CREATE VIEW sighting_source AS
SELECT *, rowid AS id, -rowid AS recency, NULL::DECIMAL(18, 2) AS dollars FROM exported;
"""
_CATALOGUE: Final = """
SELECT firm_id AS catalogue_id, name, normalized_name, uei, duns, state, city, zip, website,
    all_names, all_duns, all_states, all_places
FROM firms ORDER BY catalogue_id
"""


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the exports held: `rows` as read, `firms` once the copies across files are merged."""

    files: tuple[str, ...]
    rows: int
    firms: int
    warnings: tuple[str, ...]


def read_catalogue(folder: Path, *, catalogue: Path, scratch: Path | None = None) -> Catalogue:
    """Write `catalogue` (Parquet) from every `*company_search*.csv` in `folder`; all text, copies across files merged.

    Columns: catalogue_id, name, normalized_name, uei, duns, state, city, zip, website, all_names, all_duns, all_states,
    all_places, as of the awards' companies. Without such files: zero rows.
    """
    paths = sorted(folder.glob(FILES))
    rows = 0
    warnings: list[str] = []
    with connect(scratch, memory_limit=MEMORY, threads=1) as connection:
        connection.execute(_SOURCE)
        for path in paths:
            rows += add_rows(connection, "exported", _read(path, warnings))
        resolve(connection)
        firms = parquet.write(connection, _CATALOGUE, catalogue)
    return Catalogue(
        files=tuple(path.name for path in paths),
        rows=rows,
        firms=firms,
        warnings=tuple(warnings),
    )


def _read(path: Path, warnings: list[str]) -> Iterator[Row]:
    if not path.is_file():
        warnings.append(f"{path.name}: no file but something else of that name, it is left out")
        return
    with path.open(encoding=_encoding(path), errors="replace", newline="") as stream:
        lines = _lines(stream)
        header = next(lines, [])
        places = _places(path.name, header, warnings)
        if "Company Name" not in places:
            warnings.append(f"{path.name}: no column Company Name, the file is left out")
            return
        yield from _rows(path.name, lines, len(header), places, warnings)


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        return "utf-16" if stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"


def _lines(stream: TextIO) -> Iterator[list[str]]:
    """The records; one that csv refuses comes as one of a single field, which no header has."""
    records = csv.reader(stream)
    while True:
        try:
            yield next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield [str(error)]


def _places(name: str, header: list[str], warnings: list[str]) -> Mapping[str, int]:
    """Where each known column stands, however it is spelled and wherever it has moved."""
    found = {_spelling(column): place for place, column in enumerate(header)}
    missing = [column for column in HEADER if _spelling(column) not in found]
    extra = sorted(set(found) - {_spelling(column) for column in HEADER})
    if missing:
        warnings.append(f"{name}: columns missing: {', '.join(missing)}")
    if extra:
        warnings.append(f"{name}: columns unknown: {', '.join(header[found[column]] for column in extra)}")
    return {column: found[_spelling(column)] for column in HEADER if _spelling(column) in found}


def _spelling(column: str) -> str:
    return _NO_LETTER.sub("", column.casefold())


def _rows(
    name: str, lines: Iterator[list[str]], width: int, places: Mapping[str, int], warnings: list[str]
) -> Iterator[Row]:
    odd = nameless = damaged = 0
    kept = itemgetter(*(places.get(column, width) for column in _KEPT))
    for fields in lines:
        if len(fields) != width:
            odd += bool(fields)
            continue
        damaged += _DAMAGE in "".join(fields)
        fields.append("")  # what a column that is missing holds
        row = [text if (text := field.strip()) not in _NOTHING else None for field in kept(fields)]
        if row[0] is None:
            nameless += 1
        else:
            yield row
    if odd:
        warnings.append(f"{name}: {odd} rows do not have the header's {width} fields and are left out")
    if damaged:
        warnings.append(f"{name}: {damaged} rows have bytes that are not UTF-8")
    if nameless:
        warnings.append(f"{name}: {nameless} rows name no company and are left out")
