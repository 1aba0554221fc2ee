"""EnrichmentChecks in Dagster."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from sbir_etl import artefacts
from sbir_etl.assets import figures
from sbir_etl.assets.graph import COMPANIES
from sbir_etl.assets.ingestion import VALIDATED_AWARDS
from sbir_etl.assets.work import Work
from sbir_etl.companies.matching import EnrichmentSummary
from sbir_etl.steps.enrichment_checks import enrichment_checks

MATCHES = "company_matches"


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            COMPANIES,
            deps=[VALIDATED_AWARDS],
            description="The firms behind the awards, one for each, whatever it was called.",
            group_name="refresh",
            kinds={"parquet", "duckdb"},
        ),
        dg.AssetSpec(
            MATCHES,
            deps=[COMPANIES],
            description="What the company catalogue knows of them; the match rate may not fall.",
            group_name="refresh",
            kinds={"parquet", "duckdb"},
        ),
    ]
)
def enriched_companies(work: dg.ResourceParam[Work]) -> Iterator[dg.MaterializeResult[Any]]:
    """One step makes both."""
    enriched = enrichment_checks(work.refresh, work.request())
    summary = artefacts.read_document(work.refresh, artefacts.ENRICHMENT, EnrichmentSummary)
    coverage = summary.identifier_coverage
    yield dg.MaterializeResult(
        asset_key=COMPANIES,
        metadata={
            "dagster/row_count": enriched.companies,
            "awards_with_uei": coverage.uei,
            "awards_with_duns": coverage.duns,
        },
    )
    methods = [(method, found.companies, found.awards) for method, found in summary.by_method.items()]
    yield dg.MaterializeResult(
        asset_key=MATCHES,
        metadata={
            "catalogue_rows": enriched.catalogue_rows,
            "match_rate": "no catalogue" if enriched.match_rate is None else enriched.match_rate,
            "by_method": figures.table(("method", "companies", "awards"), methods),
        },
    )
