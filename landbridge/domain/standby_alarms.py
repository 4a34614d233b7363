"""What wakes somebody: the stack makes its alarms from these, and so is the message about one."""

from dataclasses import dataclass

__all__ = ["ALARMS", "LOST_EVENTS", "LOST_MESSAGES", "RUN_ENDS", "Alarm", "queue_name"]

# How an execution ends that did not come to its end: a machine that timed out or was stopped has
# told nobody.
RUN_ENDS = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted")
# What EventBridge and SNS could not deliver waits in these queues.
LOST_EVENTS, LOST_MESSAGES = "lost-events", "lost-messages"


def queue_name(queue: str, workload: str) -> str:
    """Return the queue's name in SQS."""
    return f"landbridge-{workload}-{queue}"


@dataclass(frozen=True)
class Alarm:
    """It goes off at 1, seen in each of so many ``minutes``.

    ``metrics`` are one of landbridge.domain.monitoring's, or, with a ``step``, of that step's
    Lambda; with a ``machine`` of that state machine, with ``queues`` of each of them, added up.
    ``silent``: it goes off where there is no figure at all. ``says`` is a sentence, ``following``
    the next command.
    """

    name: str
    says: str
    following: str
    metrics: tuple[str, ...]
    minutes: int
    step: str = ""
    machine: str = ""
    queues: tuple[str, ...] = ()
    silent: bool = False

    @property
    def metric(self) -> str:
        """The only one of its metrics."""
        (name,) = self.metrics
        return name

    @property
    def billed(self) -> int:
        """How many alarms CloudWatch bills for it: one for each metric that it reads."""
        return max(len(self.metrics), len(self.queues))

    def full_name(self, workload: str) -> str:
        """Return its name in CloudWatch."""
        return f"landbridge-{workload}-{self.name}"


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "both-sites-write",
        "Both databases take writes. What one of them takes will be lost",
        "landbridge status",
        ("BothSitesWrite",),
        1,
    ),
    Alarm(
        "failover-impossible",
        "A failover would be refused now, not start by itself, or not bring users back",
        "landbridge preflight",
        ("FailoverBlockers",),
        3,
    ),
    Alarm(
        "preflight-silent",
        "Nobody looks at the standby: the preflight has not reported for five minutes",
        "landbridge preflight",
        ("FailedChecks",),
        5,
        silent=True,
    ),
    Alarm(
        "aws-missed",
        "Nobody has seen AWS serve for five minutes, and nothing took over",
        "landbridge status",
        ("AwsMissed",),
        5,
    ),
    Alarm(
        "starter-broken",
        "The starter failed: an alarm or a person may have started nothing",
        "landbridge status",
        ("Errors",),
        1,
        step="start_failover",
    ),
    Alarm(
        "watchdog-broken",
        "The watchdog fails: nobody notices an outage whose alarm does not come",
        "landbridge status",
        ("Errors",),
        3,
        step="watch_primary",
    ),
    Alarm(
        "watchdog-silent",
        "The watchdog has not reported for five minutes: an outage whose alarm does not come starts"
        " nothing",
        "landbridge preflight",
        ("AwsMissed",),
        5,
        silent=True,
    ),
    Alarm(
        "steps-not-ready",
        "A step that an outage waits for is not ready; the log of warm-steps names it",
        "landbridge preflight",
        ("Errors",),
        3,
        step="warm_steps",
    ),
    *(
        Alarm(
            f"{machine}-ended-badly",
            f"A {machine} ended before it was done: refused, failed, timed out or stopped",
            "landbridge status",
            RUN_ENDS,
            1,
            machine=machine,
        )
        for machine in ("failover", "failback", "gameday")
    ),
    Alarm(
        "events-lost",
        "An event or a message was not delivered: a start, an alarm's message or the chat's. Read"
        f" the queues {LOST_EVENTS} and {LOST_MESSAGES}, then purge them: this ends the alarm",
        "landbridge status",
        ("ApproximateNumberOfMessagesVisible",),
        1,
        queues=(LOST_EVENTS, LOST_MESSAGES),
    ),
)
