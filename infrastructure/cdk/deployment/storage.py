"""The bucket: vintages for ever, runs for a while, nothing public."""

from aws_cdk import App, Duration, RemovalPolicy, Stack, aws_s3

from deployment.review import acknowledge
from deployment.stage import Stage


def add_storage(app: App, stage: Stage, **stack_properties: object) -> Stack:
    """The stack `sbir-etl-storage`. Tearing it down leaves the bucket: past vintages cannot be had again."""
    stack = Stack(app, "sbir-etl-storage", description="Vintages, runs and graphs", **stack_properties)
    bucket = aws_s3.Bucket(
        stack,
        "Bucket",
        bucket_name=stage.bucket,
        versioned=True,
        encryption=aws_s3.BucketEncryption.S3_MANAGED,
        block_public_access=aws_s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=aws_s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        removal_policy=RemovalPolicy.RETAIN,
        lifecycle_rules=_lifecycle(stage),
    )
    acknowledge(
        bucket,
        "AwsSolutions-S1",
        "Only the refresh's own roles can reach the bucket, and their calls are in the functions' logs; "
        "access logs would be a second bucket to keep",
    )
    return stack


def _lifecycle(stage: Stage) -> list[aws_s3.LifecycleRule]:
    """No rule of these expires anything under `vintages/` or the graph that is live.

    Instant retrieval, since the live vintage may be old when it is read again.
    """
    return [
        aws_s3.LifecycleRule(
            id="old-vintages-cost-less",
            prefix="vintages/",
            transitions=[
                aws_s3.Transition(
                    storage_class=aws_s3.StorageClass.GLACIER_INSTANT_RETRIEVAL, transition_after=Duration.days(90)
                )
            ],
        ),
        aws_s3.LifecycleRule(
            id="runs-are-tidied",
            prefix="runs/",
            expiration=Duration.days(stage.run_retention_days),
            noncurrent_version_expiration=Duration.days(30),
        ),
        aws_s3.LifecycleRule(id="replaced-graphs-go", prefix="graph/", noncurrent_version_expiration=Duration.days(30)),
        aws_s3.LifecycleRule(id="broken-uploads-go", abort_incomplete_multipart_upload_after=Duration.days(7)),
    ]
