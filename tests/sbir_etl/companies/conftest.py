from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sbir_etl.companies.catalogue import HEADER

Award = dict[str, Any]
Firm = dict[str, str]
Rows = list[dict[str, Any]]


@pytest.fixture
def awards_file(tmp_path: Path) -> Callable[[Sequence[Award]], Path]:
    """Writes an awards.parquet of the given awards, later ones later; what is not said is NULL."""

    def write(awards: Sequence[Award]) -> Path:
        path = tmp_path / "awards.parquet"
        with duckdb.connect() as connection:
            connection.execute(
                "CREATE TABLE awards (row_number BIGINT, award_id VARCHAR, company VARCHAR, uei VARCHAR, duns VARCHAR, "
                "state VARCHAR, city VARCHAR, zip VARCHAR, company_website VARCHAR, award_year_number INTEGER, "
                "award_amount_dollars DECIMAL(18, 2))"
            )
            rows = [
                {"row_number": number, "award_id": f"A{number}", "award_year_number": 1990 + number} | award
                for number, award in enumerate(awards, start=1)
            ]
            columns = sorted({column for row in rows for column in row})
            if rows:
                connection.execute(
                    f"INSERT INTO awards ({', '.join(columns)}) SELECT {', '.join('unnest(?)' for _ in columns)}",
                    [[row.get(column) for row in rows] for column in columns],
                )
            connection.execute(f"COPY awards TO '{path}' (FORMAT parquet)")
        return path

    return write


@pytest.fixture
def export_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes one company-search export into a folder and returns the folder."""

    def write(firms: Sequence[Firm], name: str = "nasa-company_search_1.csv", header: Sequence[str] = HEADER) -> Path:
        folder = tmp_path / "exports"
        folder.mkdir(exist_ok=True)
        lines = [",".join(f'"{cell}"' for cell in header)]
        lines += [",".join(f'"{firm.get(column, "")}"' for column in header) for firm in firms]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder

    return write


@pytest.fixture
def rows_of() -> Callable[[Path], Rows]:
    """Reads a Parquet or CSV file as dictionaries."""

    def read(path: Path) -> Rows:
        with duckdb.connect() as connection:
            reader = "read_parquet" if path.suffix == ".parquet" else "read_csv"
            answer = connection.execute(f"SELECT * FROM {reader}('{path}')")
            columns = [column[0] for column in answer.description or []]
            return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]

    return read
