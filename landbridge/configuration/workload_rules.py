"""Rules between workloads: each has its own everything, so that no fault of one reaches another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from landbridge.configuration.models import Configuration
from landbridge.configuration.problems import ABSENT, Problem
from landbridge.configuration.several import Deployment
from landbridge.domain.waves import cycle_in

__all__ = ["WORKLOAD_RULES", "WorkloadRule"]

_SOURCE = "docs/workloads.md, Each its own"
_ORDER = "docs/workloads.md, Waves"
_PARENT = "waves"  # landbridge-waves is the parent's


@dataclass(frozen=True)
class WorkloadRule:
    """A rule that every list of workloads keeps; all else is as ``Rule`` has it."""

    name: str
    claim: str
    fields: tuple[str, ...]
    source: str
    check: Callable[[Deployment], Iterator[Problem]]


def _at(number: int, field: str) -> str:
    return f"workloads.{number}.{field}"


def _names(deployment: Deployment) -> Iterator[Problem]:
    for number, name in enumerate(deployment.names):
        if name == _PARENT:
            rule = "it is the name of what moves all workloads"
            yield Problem(_at(number, "workload"), name, rule, "give it another name")
        if name in deployment.names[:number]:
            rule = f"workloads.{deployment.names.index(name)} has that name"
            yield Problem(_at(number, "workload"), name, rule, "give each a name of its own")


def _known(deployment: Deployment) -> Iterator[Problem]:
    if len(set(deployment.names)) < len(deployment.names):
        return  # told already, and a name may be either's
    for number, name in enumerate(deployment.names):
        for place, other in enumerate(deployment.after.get(name, ())):
            field = f"{_at(number, 'after')}.{place}"
            known = ", ".join(one for one in deployment.names if one != name)
            if other == name:
                yield Problem(field, other, "it would wait for itself", "take it out")
            elif other not in deployment.names:
                yield Problem(field, other, "there is no such workload", f"give one of {known}")


def _order(deployment: Deployment) -> Iterator[Problem]:
    names = deployment.names
    if any(True for _ in _known(deployment)) or len(set(names)) < len(names):
        return  # told already, and no order can be made of it
    circle = cycle_in({name: deployment.after.get(name, ()) for name in names})
    if circle:
        field = _at(names.index(circle[0]), "after")
        rule = f"{' waits for '.join(circle)}, so none of them could begin"
        yield Problem(field, ABSENT, rule, "take one of these out of the other's after")


def _region(deployment: Deployment) -> Iterator[Problem]:
    for number, one in enumerate(deployment.configurations):
        if one.orchestrator_region != deployment.region:
            yield Problem(
                _at(number, "orchestrator_region"),
                one.orchestrator_region,
                f"the others' is {deployment.region}, and what moves all of them asks in one",
                "make them the same, best in shared",
            )


def _zone(deployment: Deployment) -> Iterator[Problem]:
    for number, one in enumerate(deployment.configurations):
        others = [
            other.workload
            for other in deployment.configurations
            if other is not one and (other.zone, other.domain) == ("here", one.domain)
        ]
        if others and one.zone == "here" and not one.hosted_zone_id:
            yield Problem(
                _at(number, "hosted_zone_id"),
                "",
                f"the zone {one.domain} is of {', '.join(others)} too, and would be made anew",
                "make the zone first and give its id, best in shared",
            )


def _primary(deployment: Deployment) -> Iterator[Problem]:
    makers: dict[str, int] = {}
    for number, one in enumerate(deployment.configurations):
        if one.primary is None:
            continue
        maker = makers.setdefault(one.eks.cluster, number)
        if maker != number:
            yield Problem(
                _at(number, "primary"),
                one.eks.cluster,
                f"{deployment.names[maker]} makes that cluster already",
                "let one workload have primary, in its own entry, and take it out of the others",
            )


Thing = tuple[str, str]


def _things(one: Configuration) -> Iterator[tuple[str, str, str]]:
    """Yield the kind, the field and the name of each thing that a workload has to itself."""
    names, app = one.names, one.function_app
    yield "a DNS name", "names.failover", names.failover
    yield "a DNS name", "names.health", names.health
    yield "a DNS name", "names.health_azure", names.health_azure
    for site, database in (("aws", one.databases.aws), ("azure", one.databases.azure)):
        yield "a database", f"databases.{site}.host", f"{database.host}:{database.port}"
        yield "a secret", f"databases.{site}.secret", database.secret
    yield "a Function App", "function_app.host", f"{app.host}:{app.port}"
    yield "a Function App's registration", "function_app.application_id", app.application_id
    pods, database_pod = one.deployment, one.database_pod
    yield "a Deployment", "deployment.name", f"{pods.namespace}/{pods.name}"
    space = database_pod.namespace
    yield "a StatefulSet", "database_pod.stateful_set", f"{space}/{database_pod.stateful_set}"
    yield "a Job", "database_pod.job", f"{space}/{database_pod.job}"


def _apart(deployment: Deployment) -> Iterator[Problem]:
    owners: dict[Thing, int] = {}
    for number, one in enumerate(deployment.configurations):
        for kind, field, name in _things(one):
            owner = owners.setdefault((kind, name), number)
            if owner != number:
                other = deployment.names[owner]
                rule = f"it is {kind} of {other} already, and {name} can serve one workload"
                remedy = f"give {one.workload} its own"
                yield Problem(_at(number, field), name, rule, remedy)


WORKLOAD_RULES = (
    WorkloadRule(
        "workload-names-differ",
        "Each workload has a name of its own, and none is called waves.",
        ("workloads", "workload"),
        _SOURCE,
        _names,
    ),
    WorkloadRule(
        "workloads-known",
        "A workload waits for others that there are.",
        ("workloads[].after",),
        _ORDER,
        _known,
    ),
    WorkloadRule(
        "workloads-in-order",
        "No workload waits for itself, over whichever others.",
        ("workloads[].after",),
        _ORDER,
        _order,
    ),
    WorkloadRule(
        "one-orchestrator-region",
        "All workloads have the same orchestrator_region.",
        ("orchestrator_region",),
        _ORDER,
        _region,
    ),
    WorkloadRule(
        "one-maker-of-a-zone",
        "Workloads in one zone are told its id: none of them makes it.",
        ("domain", "hosted_zone_id"),
        _SOURCE,
        _zone,
    ),
    WorkloadRule(
        "one-maker-of-a-primary",
        "A cluster of AWS that is to be made is made by one workload.",
        ("primary", "eks.cluster"),
        _SOURCE,
        _primary,
    ),
    WorkloadRule(
        "each-its-own",
        "No two workloads share a DNS name, a database or its secret, a Function App, a "
        "Deployment, a StatefulSet or a Job.",
        (
            "names.failover",
            "names.health",
            "names.health_azure",
            "databases.aws.host",
            "databases.aws.secret",
            "databases.azure.host",
            "databases.azure.secret",
            "function_app.host",
            "function_app.application_id",
            "deployment.namespace",
            "deployment.name",
            "database_pod.namespace",
            "database_pod.stateful_set",
            "database_pod.job",
        ),
        _SOURCE,
        _apart,
    ),
)
