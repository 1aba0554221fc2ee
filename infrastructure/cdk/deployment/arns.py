"""ARNs by name: the definition calls its functions so, and no export ties one stack to another."""

from aws_cdk import ArnFormat, Stack


def arn(stack: Stack, service: str, kind: str, name: str) -> str:
    """`arn:<partition>:<service>:<region>:<account>:<kind>:<name>` of the stack's account."""
    return str(
        stack.format_arn(service=service, resource=kind, resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME)
    )
