"""Where everything is: names, load balancers, databases, clusters, the Function App, a chat."""

from typing import Annotated, Literal

from pydantic import Field

from landbridge.configuration.kinds import (
    DnsName,
    Guid,
    HostName,
    KubernetesName,
    Part,
    Port,
    Region,
    SecretName,
    Unit,
)

__all__ = [
    "DatabaseConfiguration",
    "DatabasePodConfiguration",
    "DatabasesConfiguration",
    "DeploymentConfiguration",
    "EksConfiguration",
    "FunctionAppConfiguration",
    "NamesConfiguration",
    "SiteConfiguration",
    "SitesConfiguration",
    "WebhookConfiguration",
    "ZoneRecord",
]


class NamesConfiguration(Part):
    """The three DNS names; the health names never take part in failover."""

    failover: DnsName = Field(
        description="The users' name: the failover pair of records. The one name whose answer "
        "changes in a failover."
    )
    health: DnsName = Field(
        description="AWS's load balancer, always, whoever serves. Checks and probes of AWS must "
        "see AWS alone: through the users' name they would see Azure after a failover."
    )
    health_azure: DnsName = Field(
        description="Azure's ingress, always, whoever serves. Azure is looked at before users are "
        "sent there."
    )


class SiteConfiguration(Part):
    """Where a site's load balancer answers: IPv4 addresses, or one host name."""

    addresses: tuple[HostName, ...] = Field(
        min_length=1,
        description="The load balancer's IPv4 addresses, or its one host name. They become the "
        "site's records, and those never change in a failover.",
    )


class SitesConfiguration(Part):
    """Both sites."""

    aws: SiteConfiguration = Field(
        description="The primary's entry. DNS answers it while AWS serves."
    )
    azure: SiteConfiguration = Field(
        description="The standby's entry. DNS answers it while Azure serves."
    )


class DatabaseConfiguration(Part):
    """One site's PostgreSQL, as the orchestrator reaches it."""

    host: HostName = Field(
        description="Where the steps connect to, over TLS. The certificate is checked against "
        "this very name."
    )
    port: Port = Field(default=5432, description="PostgreSQL's port. 5432 is PostgreSQL's own.")
    name: Annotated[str, Unit("database name")] = Field(
        min_length=1,
        max_length=63,
        description="The workload's database. Epochs are committed in it and sequences are moved "
        "in it.",
    )
    secret: SecretName = Field(
        description='The secret with {"username", "password"}. Only its name stands here: the '
        "steps read the value when they run, so no template and no log has it."
    )


class DatabasesConfiguration(Part):
    """Both databases."""

    aws: DatabaseConfiguration = Field(
        description="The primary's database. It is fenced, and rebuilt on the way home."
    )
    azure: DatabaseConfiguration = Field(
        description="The standby's database. It is promoted in a failover."
    )


class EksConfiguration(Part):
    """The primary's cluster, for the fence."""

    endpoint: Annotated[str, Unit("URL")] = Field(
        pattern=r"^https?://\S+$",
        description="The API server's address. It is named here, because asking EKS for it would "
        "need a control plane that may be what is down.",
    )
    cluster: Annotated[str, Unit("EKS cluster")] = Field(
        min_length=1,
        max_length=100,
        description="The cluster's name. A token for the API server is signed for it.",
    )
    region: Region = Field(
        description="The cluster's region. Tokens are signed by that region's own STS."
    )
    certificate_authority: Annotated[str, Unit("PEM in base64")] = Field(
        default="",
        pattern=r"^[A-Za-z0-9+/=]*$",
        description="The API server's CA; empty: a public one. EKS signs each cluster's "
        "certificate with a CA of its own.",
    )


class DeploymentConfiguration(Part):
    """The workload's Deployment, of one name on both clusters."""

    namespace: KubernetesName = Field(
        description="The Deployment's namespace. It is the same on both clusters, so that what is "
        "allowed there is the same as well."
    )
    name: KubernetesName = Field(
        description="The Deployment's name. It is the same on both clusters."
    )
    replicas: Annotated[int, Unit("pods")] = Field(
        ge=1,
        le=1_000,
        description="How many pods serve, on either site. Azure's are at zero in quiet times, so "
        "no cluster could be asked for the number.",
    )


class DatabasePodConfiguration(Part):
    """PostgreSQL's StatefulSet and its rebuild Job, of one name on both clusters."""

    namespace: KubernetesName = Field(
        default="orders",
        description="The database's namespace. That of deploy/both, whose manifests have it.",
    )
    stateful_set: KubernetesName = Field(
        default="orders-database",
        description="The StatefulSet of one PostgreSQL. That of deploy/both; a fence scales it to "
        "zero.",
    )
    job: KubernetesName = Field(
        default="orders-rebuild",
        description="The Job that makes a database a standby. That of deploy/both; a run starts "
        "it under this name.",
    )


class FunctionAppConfiguration(Part):
    """The Azure Function App."""

    host: HostName = Field(
        description="Its host name. Steps call it, and Route 53's checkers ask it for the gate."
    )
    port: Port = Field(default=443, description="Its HTTPS port. Azure serves 443 alone.")
    tenant_id: Guid = Field(
        description="Entra's tenant that both applications are in. It issues and checks the tokens."
    )
    application_id: Guid = Field(
        description="The Function App's own registration. Its tokens' audience, so that another "
        "application's token opens nothing."
    )
    client_id: Guid = Field(
        description="The orchestrator's identity in Entra. Its federated credential trusts the "
        "orchestrator's role, so that no secret crosses the clouds."
    )
    authority: Annotated[str, Unit("https URL")] = Field(
        default="https://login.microsoftonline.com",
        pattern=r"^https://[a-z0-9.-]+(:[0-9]{1,5})?$",
        description="Entra's token service. National clouds have their own.",
    )
    secret: SecretName | Literal[""] = Field(
        default="",
        description='The secret with {"client_secret"}; empty: none. It is the fallback where no '
        "federated credential can be had.",
    )


class WebhookConfiguration(Part):
    """A chat that gets the operators' messages too."""

    format: Annotated[Literal["slack", "teams"], Unit("name")] = Field(
        description="Whose message format. The two take different JSON."
    )
    secret: SecretName = Field(
        description='The secret with {"url"}. Whoever has the URL may post, so it is a credential.'
    )


class ZoneRecord(Part):
    """A CNAME or alias of the zone that somebody else writes, told so that it can be followed."""

    name: DnsName = Field(
        description="The record's name. A health name must not lead through it to the users' name."
    )
    target: DnsName = Field(description="Where it points. It is followed to its end.")
