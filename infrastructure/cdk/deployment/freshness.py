"""How long ago the refresh last succeeded, as a metric.

CloudWatch alarms look back for seven days at most, and a weekly refresh is only late on the eighth. So a state machine
of two tasks, started every six hours, writes the age of the last success down, and the alarm looks at that.
"""

from pathlib import Path
from typing import Final

from aws_cdk import Duration, Stack, aws_iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as stepfunctions

from deployment.logs import log_group
from deployment.review import acknowledge
from deployment.stage import Stage
from deployment.workflow import state_machine_arn
from sbir_etl.metrics import NAMESPACE

NAME: Final = "sbir-etl-freshness"
DEFINITION: Final = Path(__file__).with_name("freshness.json")
METRIC: Final = "days_since_success"


def add_freshness(stack: Stack, stage: Stage) -> None:
    """The state machine, its role and its schedule."""
    machine = stepfunctions.StateMachine(
        stack,
        "Freshness",
        state_machine_name=NAME,
        definition_body=stepfunctions.DefinitionBody.from_string(DEFINITION.read_text(encoding="utf-8")),
        role=_role(stack),
        tracing_enabled=True,
        logs=stepfunctions.LogOptions(
            destination=log_group(stack, "FreshnessLog", f"/aws/vendedlogs/states/{NAME}", stage),
            level=stepfunctions.LogLevel.ALL,
        ),
    )
    scheduler.Schedule(
        stack,
        "FreshnessSchedule",
        schedule_name=NAME,
        description="Measures the age of the last successful refresh",
        schedule=scheduler.ScheduleExpression.rate(Duration.hours(6)),
        target=scheduler_targets.StepFunctionsStartExecution(
            machine,
            input=scheduler.ScheduleTargetInput.from_text(
                stack.to_json_string({"state_machine_arn": state_machine_arn(stack)})
            ),
            retry_attempts=3,
            max_event_age=Duration.hours(1),
        ),
    )


def _role(stack: Stack) -> aws_iam.Role:
    find = aws_iam.PolicyStatement(actions=["states:ListExecutions"], resources=[state_machine_arn(stack)])
    put = aws_iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": NAMESPACE}},
    )
    role = aws_iam.Role(
        stack,
        "FreshnessRole",
        assumed_by=aws_iam.ServicePrincipal("states.amazonaws.com"),
        inline_policies={"Measure": aws_iam.PolicyDocument(statements=[find, put])},
    )
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "PutMetricData names no resource and is held to one namespace; nor do log delivery and X-Ray",
    )
    return role
