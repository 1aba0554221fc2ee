"""How the AWS SDK for Java, through which Step Functions calls every service, names what botocore names otherwise.

State machines write a service as its SDK package (`sfn`, `cloudwatchlogs`), parameters and results as the SDK's
properties in PascalCase (`DbInstanceIdentifier`, `Bool`), and errors as its exception classes
(`DynamoDb.ResourceNotFoundException`).
"""

import re
from typing import Final

from asl_engine.integrations.sdk_types import Session

_PACKAGE_LETTERS: Final = re.compile(r"[^a-z0-9]")
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LEADING_CAPITALS: Final = re.compile(r"^[A-Z]+(?![a-z])|^[A-Z]")


def package(service_id: str) -> str:
    """
    >>> package("Secrets Manager"), package("SFN")
    ('secretsmanager', 'sfn')
    """
    return _PACKAGE_LETTERS.sub("", service_id.lower())


def client_class(service_id: str) -> str:
    """
    >>> client_class("DynamoDB"), client_class("SFN"), client_class("S3"), client_class("CloudWatch Logs")
    ('DynamoDb', 'Sfn', 'S3', 'CloudWatchLogs')
    """
    return "".join(word.capitalize() for word in _WORDS.findall(service_id))


def property_name(member: str) -> str:
    """The SDK's property for a member of the service's model; only a leading acronym is spelled otherwise.

    >>> [property_name(member) for member in ("DBInstanceArn", "ETag", "SS", "stateMachineArn", "MD5OfBody", "NULL")]
    ['DbInstanceArn', 'ETag', 'Ss', 'StateMachineArn', 'Md5OfBody', 'Nul']
    """
    if member == "NULL":
        return "Nul"  # `null` is a reserved word of Java
    capital = member[:1].upper() + member[1:]
    return _LEADING_CAPITALS.sub(lambda found: found.group().capitalize(), capital)


def exception_class(shape: str) -> str:
    """
    >>> exception_class("NoSuchBucket"), exception_class("DBInstanceNotFoundFault")
    ('NoSuchBucketException', 'DBInstanceNotFoundException')
    """
    return shape.removesuffix("Fault").removesuffix("Exception") + "Exception"


def clients_by_package(session: Session) -> dict[str, str]:
    """Every service botocore knows: the SDK's package name to botocore's client name."""
    from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES as SERVICE_IDS

    names = session.get_available_services()
    return {package(SERVICE_IDS.get(name, name)): name for name in names}
