"""Log groups by the names the guide gives, kept as long as the stage says."""

from collections.abc import Mapping
from typing import Final

from aws_cdk import RemovalPolicy, Stack, aws_logs

from deployment.stage import Stage

_RETENTION: Final[Mapping[int, aws_logs.RetentionDays]] = {
    30: aws_logs.RetentionDays.ONE_MONTH,
    60: aws_logs.RetentionDays.TWO_MONTHS,
    90: aws_logs.RetentionDays.THREE_MONTHS,
    180: aws_logs.RetentionDays.SIX_MONTHS,
    365: aws_logs.RetentionDays.ONE_YEAR,
    400: aws_logs.RetentionDays.THIRTEEN_MONTHS,
}


def log_group(stack: Stack, identifier: str, name: str, stage: Stage) -> aws_logs.LogGroup:
    """Removed with its stack, so that the name is free when the stack is deployed again."""
    return aws_logs.LogGroup(
        stack,
        identifier,
        log_group_name=name,
        retention=_RETENTION[stage.log_retention_days],
        removal_policy=RemovalPolicy.DESTROY,
    )
