"""The zone's records: the failover pair, a plain name for each site, and the checkers' verdict."""

from aws_cdk import aws_route53 as route53
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.configuration.place_rules import is_ip_address
from landbridge.domain.checkers_verdict import DOWN_ADDRESS, UP_ADDRESS, verdict_name
from stacks.constructs.configured_values import ConfiguredValues
from stacks.constructs.health_checks import HealthChecks

__all__ = ["FailoverRecords"]


class FailoverRecords(Construct):
    """Six records. A failover edits none of them: the checks decide which of a pair answers."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        values: ConfiguredValues,
        checks: HealthChecks,
        zone_id: str,
    ) -> None:
        super().__init__(scope, construct_id)
        self._zone_id, self._ttl = zone_id, values.text("TtlSeconds")
        by_address = is_ip_address(configuration.sites.aws.addresses[0])
        self._type = "A" if by_address else "CNAME"
        names = configuration.names
        aws, azure = values.texts("AwsAddresses"), values.texts("AzureAddresses")
        self._failover("PRIMARY", names.failover, aws, checks.primary.health_check_id)
        self._failover("SECONDARY", names.failover, azure, checks.secondary.health_check_id)
        self._verdict("PRIMARY", verdict_name(names.health), UP_ADDRESS, checks.aws)
        self._verdict("SECONDARY", verdict_name(names.health), DOWN_ADDRESS, None)
        self._plain("Health", names.health, aws)
        self._plain("HealthAzure", names.health_azure, azure)

    def _failover(self, role: str, name: str, addresses: list[str], check_id: str) -> None:
        route53.CfnRecordSet(
            self,
            role.title(),
            hosted_zone_id=self._zone_id,
            name=name,
            type=self._type,
            ttl=self._ttl,
            resource_records=addresses,
            set_identifier=role.lower(),
            failover=role,
            health_check_id=check_id,
        )

    def _verdict(
        self, role: str, name: str, address: str, check: route53.HealthCheck | None
    ) -> None:
        route53.CfnRecordSet(
            self,
            f"Verdict{role.title()}",
            hosted_zone_id=self._zone_id,
            name=name,
            type="A",
            ttl=self._ttl,
            resource_records=[address],
            set_identifier=role.lower(),
            failover=role,
            health_check_id=None if check is None else check.health_check_id,
        )

    def _plain(self, construct_id: str, name: str, addresses: list[str]) -> None:
        route53.CfnRecordSet(
            self,
            construct_id,
            hosted_zone_id=self._zone_id,
            name=name,
            type=self._type,
            ttl=self._ttl,
            resource_records=addresses,
        )
