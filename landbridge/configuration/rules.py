"""Rules between fields: a configuration that breaks one is refused before anything is made."""

from collections.abc import Callable, Iterator
from ipaddress import AddressValueError, IPv4Address

from landbridge.configuration.gameday_rules import gameday_problems
from landbridge.configuration.health_names import health_name_problems
from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.domain.plan import FAILBACK, FAILOVER, step_named

__all__ = ["SETTINGS_LIMIT_BYTES", "configuration_problems", "is_ip_address"]

# All environment variables of a Lambda function together: 4 KB (Lambda Developer Guide, "Lambda
# quotas"); the settings share them with the resources' names.
SETTINGS_LIMIT_BYTES = 3_520

# The step that spends each budget. A budget must end before its step's timeout does, or Lambda
# kills the step before it can say what it was waiting for.
_SPENT_IN = {
    "fence_seconds": "fence_primary",
    "replay_seconds": "check_promotion",
    "promotion_seconds": "promote_standby",
    "rollout_seconds": "wait_rollout",
    "smoke_seconds": "smoke_standby",
    "dns_seconds": "wait_dns",
    "probe_seconds": "confirm_outage",
    "database_seconds": "observe_sites",
    "settle_seconds": "confirm_outage",
    "streaming_seconds": "await_streaming",
}
# An undo tries AWS's database, its cluster and, twice at most, its database again; the
# Function App's answers and Azure's database take the rest.
UNDO_FENCE_TIMES, UNDO_OTHERWISE_SECONDS = 4, 15


def configuration_problems(configuration: Configuration) -> Iterator[Problem]:
    """Yield every broken rule."""
    for rule in _RULES:
        yield from rule(configuration)


def is_ip_address(address: str) -> bool:
    """Whether it is an IPv4 address, not a host name."""
    try:
        IPv4Address(address)
    except AddressValueError:
        return False
    return True


def _regions(configuration: Configuration) -> Iterator[Problem]:
    if configuration.orchestrator_region == configuration.primary_region:
        yield Problem(
            "orchestrator_region",
            configuration.orchestrator_region,
            "it is primary_region, so what must act in an outage would go down with it",
            "choose another region, near to Azure's",
        )
    if configuration.eks.region != configuration.primary_region:
        yield Problem(
            "eks.region",
            configuration.eks.region,
            f"the primary's cluster is in primary_region, {configuration.primary_region!r}",
            "make them the same",
        )


def _zone(configuration: Configuration) -> Iterator[Problem]:
    names = configuration.names
    for field, name in (
        ("names.failover", names.failover),
        ("names.health", names.health),
        ("names.health_azure", names.health_azure),
    ):
        if not name.endswith("." + configuration.domain):
            yield Problem(
                field,
                name,
                f"it is not inside the zone, domain {configuration.domain!r}",
                f"end it in .{configuration.domain}",
            )


def _sites(configuration: Configuration) -> Iterator[Problem]:
    sites = (("sites.aws", configuration.sites.aws), ("sites.azure", configuration.sites.azure))
    kinds = set()
    for field, site in sites:
        ips = [is_ip_address(address) for address in site.addresses]
        kinds.add(all(ips))
        if not all(ips) and len(ips) > 1:
            yield Problem(
                f"{field}.addresses",
                ", ".join(site.addresses),
                "a CNAME has one target, so a host name stands alone",
                "give IPv4 addresses, or one host name",
            )
    if len(kinds) > 1:
        yield Problem(
            "sites.azure.addresses",
            ", ".join(configuration.sites.azure.addresses),
            "the two records of a failover pair are of one type, A or CNAME, and sites.aws is the "
            "other kind",
            "give both sites addresses, or both a host name",
        )


def _name_servers(configuration: Configuration) -> Iterator[Problem]:
    for n, server in enumerate(configuration.name_servers):
        address, _, port = server.rpartition(":")
        if not is_ip_address(address) or not port.isdigit() or not 0 < int(port) < 2**16:
            yield Problem(
                f"name_servers[{n}]", server, "it is not ip:port", "write it as 192.0.2.53:53"
            )


def _budgets(configuration: Configuration) -> Iterator[Problem]:
    budgets = configuration.budgets
    for field, step_name in _SPENT_IN.items():
        timeout = step_named(step_name).timeout_seconds
        value = getattr(budgets, field)
        if value >= timeout:
            rule = f"{step_name} is killed after {timeout} s, before this budget could end"
            yield Problem(f"budgets.{field}", value, rule, f"stay below {timeout}")
    undo = step_named("undo_failover").timeout_seconds
    most = (undo - UNDO_OTHERWISE_SECONDS) / UNDO_FENCE_TIMES
    if budgets.fence_seconds > most:
        rule = f"undo_failover spends it {UNDO_FENCE_TIMES} times where AWS is silent, in {undo} s"
        yield Problem("budgets.fence_seconds", budgets.fence_seconds, rule, f"at most {most:g}")
    longest = max(FAILOVER + FAILBACK, key=lambda step: step.timeout_seconds)
    if budgets.lease_seconds <= longest.timeout_seconds:
        yield Problem(
            "budgets.lease_seconds",
            budgets.lease_seconds,
            f"{longest.name} may take {longest.timeout_seconds} s and would outlive its lock",
            f"give it more than {longest.timeout_seconds}",
        )


def _replication(configuration: Configuration) -> Iterator[Problem]:
    if configuration.replication == "async" and configuration.budgets.rpo_bytes == 0:
        yield Problem(
            "budgets.rpo_bytes",
            0,
            "async replication always has bytes on the way, so no failover would ever be allowed",
            "use replication sync for an RPO of zero, or give a budget",
        )


def _size(configuration: Configuration) -> Iterator[Problem]:
    size = len(configuration.settings_text().encode())
    if size > SETTINGS_LIMIT_BYTES:
        yield Problem(
            "eks.certificate_authority",
            f"{configuration.eks.certificate_authority[:16]}...",
            f"the settings take {size} bytes of a function's 4 KB of environment, and "
            f"{SETTINGS_LIMIT_BYTES} is the most that fits",
            "give the CA certificate alone, without its chain, and fewer blocked windows",
        )


_RULES: tuple[Callable[[Configuration], Iterator[Problem]], ...] = (
    health_name_problems,
    _regions,
    _zone,
    _sites,
    _name_servers,
    _budgets,
    _replication,
    gameday_problems,
    _size,
)
