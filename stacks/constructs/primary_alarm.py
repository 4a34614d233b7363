"""The alarm on AWS's own health check, and its way to the orchestrator's region."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_route53 as route53
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.domain.recovery_estimate import ALARM_PERIOD_SECONDS
from landbridge.domain.standby_alarms import ALARMS, LOST_ALARMS, queue_name
from landbridge.domain.triggers import FORWARDED_ALARM, trigger_name
from stacks.constructs.data_key import DataKey
from stacks.constructs.dead_letters import dead_letter_queue
from stacks.constructs.standby_alarms import standby_alarm

__all__ = ["PrimaryAlarm", "alarm_pattern"]


def alarm_pattern(configuration: Configuration, **detail: object) -> events.EventPattern:
    """Return the pattern of this alarm's events."""
    return _pattern([configuration.alarm_name], **detail)


def _pattern(names: list[str], **detail: object) -> events.EventPattern:
    return events.EventPattern(
        source=["aws.cloudwatch"],
        detail_type=["CloudWatch Alarm State Change"],
        detail={"alarmName": names, **detail},
    )


class PrimaryAlarm(Construct):
    """AWS's /ready seen by Route 53's checkers, as an alarm and as an event in another region."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        check: route53.HealthCheck,
    ) -> None:
        super().__init__(scope, construct_id)
        cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_name=configuration.alarm_name,
            alarm_description="Route 53's checkers see AWS's /ready fail. One witness of three.",
            metric=cloudwatch.Metric(
                namespace="AWS/Route53",
                metric_name="HealthCheckStatus",
                dimensions_map={"HealthCheckId": check.health_check_id},
                statistic="Minimum",
                period=cdk.Duration.seconds(ALARM_PERIOD_SECONDS),
            ),
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=1,
            datapoints_to_alarm=1,
            # No data is INSUFFICIENT_DATA, its own state: to see nothing is not to see it down.
            treat_missing_data=cloudwatch.TreatMissingData.MISSING,
        )
        if configuration.orchestrator_region != configuration.health_region:
            self._forward(configuration)

    def _forward(self, configuration: Configuration) -> None:
        bus_arn = cdk.Stack.of(self).format_arn(
            service="events",
            region=configuration.orchestrator_region,
            resource="event-bus",
            resource_name="default",
        )
        bus = events.EventBus.from_event_bus_arn(self, "OrchestratorBus", bus_arn)
        key = DataKey(self, "Key", prefix=f"landbridge-{configuration.workload}").key
        # The watchdog sees an outage whose event is lost; that one was lost is worth a word too.
        workload = configuration.workload
        lost = dead_letter_queue(self, "LostEvents", key, name=queue_name(LOST_ALARMS, workload))
        beside = [one for one in ALARMS if one.in_health_region]
        for one in beside:
            standby_alarm(self, one, workload)
        names = [configuration.alarm_name, *(one.full_name(workload) for one in beside)]
        events.Rule(
            self,
            "Forward",
            rule_name=trigger_name(workload, FORWARDED_ALARM),
            description=f"The alarms' events to {configuration.orchestrator_region}",
            event_pattern=_pattern(names),
            targets=[targets.EventBus(bus, dead_letter_queue=lost)],
        )
