"""The company-search exports of SBIR.gov: optional, exported by hand, so what is odd is a warning, never a failure."""

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO

from sbir_etl.awards import parquet
from sbir_etl.companies.resolution import MEMORY, resolve
from sbir_etl.database import connect

FILES: Final = "*company_search*.csv"
HEADER: Final = (
    "Company Name", "UEI", "DUNs", "Number Awards", "Address 1", "Address 2", "City", "State", "ZIP", "Country",
    "Hubzone Owned", "Women Owned", "Socially Economically Disadvantaged", "Company URL",
)  # fmt: skip
# What is kept, in the order of the sightings' columns.
_KEPT: Final = ("Company Name", "UEI", "DUNs", "State", "City", "ZIP", "Company URL")
_DAMAGE: Final = "\N{REPLACEMENT CHARACTER}"
_NO_LETTER: Final = re.compile(r"[^a-z0-9]")

Row = tuple[str | None, ...]

# The first sighting of a firm counts as the latest: files are read by name, rows in their order.
_SOURCE: Final = """
CREATE TABLE sighting_source AS
SELECT row_number() OVER () AS id, -row_number() OVER () AS recency, NULL::DECIMAL(18, 2) AS dollars, * FROM (
    SELECT unnest($label) AS label, unnest($uei) AS uei, unnest($duns) AS duns, unnest($state) AS state,
        unnest($city) AS city, unnest($zip) AS zip, unnest($website) AS website
)
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


@dataclass(kw_only=True)
class _Reading:
    """Rows and warnings as the files are read."""

    rows: list[Row] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def read_catalogue(folder: Path, *, catalogue: Path, scratch: Path | None = None) -> Catalogue:
    """Write `catalogue` (Parquet) from every `*company_search*.csv` in `folder`; all text, copies across files merged.

    Columns: catalogue_id, name, normalized_name, uei, duns, state, city, zip, website, all_names, all_duns, all_states,
    all_places, as of the awards' companies. Without such files: zero rows.
    """
    reading = _Reading()
    paths = sorted(folder.glob(FILES))
    for path in paths:
        _read(path, reading)
    with connect(scratch, memory_limit=MEMORY, threads=1) as connection:
        columns: list[list[str | None]] = [list(column) for column in zip(*reading.rows, strict=True)] or [[]] * len(
            _KEPT
        )
        names = ("label", "uei", "duns", "state", "city", "zip", "website")
        connection.execute(_SOURCE, dict(zip(names, columns, strict=True)))
        resolve(connection)
        firms = parquet.write(connection, _CATALOGUE, catalogue)
    return Catalogue(
        files=tuple(path.name for path in paths),
        rows=len(reading.rows),
        firms=firms,
        warnings=tuple(reading.warnings),
    )


def _read(path: Path, reading: _Reading) -> None:
    if not path.is_file():
        reading.warnings.append(f"{path.name}: no file but something else of that name, it is left out")
        return
    with path.open(encoding=_encoding(path), errors="replace", newline="") as stream:
        lines = _lines(stream)
        header = next(lines, [])
        places = _places(path.name, header, reading.warnings)
        if "Company Name" not in places:
            reading.warnings.append(f"{path.name}: no column Company Name, the file is left out")
            return
        reading.rows += _rows(path.name, lines, len(header), places, reading.warnings)


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
    for fields in lines:
        if len(fields) != width:
            odd += bool(fields)
            continue
        damaged += _DAMAGE in "".join(fields)
        row = tuple(_text(fields[places[column]]) if column in places else None for column in _KEPT)
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


def _text(field_text: str) -> str | None:
    text = field_text.strip()
    return text if text not in ("", "-", "N/A") else None
