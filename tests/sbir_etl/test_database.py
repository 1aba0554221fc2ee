"""Names of files in SQL."""

from pathlib import Path

import pytest

from sbir_etl.awards import parquet
from sbir_etl.database import connect, quoted


@pytest.mark.parametrize("name", ["it's", "old [1]", "any*", "w?y", "**", "{a,b}", "größer 月"])
def test_a_folder_may_be_called_as_it_likes_and_its_neighbours_are_not_read(tmp_path: Path, name: str) -> None:
    with connect() as database:
        for number, folder in enumerate((name, "old 1", "anyone", "why", "a")):
            (tmp_path / folder).mkdir(exist_ok=True)
            parquet.write(database, f"SELECT {number} AS folder", tmp_path / folder / "x.parquet")
        rows = database.execute(f"FROM read_parquet({quoted(tmp_path / name / 'x.parquet')})").fetchall()
    assert rows == [(0,)]
