"""What the context may say, and what it may not."""

from pathlib import Path

import pytest

from deployment.stage import InvalidContext, read_stage
from sbir_etl.refresh import S3_BUCKET
from sbir_etl.settings import Thresholds, from_environment
from tests.infrastructure.cdk.conftest import CONTEXT, synthesise

REPOSITORY = {"repository": "agency/sbir-etl"}


def test_the_defaults_are_those_of_the_guide_and_of_the_settings() -> None:
    stage = read_stage(REPOSITORY)
    assert (stage.stage, stage.region, stage.bucket) == ("production", "us-east-2", S3_BUCKET)
    assert from_environment(stage.settings()).thresholds == Thresholds()


def test_the_command_line_gives_text_and_it_is_read_as_what_it_means() -> None:
    stage = read_stage({**REPOSITORY, "min_pass_rate": "0.9", "schedule_enabled": "false", "log_retention_days": "90"})
    assert (stage.min_pass_rate, stage.schedule_enabled, stage.log_retention_days) == (0.9, False, 90)


def test_what_the_cdk_keeps_in_the_context_is_not_ours() -> None:
    read_stage({**REPOSITORY, "aws:cdk:bundling-stacks": ["**"], "@aws-cdk/core:checkSecretUsage": True})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bukcet", "typing-error"),
        ("bucket", "With_Capitals"),
        ("region", "Ohio"),
        ("schedule", "every monday"),
        ("time_zone", "9 o'clock"),
        ("min_pass_rate", "95"),
        ("run_retention_days", "7"),
        ("repository", "no-owner"),
        ("neo4j_uri", "bolt://unencrypted:7687"),
        ("alert_email", "nobody"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(key: str, value: str) -> None:
    with pytest.raises(InvalidContext, match=key):
        read_stage({**REPOSITORY, key: value})


def test_nobody_is_trusted_by_default() -> None:
    with pytest.raises(InvalidContext, match="repository"):
        read_stage({})


def test_without_the_functions_zip_nothing_is_deployed_by_mistake(tmp_path: Path) -> None:
    context = {**CONTEXT, "placeholder_code": False, "functions_zip": str(tmp_path / "lambda.zip")}
    done = synthesise(tmp_path, context)
    assert done.returncode == 1
    assert "run `make package` first" in done.stderr
