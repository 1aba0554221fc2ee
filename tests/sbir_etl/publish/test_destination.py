"""Which publisher the settings ask for."""

from pathlib import Path

import pytest

from sbir_etl.errors import InvalidInput
from sbir_etl.publish.destination import publisher_for
from sbir_etl.publish.github.publisher import GitHubPublisher
from sbir_etl.publish.local_git import LocalGit
from sbir_etl.settings import GitHub, Settings


def test_the_local_repository_is_the_default() -> None:
    assert isinstance(publisher_for(Settings(pull_requests=Path("anywhere"))), LocalGit)


def test_a_repository_on_github_comes_first() -> None:
    settings = Settings(pull_requests=Path("anywhere"), github=GitHub(repository="acme/awards", token="t0ken"))
    assert isinstance(publisher_for(settings), GitHubPublisher)


def test_a_missing_token_is_named() -> None:
    with pytest.raises(InvalidInput, match="SBIR_ETL_GITHUB_TOKEN"):
        publisher_for(Settings(github=GitHub(repository="acme/awards")))


def test_without_any_destination_both_settings_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"SBIR_ETL_PULL_REQUESTS: not set.*SBIR_ETL_GITHUB_REPOSITORY"):
        publisher_for(Settings())
