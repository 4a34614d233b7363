"""The zone's records, where the zone is in this account: the failover pair and the health names.

Apart from the checks that the pair hangs on: whose zone is elsewhere has no such stack, and the
health stack says in its place which records to create there.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import Construct

from landbridge.configuration import Configuration
from stacks.constructs.configured_values import ConfiguredValues
from stacks.constructs.failover_records import FailoverRecords
from stacks.constructs.health_checks import HealthChecks

__all__ = ["DnsStack"]


class DnsStack(cdk.Stack):
    """Written once; a failover edits none of it."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        checks: HealthChecks,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        sites = configuration.sites
        values = ConfiguredValues(
            self,
            {
                "AwsAddresses": sites.aws.addresses,
                "AzureAddresses": sites.azure.addresses,
                "TtlSeconds": str(configuration.ttl_seconds),
            },
        )
        zone_id = configuration.hosted_zone_id or self._zone(configuration)
        FailoverRecords(
            self,
            "Records",
            configuration=configuration,
            values=values,
            checks=checks,
            zone_id=zone_id,
        )
        cdk.CfnOutput(self, "HostedZoneId", value=zone_id)

    def _zone(self, configuration: Configuration) -> str:
        zone = route53.PublicHostedZone(self, "Zone", zone_name=configuration.domain)
        zone.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
        return zone.hosted_zone_id
