"""Where pull requests go: what is refused before anything is sent."""

import json
from dataclasses import asdict
from typing import Any

import pytest
from pydantic import SecretStr

from sbir_etl.errors import InvalidInput
from sbir_etl.publish.github.target import Target


def target(**changes: Any) -> Target:
    return Target(**{"repository": "acme/awards", "token": SecretStr("sesame"), **changes})


def test_the_token_is_shown_nowhere() -> None:
    assert "sesame" not in repr(target())
    with pytest.raises(TypeError):
        json.dumps(asdict(target()))


@pytest.mark.parametrize("name", ["", "awards", "acme/", "https://github.com/acme/awards", "acme/awards/", "a b/c"])
def test_a_repository_is_named_by_owner_and_name(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"GitHub repository: got .*, wanted owner/name"):
        target(repository=name)


@pytest.mark.parametrize("token", ["", "sesame\n", "ses ame", "sés"])
def test_a_token_that_cannot_be_sent_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(InvalidInput, match="GitHub token: got one that is empty or has blanks") as refused:
        target(token=SecretStr(token))

    assert not token or token not in str(refused.value)


@pytest.mark.parametrize("url", ["http://github.example", "ftp://localhost", "github.example"])
def test_the_token_is_only_sent_in_secret(url: str) -> None:
    with pytest.raises(InvalidInput, match="wanted an https address: the token is sent to it"):
        target(api_url=url)


@pytest.mark.parametrize("url", ["https://github.example/api/v3", "http://localhost:8080", "http://[::1]:8080"])
def test_an_enterprise_server_and_a_local_stand_in_are_taken(url: str) -> None:
    assert target(api_url=url).api_url == url
