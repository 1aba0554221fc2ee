import duckdb

from sbir_etl.companies.handover import add_rows


def test_rows_arrive_as_they_are_and_in_their_order() -> None:
    odd = ["", "NULL", "null", '"quoted"', "two\nlines", "\\u0041", "[1, 2]", "Ω 中 𝒜", "a\x1fb", None]
    rows = [(text, number / 7) for number, text in enumerate(odd * 1500)]
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE kept (text VARCHAR, score DOUBLE)")
        assert add_rows(connection, "kept", rows) == len(rows)
        assert connection.execute("FROM kept").fetchall() == rows


def test_no_rows_are_no_change() -> None:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE kept (text VARCHAR)")
        assert add_rows(connection, "kept", iter(())) == 0
        assert connection.execute("FROM kept").fetchall() == []
