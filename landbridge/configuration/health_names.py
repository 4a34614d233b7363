"""A health name must never take part in failover.

Where the check of AWS looks at the name that fails over, Azure's 200 after a failover makes AWS
look healthy, DNS goes back to AWS, AWS fails, and so on: DNS goes round in circles.
"""

from collections.abc import Iterator, Mapping

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import Problem
from landbridge.configuration.rule import Rule

__all__ = ["HEALTH_NAMES_RULE"]

_WHY = (
    "a health check must see its own site only; through the failover name it sees whoever serves, "
    "so Azure's answer would make AWS look healthy and DNS would loop"
)


def _health_names(configuration: Configuration) -> Iterator[Problem]:
    """Yield each way in which a health name is part of, or resolves through, the failover pair."""
    names = configuration.names
    checked = (
        ("names.health", names.health, "sites.aws", configuration.sites.aws.addresses),
        (
            "names.health_azure",
            names.health_azure,
            "sites.azure",
            configuration.sites.azure.addresses,
        ),
    )
    for field, name, site, addresses in checked:
        yield from _itself(field, name, names.failover)
        yield from _through_records(configuration, field, name)
        for address in addresses:
            yield from _through_site(configuration, f"{site}.addresses", field, address)
    if names.health == names.health_azure:
        yield Problem(
            "names.health_azure",
            names.health_azure,
            "it is names.health as well, and one name cannot stand for two sites",
            f"give each site its own, such as health-azure.{configuration.domain}",
        )


def _itself(field: str, name: str, failover: str) -> Iterator[Problem]:
    remedy = "use a name beside the failover name that always points at the one site"
    if name == failover:
        yield Problem(field, name, f"it is names.failover: {_WHY}", remedy)
    elif _covers(failover, name):
        rule = f"it lies beneath names.failover, {failover!r}, a record that takes part: {_WHY}"
        yield Problem(field, name, rule, remedy)


def _through_records(configuration: Configuration, field: str, name: str) -> Iterator[Problem]:
    chain = _chain(name, {record.name: record.target for record in configuration.records})
    if len(chain) > 1 and _takes_part(chain[-1], configuration.names.failover):
        yield Problem(
            field,
            name,
            f"it resolves through names.failover ({' -> '.join(chain)}): {_WHY}",
            "point it at the site's load balancer, not at another name of the workload",
        )
    elif len(chain) > 1:
        yield Problem(
            field,
            name,
            f"records has it as a CNAME or alias ({' -> '.join(chain)}), and landbridge writes it",
            "take it out of records: sites has the load balancer's address",
        )


def _through_site(
    configuration: Configuration, where: str, field: str, address: str
) -> Iterator[Problem]:
    chain = _chain(address, {record.name: record.target for record in configuration.records})
    if _takes_part(chain[-1], configuration.names.failover):
        path = " -> ".join(chain)
        yield Problem(
            where,
            address,
            f"{field} points there and so resolves through names.failover ({path}): {_WHY}",
            "give the load balancer's own address or host name",
        )


def _chain(name: str, targets: Mapping[str, str]) -> list[str]:
    """Follow CNAMEs from ``name``; a loop ends where it closes."""
    chain = [name]
    while (following := targets.get(chain[-1])) and following not in chain:
        chain.append(following)
    return chain


def _takes_part(name: str, failover: str) -> bool:
    return name == failover or _covers(failover, name)


def _covers(failover: str, name: str) -> bool:
    """Whether the failover name, as a parent or a wildcard, stands over ``name``."""
    return name.endswith("." + failover.removeprefix("*."))


HEALTH_NAMES_RULE = Rule(
    "health-names-outside-failover",
    "A health name is its own site's alone: it is neither the users' name, nor beneath it, nor "
    "leads to it, nor the other site's.",
    (
        "names.failover",
        "names.health",
        "names.health_azure",
        "sites.aws.addresses",
        "sites.azure.addresses",
        "records",
    ),
    "docs/architecture.md, The gate",
    _health_names,
)
