"""Who else may start the refresh: the workflow of one branch of one repository on GitHub, without a stored key."""

from typing import Final

from aws_cdk import App, CfnOutput, Duration, Stack, aws_iam

from deployment.review import acknowledge
from deployment.stage import Stage
from deployment.workflow import executions_arn, state_machine_arn

ROLE: Final = "sbir-etl-github-refresh"
GITHUB: Final = "token.actions.githubusercontent.com"


def add_access(app: App, stage: Stage, **stack_properties: object) -> Stack:
    """The stack `sbir-etl-access`; its outputs are what the workflow's variables are set to."""
    stack = Stack(app, "sbir-etl-access", description="GitHub may start the refresh", **stack_properties)
    role = aws_iam.Role(
        stack,
        "Role",
        role_name=ROLE,
        assumed_by=_trusted(stack, stage),
        max_session_duration=Duration.hours(3),
        inline_policies={"Refresh": _policy(stack)},
    )
    if stage.github_identity_provider == "create":
        role.node.add_dependency(
            aws_iam.CfnOIDCProvider(stack, "GitHub", url=f"https://{GITHUB}", client_id_list=["sts.amazonaws.com"])
        )
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:"
        f"{stage.region}:<AWS::AccountId>:execution:sbir-etl-weekly-refresh:*]",
        "An execution's name is not known before it is started",
    )
    CfnOutput(stack, "RoleArn", value=role.role_arn, description="AWS_ROLE_ARN of the workflow")
    CfnOutput(stack, "StateMachineArn", value=state_machine_arn(stack), description="STATE_MACHINE_ARN of the workflow")
    return stack


def _trusted(stack: Stack, stage: Stage) -> aws_iam.FederatedPrincipal:
    provider = f"arn:{stack.partition}:iam::{stack.account}:oidc-provider/{GITHUB}"
    conditions = {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:{stage.repository}:ref:refs/heads/{stage.branch}",
        }
    }
    return aws_iam.FederatedPrincipal(provider, conditions, "sts:AssumeRoleWithWebIdentity")


def _policy(stack: Stack) -> aws_iam.PolicyDocument:
    """By hand: the CDK's `grant_read` would allow `states:` actions on every state machine."""
    start = aws_iam.PolicyStatement(actions=["states:StartExecution"], resources=[state_machine_arn(stack)])
    watch = aws_iam.PolicyStatement(
        actions=["states:DescribeExecution", "states:GetExecutionHistory"], resources=[executions_arn(stack)]
    )
    return aws_iam.PolicyDocument(statements=[start, watch])
