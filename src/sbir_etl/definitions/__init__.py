"""The whole refresh in Dagster: its assets, their checks, the job and its schedule.

    dagster dev -m sbir_etl.definitions

shows the lineage and runs the job. Where it works is set as for the functions (see `sbir_etl.settings`); what a run
fetches is the configuration of its resource `work`.
"""

from typing import Final

import dagster as dg

from sbir_etl.assets.graph import award_graph, companies_checks
from sbir_etl.assets.ingestion import award_changes, validated_awards_checks
from sbir_etl.definitions.awards import every_readable_record_was_parsed, input_profile, raw_awards, validated_awards
from sbir_etl.definitions.companies import enriched_companies
from sbir_etl.definitions.publishing import live_graph, refresh_report
from sbir_etl.definitions.run import refresh_run

weekly_refresh: Final = dg.define_asset_job(
    "weekly_refresh",
    selection=dg.AssetSelection.all(),
    description="From the source to the live graph and its report; an unchanged file ends it after the download.",
)
# Step Functions runs the week; whoever lets Dagster do it instead starts this schedule.
every_monday: Final = dg.ScheduleDefinition(
    name="every_monday",
    job=weekly_refresh,
    cron_schedule="0 9 * * MON",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.STOPPED,
)
defs: Final = dg.Definitions(
    assets=[
        raw_awards,
        validated_awards,
        input_profile,
        award_changes,
        enriched_companies,
        award_graph,
        live_graph,
        refresh_report,
    ],
    asset_checks=[every_readable_record_was_parsed, validated_awards_checks, companies_checks],
    jobs=[weekly_refresh],
    schedules=[every_monday],
    resources={"work": refresh_run},
    # A process for every asset would import everything anew, on a machine that has to hold one of them anyway.
    executor=dg.in_process_executor,
)
