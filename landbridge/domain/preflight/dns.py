"""DNS as it is set up: the failover pair, its health checks, the health names, the answers.

Source: Amazon Route 53 Developer Guide, "Values specific for failover records" (TTL of 60 s or
less), "How Route 53 determines the status of health checks that monitor other health checks".
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from landbridge.domain.preflight.check import SITE, Check, Finding, check_of, fail, unknown, warn
from landbridge.domain.settings import Names

__all__ = ["DnsFacts", "HealthCheck", "Record", "dns_checks"]

MOST_TTL_SECONDS = 60
# What was changed by hand stays so: a stack whose template is as it was is not deployed again.
_DEPLOY = "change it back in Route 53, as the health stack has it: cdk synth shows it"
_COMPARE = "compare them with landbridge config records"
_ROLES = {"PRIMARY": "aws", "SECONDARY": "azure"}


@dataclass(frozen=True)
class Record:
    """One record set; ``name`` without its final dot, ``failover`` PRIMARY, SECONDARY or empty."""

    name: str
    type: str
    ttl_seconds: int | None
    values: tuple[str, ...]
    failover: str = ""
    health_check: str = ""


@dataclass(frozen=True)
class HealthCheck:
    """One health check of Route 53; ``children`` and ``threshold`` are a CALCULATED one's."""

    kind: str
    host: str = ""
    path: str = ""
    port: int = 0
    inverted: bool = False
    disabled: bool = False
    children: tuple[str, ...] = ()
    threshold: int = 0

    def __str__(self) -> str:
        """Return it as a person would say it."""
        said = f"{self.host}{self.path}" or self.kind
        return f"not {said}" if self.inverted else said


@dataclass(frozen=True)
class DnsFacts:
    """What Route 53 has and what the name servers answer; ``reason``: why it was not read.

    ``answer`` is a site, or in words what was answered instead.
    """

    records: tuple[Record, ...] = ()
    checks: Mapping[str, HealthCheck] = field(default_factory=dict)
    reason: str = ""
    answer: str = "unknown"


def dns_checks(facts: DnsFacts, names: Names, gate_host: str, serving: str) -> list[Check]:
    """Return the checks; ``gate_host`` is the Function App's host, ``serving`` who takes writes."""
    blind = [unknown(f"Route 53 could not be read: {facts.reason}")] if facts.reason else []
    if names.zone_elsewhere:
        # Meant to be so: no reason against a GameDay, and no good word for those records either.
        blind = [warn(f"{names.zone} is elsewhere, so its records are not looked at", _COMPARE)]
    return [
        check_of("dns-pair", blind or _pair(facts, names), "the failover pair is there"),
        check_of("dns-ttl", blind or _ttl(facts, names), f"no TTL is over {MOST_TTL_SECONDS} s"),
        check_of(
            "dns-health-checks",
            blind or _health_checks(facts, names, gate_host),
            "both health checks are enabled, with the children that they shall have",
        ),
        check_of(
            "dns-health-names",
            blind or _health_names(facts, names),
            "the health names take no part in failover",
        ),
        check_of("dns-answer", _answer(facts, serving), f"the name servers answer {facts.answer}"),
    ]


def _named(facts: DnsFacts, name: str) -> list[Record]:
    return [record for record in facts.records if record.name == name]


def _of_pair(facts: DnsFacts, names: Names) -> dict[str, Record]:
    return {record.failover: record for record in _named(facts, names.workload) if record.failover}


def _pair(facts: DnsFacts, names: Names) -> Iterator[Finding]:
    pair = _of_pair(facts, names)
    for role, site in _ROLES.items():
        record = pair.get(role)
        if record is None:
            yield fail(f"{names.workload} has no {role} record", _DEPLOY)
            continue
        if not record.health_check:
            yield fail(f"{role} has no health check: it would be answered always", _DEPLOY)
        health = names.health_aws if site == "aws" else names.health_azure
        known = {value for one in _named(facts, health) for value in one.values}
        if set(record.values) != known:
            said = f"{role} answers {', '.join(record.values)}"
            yield fail(f"{said}, {health} is {', '.join(sorted(known)) or 'nothing'}", _DEPLOY)
    if len({record.type for record in pair.values()}) > 1:
        yield fail("the two records of the pair are not of one type", _DEPLOY)


def _ttl(facts: DnsFacts, names: Names) -> Iterator[Finding]:
    for name in (names.workload, names.health_aws, names.health_azure):
        for record in _named(facts, name):
            if record.ttl_seconds is None or record.ttl_seconds > MOST_TTL_SECONDS:
                which = f"{name} {record.failover}".strip()
                yield fail(
                    f"{which} has a TTL of {record.ttl_seconds} s: users stay that long with a dead"
                    " site",
                    _DEPLOY,
                )


def _health_checks(facts: DnsFacts, names: Names, gate_host: str) -> Iterator[Finding]:
    aws, azure = (names.health_aws, "/ready"), (names.health_azure, "/ready")
    wanted = {
        "PRIMARY": {(*aws, False), (gate_host, "/api/gate/veto-aws", True), (*azure, True)},
        "SECONDARY": {(*azure, False), (gate_host, "/api/gate/veto-azure", True)},
    }
    pair = _of_pair(facts, names)
    for role, children in wanted.items():
        record = pair.get(role)
        if record is None or not record.health_check:
            yield unknown(f"{role} has no health check to look at", _DEPLOY)
        else:
            yield from _calculated(role, record.health_check, facts.checks, children)


def _calculated(
    role: str,
    check_id: str,
    checks: Mapping[str, HealthCheck],
    children: set[tuple[str, str, bool]],
) -> Iterator[Finding]:
    check = checks.get(check_id)
    if check is None:
        yield fail(f"{role}'s health check {check_id} does not exist", _DEPLOY)
        return
    mine = {child: checks[child] for child in check.children if child in checks}
    for one_id, one in {check_id: check, **mine}.items():
        if one.disabled:
            # A disabled check counts as healthy (API reference, HealthCheckConfig, "Disabled").
            yield fail(
                f"{role}: the check {one} is disabled, so it always counts as healthy",
                f"aws route53 update-health-check --health-check-id {one_id} --no-disabled",
            )
    found = {(one.host, one.path, one.inverted) for one in mine.values()}
    if check.kind != "CALCULATED" or check.inverted:
        yield fail(f"{role}'s health check is {check}, not a calculated one", _DEPLOY)
    elif found != children or check.threshold != len(children):
        said = " and ".join(sorted(str(one) for one in mine.values())) or "nothing"
        need = f"at least {check.threshold} of: {said}"
        yield fail(f"{role}'s health check asks for {need}; it shall ask for others", _DEPLOY)


def _health_names(facts: DnsFacts, names: Names) -> Iterator[Finding]:
    for name in (names.health_aws, names.health_azure):
        records = _named(facts, name)
        if not records:
            yield fail(f"{name} has no record: nobody can check that site", _DEPLOY)
        for record in records:
            if record.failover or record.health_check:
                yield fail(f"{name} takes part in failover: DNS would go in circles", _DEPLOY)
            if names.workload in {value.rstrip(".").lower() for value in record.values}:
                yield fail(f"{name} leads to {names.workload}: DNS would go in circles", _DEPLOY)


def _answer(facts: DnsFacts, serving: str) -> Iterable[Finding]:
    if facts.answer not in SITE:
        return [unknown(f"the name servers: {facts.answer}", "see the zone's name servers")]
    if serving not in SITE:
        return [unknown(f"the name servers answer {facts.answer}; who serves is not known")]
    if facts.answer == serving:
        return []
    said = f"the name servers answer {facts.answer}, and {serving}'s database takes writes"
    return [fail(said, "see both records' health checks and the gate: landbridge status")]
