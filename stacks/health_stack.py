"""us-east-1: health checks and the alarm. Route 53's metrics and control plane live there."""

import json
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.configuration.zone_records import (
    CHANGE_BATCH_OUTPUT,
    change_batch,
    zone_records,
)
from stacks.constructs.configured_values import ConfiguredValues
from stacks.constructs.health_checks import HealthChecks
from stacks.constructs.primary_alarm import PrimaryAlarm

__all__ = ["HealthStack"]


class HealthStack(cdk.Stack):
    """What decides by itself, without any control plane, which site DNS answers."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        function_app = configuration.function_app
        values = ConfiguredValues(
            self,
            {
                "EntryPort": str(configuration.port),
                "FunctionHost": function_app.host,
                "FunctionPort": str(function_app.port),
            },
        )
        self.checks = HealthChecks(self, "Checks", configuration=configuration, values=values)
        PrimaryAlarm(self, "PrimaryAlarm", configuration=configuration, check=self.checks.aws)
        self._check_ids = {
            "AwsCheckId": self.checks.aws.health_check_id,
            "PrimaryCheckId": self.checks.primary.health_check_id,
            "SecondaryCheckId": self.checks.secondary.health_check_id,
        }
        for name, value in {**self._check_ids, "AlarmName": configuration.alarm_name}.items():
            cdk.CfnOutput(self, name, value=value)
        if configuration.zone == "elsewhere":
            self._say_the_records(configuration)

    def _say_the_records(self, configuration: Configuration) -> None:
        batch = change_batch(zone_records(configuration), self._check_ids)
        cdk.CfnOutput(
            self,
            CHANGE_BATCH_OUTPUT,
            value=json.dumps(batch),
            description="For `aws route53 change-resource-record-sets --change-batch`",
        )
