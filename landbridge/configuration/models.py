"""The configuration's shape; what one field may hold. Rules between fields are in ``rules``."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from landbridge.configuration.budgets import BudgetsConfiguration
from landbridge.configuration.costs import CostConfiguration
from landbridge.configuration.gamedays import GamedayConfiguration

__all__ = [
    "HEALTH_REGION",
    "Configuration",
    "DatabaseConfiguration",
    "DatabasePodConfiguration",
    "DatabasesConfiguration",
    "DeploymentConfiguration",
    "EksConfiguration",
    "FunctionAppConfiguration",
    "HealthChecksConfiguration",
    "NamesConfiguration",
    "SiteConfiguration",
    "SitesConfiguration",
    "WebhookConfiguration",
    "ZoneRecord",
]

# Route 53 publishes HealthCheckStatus in us-east-1 alone (Developer Guide, "Monitoring health
# checks using CloudWatch"), so the alarm on it can live nowhere else.
HEALTH_REGION = "us-east-1"

_LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?"
DnsName = Annotated[
    str, StringConstraints(pattern=rf"^(\*\.)?({_LABEL}\.)+{_LABEL}$", max_length=253)
]
HostName = Annotated[str, StringConstraints(pattern=rf"^({_LABEL}\.)*{_LABEL}$", max_length=253)]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
Port = Annotated[int, Field(ge=1, le=65_535)]
SecretName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9/_+=.@-]{1,480}$")]
# Goes into names of resources: an alarm, a topic, a table.
Workload = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
Guid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$")]
KubernetesName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamesConfiguration(_Part):
    """The three DNS names; the health names never take part in failover."""

    failover: DnsName = Field(description="The users' name: the failover pair of records.")
    health: DnsName = Field(description="AWS's load balancer, always, whoever serves.")
    health_azure: DnsName = Field(description="Azure's ingress, always, whoever serves.")


class SiteConfiguration(_Part):
    """Where a site's load balancer answers: IPv4 addresses, or one host name."""

    addresses: tuple[HostName, ...] = Field(min_length=1)


class SitesConfiguration(_Part):
    """Both sites."""

    aws: SiteConfiguration
    azure: SiteConfiguration


class DatabaseConfiguration(_Part):
    """One site's PostgreSQL, as the orchestrator reaches it."""

    host: HostName
    port: Port = 5432
    name: str = Field(min_length=1, max_length=63)
    secret: SecretName = Field(description='Secrets Manager: {"username", "password"}.')


class DatabasesConfiguration(_Part):
    """Both databases."""

    aws: DatabaseConfiguration
    azure: DatabaseConfiguration


class EksConfiguration(_Part):
    """The primary's cluster, for the fence."""

    endpoint: str = Field(pattern=r"^https?://\S+$")
    cluster: str = Field(min_length=1, max_length=100)
    region: Region
    certificate_authority: str = Field(
        default="", pattern=r"^[A-Za-z0-9+/=]*$", description="base64 PEM; empty: a public CA."
    )


class DeploymentConfiguration(_Part):
    """The workload's Deployment, of one name on both clusters."""

    namespace: KubernetesName
    name: KubernetesName
    replicas: int = Field(ge=1, le=1_000)


class DatabasePodConfiguration(_Part):
    """PostgreSQL's StatefulSet and its rebuild Job, of one name on both clusters."""

    namespace: KubernetesName = "orders"
    stateful_set: KubernetesName = "orders-database"
    job: KubernetesName = "orders-rebuild"


class FunctionAppConfiguration(_Part):
    """The Azure Function App, and who the orchestrator is to it."""

    host: HostName
    port: Port = 443
    tenant_id: Guid = Field(description="Entra's tenant that both applications are in.")
    application_id: Guid = Field(
        description="The Function App's own registration: its tokens' audience."
    )
    client_id: Guid = Field(
        description="The orchestrator's identity in Entra, with the federated credential."
    )
    authority: str = Field(
        default="https://login.microsoftonline.com",
        pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?$",
        description="Entra's token service; national clouds have their own.",
    )
    secret: SecretName | Literal[""] = Field(
        default="",
        description='Fallback where no federated credential can be had: {"client_secret"} in '
        "Secrets Manager. Empty: no secret crosses the clouds.",
    )


class WebhookConfiguration(_Part):
    """A chat that gets the operators' messages too."""

    format: Literal["slack", "teams"]
    secret: SecretName = Field(description='Secrets Manager: {"url"}; the URL is the credential.')


class HealthChecksConfiguration(_Part):
    """Route 53's checks of the two sites; the gate's checks are always 10 s and threshold 1."""

    interval_seconds: Literal[10, 30] = Field(
        default=10, description="Route 53 knows 10 (fast, charged extra) and 30, nothing else."
    )
    failure_threshold: int = Field(
        default=3, ge=1, le=10, description="Checks in a row before a checker changes its mind."
    )


class ZoneRecord(_Part):
    """A CNAME or alias of the zone that somebody else writes, told so that it can be followed."""

    name: DnsName
    target: DnsName


class Configuration(_Part):
    """All of cdk.json's context key ``landbridge``. Built by ``load_configuration`` alone."""

    workload: Workload
    domain: DnsName = Field(description="The hosted zone's name.")
    hosted_zone_id: str = Field(
        default="", pattern=r"^(Z[A-Z0-9]{1,31})?$", description="Empty: the zone is created."
    )
    names: NamesConfiguration
    primary_region: Region
    orchestrator_region: Region
    health_region: Literal["us-east-1"] = "us-east-1"
    replication: Literal["sync", "async"] = "sync"
    standby_name: str = Field(
        default="azure",
        pattern=r"^[a-z_][a-z0-9_]*$",
        description="The standby's application_name and slot; AWS's synchronous_standby_names.",
    )
    ttl_seconds: int = Field(
        default=15,
        ge=1,
        le=60,
        description="TTL of the failover pair. Route 53 recommends 60 s or less for records with "
        "health checks; every second of it is a second of outage for a client that just asked.",
    )
    port: Port = Field(default=443, description="The load balancers' HTTPS port.")
    sites: SitesConfiguration
    name_servers: tuple[str, ...] = Field(
        default=(), description="The zone's name servers as ip:port; empty: found through DNS."
    )
    records: tuple[ZoneRecord, ...] = ()
    databases: DatabasesConfiguration
    eks: EksConfiguration
    deployment: DeploymentConfiguration
    database_pod: DatabasePodConfiguration = DatabasePodConfiguration()
    function_app: FunctionAppConfiguration
    health_checks: HealthChecksConfiguration = HealthChecksConfiguration()
    budgets: BudgetsConfiguration = BudgetsConfiguration()
    cost: CostConfiguration = CostConfiguration()
    gameday: GamedayConfiguration = GamedayConfiguration()
    webhook: WebhookConfiguration | None = Field(
        default=None, description="Where the operators' messages go beside the topic's mail."
    )

    @property
    def alarm_name(self) -> str:
        """The alarm on AWS's own health check."""
        return f"landbridge-{self.workload}-aws-unready"

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of all secrets that the functions read."""
        names = [self.databases.aws.secret, self.databases.azure.secret]
        if self.function_app.secret:
            names.append(self.function_app.secret)
        if self.webhook is not None:
            names.append(self.webhook.secret)
        return tuple(dict.fromkeys(names))

    def settings(self) -> dict[str, Any]:
        """Return the document for ``landbridge.domain.settings.parse_settings``, JSON-safe."""
        names, function_app = self.names, self.function_app
        at_port = "" if function_app.port == 443 else f":{function_app.port}"  # noqa: PLR2004 - https's own
        return {
            "workload": self.workload,
            "replication": self.replication,
            "standby_name": self.standby_name,
            "names": {
                "zone": self.domain,
                "workload": names.failover,
                "health_aws": names.health,
                "health_azure": names.health_azure,
                "zone_id": self.hosted_zone_id,
            },
            "port": self.port,
            "name_servers": list(self.name_servers),
            "aws_database": self.databases.aws.model_dump(),
            "azure_database": self.databases.azure.model_dump(),
            "eks": self.eks.model_dump(),
            "deployment": self.deployment.model_dump(),
            "database_pod": self.database_pod.model_dump(),
            "function_app": {
                "url": f"https://{function_app.host}{at_port}",
                **function_app.model_dump(exclude={"host", "port"}),
            },
            "alarm_name": self.alarm_name,
            "budgets": self.budgets.model_dump(),
            "gameday": self.gameday.settings(),
        }

    def settings_text(self) -> str:
        """Return the settings as compact JSON: the default of the template's parameter."""
        return json.dumps(self.settings(), separators=(",", ":"))
