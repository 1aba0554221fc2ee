"""The state machine from the one definition, its log, and the schedule that starts it."""

import json
from pathlib import Path
from typing import Final

from aws_cdk import App, Duration, Stack, TimeZone, aws_iam, aws_sqs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as scheduler_targets
from aws_cdk import aws_stepfunctions as stepfunctions

from deployment.arns import arn
from deployment.functions import ROOT, function_arn
from deployment.logs import log_group
from deployment.review import acknowledge
from deployment.stage import Stage
from sbir_etl.lambdas import FUNCTIONS

STATE_MACHINE: Final = "sbir-etl-weekly-refresh"
DEFINITION: Final = ROOT / "infrastructure" / "step-functions" / "weekly-refresh-state-machine.json"
MISSED_STARTS: Final = f"{STATE_MACHINE}-missed-starts"
LOG_GROUP: Final = f"/aws/vendedlogs/states/{STATE_MACHINE}"


def add_workflow(app: App, stage: Stage, *, definition: Path, **stack_properties: object) -> Stack:
    """The stack `sbir-etl-step-functions`."""
    stack = Stack(app, "sbir-etl-step-functions", description="The weekly refresh", **stack_properties)
    machine = stepfunctions.StateMachine(
        stack,
        "WeeklyRefresh",
        state_machine_name=STATE_MACHINE,
        # As text: `from_file` would make an asset of it, and the template would no longer show what runs.
        definition_body=stepfunctions.DefinitionBody.from_string(definition.read_text(encoding="utf-8")),
        role=_role(stack, stage),
        tracing_enabled=True,
        logs=stepfunctions.LogOptions(
            destination=log_group(stack, "Log", LOG_GROUP, stage),
            level=stepfunctions.LogLevel.ALL,
            include_execution_data=True,
        ),
    )
    _schedule(stack, stage, machine)
    return stack


def state_machine_arn(stack: Stack) -> str:
    """What the schedule, GitHub and the alarms name."""
    return arn(stack, "states", "stateMachine", STATE_MACHINE)


def executions_arn(stack: Stack) -> str:
    """Every execution of this one state machine."""
    return arn(stack, "states", "execution", f"{STATE_MACHINE}:*")


def _role(stack: Stack, stage: Stage) -> aws_iam.Role:
    """May call the ten functions; the CDK adds what delivery of logs and traces needs, which has no resource."""
    invoke = aws_iam.PolicyStatement(
        actions=["lambda:InvokeFunction"], resources=[function_arn(stack, each) for each in FUNCTIONS.values()]
    )
    role = aws_iam.Role(
        stack,
        "Role",
        role_name=f"{STATE_MACHINE}-{stage.region}",
        assumed_by=aws_iam.ServicePrincipal("states.amazonaws.com"),
        inline_policies={"Steps": aws_iam.PolicyDocument(statements=[invoke])},
    )
    acknowledge(
        role,
        "AwsSolutions-IAM5[Resource::*]",
        "Log delivery (logs:CreateLogDelivery, ...) and X-Ray name no resource; AWS allows them on * only",
    )
    return role


def _schedule(stack: Stack, stage: Stage, machine: stepfunctions.StateMachine) -> None:
    dead_letters = aws_sqs.Queue(
        stack,
        "MissedStarts",
        queue_name=MISSED_STARTS,
        encryption=aws_sqs.QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=Duration.days(14),
    )
    acknowledge(dead_letters, "AwsSolutions-SQS3", "It is the dead-letter queue")
    target = scheduler_targets.StepFunctionsStartExecution(
        machine,
        input=scheduler.ScheduleTargetInput.from_text(json.dumps({"s3_bucket": stage.bucket})),
        retry_attempts=10,
        max_event_age=Duration.hours(6),
        dead_letter_queue=dead_letters,
    )
    scheduler.Schedule(
        stack,
        "Weekly",
        schedule_name=STATE_MACHINE,
        description="Starts the weekly refresh",
        schedule=scheduler.ScheduleExpression.expression(stage.schedule, TimeZone.of(stage.time_zone)),
        enabled=stage.schedule_enabled,
        target=target,
    )
