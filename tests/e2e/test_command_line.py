"""`sbir-etl` as a person runs it: real processes, real HTTP, a workspace folder."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import local
from sbir_etl.awards.sample import write_sample
from sbir_etl.lambdas import FUNCTIONS
from sbir_etl.metrics import FAILED, METRICS
from tests.embedded_metrics import assert_is_embedded_metric_format

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DEFINITION = Path(__file__).parents[2] / "infrastructure/step-functions/weekly-refresh-state-machine.json"


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    finished = subprocess.run(
        [sys.executable, "-m", "sbir_etl", *arguments], capture_output=True, text=True, check=False, timeout=240
    )
    assert finished.returncode == code, finished.stdout + finished.stderr
    return finished


def document(finished: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(finished.stdout)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=250, seed=3)
    return folder


@pytest.fixture(scope="module")
def workspace(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one finished refresh."""
    folder = tmp_path_factory.mktemp("workspace")
    finished = run("refresh", "--workspace", str(folder), *source(sample))
    assert "Refresh succeeded" in finished.stdout
    assert re.search(rf"look +sbir-etl runs show \S+ --workspace {folder}\n", finished.stdout)
    return folder


def source(sample: Path) -> tuple[str, ...]:
    return "--source", str(sample / "award_data.csv"), "--companies", str(sample / "companies")


def test_an_unchanged_file_ends_at_once_in_the_guides_output_format(workspace: Path, sample: Path) -> None:
    finished = run("refresh", "--json", "--workspace", str(workspace), *source(sample))
    result = document(finished)
    assert result["status"] == result["output"]["status"] == "success"
    assert result["output"]["changed"] is False
    assert result["execution_arn"].startswith(f"arn:aws:states:us-east-2:123456789012:execution:{local.STATE_MACHINE}:")


def test_a_failed_refresh_exits_1_and_says_why(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    finished = run("refresh", "--json", "--workspace", str(workspace), "--source", str(tmp_path / "empty.csv"), code=1)
    result = document(finished)
    assert (result["status"], result["error"]) == ("failed", "SourceRejected")
    assert result["cause"].startswith("DownloadCSV: ")


def test_runs_are_listed_shown_and_their_history_is_told(workspace: Path) -> None:
    listed = document(run("runs", "list", "--json", "--workspace", str(workspace)))
    first = listed[-1]
    assert first["status"] == "SUCCEEDED"
    assert first["name"] in run("runs", "list", "--workspace", str(workspace)).stdout
    shown = run("runs", "show", first["name"], "--workspace", str(workspace)).stdout
    assert "SmokeChecks" in shown
    assert (
        document(run("runs", "show", first["name"], "--json", "--workspace", str(workspace)))["status"] == "SUCCEEDED"
    )
    told = document(run("runs", "history", first["executionArn"], "--json", "--workspace", str(workspace)))
    assert told[0]["type"] == "ExecutionStarted"
    assert told[-1]["type"] == "ExecutionSucceeded"
    assert "TaskScheduled" in run("runs", "history", first["name"], "--workspace", str(workspace)).stdout


def test_a_run_shows_the_metrics_that_its_functions_published(workspace: Path) -> None:
    first = document(run("runs", "list", "--json", "--workspace", str(workspace)))[-1]["name"]
    described = document(run("runs", "show", first, "--json", "--workspace", str(workspace)))
    published, output = described["metrics"], json.loads(described["output"])["output"]
    assert list(published) == [metric.name for metric in METRICS if metric is not FAILED]
    assert set(published["seconds"]) == set(FUNCTIONS) - {"reset_neo4j", "record_error"}
    for name in ("rows", "rejected", "match_rate", "nodes", "relationships"):
        assert published[name] == output[name]
    for name in ("added", "changed", "removed"):
        assert published[name] == output["changes"][name]
    shown = run("runs", "show", first, "--workspace", str(workspace)).stdout
    assert "pass_rate" in shown


def test_what_the_functions_published_is_in_the_embedded_metric_format(workspace: Path) -> None:
    logs = [path.read_text(encoding="utf-8") for path in (workspace / "logs").glob("*/*.log")]
    lines = [json.loads(line) for log in logs for line in log.splitlines() if '"_aws"' in line]
    assert {line["step"] for line in lines} >= set(FUNCTIONS) - {"reset_neo4j", "record_error"}
    for line in lines:
        assert_is_embedded_metric_format(line)


def test_the_log_of_a_state_can_be_read(workspace: Path) -> None:
    first = document(run("runs", "list", "--json", "--workspace", str(workspace)))[-1]["name"]
    shown = run("runs", "logs", first, "ValidateDataset", "--workspace", str(workspace)).stdout
    assert "step finished" in shown
    assert "DownloadCSV" not in shown
    logged = document(run("runs", "logs", first, "--json", "--workspace", str(workspace)))
    assert [each["state"] for each in logged][0::8] == ["DownloadCSV"]
    assert "runs list" in run("runs", "logs", "never", "--workspace", str(workspace), code=1).stderr


def test_nothing_of_persons_is_logged(workspace: Path, sample: Path) -> None:
    logged = "".join(path.read_text(encoding="utf-8") for path in (workspace / "logs").glob("*/*.log"))
    with (sample / "award_data.csv").open(encoding="utf-8", newline="") as file:
        persons = {
            value
            for row in csv.DictReader(file)
            for column, value in row.items()
            if re.fullmatch("(Contact|PI|RI POC) (Name|Phone|Email)", column) and value
        }
    assert len(persons) > 200
    assert [each for each in persons if each in logged] == []


def test_the_live_graph_answers_cypher(workspace: Path) -> None:
    cypher = "MATCH (a:Award) RETURN count(a) AS awards"
    (row,) = document(run("graph", "query", cypher, "--json", "--workspace", str(workspace)))
    assert 200 < row["awards"] <= 250
    assert "awards" in run("graph", "query", cypher, "--workspace", str(workspace)).stdout


def test_a_question_the_graph_does_not_understand_is_one_sentence(workspace: Path) -> None:
    finished = run("graph", "query", "MATCH nonsense", "--workspace", str(workspace), code=1)
    assert finished.stderr.startswith("sbir-etl: ")
    assert "Traceback" not in finished.stderr


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    for command in (("runs", "list"), ("graph", "query", "MATCH (n) RETURN n")):
        finished = run(*command, "--workspace", str(tmp_path), code=1)
        assert "run `sbir-etl refresh` first" in finished.stderr


def test_bad_usage_exits_2_before_anything_is_started(tmp_path: Path) -> None:
    for wrong in (("--input", "{"), ("--input", "[1]"), ("--no-such-option",)):
        run("refresh", "--workspace", str(tmp_path / "never"), *wrong, code=2)
    assert not (tmp_path / "never" / "engine.sqlite3").exists()


def test_the_input_can_be_given_as_json(workspace: Path, sample: Path) -> None:
    given = json.dumps({"source_url": str(sample / "award_data.csv")})
    finished = run("refresh", "--json", "--workspace", str(workspace), "--input", given)
    assert document(finished)["output"]["changed"] is False


def test_one_step_runs_alone(workspace: Path, sample: Path) -> None:
    event = {
        "execution": {"id": "arn", "name": "alone", "started_at": "2026-11-23T09:00:00Z", "state": "DownloadCSV"},
        "input": {"source_url": str(sample / "award_data.csv")},
    }
    result = document(run("step", "sbir-etl-download-csv", "--event", json.dumps(event), "--workspace", str(workspace)))
    assert result["changed"] is False
    run("step", "no-such-step", "--event", "{}", "--workspace", str(workspace), code=2)
    run("step", "download_csv", "--event", "[", "--workspace", str(workspace), code=2)


def test_a_definition_is_validated_with_every_problem_and_its_place(tmp_path: Path) -> None:
    assert "valid" in run("validate", str(DEFINITION)).stdout
    broken = tmp_path / "broken.json"
    broken.write_text('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}, "C": {"Type": "Succeed"}}}')
    finished = run("validate", str(broken), code=1)
    assert "MISSING_TRANSITION_TARGET" in finished.stdout


def test_a_sample_is_written_with_its_catalogue(tmp_path: Path) -> None:
    run("sample", str(tmp_path / "one"), "--rows", "50", "--seed", "4")
    run("sample", str(tmp_path / "two"), "--rows", "50", "--seed", "4")
    assert (tmp_path / "one/award_data.csv").read_bytes() == (tmp_path / "two/award_data.csv").read_bytes()
    assert list((tmp_path / "one/companies").glob("*company_search*.csv"))
    run("sample", str(tmp_path / "next"), "--next-vintage", str(tmp_path / "one/award_data.csv"))
    assert (tmp_path / "next/award_data.csv").read_bytes() != (tmp_path / "one/award_data.csv").read_bytes()
