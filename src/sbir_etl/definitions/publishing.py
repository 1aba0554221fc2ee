"""SmokeChecks and CreatePR in Dagster."""

from typing import Any

import dagster as dg

from sbir_etl.assets.graph import LoadedGraph
from sbir_etl.assets.ingestion import award_changes
from sbir_etl.assets.work import Work
from sbir_etl.definitions.awards import input_profile
from sbir_etl.definitions.companies import MATCHES
from sbir_etl.steps.create_pr import create_pr
from sbir_etl.steps.smoke_checks import SmokeChecksRequest, smoke_checks


# Nothing goes live before everything else of the run was made: the report needs it, and green means done.
@dg.asset(group_name="refresh", kinds={"neo4j"}, deps=[award_changes, input_profile, MATCHES])
def live_graph(work: dg.ResourceParam[Work], award_graph: LoadedGraph) -> dg.MaterializeResult[Any]:
    """The graph, compared with the run's expected figures, and then live together with its vintage and run."""
    request = work.request()
    smoked = smoke_checks(
        work.refresh,
        SmokeChecksRequest(vintage=request.vintage, live_run_id=request.live_run_id, graph=award_graph.name),
    )
    return dg.MaterializeResult(metadata={"compared_figures": smoked.checks, "live_run": smoked.live})


@dg.asset(group_name="refresh", kinds={"html", "markdown"}, deps=[live_graph])
def refresh_report(work: dg.ResourceParam[Work]) -> dg.MaterializeResult[Any]:
    """The report that people read, and the pull request with it."""
    created = create_pr(work.refresh, work.request())
    return dg.MaterializeResult(
        metadata={
            "pull_request": dg.MetadataValue.url(created.pr_url),
            "report": dg.MetadataValue.url(created.report),
            "awards": created.accepted,
            "nodes": created.nodes,
            "relationships": created.relationships,
        }
    )
