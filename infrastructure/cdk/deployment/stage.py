"""What one deployment can be told: CDK context, checked, with the defaults of production.

A stage is an account or region of its own: the definition calls its functions by name, so two cannot share one.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sbir_etl.refresh import S3_BUCKET
from sbir_etl.settings import Thresholds

_DEFAULTS = Thresholds()


class InvalidContext(ValueError):
    """The context of the app says something it cannot mean; the message names every key."""


class Stage(BaseModel):
    """Every key of the context; `-c key=value` on the command line, or the `context` of cdk.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$")
    """owner/name on GitHub: takes the pull requests, and its workflow may start the refresh. It has no default,
    because the default would be trusted."""
    branch: str = Field(default="main", pattern=r"^[\w./-]+$")
    """The branch whose workflow may start the refresh, and that pull requests are against."""
    stage: str = Field(default="production", pattern=r"^[a-z][a-z0-9-]{0,19}$")
    region: str = Field(default="us-east-2", pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    bucket: str = Field(default=S3_BUCKET, pattern=r"^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$")
    github_token_secret: str = Field(default="sbir-etl/github-token", pattern=r"^[\w/+=.@-]+$", max_length=512)
    neo4j_uri: str | None = Field(default=None, pattern=r"^(bolt|neo4j)\+s(sc)?://[\w.-]+(:\d+)?$")
    """A Neo4j server that holds the graph, by TLS; without one it is a file in the bucket."""
    neo4j_user: str = "neo4j"
    neo4j_password_secret: str = Field(default="sbir-etl/neo4j-password", pattern=r"^[\w/+=.@-]+$", max_length=512)
    github_identity_provider: Literal["create", "existing"] = "create"
    """An account has one identity provider for GitHub; `existing` uses it."""

    schedule: str = Field(default="cron(0 9 ? * MON *)", pattern=r"^(cron\(\S+( \S+){5}\)|rate\(\d+ \w+\))$")
    time_zone: str = Field(default="America/New_York", pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+)*$")
    schedule_enabled: bool = True

    alert_email: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    longest_refresh_minutes: int = Field(default=60, ge=1, le=120)
    days_without_success: int = Field(default=8, ge=1, le=60)
    log_retention_days: Literal[30, 60, 90, 180, 365, 400] = 180
    run_retention_days: int = Field(default=400, ge=60)
    """Longer than the file ever stayed unchanged: the live run's awards are what the next one is compared with."""

    min_pass_rate: float = Field(default=_DEFAULTS.min_pass_rate, ge=0, le=1)
    max_unreadable_share: float = Field(default=_DEFAULTS.max_unreadable_share, ge=0, le=1)
    max_row_drop: float = Field(default=_DEFAULTS.max_row_drop, ge=0, le=1)
    max_agency_drop: float = Field(default=_DEFAULTS.max_agency_drop, ge=0, le=1)
    max_year_drop: float = Field(default=_DEFAULTS.max_year_drop, ge=0, le=1)
    max_duplicate_share: float = Field(default=_DEFAULTS.max_duplicate_share, ge=0, le=1)
    max_shared_key_share: float = Field(default=_DEFAULTS.max_shared_key_share, ge=0, le=1)
    max_institution_mismatch: float = Field(default=_DEFAULTS.max_institution_mismatch, ge=0, le=1)
    min_fiscal_year_agreement: float = Field(default=_DEFAULTS.min_fiscal_year_agreement, ge=0, le=1)
    max_stale_share: float = Field(default=_DEFAULTS.max_stale_share, ge=0, le=1)
    max_match_rate_drop: float = Field(default=_DEFAULTS.max_match_rate_drop, ge=0, le=1)

    functions_zip: str = "build/lambda.zip"
    """What `make package` built; a path from the root of the checkout."""
    placeholder_code: bool = False
    """Only to look at the templates: the functions' zip need not have been built."""

    def settings(self) -> Mapping[str, str]:
        """The settings that every function has, as `sbir_etl.settings` reads them."""
        return {f"SBIR_ETL_{name.upper()}": str(getattr(self, name)) for name in vars(_DEFAULTS)}


def read_stage(context: Mapping[str, Any]) -> Stage:
    """The stage that a context describes; keys of the CDK itself are left out. Raises: InvalidContext."""
    own = {key: _number(value) for key, value in context.items() if ":" not in key and "/" not in key}
    try:
        return Stage.model_validate(own)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: got {each['input']!r}, {each['msg'].lower()}"
            for each in error.errors()
        )
        raise InvalidContext(f"context: {problems}; give each as `-c key=value` or in cdk.json") from error


def _number(value: Any) -> Any:  # noqa: ANN401 - context is any JSON
    """A literal number is not read from text by itself, and the command line gives text."""
    return int(value) if isinstance(value, str) and value.isdigit() else value
