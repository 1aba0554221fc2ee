"""Alarms that reach people, and one page that shows how the refresh is doing."""

from typing import Final

from aws_cdk import App, Duration, Stack, aws_iam, aws_sns, aws_sns_subscriptions
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as cloudwatch_actions

from deployment import freshness
from deployment.functions import TOPIC
from deployment.stage import Stage
from deployment.workflow import MISSED_STARTS, state_machine_arn
from sbir_etl.lambdas import FUNCTIONS
from sbir_etl.metrics import FAILED, NAMESPACE, SECONDS, STEP

# Which metrics stand together, by what they count; a test finds the one that is forgotten.
CURVES: Final = {
    "Rows": ("rows", "rejected"),
    "Pass rate and match rate": ("pass_rate", "match_rate"),
    "Changes": ("added", "changed", "removed"),
    "Graph": ("nodes", "relationships"),
}


def add_observability(app: App, stage: Stage, **stack_properties: object) -> Stack:
    """The stack `sbir-etl-observability`."""
    stack = Stack(app, "sbir-etl-observability", description="Alarms and the dashboard", **stack_properties)
    topic = _topic(stack, stage)
    freshness.add_freshness(stack, stage)
    for alarm in _alarms(stack, stage):
        alarm.add_alarm_action(cloudwatch_actions.SnsAction(topic))
    _dashboard(stack)
    return stack


def _topic(stack: Stack, stage: Stage) -> aws_sns.Topic:
    topic = aws_sns.Topic(stack, "Alerts", topic_name=TOPIC, enforce_ssl=True)
    # A topic with a policy of its own has lost the default one, by which alarms of the account may publish.
    topic.add_to_resource_policy(
        aws_iam.PolicyStatement(
            principals=[aws_iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
        )
    )
    if stage.alert_email:
        topic.add_subscription(aws_sns_subscriptions.EmailSubscription(stage.alert_email))
    return topic


def _states(stack: Stack, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name=name,
        dimensions_map={"StateMachineArn": state_machine_arn(stack)},
        statistic=statistic,
        period=Duration.minutes(5),
    )


def _function(metric: str, name: str, statistic: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/Lambda",
        metric_name=metric,
        dimensions_map={"FunctionName": name},
        statistic=statistic,
        label=name.removeprefix("sbir-etl-"),
        period=Duration.minutes(5),
    )


def _alarms(stack: Stack, stage: Stage) -> list[cloudwatch.Alarm]:
    minutes = stage.longest_refresh_minutes
    missed = cloudwatch.Metric(
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions_map={"QueueName": MISSED_STARTS},
        statistic="Maximum",
        period=Duration.minutes(5),
    )
    age = cloudwatch.Metric(
        namespace=NAMESPACE, metric_name=freshness.METRIC, statistic="Maximum", period=Duration.days(1)
    )
    never_measured = cloudwatch.TreatMissingData.BREACHING
    return [
        _alarm(stack, "failed", _states(stack, "ExecutionsFailed"), "A refresh failed"),
        _alarm(stack, "timed-out", _states(stack, "ExecutionsTimedOut"), "A refresh ran out of time"),
        _alarm(stack, "throttled", _states(stack, "ExecutionThrottled"), "A refresh was throttled"),
        _alarm(stack, "aborted", _states(stack, "ExecutionsAborted"), "A refresh was stopped"),
        _alarm(stack, "too-long", _states(stack, "ExecutionTime", "Maximum"), f"Over {minutes} min", minutes * 60_000),
        _alarm(stack, "not-started", missed, "The schedule could not start a refresh"),
        _alarm(stack, "stale", age, "No refresh succeeded lately", stage.days_without_success, never_measured),
    ]


def _alarm(
    stack: Stack,
    name: str,
    metric: cloudwatch.Metric,
    description: str,
    threshold: float = 1,
    missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
) -> cloudwatch.Alarm:
    return cloudwatch.Alarm(
        stack,
        f"Alarm-{name}",
        alarm_name=f"sbir-etl-refresh-{name}",
        alarm_description=description,
        metric=metric,
        threshold=threshold,
        evaluation_periods=1,
        comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=missing,
    )


def _dashboard(stack: Stack) -> None:
    names = [function.name for function in FUNCTIONS.values()]
    outcomes = ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
    age = cloudwatch.Metric(namespace=NAMESPACE, metric_name=freshness.METRIC, statistic="Maximum")
    cloudwatch.Dashboard(
        stack,
        "Dashboard",
        dashboard_name="sbir-etl-refresh",
        default_interval=Duration.days(56),
        widgets=[
            [
                _graph("Executions", [_states(stack, f"Executions{each}") for each in outcomes]),
                _graph("Duration (ms)", [_states(stack, "ExecutionTime", "Maximum")]),
                _graph("Days since the last success", [age]),
            ],
            [
                _graph("Seconds per step", [_published(SECONDS.name, step) for step in FUNCTIONS], width=6),
                _graph("Failed attempts per step", [_published(FAILED.name, step) for step in FUNCTIONS], width=6),
                _graph("Errors per function", [_function("Errors", name, "Sum") for name in names], width=6),
                _graph("State transitions", [_transitions()], width=6),
            ],
            [_graph(title, [_published(name) for name in curves], width=6) for title, curves in CURVES.items()],
        ],
    )


def _published(name: str, step: str | None = None) -> cloudwatch.Metric:
    """A metric as the functions' log lines publish it."""
    statistic = "Sum" if name == FAILED.name else "Maximum"
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={STEP: step} if step else None,
        statistic=statistic,
        label=step,
        period=Duration.days(1),
    )


def _transitions() -> cloudwatch.Metric:
    """Not by state machine: AWS counts transitions for the account's whole throttling bucket."""
    return cloudwatch.Metric(
        namespace="AWS/States",
        metric_name="ConsumedCapacity",
        dimensions_map={"ServiceMetric": "StateTransition"},
        statistic="Sum",
        period=Duration.minutes(5),
    )


def _graph(title: str, metrics: list[cloudwatch.Metric], *, width: int = 8) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=width)
