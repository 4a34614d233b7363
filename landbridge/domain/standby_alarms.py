"""What wakes somebody: the stack makes its alarms from these, and so is the message about one."""

from dataclasses import dataclass

__all__ = ["ALARMS", "Alarm"]


@dataclass(frozen=True)
class Alarm:
    """It goes off at 1, seen in each of so many ``minutes``.

    ``metric`` is one of landbridge.domain.monitoring's, or, with a ``step``, of that step's Lambda.
    ``silent``: it goes off where there is no figure at all. ``says`` is a sentence, ``following``
    the next command.
    """

    name: str
    says: str
    following: str
    metric: str
    minutes: int
    step: str = ""
    silent: bool = False

    def full_name(self, workload: str) -> str:
        """Return its name in CloudWatch."""
        return f"landbridge-{workload}-{self.name}"


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "both-sites-write",
        "Both databases take writes. What one of them takes will be lost",
        "landbridge status",
        "BothSitesWrite",
        1,
    ),
    Alarm(
        "failover-impossible",
        "A failover would be refused now, not start by itself, or not bring users back",
        "landbridge preflight",
        "FailoverBlockers",
        3,
    ),
    Alarm(
        "preflight-silent",
        "Nobody looks at the standby: the preflight has not reported for five minutes",
        "landbridge preflight",
        "FailedChecks",
        5,
        silent=True,
    ),
    Alarm(
        "starter-broken",
        "The starter failed: an alarm or a person may have started nothing",
        "landbridge status",
        "Errors",
        1,
        step="start_failover",
    ),
    Alarm(
        "watchdog-broken",
        "The watchdog fails: nobody notices an outage whose alarm does not come",
        "landbridge status",
        "Errors",
        3,
        step="watch_primary",
    ),
    Alarm(
        "steps-not-ready",
        "A step that an outage waits for is not ready; the log of warm-steps names it",
        "landbridge preflight",
        "Errors",
        3,
        step="warm_steps",
    ),
)
