"""Each gate, broken in the input: the execution fails where it is seen and says why; nothing live is touched."""

import csv
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sbir_etl import metrics
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import Settings
from tests.refreshes import Function, StateMachine, cause_of, steps

ROWS = 300
# Of the 256 KiB that a state may hold, all steps together.
SMALL_BYTES = 8 * 1024


def settings_in(folder: Path) -> Settings:
    return Settings(
        storage_url=str(folder / "storage"),
        scratch=folder / "scratch",
        pull_requests=folder / "pull-requests",
        local_sources=True,
    )


def contents(folder: Path) -> dict[str, bytes]:
    """Every stored file but those of runs."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if "runs" not in path.parts}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small award file with its catalogue."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=ROWS, seed=7)
    return folder


@pytest.fixture(scope="module")
def refreshed(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace in which one good week is live."""
    folder = tmp_path_factory.mktemp("refreshed")
    ended = StateMachine(steps(settings_in(folder))).execute(good_input(sample))
    assert ended.status == "SUCCEEDED", ended
    return folder


@pytest.fixture
def workspace(refreshed: Path, tmp_path: Path) -> Path:
    """A copy of it, for one test to break."""
    return Path(shutil.copytree(refreshed, tmp_path / "workspace"))


def good_input(sample: Path) -> dict[str, Any]:
    return {"source_url": str(sample / "award_data.csv"), "companies_source": str(sample / "companies")}


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def rows_of(sample: Path) -> list[list[str]]:
    return read(sample / "award_data.csv")


def written(path: Path, rows: list[list[str]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    return str(path)


class Site(BaseHTTPRequestHandler):
    """An HTML page with status 200, as a site under maintenance serves it."""

    def do_GET(self) -> None:
        page = b"<!DOCTYPE html><html><body>We will be back soon</body></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def html_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/award_data.csv"
    server.shutdown()
    thread.join()
    server.server_close()


def missing(_sample: Path, folder: Path, _url: str) -> str:
    return str(folder / "missing.csv")


def html_page(_sample: Path, _folder: Path, url: str) -> str:
    return url


def html_file(_sample: Path, folder: Path, _url: str) -> str:
    path = folder / "page.csv"
    path.write_text("<!DOCTYPE html><html><body>Not found</body></html>\n")
    return str(path)


def empty(_sample: Path, folder: Path, _url: str) -> str:
    (folder / "empty.csv").touch()
    return str(folder / "empty.csv")


def header_only(sample: Path, folder: Path, _url: str) -> str:
    return written(folder / "header.csv", rows_of(sample)[:1])


def wrong_header(sample: Path, folder: Path, _url: str) -> str:
    rows = rows_of(sample)
    rows[0] = [name.replace("Duns", "DUNS Number") for name in rows[0]]
    return written(folder / "renamed.csv", rows)


def shrunken(sample: Path, folder: Path, _url: str) -> str:
    return written(folder / "shrunken.csv", rows_of(sample)[: int(ROWS * 0.9)])


def truncated(sample: Path, folder: Path, _url: str) -> str:
    path = folder / "truncated.csv"
    whole = (sample / "award_data.csv").read_bytes()
    path.write_bytes(whole[: whole.rindex(b'"') - 5])
    return str(path)


def unreadable(sample: Path, folder: Path, _url: str) -> str:
    rows = rows_of(sample)
    for row in rows[10:60]:
        del row[-3:]
    return written(folder / "short-rows.csv", rows)


def failing_rules(sample: Path, folder: Path, _url: str) -> str:
    rows = rows_of(sample)
    phase = rows[0].index("Phase")
    for row in rows[1:60]:
        row[phase] = "Phase IX"
    return written(folder / "bad-phase.csv", rows)


def relabelled(sample: Path, folder: Path, _url: str) -> str:
    rows = rows_of(sample)
    agency = rows[0].index("Agency")
    for row in [row for row in rows if row[agency] == "Department of Defense"][:40]:
        row[agency] = "Department of Energy"
    return written(folder / "relabelled.csv", rows)


@dataclass(frozen=True)
class Broken:
    """A way to break the source, and what must be seen of it."""

    source: Callable[[Path, Path, str], str]
    state: str
    error: str
    message: str


BROKEN = (
    Broken(missing, "DownloadCSV", "InvalidInput", "no file at"),
    Broken(html_page, "DownloadCSV", "SourceRejected", "an HTML page"),
    Broken(html_file, "DownloadCSV", "SourceRejected", "HTML"),
    Broken(empty, "DownloadCSV", "SourceRejected", "empty"),
    Broken(header_only, "DownloadCSV", "GateFailed", "record"),
    Broken(wrong_header, "DownloadCSV", "SourceRejected", "Duns"),
    Broken(shrunken, "DownloadCSV", "GateFailed", "wanted"),
    Broken(truncated, "DownloadCSV", "GateFailed", "broken off"),
    Broken(unreadable, "DownloadCSV", "GateFailed", "wanted"),
    Broken(failing_rules, "ProcessPipeline", "GateFailed", "pass rate"),
    Broken(relabelled, "ProcessPipeline", "GateFailed", "rows by agency fell since the live run"),
)


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.source.__name__)
def test_a_broken_source_fails_where_it_is_seen_and_leaves_the_live_week_alone(
    sample: Path, workspace: Path, html_url: str, broken: Broken
) -> None:
    before = contents(workspace / "storage")
    source = broken.source(sample, workspace, html_url)
    machine = StateMachine(steps(settings_in(workspace)))
    machine.skip_names(1)
    ended = machine.execute(good_input(sample) | {"source_url": source})

    cause = cause_of(ended, error=broken.error)
    assert broken.message.lower() in cause.lower()
    assert len(cause) < SMALL_BYTES
    recorded = json.loads((workspace / "storage/runs/run-2/error.json").read_text(encoding="utf-8"))
    assert (recorded["state"], recorded["error"]) == (broken.state, broken.error)
    after = contents(workspace / "storage")
    assert {name: after.get(name) for name in before} == before


def published_by_the_failed_step(caplog: pytest.LogCaptureFixture) -> dict[str, float]:
    (line,) = (vars(record) for record in caplog.records if record.message == "step failed")
    return {each.name: each.value for each in metrics.published(line)}


def test_a_week_with_too_few_good_rows_publishes_how_many_there_were(
    sample: Path, workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = StateMachine(steps(settings_in(workspace)))
    machine.skip_names(1)
    machine.execute(good_input(sample) | {"source_url": failing_rules(sample, workspace, "")})
    summary = json.loads((workspace / "storage/runs/run-2/validation.json").read_text(encoding="utf-8"))
    figures = published_by_the_failed_step(caplog)
    assert figures.pop("seconds") > 0
    assert figures == {"failed": 1, **{name: summary[name] for name in ("rows", "rejected", "pass_rate")}}


def test_a_week_whose_catalogue_shrank_publishes_its_match_rate(
    sample: Path, workspace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    machine = StateMachine(steps(settings_in(workspace)))
    machine.skip_names(1)
    companies = shutil.copytree(sample / "companies", workspace / "companies")
    for export in companies.iterdir():
        written(export, read(export)[:3])
    given = good_input(sample) | {"companies_source": str(companies), "force_refresh": True}
    assert machine.execute(given).states[-4] == "EnrichmentChecks"
    assert published_by_the_failed_step(caplog)["match_rate"] < 0.5


def test_the_week_after_a_failed_one_is_tried_again_and_goes_live(sample: Path, workspace: Path) -> None:
    machine = StateMachine(steps(settings_in(workspace)))
    machine.skip_names(1)
    broken = failing_rules(sample, workspace, "")
    assert machine.execute(good_input(sample) | {"source_url": broken}).status == "FAILED"
    assert machine.execute(good_input(sample) | {"source_url": broken}).status == "FAILED"

    write_sample(workspace / "next", rows=ROWS, seed=7, next_vintage_of=sample / "award_data.csv")
    source = str(workspace / "next" / "award_data.csv")
    ended = machine.execute(good_input(sample) | {"source_url": source})
    assert ended.status == "SUCCEEDED"
    assert sum(ended.output["output"]["changes"].values()) > 0
    live = json.loads((workspace / "storage/current.json").read_text(encoding="utf-8"))
    assert live["run_id"] == "run-4"
    again = machine.execute(good_input(sample) | {"source_url": source})
    assert again.states == ("DownloadCSV", "CheckChanges", "EndNoChanges")


def test_a_graph_that_is_not_the_runs_is_not_made_live(sample: Path, workspace: Path) -> None:
    real = steps(settings_in(workspace))

    def load_and_expect_more(payload: dict[str, Any]) -> dict[str, Any]:
        result = real["sbir-etl-load-neo4j"](payload)
        figures = workspace / "storage/runs/run-2/expected_figures.json"
        document = json.loads(figures.read_text(encoding="utf-8"))
        document["nodes"]["Award"] += 1
        figures.write_text(json.dumps(document), encoding="utf-8")
        return result

    before = contents(workspace / "storage")
    machine = StateMachine({**real, "sbir-etl-load-neo4j": load_and_expect_more})
    machine.skip_names(1)
    ended = machine.execute(good_input(sample) | {"force_refresh": True})
    cause = cause_of(ended, error="GateFailed")
    assert "SmokeChecks" in cause
    assert "nodes.Award" in cause
    after = contents(workspace / "storage")
    assert {name: after.get(name) for name in before} == before


def test_a_refresh_with_a_reset_keeps_the_live_graph_until_the_new_one_is_live(sample: Path, workspace: Path) -> None:
    real = steps(settings_in(workspace))
    live_graphs: list[bool] = []

    def reset(payload: dict[str, Any]) -> dict[str, Any]:
        result = real["sbir-etl-reset-neo4j"](payload)
        pointer = json.loads((workspace / "storage/current.json").read_text(encoding="utf-8"))
        live_graphs.append((workspace / "storage" / pointer["graph"]).exists())
        return result

    machine = StateMachine({**real, "sbir-etl-reset-neo4j": reset})
    machine.skip_names(1)
    ended = machine.execute(good_input(sample) | {"force_refresh": True, "reset_graph": True})
    assert ended.status == "SUCCEEDED"
    assert live_graphs == [True]


def test_a_dry_run_of_a_reset_leaves_all_that_is_live(sample: Path, workspace: Path) -> None:
    before = contents(workspace / "storage")
    machine = StateMachine(steps(settings_in(workspace)))
    machine.skip_names(1)
    ended = machine.execute(good_input(sample) | {"force_refresh": True, "reset_graph": True, "dry_run": True})
    assert (ended.status, ended.states[-1]) == ("SUCCEEDED", "EndDryRun")
    assert ended.output["output"]["would_remove"] == {"graphs removed": 0}
    assert "nothing was removed or loaded" in ended.output["output"]["reason"]
    assert contents(workspace / "storage") == before


def test_a_forced_refresh_of_the_same_file_gives_the_same_counts(sample: Path, workspace: Path) -> None:
    """And what travels in the state stays small, and nothing is written beside storage and scratch."""
    first = json.loads((workspace / "storage/runs/run-1/expected_figures.json").read_text(encoding="utf-8"))
    sizes: list[int] = []

    def measured(step: Function) -> Function:
        def call(payload: dict[str, Any]) -> dict[str, Any]:
            result = step(payload)
            sizes.extend(len(json.dumps(each)) for each in (payload, result))
            return result

        return call

    machine = StateMachine({name: measured(step) for name, step in steps(settings_in(workspace)).items()})
    machine.skip_names(1)
    (elsewhere := workspace / "elsewhere").mkdir()
    with chdir(elsewhere):
        ended = machine.execute(good_input(sample) | {"force_refresh": True})
    assert list(elsewhere.iterdir()) == []
    assert max(sizes) < SMALL_BYTES
    second = json.loads((workspace / "storage/runs/run-2/expected_figures.json").read_text(encoding="utf-8"))
    assert first | {"run_id": "run-2"} == second
    assert ended.output["output"]["changes"] == {"added": 0, "changed": 0, "cosmetic": 0, "removed": 0}
