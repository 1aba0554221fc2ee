"""Everything that can be set from outside, in one place; the only module that reads the environment.

| variable | meaning | default |
|---|---|---|
| SBIR_ETL_STORAGE | where vintages and runs lie: a folder or `s3://bucket/prefix` | `s3://<s3_bucket>` |
| SBIR_ETL_SCRATCH | local folder for temporary files | the system's |
| SBIR_ETL_LOCAL_SOURCES | `1` allows paths as `source_url` and `companies_source` | off |
| SBIR_ETL_PULL_REQUESTS | folder of the local git repository that takes the pull requests | none |
| SBIR_ETL_GITHUB_REPOSITORY | `owner/name` on GitHub that takes the pull requests instead | none |
| SBIR_ETL_GITHUB_TOKEN | token for it: contents and pull requests, read and write | none |
| SBIR_ETL_GITHUB_TOKEN_SECRET | or the name of the Secrets Manager secret that holds the token | none |
| SBIR_ETL_GITHUB_REVIEWERS | logins, or `org/team`, separated by commas | none |
| SBIR_ETL_GITHUB_BASE | branch that the pull request is against | main |
| SBIR_ETL_GITHUB_API | address of the API | https://api.github.com |
| SBIR_ETL_NEO4J_URI | `bolt://` or `neo4j://` (`+s` for TLS) server that holds the graph instead | none |
| SBIR_ETL_NEO4J_USER | its user | neo4j |
| SBIR_ETL_NEO4J_PASSWORD | the user's password | none |
| SBIR_ETL_NEO4J_PASSWORD_SECRET | or the name of the Secrets Manager secret that holds it | none |
| SBIR_ETL_NEO4J_DATABASE | its database | neo4j |
| SBIR_ETL_SNS_TOPIC_ARN | topic that is told of failures | none |
| SBIR_ETL_MIN_PASS_RATE | least share of rows without an ERROR rule | 0.95 |
| SBIR_ETL_MAX_UNREADABLE_SHARE | largest share of rows that cannot be read | 0.01 |
| SBIR_ETL_MAX_ROW_DROP | largest share of rows that may vanish from one vintage to the next | 0.05 |
| SBIR_ETL_MAX_AGENCY_DROP | the same of the rows of one agency | 0.10 |
| SBIR_ETL_MAX_YEAR_DROP | the same of the rows of one award year | 0.15 |
| SBIR_ETL_MAX_DUPLICATE_SHARE | largest share of rows that are exact copies of others | 0.01 |
| SBIR_ETL_MAX_SHARED_KEY_SHARE | largest share of awards with identifiers not theirs alone, or none | 0.05 |
| SBIR_ETL_MAX_INSTITUTION_MISMATCH | largest share of rows with STTR or an institution, not both | 0.02 |
| SBIR_ETL_MIN_FISCAL_YEAR_AGREEMENT | least share of dated awards whose year is the fiscal year of the date | 0.90 |
| SBIR_ETL_MAX_STALE_SHARE | largest share of a Neo4j graph that one load may find gone | 0.05 |
| SBIR_ETL_MAX_MATCH_RATE_DROP | largest fall of the match rate from one run to the next | 0.05 |
"""

import difflib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sbir_etl.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What a gate lets pass; all are shares between 0 and 1."""

    min_pass_rate: float = 0.95
    max_unreadable_share: float = 0.01
    max_row_drop: float = 0.05
    max_agency_drop: float = 0.10
    max_year_drop: float = 0.15
    max_duplicate_share: float = 0.01
    max_shared_key_share: float = 0.05
    max_institution_mismatch: float = 0.02
    min_fiscal_year_agreement: float = 0.90
    max_match_rate_drop: float = 0.05
    max_stale_share: float = 0.05


@dataclass(frozen=True, kw_only=True)
class GitHub:
    """Where on GitHub the pull requests go; either the token or the name of the secret that holds it is given."""

    repository: str
    token: str | None = field(default=None, repr=False)
    token_secret: str | None = None
    reviewers: tuple[str, ...] = ()
    base: str = "main"
    api_url: str = "https://api.github.com"


@dataclass(frozen=True, kw_only=True)
class Neo4j:
    """A graph server; either the password or the name of the secret that holds it is given."""

    uri: str
    user: str = "neo4j"
    password: str | None = field(default=None, repr=False)
    password_secret: str | None = None
    database: str = "neo4j"


@dataclass(frozen=True, kw_only=True)
class Settings:
    storage_url: str | None = None
    scratch: Path = Path(tempfile.gettempdir())
    local_sources: bool = False
    pull_requests: Path | None = None
    github: GitHub | None = None
    neo4j: Neo4j | None = None
    sns_topic_arn: str | None = None
    thresholds: Thresholds = Thresholds()

    def storage_for(self, s3_bucket: str) -> str:
        """The storage's URL: the one that was set, else the bucket that the execution's input names."""
        return self.storage_url or f"s3://{s3_bucket}"


PREFIX: Final = "SBIR_ETL_"
NAMES: Final = frozenset(
    (
        *("STORAGE", "SCRATCH", "LOCAL_SOURCES", "PULL_REQUESTS", "SNS_TOPIC_ARN"),
        *("GITHUB_REPOSITORY", "GITHUB_TOKEN", "GITHUB_TOKEN_SECRET", "GITHUB_REVIEWERS", "GITHUB_BASE", "GITHUB_API"),
        *("NEO4J_URI", "NEO4J_USER", "NEO4J_PASSWORD", "NEO4J_PASSWORD_SECRET", "NEO4J_DATABASE"),
        *(threshold.upper() for threshold in vars(Thresholds())),
    )
)
"""Every setting, without the prefix; another variable that has the prefix is a typing error."""
# What the tests are told by the environment, which the functions that they start inherit.
_OF_TESTS: Final = frozenset({"REAL_ROWS", "REHEARSE_DEPLOY", "REQUIRE_NEO4J"})


def process_environment() -> dict[str, str]:
    """The variables of this process that are settings of ours, or want to be."""
    return {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises: InvalidInput that names the variable."""
    values = process_environment() if environment is None else environment
    for variable in sorted(values):
        if variable.startswith(PREFIX):
            _check_known(variable.removeprefix(PREFIX))
    pull_requests = values.get("SBIR_ETL_PULL_REQUESTS")
    return Settings(
        storage_url=values.get("SBIR_ETL_STORAGE") or None,
        scratch=Path(values.get("SBIR_ETL_SCRATCH") or tempfile.gettempdir()),
        local_sources=_switch(values, "SBIR_ETL_LOCAL_SOURCES"),
        pull_requests=Path(pull_requests) if pull_requests else None,
        github=_github(values),
        neo4j=_neo4j(values),
        sns_topic_arn=values.get("SBIR_ETL_SNS_TOPIC_ARN") or None,
        thresholds=_thresholds(values),
    )


def _check_known(name: str) -> None:
    """A threshold that is spelt wrong would leave its gate as it was, and nobody would know."""
    if name in NAMES | _OF_TESTS:
        return
    nearest = difflib.get_close_matches(name, NAMES, n=1)
    wanted = f"{PREFIX}{nearest[0]}" if nearest else "a name of the table at the top of sbir_etl/settings.py"
    raise InvalidInput(f"{PREFIX}{name}: got a name that no setting has, wanted {wanted}; correct it, or unset it")


_REPOSITORY: Final = re.compile(r"[\w.-]+/[\w.-]+")
_WEB: Final = re.compile(r"https?://\S+")
_BOLT: Final = re.compile(r"(bolt|neo4j)(\+s|\+ssc)?://\S+")


def _formed(values: Mapping[str, str], variable: str, form: re.Pattern[str], example: str) -> str | None:
    """Asked here, so that a typing error ends a refresh in its first state and not in its last."""
    text = values.get(variable, "").strip()
    if text and not form.fullmatch(text):
        raise InvalidInput(f"{variable}: got {text!r}, wanted something like {example}")
    return text or None


def _switch(values: Mapping[str, str], variable: str) -> bool:
    text = values.get(variable, "").strip()
    if text not in ("", "0", "1"):
        raise InvalidInput(f"{variable}: got {text!r}, wanted 1 for on, or 0 or nothing for off")
    return text == "1"


def _github(values: Mapping[str, str]) -> GitHub | None:
    repository = _formed(values, "SBIR_ETL_GITHUB_REPOSITORY", _REPOSITORY, "owner/name")
    if not repository:
        return None
    reviewers = values.get("SBIR_ETL_GITHUB_REVIEWERS", "").split(",")
    return GitHub(
        repository=repository,
        token=values.get("SBIR_ETL_GITHUB_TOKEN") or None,
        token_secret=values.get("SBIR_ETL_GITHUB_TOKEN_SECRET") or None,
        reviewers=tuple(name.strip() for name in reviewers if name.strip()),
        base=values.get("SBIR_ETL_GITHUB_BASE") or GitHub.base,
        api_url=_formed(values, "SBIR_ETL_GITHUB_API", _WEB, GitHub.api_url) or GitHub.api_url,
    )


def _neo4j(values: Mapping[str, str]) -> Neo4j | None:
    uri = _formed(values, "SBIR_ETL_NEO4J_URI", _BOLT, "bolt://localhost:7687")
    if not uri:
        return None
    return Neo4j(
        uri=uri,
        user=values.get("SBIR_ETL_NEO4J_USER") or Neo4j.user,
        password=values.get("SBIR_ETL_NEO4J_PASSWORD") or None,
        password_secret=values.get("SBIR_ETL_NEO4J_PASSWORD_SECRET") or None,
        database=values.get("SBIR_ETL_NEO4J_DATABASE") or Neo4j.database,
    )


def _thresholds(values: Mapping[str, str]) -> Thresholds:
    defaults = Thresholds()
    return Thresholds(
        **{name: _share(values, f"SBIR_ETL_{name.upper()}", default) for name, default in vars(defaults).items()}
    )


def _share(values: Mapping[str, str], variable: str, default: float) -> float:
    text = values.get(variable)
    if not text:
        return default
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise InvalidInput(f"{variable}: got {text!r}, wanted a share between 0 and 1 such as {default}")
    return share
