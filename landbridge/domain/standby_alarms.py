"""What wakes somebody: the stack makes its alarms from these, and so is the message about one."""

from dataclasses import dataclass

__all__ = [
    "ALARMS",
    "LOST_ALARMS",
    "LOST_EVENTS",
    "LOST_GAMEDAYS",
    "LOST_MESSAGES",
    "MACHINES",
    "Alarm",
    "queue_name",
]

MACHINES = ("failover", "failback", "gameday")
# How an execution ends that did not do what it was for, by Step Functions' metric: the alarm's word
# and what it says. A machine that timed out or was stopped has told nobody.
_BAD_ENDS = {
    "ExecutionsFailed": ("failed", "was refused or failed; its own message says why"),
    "ExecutionsTimedOut": ("timed-out", "took too long and ended half way, and told nobody"),
    "ExecutionsAborted": ("stopped", "was stopped half way by somebody, and told nobody"),
}
# What EventBridge, SNS and Scheduler could not deliver waits in these queues.
LOST_EVENTS, LOST_MESSAGES = "lost-events", "lost-messages"
LOST_ALARMS, LOST_GAMEDAYS = "lost-alarms", "lost-gamedays"


def queue_name(queue: str, workload: str) -> str:
    """Return the queue's name in SQS."""
    return f"landbridge-{workload}-{queue}"


@dataclass(frozen=True)
class Alarm:
    """It goes off at 1, seen in each of so many ``minutes``.

    ``metric`` is one of landbridge.domain.monitoring's, or, with a ``step``, of that step's Lambda,
    with a ``machine`` of that state machine, with a ``queue`` of that queue.
    ``silent``: it goes off where there is no figure at all. ``in_health_region``: its metric is
    there, beside the alarm on AWS, and so is it. ``says`` is a sentence, ``following`` the next
    command.
    """

    name: str
    says: str
    following: str
    metric: str
    minutes: int
    step: str = ""
    machine: str = ""
    queue: str = ""
    silent: bool = False
    in_health_region: bool = False

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
        "aws-missed",
        "Nobody has seen AWS serve for five minutes, and nothing took over",
        "landbridge status",
        "AwsMissed",
        5,
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
        "watchdog-silent",
        "The watchdog has not reported for five minutes: an outage whose alarm does not come starts"
        " nothing",
        "landbridge preflight",
        "AwsMissed",
        5,
        silent=True,
    ),
    Alarm(
        "steps-not-ready",
        "A step that an outage waits for is not ready; the log of warm-steps names it",
        "landbridge preflight",
        "Errors",
        3,
        step="warm_steps",
    ),
    *(
        Alarm(
            f"{machine}-{word}",
            f"A {machine} {said}",
            "landbridge status",
            metric,
            1,
            machine=machine,
        )
        for machine in MACHINES
        for metric, (word, said) in _BAD_ENDS.items()
    ),
    *(
        Alarm(
            queue,
            f"{what}. Read the queue {queue}, then purge it: that ends the alarm",
            "landbridge status",
            "ApproximateNumberOfMessagesVisible",
            1,
            queue=queue,
            in_health_region=queue == LOST_ALARMS,
        )
        for queue, what in (
            (LOST_EVENTS, "An event was not delivered: a start, or an alarm's message"),
            # Its own event takes the way that failed; where that works again, it arrives.
            (LOST_ALARMS, "An event of the alarm on AWS did not get to the orchestrator's region"),
            (LOST_GAMEDAYS, "A scheduled GameDay did not get to its starter"),
            (LOST_MESSAGES, "A message of landbridge's did not get to the chat"),
        )
    ),
)
