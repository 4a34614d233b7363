"""The configuration as a whole. Parts have modules of their own; so have rules between fields."""

import json
from typing import Annotated, Any, Literal

from pydantic import Field

from landbridge.configuration.budgets import BudgetsConfiguration
from landbridge.configuration.costs import CostConfiguration
from landbridge.configuration.gamedays import GamedayConfiguration
from landbridge.configuration.kinds import (
    DnsName,
    Part,
    Port,
    Region,
    SocketAddress,
    Unit,
    WorkloadName,
)
from landbridge.configuration.places import (
    DatabasePodConfiguration,
    DatabasesConfiguration,
    DeploymentConfiguration,
    EksConfiguration,
    FunctionAppConfiguration,
    NamesConfiguration,
    SitesConfiguration,
    WebhookConfiguration,
    ZoneRecord,
)
from landbridge.configuration.primaries import PrimaryConfiguration
from landbridge.configuration.recovery import HealthChecksConfiguration, RecoveryConfiguration
from landbridge.configuration.takeovers import TakeoverConfiguration

__all__ = ["Configuration"]


class Configuration(Part):
    """All of cdk.json's context key ``landbridge``. Built by ``load_configuration`` alone."""

    workload: WorkloadName = Field(
        description="The workload's name. It is part of the names of what the stacks make."
    )
    domain: DnsName = Field(
        description="The hosted zone's name. All three names must be inside of it."
    )
    hosted_zone_id: Annotated[str, Unit("hosted zone id")] = Field(
        default="",
        pattern=r"^(Z[A-Z0-9]{1,31})?$",
        description="The hosted zone; empty: the zone is created. One that is there is left as it "
        "is, six records apart.",
    )
    zone: Annotated[Literal["here", "elsewhere"], Unit("place")] = Field(
        default="here",
        description="Whether the zone is in this AWS account. elsewhere, in another account's "
        "Route 53 or in another tool's hands: no stack writes a record, and landbridge config "
        "records says which to create. Another provider's zone cannot hold a failover pair: "
        "delegate a name of it to Route 53.",
    )
    names: NamesConfiguration = Field(
        description="The three DNS names. One fails over, the other two never do."
    )
    primary_region: Region = Field(
        description="Where the primary runs. What must act when it is down has to be elsewhere."
    )
    orchestrator_region: Region = Field(
        description="Where the orchestrator runs. Not the primary's region, which is what may be "
        "down; near to Azure's."
    )
    health_region: Annotated[Literal["us-east-1"], Unit("AWS region")] = Field(
        default="us-east-1",
        description="Where the alarm on AWS's health lives. Route 53 publishes its metrics there "
        'and nowhere else (Developer Guide, "Monitoring health checks using CloudWatch").',
    )
    replication: Annotated[Literal["sync", "async"], Unit("mode")] = Field(
        default="sync",
        description="Whether AWS's commits wait for Azure. sync loses nothing; async is faster "
        "and may lose what was on the way.",
    )
    standby_name: Annotated[str, Unit("PostgreSQL name")] = Field(
        default="azure",
        pattern=r"^[a-z_][a-z0-9_]*$",
        description="The standby's application_name and slot. AWS's synchronous_standby_names has "
        "it, so nobody else may use it.",
    )
    ttl_seconds: int = Field(
        default=15,
        ge=1,
        le=60,
        description="TTL of the failover pair, in seconds. Route 53 recommends 60 s or less for "
        "records with health checks; every second of it is a second of outage for a client that "
        "just asked.",
    )
    port: Port = Field(
        default=443,
        description="The load balancers' HTTPS port. Checks and probes use it as users do.",
    )
    sites: SitesConfiguration = Field(
        description="Both load balancers. Their records are made once, and no failover edits one."
    )
    name_servers: tuple[SocketAddress, ...] = Field(
        default=(),
        description="The zone's name servers; empty: found through DNS. Given where the "
        "orchestrator must not depend on a resolver.",
    )
    records: tuple[ZoneRecord, ...] = Field(
        default=(),
        description="CNAMEs and aliases that somebody else writes. They are followed, so that no "
        "health name leads to the users' name.",
    )
    databases: DatabasesConfiguration = Field(
        description="Both databases. Each step that needs one reads its secret when it runs."
    )
    eks: EksConfiguration = Field(
        description="The primary's cluster. A fence scales its pods to zero."
    )
    deployment: DeploymentConfiguration = Field(
        description="The workload's Deployment. It has one name on both clusters."
    )
    database_pod: DatabasePodConfiguration = Field(
        default=DatabasePodConfiguration(),
        description="PostgreSQL's StatefulSet and rebuild Job. They have one name on both "
        "clusters: those of deploy/both.",
    )
    function_app: FunctionAppConfiguration = Field(
        description="The Function App. It is landbridge's half in Azure: gate, lock, pods."
    )
    health_checks: HealthChecksConfiguration = Field(
        default=HealthChecksConfiguration(),
        description="How Route 53 looks at the sites. It is most of what detection takes.",
    )
    recovery: RecoveryConfiguration = Field(
        default=RecoveryConfiguration(),
        description="The RTO that is planned for. Intervals, TTL and work must fit into it.",
    )
    budgets: BudgetsConfiguration = Field(
        default=BudgetsConfiguration(),
        description="How long steps may take, and what may be lost. Each ends before its step is "
        "killed.",
    )
    cost: CostConfiguration = Field(
        default=CostConfiguration(),
        description="What the sites are made of, for landbridge cost. Nothing else reads it.",
    )
    gameday: GamedayConfiguration = Field(
        default=GamedayConfiguration(),
        description="When GameDays are, and what stops them. None begins by itself, unless a "
        "schedule is given.",
    )
    takeover: TakeoverConfiguration = Field(
        default=TakeoverConfiguration(),
        description="Failing over from Azure, with every API of AWS dead. None begins by itself, "
        "unless automatic says so.",
    )
    webhook: WebhookConfiguration | None = Field(
        default=None,
        description="A chat for the operators' messages; null: the topic's mail alone. Who is "
        "awake reads chats.",
    )

    primary: PrimaryConfiguration | None = Field(
        default=None,
        description="AWS's side, made from an empty account; null: it is there. Those who have "
        "clusters name theirs in eks and databases instead.",
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
                "zone_elsewhere": self.zone == "elsewhere",
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
            "takeover": self.takeover.settings(),
        }

    def settings_text(self) -> str:
        """Return the settings as compact JSON, as the template has them."""
        return json.dumps(self.settings(), separators=(",", ":"))
