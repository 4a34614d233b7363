"""What Route 53's checkers see, and what PRIMARY and SECONDARY make of it.

PRIMARY answers while A and not G and not Z; SECONDARY while Z and not H. The vetoes are inverted
checks, so each vanishes with its host: a dead Azure vetoes nothing.
"""

import aws_cdk as cdk
from aws_cdk import aws_route53 as route53
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.domain.gate import VETO_AWS, VETO_AZURE
from landbridge.domain.recovery_estimate import GATE_INTERVAL_SECONDS, GATE_THRESHOLD
from stacks.constructs.configured_values import ConfiguredValues

__all__ = ["HealthChecks"]

_READY = "/ready"


class HealthChecks(Construct):
    """Five checks of endpoints and the two calculated ones that the failover pair hangs on."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        values: ConfiguredValues,
    ) -> None:
        super().__init__(scope, construct_id)
        self._configuration, self._values = configuration, values
        names = configuration.names
        self.aws = self._site("Aws", names.health)
        self.azure = self._site("Azure", names.health_azure)
        # With the sites' own threshold: after a failover this veto is what keeps AWS out while the
        # Function App is down, and one missed answer of Azure must not lift it.
        self.azure_veto = self._site("AzureVeto", names.health_azure, inverted=True)
        self.gate_vetoes_aws = self._gate("GateVetoesAws", "/api/gate/veto-aws", VETO_AWS)
        self.gate_vetoes_azure = self._gate("GateVetoesAzure", "/api/gate/veto-azure", VETO_AZURE)
        self.primary = self._all_of("Primary", self.aws, self.gate_vetoes_aws, self.azure_veto)
        self.secondary = self._all_of("Secondary", self.azure, self.gate_vetoes_azure)

    def _site(self, construct_id: str, name: str, *, inverted: bool = False) -> route53.HealthCheck:
        checks = self._configuration.health_checks
        return route53.HealthCheck(
            self,
            construct_id,
            type=route53.HealthCheckType.HTTPS,
            fqdn=name,
            port=self._values.number("EntryPort"),
            resource_path=_READY,
            request_interval=cdk.Duration.seconds(checks.interval_seconds),
            failure_threshold=checks.failure_threshold,
            inverted=inverted,
        )

    def _gate(self, construct_id: str, path: str, word: str) -> route53.HealthCheck:
        return route53.HealthCheck(
            self,
            construct_id,
            # A status alone is no veto: a wrong host behind the name answers 200 to everything.
            type=route53.HealthCheckType.HTTPS_STR_MATCH,
            search_string=word,
            fqdn=self._values.text("FunctionHost"),
            port=self._values.number("FunctionPort"),
            resource_path=path,
            request_interval=cdk.Duration.seconds(GATE_INTERVAL_SECONDS),
            failure_threshold=GATE_THRESHOLD,
            inverted=True,
        )

    def _all_of(self, construct_id: str, *children: route53.HealthCheck) -> route53.HealthCheck:
        return route53.HealthCheck(
            self,
            construct_id,
            type=route53.HealthCheckType.CALCULATED,
            child_health_checks=list(children),
            health_threshold=len(children),
        )
