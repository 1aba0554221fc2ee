"""DownloadCSV, ValidateDataset and ProfileInputs in Dagster."""

from collections.abc import Iterator
from typing import Any, Final

import dagster as dg

from sbir_etl import artefacts, vintages
from sbir_etl.assets import figures, verdicts
from sbir_etl.assets.ingestion import VALIDATED_AWARDS
from sbir_etl.assets.work import Work
from sbir_etl.awards.profile import Profile
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.definitions.run import keep_download
from sbir_etl.steps.download_csv import DownloadCsvRequest, download_csv
from sbir_etl.steps.profile_inputs import profile_inputs
from sbir_etl.steps.validate_dataset import validate_dataset

SHOWN_AGENCIES: Final = 12


@dg.asset(group_name="refresh", kinds={"csv", "parquet"}, output_required=False)
def raw_awards(context: dg.AssetExecutionContext, work: dg.ResourceParam[Work]) -> Iterator[dg.MaterializeResult[Any]]:
    """Every readable record of the source, verbatim; nothing, and nothing follows, when the file is the live one."""
    downloaded = download_csv(work.refresh, DownloadCsvRequest())
    context.log.info(downloaded.reason)
    if not (downloaded.changed or work.refresh.input.force_refresh):
        return
    keep_download(work.refresh, downloaded)
    yield dg.MaterializeResult(
        metadata={
            "dagster/row_count": downloaded.rows,
            "bytes": downloaded.bytes,
            "vintage": downloaded.vintage,
            "reason": downloaded.reason,
            "source": work.refresh.input.source_url,
        }
    )


@dg.asset_check(asset=raw_awards, blocking=True)
def every_readable_record_was_parsed(work: dg.ResourceParam[Work]) -> dg.AssetCheckResult:
    """The Parquet file holds as many records as the manifest counts."""
    refresh, vintage = work.refresh, work.request().vintage
    manifest = vintages.stored(refresh.storage, vintage)
    assert manifest is not None, "raw_awards stored the vintage"
    with verdicts.asking({"raw": refresh.vintage_file(vintage, vintages.RAW)}, refresh.scratch) as ask:
        rows = ask("SELECT count(*) FROM raw")
    return dg.AssetCheckResult(
        passed=rows == manifest.readable, description=f"{rows:,} records, wanted {manifest.readable:,}"
    )


@dg.asset(name=VALIDATED_AWARDS, group_name="refresh", kinds={"parquet", "duckdb"}, deps=[raw_awards])
def validated_awards(work: dg.ResourceParam[Work]) -> dg.MaterializeResult[Any]:
    """The accepted awards: cleaned, typed, with an identity each."""
    validated = validate_dataset(work.refresh, work.request())
    summary = artefacts.read_document(work.refresh, artefacts.VALIDATION, ValidationSummary)
    broken = [(rule.id, rule.severity, rule.field, rule.title, rule.count) for rule in summary.rules if rule.count]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": validated.accepted,
            "duplicates": validated.duplicates,
            "rejected": validated.rejected,
            "pass_rate": validated.pass_rate,
            "broken_rules": figures.table(("rule", "severity", "field", "title", "rows"), broken),
        }
    )


@dg.asset(group_name="refresh", kinds={"json", "duckdb"}, deps=[raw_awards])
def input_profile(work: dg.ResourceParam[Work]) -> dg.MaterializeResult[Any]:
    """What the 42 columns and the company catalogue hold, and what drifted since the live run."""
    profiled = profile_inputs(work.refresh, work.request())
    profile = artefacts.read_document(work.refresh, artefacts.PROFILE, Profile)
    drift = [(each.column, each.measure, each.before, each.now) for each in profile.drift]
    agencies = sorted(profile.by_agency, key=lambda group: -group.awards)[:SHOWN_AGENCIES]
    return dg.MaterializeResult(
        metadata={
            "columns": profiled.columns,
            "catalogue_warnings": profiled.catalogue_warnings,
            "by_year": figures.columns("Awards by year", [(group.label, group.awards) for group in profile.by_year]),
            "by_agency": figures.bars("agency", "awards", [(group.label, group.awards) for group in agencies]),
            "by_phase": figures.bars("phase", "awards", [(group.label, group.awards) for group in profile.by_phase]),
            "drift": figures.table(("column", "measure", "before", "now"), drift),
        }
    )
