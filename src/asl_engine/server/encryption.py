"""The encryption configuration of a state machine or an activity. It is kept and shown; the journal is not encrypted.

See https://docs.aws.amazon.com/step-functions/latest/apireference/API_EncryptionConfiguration.html
"""

from asl_engine.language.values import JSON
from asl_engine.server.errors import ApiError


def encryption_given(configuration: JSON) -> JSON:
    """The configuration of a request, which has named a key if it wants one of its own.

    Raises:
        ApiError: InvalidEncryptionConfiguration
    """
    match configuration:
        case {"type": "CUSTOMER_MANAGED_KMS_KEY", **others} if not others.get("kms_key_id"):
            message = "Invalid Encryption Configuration: kmsKeyId is required for type CUSTOMER_MANAGED_KMS_KEY"
            raise ApiError("InvalidEncryptionConfiguration", message)
        case _:
            return configuration
