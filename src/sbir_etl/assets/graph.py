"""LoadNeo4j in Dagster: what must hold of the companies, and this run's graph beside the live one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import dagster as dg

from sbir_etl import artefacts
from sbir_etl.assets import checking, figures, verdicts
from sbir_etl.assets.work import Work
from sbir_etl.graph import sources
from sbir_etl.graph.figures import expected_figures
from sbir_etl.graph.opening import open_graph
from sbir_etl.graph.tables import write_tables
from sbir_etl.refresh import Refresh

COMPANIES: Final = "companies"


@dataclass(frozen=True, kw_only=True)
class LoadedGraph:
    """The graph's name in its store, which the pointer will carry, and what was loaded by label and by type."""

    name: str
    nodes: Mapping[str, int]
    relationships: Mapping[str, int]


@dg.multi_asset_check(specs=checking.specs(COMPANIES, verdicts.OF_COMPANIES))
def companies_checks(work: dg.ResourceParam[Work]) -> Iterator[dg.AssetCheckResult]:
    """What must hold of awards and companies before they are joined in a graph."""
    with verdicts.asking(_tables(work.refresh), work.refresh.scratch) as ask:
        found = tuple(question(ask, work.refresh.settings.thresholds) for question in verdicts.OF_COMPANIES)
    yield from checking.results(COMPANIES, found)


@dg.asset(group_name="refresh", kinds={"neo4j"}, deps=["validated_awards", COMPANIES])
def award_graph(work: dg.ResourceParam[Work]) -> dg.MaterializeResult[Any]:
    """Awards, companies and people joined in this run's graph, and the figures it will be held to; not live yet."""
    refresh = work.refresh
    inputs = _tables(refresh)
    into = refresh.scratch / "tables"
    into.mkdir()
    with sources.opened(**inputs, scratch=refresh.scratch) as database:
        counts = write_tables(database, into)
        expected = expected_figures(database, refresh.run_id)
    artefacts.write_document(refresh, artefacts.EXPECTED_FIGURES, expected)
    name = open_graph(refresh.settings, refresh.storage, refresh.scratch).load(into, refresh.run_id)
    loaded = LoadedGraph(name=name, nodes=counts.nodes, relationships=counts.relationships)
    return dg.MaterializeResult(value=loaded, metadata=_metadata(loaded))


def _tables(refresh: Refresh) -> dict[str, Path]:
    return {
        "awards": refresh.fetch(artefacts.AWARDS),
        "companies": refresh.fetch(artefacts.COMPANIES),
        "award_companies": refresh.fetch(artefacts.AWARD_COMPANIES),
    }


def _metadata(loaded: LoadedGraph) -> figures.Metadata:
    return {
        "graph": loaded.name,
        "nodes": figures.bars("label", "nodes", loaded.nodes.items()),
        "relationships": figures.bars("type", "relationships", loaded.relationships.items()),
    }
