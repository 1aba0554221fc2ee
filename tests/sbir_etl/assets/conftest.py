"""A run that has come as far as its companies, for one test to break."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from sbir_etl.awards.sample import write_sample
from sbir_etl.refresh import Execution, Refresh, RefreshInput, VintageRequest
from sbir_etl.settings import Settings
from sbir_etl.steps.download_csv import DownloadCsvRequest, download_csv
from sbir_etl.steps.enrichment_checks import enrichment_checks
from sbir_etl.steps.validate_dataset import validate_dataset
from sbir_etl.storage import open_storage

ROWS = 150


def refresh_in(folder: Path, source: Path) -> Refresh:
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return Refresh(
        execution=Execution(
            id="arn:execution", name="run-1", started_at=datetime(2026, 11, 23, 9, tzinfo=UTC), state="IngestionChecks"
        ),
        input=RefreshInput(
            source_url=str(source / "award_data.csv"), companies_source=str(source / "companies"), force_refresh=True
        ),
        settings=Settings(scratch=scratch, local_sources=True),
        storage=open_storage(str(folder / "storage")),
        scratch=scratch,
    )


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, VintageRequest]:
    folder = tmp_path_factory.mktemp("prepared")
    write_sample(folder, rows=ROWS, seed=7)
    refresh = refresh_in(folder, folder)
    downloaded = download_csv(refresh, DownloadCsvRequest())
    request = VintageRequest(vintage=downloaded.vintage, live_run_id=None)
    validate_dataset(refresh, request)
    enrichment_checks(refresh, request)
    shutil.rmtree(refresh.scratch)
    return folder, request


@pytest.fixture
def request_(prepared: tuple[Path, VintageRequest]) -> VintageRequest:
    return prepared[1]


@pytest.fixture
def refresh(prepared: tuple[Path, VintageRequest], tmp_path: Path) -> Refresh:
    folder = Path(shutil.copytree(prepared[0], tmp_path / "workspace"))
    return refresh_in(folder, folder)


@pytest.fixture
def rewrite(refresh: Refresh) -> Callable[[str, str], None]:
    """Replaces one of the run's Parquet files by what a SELECT makes of it, there called `it`."""

    def rewritten(name: str, select: str) -> None:
        new = refresh.scratch / name
        with duckdb.connect() as connection:
            connection.execute(f"CREATE VIEW it AS FROM read_parquet('{refresh.fetch(name)}')")
            connection.execute(f"COPY ({select}) TO '{new}' (FORMAT parquet)")
        refresh.keep(new)

    return rewritten


@pytest.fixture
def another_run(refresh: Refresh) -> Refresh:
    """The same place, one week later."""
    return replace(refresh, execution=replace(refresh.execution, name="run-2"))
