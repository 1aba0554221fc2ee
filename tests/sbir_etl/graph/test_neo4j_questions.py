"""Every question of docs/graph.md has the same answer in both stores, on invented and on real awards."""

import gzip
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from sbir_etl.awards.reading import read_csv
from sbir_etl.awards.sample import write_sample
from sbir_etl.awards.validation import ValidationFiles, validate
from sbir_etl.companies.identity import resolve_companies
from sbir_etl.graph.embedded import EmbeddedGraph
from sbir_etl.graph.figures import compare, expected_figures
from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph
from sbir_etl.graph.schema import NODES, RELATIONSHIPS
from sbir_etl.graph.sources import opened
from sbir_etl.graph.store import Answer, GraphStore
from sbir_etl.graph.tables import write_tables
from sbir_etl.storage import Directory

# The first test of a file of awards waits for both stores to load it.
pytestmark = pytest.mark.timeout(300)

PAGE = (Path(__file__).parents[3] / "docs" / "graph.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^### (.+?)\n+```cypher\n(.+?)```", PAGE, re.DOTALL | re.MULTILINE))
REAL_ROWS = os.environ.get("SBIR_ETL_REAL_ROWS")
SOURCES = ("sample", "real-awards-dod-2017-2019.csv", "real-awards-mixed-sample.csv")
KINDS = {"TEXT": "", "INTEGER": " (integer)", "FLOAT": " (float)", "DATE": " (date)"}


def write_source(name: str, into: Path) -> Path:
    if name == "sample":
        write_sample(into, rows=1_000, seed=7)
        return into / "award_data.csv"
    if REAL_ROWS is None:
        pytest.skip("set SBIR_ETL_REAL_ROWS to the folder with the real award rows to run this")
    path = into / name
    path.write_bytes(gzip.decompress(Path(REAL_ROWS, f"{name}.gz").read_bytes()))
    return path


class Week:
    """The files of a run, and both stores after they have loaded it."""

    def __init__(self, name: str, folder: Path, config: Neo4jConfig) -> None:
        self.name = name
        source = write_source(name, folder)
        self.inputs = {name: folder / f"{name}.parquet" for name in ("awards", "companies", "award_companies")}
        raw, unreadable = folder / "raw.parquet", folder / "unreadable.parquet"
        read_csv(source, raw, unreadable, scratch=folder)
        files = ValidationFiles(
            awards=self.inputs["awards"], rejects=folder / "rejects.parquet", issues=folder / "issues.parquet"
        )
        validate(raw, unreadable, files, scratch=folder)
        resolve_companies(
            self.inputs["awards"],
            companies=self.inputs["companies"],
            award_companies=self.inputs["award_companies"],
            scratch=folder,
        )
        with opened(**self.inputs, scratch=folder) as database:
            write_tables(database, folder / "tables")
            self.expected = expected_figures(database, "run-1")
        embedded = EmbeddedGraph(Directory(folder / "storage"), folder, buffer_pool_bytes=256 * 1024 * 1024)
        stores: tuple[GraphStore, ...] = (embedded, Neo4jGraph(config, folder))
        self.stores = tuple((store, store.load(folder / "tables", "run-1")) for store in stores)

    def ask(self, cypher: str) -> tuple[Answer, ...]:
        return tuple(store.query(graph, cypher) for store, graph in self.stores)


@pytest.fixture(scope="module", params=SOURCES)
def week(
    request: pytest.FixtureRequest,
    empty_neo4j: Callable[[], Neo4jConfig],
    tmp_path_factory: pytest.TempPathFactory,
) -> Week:
    folder = tmp_path_factory.mktemp("week")
    return Week(request.param, folder, empty_neo4j())


@pytest.mark.parametrize("question", QUESTIONS)
def test_both_stores_give_the_same_answer(week: Week, question: str) -> None:
    embedded, neo4j = week.ask(QUESTIONS[question])

    assert neo4j == embedded
    # Nobody in the sample changes companies; the real awards have an answer to everything.
    assert embedded.rows or week.name == "sample"


def test_both_stores_have_the_figures_that_the_run_expects(week: Week) -> None:
    assert [compare(week.expected, store.figures(graph)) for store, graph in week.stores] == [(), ()]
    assert len(week.expected.sample) == 20


def test_the_page_lists_every_label_and_relationship() -> None:
    for node in NODES:
        rest = ", ".join(f"`{each.name}`{KINDS[each.kind]}" for each in node.properties[1:])
        indexed = ", ".join(f"`{name}`" for name in node.indexed) or "–"
        assert f"| `{node.label}` | `{node.key}` | {rest} | {indexed} |" in PAGE
    for each in RELATIONSHIPS:
        properties = ", ".join(f"`{each.name}`" for each in each.properties) or "–"
        assert f"| `{each.start}` | `{each.type}` | `{each.end}` | {properties} |" in PAGE
