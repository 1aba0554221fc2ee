"""The refresh of real SBIR.gov rows: every row accounted for, identifiers whole, a graph that answers."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import database, vintages
from sbir_etl.graph.embedded import EmbeddedGraph
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage
from tests.refreshes import StateMachine, steps

REAL_ROWS = os.environ.get("SBIR_ETL_REAL_ROWS")

pytestmark = pytest.mark.skipif(
    REAL_ROWS is None, reason="set SBIR_ETL_REAL_ROWS to the folder with the real award rows to run this"
)
FILES = {"real-awards-dod-2017-2019.csv.gz": 6_880, "real-awards-mixed-sample.csv.gz": 805}


@pytest.fixture(scope="module", params=FILES)
def refreshed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> "Week":
    """A finished refresh of one of the files."""
    folder = tmp_path_factory.mktemp("real")
    settings = Settings(
        storage_url=str(folder / "storage"),
        scratch=folder / "scratch",
        pull_requests=folder,
        local_sources=True,
    )
    functions = steps(settings)
    ended = StateMachine(functions).execute({"source_url": str(Path(REAL_ROWS or "", request.param))})
    assert ended.status == "SUCCEEDED", ended
    return Week(folder, FILES[request.param], ended.output["output"])


class Week:
    """The workspace of a refresh, the records its file is known to have, and what the execution returned."""

    def __init__(self, folder: Path, records: int, output: dict[str, Any]) -> None:
        self.folder = folder
        self.records = records
        self.output = output

    def document(self, name: str) -> Any:
        return json.loads((self.folder / "storage/runs/run-1" / name).read_text(encoding="utf-8"))

    def ask(self, cypher: str) -> tuple[tuple[object, ...], ...]:
        storage = open_storage(str(self.folder / "storage"))
        live = vintages.live(storage)
        assert live is not None
        return EmbeddedGraph(storage, self.folder).query(live.graph, cypher).rows

    def raw(self, sql: str) -> Any:
        """One value from SQL over the parsed rows and the accepted awards."""
        (raw,) = self.folder.glob("storage/vintages/*/raw.parquet")
        awards = self.folder / "storage/runs/run-1/awards.parquet"
        with database.connect() as connection:
            connection.execute(f"CREATE VIEW raw AS FROM read_parquet({database.quoted(raw)})")
            connection.execute(f"CREATE VIEW awards AS FROM read_parquet({database.quoted(awards)})")
            row = connection.execute(sql).fetchone()
        assert row is not None
        return row[0]


def test_every_record_is_accounted_for(refreshed: Week) -> None:
    output = refreshed.output
    assert output["rows"] == refreshed.records
    assert output["accepted"] + output["duplicates"] + output["rejected"] == refreshed.records


def test_hardly_a_record_breaks_an_error_rule(refreshed: Week) -> None:
    assert refreshed.output["rejected"] == {6_880: 0, 805: 1}[refreshed.records]


def test_award_years_are_fiscal_years(refreshed: Week) -> None:
    assert refreshed.document("validation.json")["fiscal_year_agreement"] >= 0.97


def test_leading_zeros_of_duns_reach_the_graph(refreshed: Week) -> None:
    in_the_file = refreshed.raw(
        "SELECT count(DISTINCT trim(duns)) FROM raw WHERE regexp_full_match(trim(duns), '0[0-9]{8}')"
    )
    ((in_the_graph,),) = refreshed.ask(
        "MATCH (c:Company) WHERE c.duns STARTS WITH '0' AND size(c.duns) = 9 RETURN count(DISTINCT c.duns)"
    )
    assert in_the_file > 50
    # A firm that carries two DUNS shows one of them.
    assert isinstance(in_the_graph, int)
    assert in_the_graph >= 0.9 * in_the_file


def test_leading_zeros_of_zip_codes_are_kept(refreshed: Week) -> None:
    kept = refreshed.raw(
        "SELECT count(*) FROM raw JOIN awards USING (row_number) WHERE raw.zip LIKE '0%' AND awards.zip LIKE '0%'"
    )
    assert kept == refreshed.raw("SELECT count(*) FROM raw SEMI JOIN awards USING (row_number) WHERE zip LIKE '0%'")
    assert kept > 50


def test_the_graph_holds_each_award_once_with_one_company_and_one_agency(refreshed: Week) -> None:
    ((awards,),) = refreshed.ask("MATCH (a:Award) RETURN count(a)")
    ((companies,),) = refreshed.ask("MATCH (a:Award)-[r:AWARDED_TO]->(:Company) RETURN count(r)")
    ((agencies,),) = refreshed.ask("MATCH (a:Award)-[r:FUNDED_BY]->(:Agency) RETURN count(r)")
    assert awards == companies == agencies == refreshed.output["accepted"]
    ((alone,),) = refreshed.ask(
        "MATCH (a:Award) WHERE NOT EXISTS { MATCH (a)-[:AWARDED_TO]->(:Company) } RETURN count(a)"
    )
    ((orphans,),) = refreshed.ask(
        "MATCH (c:Company) WHERE NOT EXISTS { MATCH (:Award)-[:AWARDED_TO]->(c) } RETURN count(c)"
    )
    assert (alone, orphans) == (0, 0)
