"""What is measured each minute, and of each run.

Which of it wakes somebody is in ``landbridge.domain.standby_alarms``.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from landbridge.domain.gate import GateState

__all__ = [
    "BLOCKERS",
    "METRICS",
    "NAMESPACE",
    "SERVICE",
    "Metric",
    "metrics_of",
    "seen_of_aws",
    "votes_of",
]

NAMESPACE = "landbridge"
SERVICE = "landbridge"  # a dimension of Powertools' own, beside the workload

# By the metric's name: its unit in CloudWatch's words.
METRICS: Mapping[str, str] = {
    "FailoverBlockers": "Count",
    "FailedChecks": "Count",
    "UnknownChecks": "Count",
    "WarnedChecks": "Count",
    "BothSitesWrite": "Count",
    "Gate": "None",
    "Epoch": "None",
    "LagBytes": "Bytes",
    "LagSeconds": "Seconds",
    "DrillAgeDays": "None",
    "LastRtoSeconds": "Seconds",
    "LastRpoBytes": "Bytes",
    "AwsSeenUp": "Count",
    "AwsMissed": "Count",
    "VotesUp": "Count",
    "VotesDown": "Count",
    "VotesUnknown": "Count",
}
_GATES = {GateState.CLOSED.value: 0, GateState.ENGAGED.value: 1, GateState.OPEN.value: 2}

# Checks of which one that fails makes a failover be refused, never start by itself, or end without
# users served.
BLOCKERS = frozenset(
    {
        "aks-token",
        "application-name",
        "azure-cluster",
        "azure-cluster-rights",
        "azure-database",
        "azure-scale",
        "capacity",
        "certificate-azure-entry",
        "certificate-function-app",
        "config-maps",
        "dns-health-checks",
        "dns-health-names",
        "dns-pair",
        "function-app",
        "gate",
        "health-alarm",
        "images",
        "last-drill",
        "last-look",
        "promotion-rights",
        "replication-lag",
        "replication-state",
        "replication-sync",
        "secrets",
        "standby-settings",
        "timeline",
        "triggers",
        "version",
    }
)


@dataclass(frozen=True)
class Metric:
    """One figure; ``unit`` is CloudWatch's word for it."""

    name: str
    value: float

    @property
    def unit(self) -> str:
        """CloudWatch's unit."""
        return METRICS[self.name]


def metrics_of(report: Mapping[str, Any], now: float) -> list[Metric]:
    """Return the figures of a preflight's report; what is not known has none."""
    return [Metric(name, value) for name, value in _figures(report, now) if value is not None]


def _figures(report: Mapping[str, Any], now: float) -> Iterator[tuple[str, float | None]]:
    checks = report["checks"]
    for name, result in (
        ("FailedChecks", "fail"),
        ("UnknownChecks", "unknown"),
        ("WarnedChecks", "warn"),
    ):
        yield name, sum(one["result"] == result for one in checks)
    blocked = sum(one["result"] == "fail" and one["name"] in BLOCKERS for one in checks)
    gate = report["gate"] or {}
    # Once users are at Azure there is no failover that something could be in the way of.
    moved = report["active"] == "azure" and gate.get("state") == GateState.OPEN
    yield "FailoverBlockers", 0 if moved else blocked
    yield "BothSitesWrite", int(report["active"] == "both")
    yield "Gate", _GATES.get(gate.get("state", ""))
    yield "Epoch", gate.get("epoch")
    yield "LagBytes", report["lag_bytes"]
    yield "LagSeconds", report["lag_seconds"]
    drill = report["last_drill"] or {}
    ended_at = drill.get("ended_at")
    yield "DrillAgeDays", None if ended_at is None else (now - ended_at) / 86_400
    yield "LastRtoSeconds", drill.get("rto_seconds")
    yield "LastRpoBytes", drill.get("rpo_bytes")


def seen_of_aws(*, up: bool | None, missed: bool) -> list[Metric]:
    """Return what the watchdog saw of AWS: 1 up, 0 down; not known (None) has no figure.

    ``missed`` is 1 where nobody saw it serve though it shall: it is written each minute, so that
    the watchdog's own silence can be seen.
    """
    figures = [Metric("AwsMissed", int(missed))]
    return figures if up is None else [Metric("AwsSeenUp", int(up)), *figures]


def votes_of(ballots: Iterable[Mapping[str, Any]]) -> list[Metric]:
    """Return a run's votes, by what they say; none where it took none."""
    said = [str(one["vote"]) for one in ballots]
    names = {"up": "VotesUp", "down": "VotesDown", "unknown": "VotesUnknown"}
    return [Metric(name, said.count(vote)) for vote, name in names.items()] if said else []
