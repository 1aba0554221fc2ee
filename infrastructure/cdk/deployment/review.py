"""What cdk-nag asks and this deployment answers with a reason."""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def review(app: App) -> None:
    """Have AWS's own list of good practice checked whenever the app is synthesised."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding on one construct; every finding is named by itself."""
    Validations.of(construct).acknowledge(Acknowledgment(id=finding, reason=reason))
