"""The job runs the whole refresh over a workspace; what a check or a step refuses keeps the rest from being made."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from sbir_etl import checksums
from sbir_etl.definitions import defs
from sbir_etl.refresh import Execution, Refresh, RefreshInput, VintageRequest
from sbir_etl.settings import from_environment
from sbir_etl.steps.download_csv import DownloadCsvRequest, download_csv
from sbir_etl.steps.enrichment_checks import enrichment_checks
from sbir_etl.steps.ingestion_checks import ingestion_checks
from sbir_etl.steps.load_neo4j import load_neo4j
from sbir_etl.steps.validate_dataset import validate_dataset
from sbir_etl.storage import open_storage

SettingsOf = Callable[[Path], dict[str, str]]
ASSETS = {
    "raw_awards",
    "validated_awards",
    "input_profile",
    "award_changes",
    "companies",
    "company_matches",
    "award_graph",
    "live_graph",
    "refresh_report",
}


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as ephemeral:
        yield ephemeral


def config(sample: Path, **given: Any) -> dict[str, Any]:
    source = {"source_url": str(sample / "award_data.csv"), "companies_source": str(sample / "companies")}
    return {
        "resources": {"work": {"config": source | given}},
        "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
    }


def run(instance: dg.DagsterInstance, run_config: dict[str, Any], **options: Any) -> dg.ExecuteInProcessResult:
    job = defs.resolve_job_def("weekly_refresh")
    return job.execute_in_process(instance=instance, run_config=run_config, raise_on_error=False, **options)


def made(result: dg.ExecuteInProcessResult) -> set[str]:
    return {event.asset_key.to_user_string() for event in result.get_asset_materialization_events() if event.asset_key}


def live(workspace: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((workspace / "storage/current.json").read_text(encoding="utf-8"))
    return document


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    errors = [event.step_failure_data.error for event in result.filter_events(lambda event: event.is_step_failure)]
    return [str(error.cause or error) for error in errors if error]


@dataclass(frozen=True)
class Refreshed:
    """A workspace after the job's first run in it."""

    folder: Path
    result: dg.ExecuteInProcessResult


@pytest.fixture(scope="module")
def refreshed(sample: Path, settings_of: SettingsOf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Refreshed]:
    folder = tmp_path_factory.mktemp("refreshed")
    with (
        pytest.MonkeyPatch.context() as patch,
        dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as ephemeral,
    ):
        for name, value in settings_of(folder).items():
            patch.setenv(name, value)
        yield Refreshed(folder, run(ephemeral, config(sample)))


@pytest.fixture
def next_week(refreshed: Refreshed, workspace: Path) -> Path:
    """A copy of it, for one test to go on with."""
    return Path(shutil.copytree(refreshed.folder, workspace, dirs_exist_ok=True))


def test_the_job_goes_from_the_source_to_the_report(refreshed: Refreshed) -> None:
    result = refreshed.result
    assert result.success
    assert made(result) == ASSETS
    assert all(evaluation.passed for evaluation in result.get_asset_check_evaluations())
    assert len(result.get_asset_check_evaluations()) == 9
    assert live(refreshed.folder)["run_id"] == result.run_id
    assert (refreshed.folder / f"storage/runs/{result.run_id}/report.html").exists()
    assert list((refreshed.folder / "scratch").iterdir()) == []


def test_an_unchanged_file_ends_the_job_after_the_download_unless_it_is_forced(
    next_week: Path, sample: Path, instance: dg.DagsterInstance
) -> None:
    before = live(next_week)
    unchanged = run(instance, config(sample))
    assert (unchanged.success, made(unchanged)) == (True, set())
    assert live(next_week) == before

    forced = run(instance, config(sample, force_refresh=True))
    assert (forced.success, made(forced)) == (True, ASSETS)
    assert live(next_week)["run_id"] == forced.run_id


def test_a_failing_blocking_check_stops_what_follows_and_leaves_the_live_week_alone(
    next_week: Path, sample: Path, instance: dg.DagsterInstance
) -> None:
    before = live(next_week)
    (raw,) = next_week.glob("storage/vintages/*/raw.parquet")
    fewer = next_week / "fewer.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (FROM read_parquet('{raw}') OFFSET 1) TO '{fewer}' (FORMAT parquet)")
    checksums.store(open_storage(str(raw.parent)), raw.name, fewer)

    result = run(instance, config(sample, force_refresh=True))
    assert not result.success
    assert made(result) == {"raw_awards"}
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.passed) == ("every_readable_record_was_parsed", False)
    (manifest,) = next_week.glob("storage/vintages/*/manifest.json")
    readable = json.loads(manifest.read_text(encoding="utf-8"))["readable"]
    assert evaluation.description == f"{readable - 1} records, wanted {readable}"
    assert live(next_week) == before


def test_what_a_step_refuses_is_shown_as_the_step_says_it(
    workspace: Path, sample: Path, instance: dg.DagsterInstance
) -> None:
    result = run(instance, config(sample, source_url=str(workspace / "missing.csv")))
    assert (result.success, made(result)) == (False, set())
    (failure,) = failures(result)
    assert "InvalidInput" in failure
    assert f"no file at {workspace / 'missing.csv'}" in failure


def test_an_asset_cannot_be_made_without_the_download_it_is_about(
    workspace: Path, sample: Path, instance: dg.DagsterInstance
) -> None:
    result = run(instance, config(sample), asset_selection=[dg.AssetKey("validated_awards")])
    assert not result.success
    assert "wanted a run that begins with raw_awards" in failures(result)[0]


def test_the_steps_make_what_the_job_makes(refreshed: Refreshed, next_week: Path, sample: Path) -> None:
    in_dagster = refreshed.result
    refresh = Refresh(
        execution=Execution(id="arn", name="stepwise", started_at=datetime(2026, 11, 23, tzinfo=UTC), state="Any"),
        input=RefreshInput(
            source_url=str(sample / "award_data.csv"), companies_source=str(sample / "companies"), force_refresh=True
        ),
        settings=from_environment(),
        storage=open_storage(str(next_week / "storage")),
        scratch=next_week / "scratch",
    )
    request = VintageRequest(vintage=download_csv(refresh, DownloadCsvRequest()).vintage, live_run_id=None)
    validate_dataset(refresh, request)
    ingestion_checks(refresh, request)
    enrichment_checks(refresh, request)
    loaded = load_neo4j(refresh, request)

    runs = next_week / "storage/runs"
    for stepwise in (runs / "stepwise").iterdir():
        same = (runs / in_dagster.run_id / stepwise.name).read_bytes().replace(in_dagster.run_id.encode(), b"stepwise")
        assert stepwise.read_bytes() == same, stepwise.name
    figures = json.loads((runs / "stepwise/expected_figures.json").read_text(encoding="utf-8"))
    assert loaded.nodes == sum(figures["nodes"].values())


def test_a_run_that_failed_goes_on_from_its_failure(
    workspace: Path, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SBIR_ETL_PULL_REQUESTS")
    instance_folder = tmp_path / "instance"
    instance_folder.mkdir()
    with dg.DagsterInstance.local_temp(str(instance_folder), overrides={"telemetry": {"enabled": False}}) as kept:
        failed = run(kept, config(sample))
        assert (failed.success, ASSETS - made(failed)) == (False, {"refresh_report"})
        monkeypatch.setenv("SBIR_ETL_PULL_REQUESTS", str(workspace))
        job = dg.reconstructable(weekly_refresh_job)
        options = dg.ReexecutionOptions.from_failure(failed.run_id, kept)
        with dg.execute_job(job, instance=kept, run_config=config(sample), reexecution_options=options) as again:
            assert again.success
    assert (workspace / f"storage/runs/{failed.run_id}/report.html").exists()
    assert live(workspace)["run_id"] == failed.run_id


def weekly_refresh_job() -> dg.JobDefinition:
    """The job as Dagster's run workers load it."""
    return defs.resolve_job_def("weekly_refresh")


def test_the_schedule_is_monday_nine_utc_and_stopped() -> None:
    schedule = defs.resolve_schedule_def("every_monday")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("0 9 * * MON", "UTC")
    assert schedule.default_status is dg.DefaultScheduleStatus.STOPPED
    assert schedule.job_name == "weekly_refresh"


def test_dagster_finds_the_definitions_valid(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "sbir_etl.definitions"]
    (tmp_path / "dagster.yaml").write_text("telemetry: {enabled: false}\n", encoding="utf-8")
    environment = {**os.environ, "DAGSTER_HOME": str(tmp_path)}
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "Validation successful" in ended.stdout + ended.stderr
