"""Where a token or password comes from, with Secrets Manager as moto does it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError
from moto import mock_aws

from sbir_etl.credentials import GITHUB_TOKEN, NEO4J_PASSWORD, obtain
from sbir_etl.errors import InvalidInput, TransientError


class Failing:
    """Secrets Manager that does not answer."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803 - boto3's own name
        raise self._error


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetSecretValue")


@pytest.fixture
def secrets_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseClient]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


def test_a_token_that_is_given_is_taken_without_asking_aws() -> None:
    def ask() -> Any:
        pytest.fail("a client was made")

    assert obtain(GITHUB_TOKEN, value=" sesame\n", secret=None, secrets_manager=ask).get_secret_value() == "sesame"


@pytest.mark.parametrize("value", ["sesame", "sesame\n", '{"token": "sesame"}', ' {"token": "sesame", "owner": "ada"}'])
def test_a_secret_holds_the_token_alone_or_in_json(secrets_manager: Any, value: str) -> None:
    secrets_manager.create_secret(Name="github-token", SecretString=value)

    token = obtain(GITHUB_TOKEN, value=None, secret="github-token", secrets_manager=lambda: secrets_manager)

    assert token.get_secret_value() == "sesame"
    assert "sesame" not in repr(token)


@pytest.mark.parametrize("value", ['{"password": "sesame"}', '{"token": 7, "a": "sesame"}', '{"token": "sesame"', " "])
def test_a_secret_without_a_token_is_told_without_showing_it(secrets_manager: Any, value: str) -> None:
    secrets_manager.create_secret(Name="github-token", SecretString=value)

    with pytest.raises(InvalidInput, match="secret github-token: got no token in it, wanted the token") as refused:
        obtain(GITHUB_TOKEN, value=None, secret="github-token", secrets_manager=lambda: secrets_manager)

    assert "sesame" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_secret_of_bytes_is_no_token(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="github-token", SecretBinary=b"sesame")

    with pytest.raises(InvalidInput, match="got no token in it"):
        obtain(GITHUB_TOKEN, value=None, secret="github-token", secrets_manager=lambda: secrets_manager)


def test_a_secret_that_is_not_there_is_told(secrets_manager: Any) -> None:
    with pytest.raises(InvalidInput, match="secret github-token: ResourceNotFoundException, wanted a secret"):
        obtain(GITHUB_TOKEN, value=None, secret="github-token", secrets_manager=lambda: secrets_manager)


@pytest.mark.parametrize(
    ("error", "raised", "words"),
    [
        (refusal("AccessDeniedException"), InvalidInput, "allow secretsmanager:GetSecretValue on it"),
        (refusal("InternalServiceError"), TransientError, "InternalServiceError, wanted its value"),
        (NoCredentialsError(), InvalidInput, "no AWS credentials, .*set SBIR_ETL_GITHUB_TOKEN"),
        (ConnectTimeoutError(endpoint_url="x"), TransientError, "Connect timeout .*, wanted its value"),
    ],
)
def test_a_secret_that_cannot_be_read_is_explained(error: Exception, raised: type[Exception], words: str) -> None:
    with pytest.raises(raised, match=words):
        obtain(GITHUB_TOKEN, value=None, secret="github-token", secrets_manager=lambda: Failing(error))


@pytest.mark.parametrize(("token", "secret", "words"), [(None, None, "got none"), ("a", "b", "got both")])
def test_exactly_one_source_is_wanted(token: str | None, secret: str | None, words: str) -> None:
    with pytest.raises(InvalidInput, match=f"{words}.*, wanted SBIR_ETL_GITHUB_TOKEN or SBIR_ETL_GITHUB_TOKEN_SECRET"):
        obtain(GITHUB_TOKEN, value=token, secret=secret, secrets_manager=lambda: Failing(NoCredentialsError()))


def test_a_password_has_a_key_and_a_setting_of_its_own(secrets_manager: Any) -> None:
    secrets_manager.create_secret(Name="graph", SecretString='{"username": "neo4j", "password": "sesame"}')

    password = obtain(NEO4J_PASSWORD, value=None, secret="graph", secrets_manager=lambda: secrets_manager)

    assert password.get_secret_value() == "sesame"
    with pytest.raises(InvalidInput, match="Neo4j password: got none, wanted SBIR_ETL_NEO4J_PASSWORD"):
        obtain(NEO4J_PASSWORD, value=None, secret=None)
