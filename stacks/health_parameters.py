"""The health stack's parameters: values of the world, so that a lab deploys the same template."""

from dataclasses import dataclass

import aws_cdk as cdk
from constructs import Construct

from landbridge.configuration import Configuration

__all__ = ["HealthParameters"]


@dataclass(frozen=True)
class HealthParameters:
    """Ports, hosts, addresses and the TTL; the defaults are the configuration's."""

    entry_port: cdk.CfnParameter
    function_host: cdk.CfnParameter
    function_port: cdk.CfnParameter
    aws_addresses: cdk.CfnParameter
    azure_addresses: cdk.CfnParameter
    ttl_seconds: cdk.CfnParameter

    @classmethod
    def of(cls, scope: Construct, configuration: Configuration) -> "HealthParameters":
        """Declare them in the stack ``scope``."""
        function_app, sites = configuration.function_app, configuration.sites
        return cls(
            _port(scope, "EntryPort", configuration.port, "HTTPS port of both load balancers"),
            cdk.CfnParameter(
                scope,
                "FunctionHost",
                default=function_app.host,
                description="Host of the Azure Function App, which answers for the gate",
            ),
            _port(scope, "FunctionPort", function_app.port, "HTTPS port of the Function App"),
            _addresses(scope, "AwsAddresses", sites.aws.addresses),
            _addresses(scope, "AzureAddresses", sites.azure.addresses),
            cdk.CfnParameter(
                scope,
                "TtlSeconds",
                type="Number",
                default=configuration.ttl_seconds,
                min_value=1,
                max_value=60,
                description="TTL of the failover pair and the health names, seconds",
            ),
        )


def _port(scope: Construct, name: str, default: int, description: str) -> cdk.CfnParameter:
    return cdk.CfnParameter(
        scope,
        name,
        type="Number",
        default=default,
        min_value=1,
        max_value=65_535,
        description=description,
    )


def _addresses(scope: Construct, name: str, default: tuple[str, ...]) -> cdk.CfnParameter:
    return cdk.CfnParameter(
        scope,
        name,
        type="CommaDelimitedList",
        default=",".join(default),
        description="Load balancer of the site",
    )
