"""A refresh whose pull request goes to GitHub: an expired token leaves the data live, and a redrive finishes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from sbir_etl import lambdas
from sbir_etl.awards.sample import write_sample
from sbir_etl.settings import GitHub, Settings
from tests.github_api.servers import running
from tests.refreshes import StateMachine, steps

TOKEN = "github_pat_11SESAME0OPEN"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def test_an_expired_token_fails_the_pull_request_alone_and_a_redrive_opens_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_sample(tmp_path / "sample", rows=100, seed=5)
    with running(None) as github:
        repository, guard = github.create(tmp_path, token="the token of last month")
        repository.begin()
        name = f"{repository.bodies.owner}/{repository.bodies.name}"
        settings = Settings(
            storage_url=str(tmp_path / "storage"),
            scratch=tmp_path / "scratch",
            local_sources=True,
            github=GitHub(repository=name, token=TOKEN, api_url=github.address),
        )
        functions = steps(settings)

        tried = 0

        def create(payload: dict[str, Any]) -> dict[str, Any]:
            nonlocal tried
            tried += 1
            if tried == 3:
                guard.token = TOKEN
            return lambdas.run("create_pr", payload, settings)

        machine = StateMachine({**functions, "sbir-etl-create-pr": create})
        failed, redriven = machine.execute_and_redrive({"source_url": str(tmp_path / "sample/award_data.csv")})

    assert (failed.status, failed.error) == ("FAILED", "InvalidInput")
    assert failed.states[-1] == "ResumeCreatePR"
    live = json.loads((tmp_path / "storage/current.json").read_text(encoding="utf-8"))
    assert live["run_id"] == "run-1"
    recorded = json.loads((tmp_path / "storage/runs/run-1/error.json").read_text(encoding="utf-8"))
    assert recorded["state"] == "CreatePR"
    assert redriven.status == "SUCCEEDED"
    assert redriven.output["output"]["pr_url"].endswith(f"/{name}/pull/1")
    stored = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "storage/runs").rglob("*.json"))
    assert TOKEN not in stored + caplog.text + str(failed) + str(redriven)
