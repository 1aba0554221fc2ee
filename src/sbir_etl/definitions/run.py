"""One run in Dagster as the execution that steps work for."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import dagster as dg

from sbir_etl import artefacts, settings
from sbir_etl.assets.work import Work
from sbir_etl.errors import InvalidInput, MissingObject
from sbir_etl.refresh import S3_BUCKET, SOURCE_URL, Execution, Refresh, RefreshInput, VintageRequest
from sbir_etl.steps.download_csv import Downloaded
from sbir_etl.storage import open_storage

# What the download found travels in the state of a state machine; here it lies beside the run's other documents.
DOWNLOADED: Final = "downloaded.json"


class RunInput(dg.Config):
    """The input of a refresh, with the meanings and defaults it has for the state machine."""

    force_refresh: bool = False
    source_url: str = SOURCE_URL
    s3_bucket: str = S3_BUCKET
    companies_source: str | None = None


@dg.resource(config_schema=RunInput.to_config_schema(), description=RunInput.__doc__)
def refresh_run(context: dg.InitResourceContext) -> Iterator[Work]:
    """The refresh of the Dagster run, with a scratch folder that goes when the run ends.

    A run that is executed again from where it failed goes on with the artefacts of the first one.
    """
    given = RunInput(**context.resource_config)
    configured = settings.from_environment()
    configured.scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=configured.scratch, prefix="dagster-") as scratch:
        refresh = Refresh(
            execution=_execution(context),
            input=RefreshInput(**given.model_dump()),
            settings=configured,
            storage=open_storage(configured.storage_for(given.s3_bucket)),
            scratch=Path(scratch),
        )
        yield Work(refresh=refresh, request=lambda: _request(refresh))


def keep_download(refresh: Refresh, downloaded: Downloaded) -> None:
    """Note what this run is about, for the assets that follow."""
    artefacts.write_document(refresh, DOWNLOADED, downloaded)


def _request(refresh: Refresh) -> VintageRequest:
    try:
        downloaded = artefacts.read_document(refresh, DOWNLOADED, Downloaded)
    except MissingObject as error:
        raise InvalidInput(
            f"run {refresh.run_id}: it has downloaded nothing, wanted a run that begins with raw_awards; materialise "
            "all assets together, or execute a run that failed again from its failure"
        ) from error
    return VintageRequest(vintage=downloaded.vintage, live_run_id=downloaded.live_run_id)


def _execution(context: dg.InitResourceContext) -> Execution:
    run = context.run
    assert run is not None
    name = run.root_run_id or run.run_id
    return Execution(
        id=f"dagster/{run.job_name}/{name}", name=name, started_at=_began(context, run.run_id), state="Dagster"
    )


def _began(context: dg.InitResourceContext, run_id: str) -> datetime:
    assert context.instance is not None
    record = context.instance.get_run_record_by_id(run_id)
    assert record is not None, "Dagster stores a run before it starts one"
    return record.create_timestamp
