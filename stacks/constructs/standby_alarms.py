"""The alarms of landbridge.domain.standby_alarms, on what is measured and on functions that fail.

They have no actions: each change is an event, and a function tells the operators what it means.
CloudWatch itself may not publish to a topic that is encrypted with the account's SNS key.
"""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from constructs import Construct

from landbridge.domain.monitoring import METRICS, NAMESPACE, SERVICE
from landbridge.domain.plan import step_named
from landbridge.domain.standby_alarms import ALARMS, Alarm, queue_name

__all__ = [
    "StandbyAlarms",
    "machine_arn",
    "metric_of",
    "standby_alarm",
    "standby_alarms_pattern",
]

_MINUTE = cdk.Duration.minutes(1)


def standby_alarms_pattern(workload: str) -> events.EventPattern:
    """Return the pattern of these alarms' events."""
    return events.EventPattern(
        source=["aws.cloudwatch"],
        detail_type=["CloudWatch Alarm State Change"],
        detail={"alarmName": [alarm.full_name(workload) for alarm in ALARMS]},
    )


def metric_of(name: str, workload: str, statistic: str = "Maximum") -> cloudwatch.Metric:
    """Return one of landbridge's own metrics; raise KeyError where nobody measures it."""
    METRICS[name]
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=name,
        dimensions_map={"service": SERVICE, "workload": workload},
        statistic=statistic,
        period=_MINUTE,
    )


def machine_arn(stack: cdk.Stack, flow: str, workload: str) -> str:
    """Return the ARN of a flow's state machine, by its name."""
    return stack.format_arn(
        service="states",
        resource="stateMachine",
        resource_name=f"landbridge-{workload}-{flow}",
        arn_format=cdk.ArnFormat.COLON_RESOURCE_NAME,
    )


class StandbyAlarms(Construct):
    """One alarm each; what no figure says is not said: only the silent one goes off by silence."""

    def __init__(self, scope: Construct, construct_id: str, *, workload: str) -> None:
        super().__init__(scope, construct_id)
        self.alarms = [
            standby_alarm(self, alarm, workload) for alarm in ALARMS if not alarm.in_health_region
        ]


def standby_alarm(scope: Construct, alarm: Alarm, workload: str) -> cloudwatch.Alarm:
    """Make one of them in the scope's region."""
    comparison, silence = cloudwatch.ComparisonOperator, cloudwatch.TreatMissingData
    return cloudwatch.Alarm(
        scope,
        "".join(word.title() for word in alarm.name.split("-")),
        alarm_name=alarm.full_name(workload),
        alarm_description=f"{alarm.says}. Next: {alarm.following}",
        metric=_watched(alarm, workload, cdk.Stack.of(scope)),
        comparison_operator=(
            comparison.LESS_THAN_THRESHOLD
            if alarm.silent
            else comparison.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        ),
        threshold=1,
        evaluation_periods=alarm.minutes,
        datapoints_to_alarm=alarm.minutes,
        treat_missing_data=silence.BREACHING if alarm.silent else silence.NOT_BREACHING,
    )


def _watched(alarm: Alarm, workload: str, stack: cdk.Stack) -> cloudwatch.Metric:
    if alarm.silent:
        return metric_of(alarm.metric, workload, "SampleCount")
    if alarm.machine:
        dimensions = {"StateMachineArn": machine_arn(stack, alarm.machine, workload)}
        return _theirs("AWS/States", alarm.metric, dimensions, "Sum")
    if alarm.queue:
        dimensions = {"QueueName": queue_name(alarm.queue, workload)}
        return _theirs("AWS/SQS", alarm.metric, dimensions, "Maximum")
    if not alarm.step:
        return metric_of(alarm.metric, workload)
    function = step_named(alarm.step).function_name(workload)
    return _theirs("AWS/Lambda", alarm.metric, {"FunctionName": function}, "Sum")


def _theirs(
    namespace: str, name: str, dimensions: dict[str, str], statistic: str
) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map=dimensions,
        statistic=statistic,
        period=_MINUTE,
    )
