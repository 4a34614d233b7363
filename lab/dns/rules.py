"""Route 53's rules: from what checkers see to which record is answered. Pure, no clock, no I/O.

Sources, by their short name in the docstrings below:

- *determining health*: Developer Guide, "How Amazon Route 53 determines whether a health check is
  healthy".
- *choosing records*: Developer Guide, "How Amazon Route 53 chooses records when health checking is
  configured".
- *API*: the service model's text on HealthCheckConfig, UpdateHealthCheck and ResourceRecordSet.

A check without data has the observed value ``None``; the rules, not the caller, say what that
means.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

__all__ = [
    "HEALTHY_ABOVE_PERCENT",
    "CheckType",
    "CheckerView",
    "HealthCheck",
    "RecordSet",
    "Role",
    "aggregate",
    "choose",
    "is_endpoint",
    "statuses",
]

HEALTHY_ABOVE_PERCENT = 18


class CheckType(StrEnum):
    """The kinds of health check that the lab evaluates."""

    HTTP = "HTTP"
    HTTPS = "HTTPS"
    HTTP_STR_MATCH = "HTTP_STR_MATCH"
    HTTPS_STR_MATCH = "HTTPS_STR_MATCH"
    TCP = "TCP"
    CALCULATED = "CALCULATED"


class Role(StrEnum):
    """A record's place in a failover pair."""

    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"


@dataclass(frozen=True)
class HealthCheck:
    """One health check as the Route 53 API holds it; defaults are the API's."""

    id: str
    kind: CheckType
    fqdn: str = ""
    address: str = ""
    port: int = 0
    path: str = "/"
    search_string: str = ""
    send_server_name: bool = False
    request_interval_seconds: int = 30
    failure_threshold: int = 3
    inverted: bool = False
    disabled: bool = False
    children: tuple[str, ...] = ()
    health_threshold: int = 0


@dataclass(frozen=True)
class RecordSet:
    """One resource record set; ``name`` is lower case and ends with a dot."""

    name: str
    type: str
    ttl_seconds: int
    values: tuple[str, ...]
    set_identifier: str = ""
    role: Role | None = None
    health_check_id: str | None = None


@dataclass(frozen=True)
class CheckerView:
    """What one checker holds of one endpoint: its status and the run of equal results behind it.

    *API*, FailureThreshold: the number of consecutive checks that an endpoint must pass or fail for
    the status to change. ``healthy`` is None until a first run is long enough.
    """

    healthy: bool | None = None
    last_passed: bool | None = None
    run_length: int = 0

    def after(self, *, passed: bool, failure_threshold: int) -> "CheckerView":
        """Return the view after one more result."""
        run_length = self.run_length + 1 if passed is self.last_passed else 1
        healthy = passed if run_length >= failure_threshold else self.healthy
        return CheckerView(healthy, passed, run_length)


def is_endpoint(check: HealthCheck) -> bool:
    """Tell whether checkers send requests for this check at all."""
    return check.kind is not CheckType.CALCULATED


def aggregate(reports: Iterable[bool | None]) -> bool | None:
    """Join the reports of all checkers on one endpoint; None while there is not enough data.

    *determining health*: healthy if more than 18 % of health checkers report that it is, unhealthy
    at 18 % or fewer. ``reports`` has None for a checker without enough data of its own; there is
    enough as soon as such checkers could no longer turn the result.
    """
    said = list(reports)
    line = HEALTHY_ABOVE_PERCENT * len(said)
    if said.count(True) * 100 > line:
        return True
    if said and (len(said) - said.count(False)) * 100 <= line:
        return False
    return None


def statuses(
    checks: Mapping[str, HealthCheck], observed: Mapping[str, bool | None]
) -> dict[str, bool]:
    """Return every check's final status; True is healthy.

    ``observed`` holds the aggregate of each endpoint check. Raises ValueError where CALCULATED
    checks watch each other in a circle.
    """
    known: dict[str, bool] = {}
    for check_id in checks:
        _status(check_id, checks, observed, known, ())
    return known


def _status(
    check_id: str,
    checks: Mapping[str, HealthCheck],
    observed: Mapping[str, bool | None],
    known: dict[str, bool],
    path: tuple[str, ...],
) -> bool:
    if check_id in known:
        return known[check_id]
    if check_id in path:
        raise ValueError(f"health checks watch each other: {' -> '.join((*path, check_id))}")
    check = checks.get(check_id)
    if check is None:
        # The API calls the status of a deleted check unpredictable: the lab takes it for one that
        # has no data.
        return True
    children = [
        _status(child, checks, observed, known, (*path, check_id)) for child in check.children
    ]
    known[check_id] = (
        _before_inversion(check, children, observed=observed.get(check_id)) != check.inverted
    )
    return known[check_id]


def _before_inversion(
    check: HealthCheck, children: Sequence[bool], *, observed: bool | None
) -> bool:
    """Return a check's status before Inverted turns it round.

    - *API*, Disabled: healthy for as long as it is disabled, and then it can still be inverted
      (UpdateHealthCheck: "in disabled state, you can also invert the status").
    - *API*, HealthThreshold: so many children must be healthy; 0 is always healthy, more than there
      are children is always unhealthy.
    - *determining health*: a new check is healthy until there is enough data, an inverted one
      unhealthy.
    """
    if check.disabled:
        return True
    if check.kind is CheckType.CALCULATED:
        return sum(children) >= check.health_threshold
    return True if observed is None else observed


def choose(records: Sequence[RecordSet], healthy: Mapping[str, bool]) -> RecordSet:
    """Return the record set that is answered, out of all of one name and type.

    *API*, Failover: primary healthy, answer primary; primary unhealthy and secondary healthy,
    answer secondary; secondary unhealthy, answer primary whatever its health. *choosing records*: a
    record without a health check is always healthy.
    """
    primary = next((record for record in records if record.role is Role.PRIMARY), None)
    secondary = next((record for record in records if record.role is Role.SECONDARY), None)
    if primary is None or secondary is None:
        return records[0]
    if _record_healthy(primary, healthy) or not _record_healthy(secondary, healthy):
        return primary
    return secondary


def _record_healthy(record: RecordSet, healthy: Mapping[str, bool]) -> bool:
    return record.health_check_id is None or healthy.get(record.health_check_id, True)
