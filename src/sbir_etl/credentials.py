"""A token or password: given as it is, or kept in AWS Secrets Manager."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from pydantic import SecretStr

from sbir_etl.errors import InvalidInput, TransientError

_PERMANENT: Mapping[str, str] = {
    "ResourceNotFoundException": "wanted a secret with this name in this region; create it with the token in it",
    "AccessDeniedException": "wanted to read it; allow secretsmanager:GetSecretValue on it",
    "DecryptionFailure": "wanted to decrypt it; allow kms:Decrypt on its key",
    "InvalidRequestException": "wanted a secret that is not being deleted; restore it",
}


class SecretsManager(Protocol):
    """The part of boto3's client that is used."""

    def get_secret_value(self, *, SecretId: str) -> Mapping[str, object]: ...  # noqa: N803 - boto3's own name


@dataclass(frozen=True, kw_only=True)
class Credential:
    """What is asked for: its name in messages, the setting that can hold it, its key in a secret that holds JSON.

    The setting for the name of the secret is `variable` with `_SECRET` behind it.
    """

    name: str
    variable: str
    key: str


GITHUB_TOKEN = Credential(name="GitHub token", variable="SBIR_ETL_GITHUB_TOKEN", key="token")
NEO4J_PASSWORD = Credential(name="Neo4j password", variable="SBIR_ETL_NEO4J_PASSWORD", key="password")


def boto3_secrets_manager() -> SecretsManager:
    """AWS's, with the credentials of this process."""
    import boto3  # heavy, and only where a secret is named

    client: SecretsManager = boto3.client("secretsmanager")
    return client


def obtain(
    credential: Credential,
    *,
    value: str | None,
    secret: str | None,
    secrets_manager: Callable[[], SecretsManager] = boto3_secrets_manager,
) -> SecretStr:
    """The value itself, else the one in the secret of that name or ARN; the client is only made for the latter.

    The secret holds the value alone, or a JSON object with the value under the credential's key.

    Raises:
        InvalidInput: neither or both were given, or the secret cannot be read or does not hold it.
        TransientError: Secrets Manager did not answer this time.
    """
    if bool(value) == bool(secret):
        raise InvalidInput(
            f"{credential.name}: got {'both a value and the name of a secret' if value else 'none'}, wanted "
            f"{credential.variable} or {credential.variable}_SECRET; set one of them"
        )
    if value:
        return SecretStr(value.strip())
    assert secret
    return SecretStr(_value_in(secret, _read(credential, secret, secrets_manager), credential.key))


def _read(credential: Credential, secret: str, secrets_manager: Callable[[], SecretsManager]) -> object:
    try:
        return secrets_manager().get_secret_value(SecretId=secret).get("SecretString")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _PERMANENT:
            raise InvalidInput(f"secret {secret}: {code}, {_PERMANENT[code]}") from error
        raise TransientError(f"secret {secret}: {code}, wanted its value") from error
    except NoCredentialsError as error:
        raise InvalidInput(
            f"secret {secret}: no AWS credentials, wanted some to read it; set them, or set {credential.variable}"
        ) from error
    except BotoCoreError as error:
        raise TransientError(f"secret {secret}: {error}, wanted its value") from error


def _value_in(secret: str, text: object, key: str) -> str:
    """What the secret holds is never part of a message."""
    value = text
    if isinstance(text, str) and text.lstrip().startswith("{"):
        try:
            value = json.loads(text).get(key)
        except json.JSONDecodeError:
            value = None
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(
            f'secret {secret}: got no {key} in it, wanted the {key} as text or a JSON object {{"{key}": "..."}}; '
            "put a new value in"
        )
    return value.strip()
