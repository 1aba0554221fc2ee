"""The workflows of GitHub: what they may do, whose code they run, and that they start what is deployed."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped] # no type information is published

from tests.infrastructure.cdk.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONLINT = ROOT / "build" / "cdk-tools" / "bin" / "actionlint"


def read(path: Path) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return workflow


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_pinned_by_the_hash_of_a_named_version(path: Path) -> None:
    used = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert used
    for action, comment in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_nothing_is_permitted_that_is_not_used(path: Path) -> None:
    workflow = read(path)
    granted = dict(workflow["permissions"])
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 130
        granted |= job.get("permissions", {})
    assert granted == {"ci": {"contents": "read"}, "weekly-refresh": {"id-token": "write"}}[path.stem]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_script_is_put_together_from_what_others_typed(path: Path) -> None:
    assert [step for step in steps(read(path)) if "${{" in step.get("run", "")] == []


def test_ci_runs_what_a_contributor_runs() -> None:
    (ci,) = (path for path in WORKFLOWS if path.stem == "ci")
    run = [step["run"] for step in steps(read(ci)) if "run" in step]
    assert {"make check", "make test", "make synth", "make rehearse"} <= set(run)


@pytest.fixture
def aws(tmp_path: Path) -> Callable[[str], Path]:
    """A stand-in for the AWS CLI that answers what the script in `answers` prints."""

    def make(answers: str) -> Path:
        program = tmp_path / "bin" / "aws"
        program.parent.mkdir()
        program.write_text(f'#!/bin/bash\necho "$@" >> {tmp_path}/calls\n{answers}\n', encoding="utf-8")
        program.chmod(0o755)
        return program.parent

    return make


def run_step(number: int, folder: Path, programs: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    (refresh,) = (path for path in WORKFLOWS if path.stem == "weekly-refresh")
    script = [step["run"] for step in steps(read(refresh)) if "run" in step][number]
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        env={
            "PATH": f"{programs}:/usr/bin:/bin",
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "AWS_REGION": "us-east-2",
            "STATE_MACHINE_ARN": "arn:aws:states:us-east-2:123456789012:stateMachine:sbir-etl-weekly-refresh",
            "POLL_SECONDS": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ("exit 0", 0),
        ("echo 'An error occurred (ExecutionAlreadyExists): Execution Already Exists' >&2; exit 254", 0),
        ("echo 'An error occurred (AccessDeniedException)' >&2; exit 254", 1),
    ],
    ids=["first start", "second start", "refused"],
)
def test_a_second_start_in_the_week_is_harmless_and_a_refusal_is_not(
    answers: str, code: int, tmp_path: Path, aws: Callable[[str], Path]
) -> None:
    done = run_step(0, tmp_path, aws(answers), INPUT=json.dumps({"force_refresh": False}), MANUAL="")
    assert done.returncode == code, done
    assert re.search(r"--name weekly-\d{4}-W\d\d ", (tmp_path / "calls").read_text(encoding="utf-8"))
    if code == 0:
        output = (tmp_path / "output").read_text(encoding="utf-8")
        assert re.fullmatch(
            r"execution=arn:aws:states:.*:execution:sbir-etl-weekly-refresh:weekly-\d{4}-W\d\d\n", output
        )
        assert "#/executions/details/arn:aws:states" in (tmp_path / "summary").read_text(encoding="utf-8")


@pytest.mark.parametrize(("status", "code"), [("SUCCEEDED", 0), ("FAILED", 1), ("TIMED_OUT", 1), ("ABORTED", 1)])
def test_the_workflow_is_green_only_when_the_refresh_is(
    status: str, code: int, tmp_path: Path, aws: Callable[[str], Path]
) -> None:
    answers = f'[ "$(wc -l < {tmp_path}/calls)" -lt 3 ] && echo RUNNING || echo {status}'
    done = run_step(1, tmp_path, aws(answers), EXECUTION="arn:aws:states:us-east-2:123456789012:execution:m:weekly")
    assert done.returncode == code, done


def test_actionlint_finds_nothing() -> None:
    actionlint = shutil.which("actionlint") or shutil.which(ACTIONLINT)
    if actionlint is None:
        pytest.skip("actionlint is not there: run `make cdk-tools` where Go is installed")
    done = subprocess.run([actionlint, *WORKFLOWS], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
