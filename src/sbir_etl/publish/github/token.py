"""The token for GitHub: given as it is, or kept in AWS Secrets Manager."""

import json
from collections.abc import Callable, Mapping
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


def token_from(*, token: str | None, secret: str | None, secrets_manager: Callable[[], SecretsManager]) -> SecretStr:
    """The token itself, else the one in the secret of that name or ARN; the client is only made for the latter.

    The secret holds the token alone, or a JSON object with the token under `token`.

    Raises:
        InvalidInput: neither or both were given, or the secret cannot be read or holds no token.
        TransientError: Secrets Manager did not answer this time.
    """
    if bool(token) == bool(secret):
        raise InvalidInput(
            f"GitHub token: got {'both a token and the name of a secret' if token else 'none'}, wanted "
            "SBIR_ETL_GITHUB_TOKEN or SBIR_ETL_GITHUB_TOKEN_SECRET; set one of them"
        )
    if token:
        return SecretStr(token.strip())
    assert secret
    return SecretStr(_token_in(secret, _read(secret, secrets_manager)))


def _read(secret: str, secrets_manager: Callable[[], SecretsManager]) -> object:
    try:
        return secrets_manager().get_secret_value(SecretId=secret).get("SecretString")
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _PERMANENT:
            raise InvalidInput(f"secret {secret}: {code}, {_PERMANENT[code]}") from error
        raise TransientError(f"secret {secret}: {code}, wanted its value") from error
    except NoCredentialsError as error:
        raise InvalidInput(
            f"secret {secret}: no AWS credentials, wanted some to read it; set them, or set SBIR_ETL_GITHUB_TOKEN"
        ) from error
    except BotoCoreError as error:
        raise TransientError(f"secret {secret}: {error}, wanted its value") from error


def _token_in(secret: str, text: object) -> str:
    """What the secret holds is never part of a message."""
    token = text
    if isinstance(text, str) and text.lstrip().startswith("{"):
        try:
            token = json.loads(text).get("token")
        except json.JSONDecodeError:
            token = None
    if not isinstance(token, str) or not token.strip():
        raise InvalidInput(
            f'secret {secret}: got no token in it, wanted the token as text or a JSON object {{"token": "..."}}; '
            "put a new value in"
        )
    return token.strip()
