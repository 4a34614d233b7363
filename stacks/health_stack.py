"""us-east-1: health checks, records, the alarm. Route 53's metrics and control plane live there."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import Construct

from landbridge.configuration import Configuration
from stacks.constructs.failover_records import FailoverRecords
from stacks.constructs.health_checks import HealthChecks
from stacks.constructs.primary_alarm import PrimaryAlarm
from stacks.health_parameters import HealthParameters

__all__ = ["HealthStack"]


class HealthStack(cdk.Stack):
    """What decides by itself, without any control plane, which site DNS answers."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        parameters = HealthParameters.of(self, configuration)
        checks = HealthChecks(self, "Checks", configuration=configuration, parameters=parameters)
        zone_id = configuration.hosted_zone_id or self._zone(configuration)
        FailoverRecords(
            self,
            "Records",
            configuration=configuration,
            parameters=parameters,
            checks=checks,
            zone_id=zone_id,
        )
        PrimaryAlarm(self, "PrimaryAlarm", configuration=configuration, check=checks.aws)
        for name, value in (
            ("HostedZoneId", zone_id),
            ("AwsCheckId", checks.aws.health_check_id),
            ("PrimaryCheckId", checks.primary.health_check_id),
            ("SecondaryCheckId", checks.secondary.health_check_id),
            ("AlarmName", configuration.alarm_name),
        ):
            cdk.CfnOutput(self, name, value=value)

    def _zone(self, configuration: Configuration) -> str:
        zone = route53.PublicHostedZone(self, "Zone", zone_name=configuration.domain)
        zone.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        return zone.hosted_zone_id
