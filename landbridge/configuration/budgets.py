"""How long things may take and what may be lost: each with its unit, its default and the reason."""

from pydantic import Field

from landbridge.configuration.kinds import Part

__all__ = ["BudgetsConfiguration"]

_LARGEST_BYTES = 2**63 - 1  # a position in the log, signed


class BudgetsConfiguration(Part):
    """The budgets of ``landbridge.domain.settings.Budgets``; the steps' timeouts bound them."""

    event_age_seconds: int = Field(
        default=300,
        ge=60,
        le=86_400,
        description="Oldest event that may start a failover, in seconds. EventBridge retries for "
        "up to 24 hours; an outage that is five minutes old is looked at by a person or the "
        "watchdog, not by a late copy of its event. 60 is the least that EventBridge takes.",
    )
    watchdog_seconds: int = Field(
        default=120,
        ge=0,
        le=3_600,
        description="How long AWS is down without a run before the watchdog asks for one, in "
        "seconds; 0: never. An alarm takes about one minute with checks every 10 s, and about two "
        "and a half with 30 s: the watchdog is for the alarm that does not come.",
    )
    drill_age_days: int = Field(
        default=0,
        ge=0,
        le=3_650,
        description="How old the last failover that worked may be, in days, before none starts by "
        "itself any more: an alarm and the watchdog are then refused, and people are told; 0: "
        "however old. What was not shown for long may not work when nobody is awake to see it.",
    )
    lease_seconds: int = Field(
        default=180,
        ge=30,
        le=3_600,
        description="Life of the run lock without renewal, in seconds. Longer than the longest "
        "step, so that a step never outlives its lock; short enough that a dead run frees the way "
        "in minutes.",
    )
    probe_seconds: float = Field(
        default=4.0,
        gt=0,
        le=10,
        description="One HTTP probe of a site, in seconds. Route 53's own checkers give 4 s to "
        "connect; a witness that waits longer disagrees with them for no reason.",
    )
    database_seconds: float = Field(
        default=5.0,
        gt=0,
        le=15,
        description="Connecting to a database and each statement there, in seconds. A look is "
        "milliseconds; five seconds are a dead peer.",
    )
    settle_seconds: float = Field(
        default=5.0,
        ge=0,
        le=8,
        description="How long AWS may take to serve again once Azure is back, in seconds, before "
        "the votes call it down. Only where its database lives and its synchronous commits had to "
        "wait for Azure. A standby tries to reconnect every wal_retrieve_retry_interval, five "
        "seconds by PostgreSQL's default.",
    )
    fence_seconds: float = Field(
        default=10.0,
        gt=0,
        description="Fencing AWS, all layers, in seconds. AWS is often unreachable when this runs, "
        "and then this is what the outage is longer by, in parallel with the promotion.",
    )
    replay_seconds: float = Field(
        default=15.0,
        gt=0,
        description="Replaying what the standby received, in seconds, before promotion is refused "
        "for lag. Received WAL is replayed at hundreds of MB a second.",
    )
    promotion_seconds: float = Field(
        default=60.0,
        gt=0,
        description="pg_promote's own wait, in seconds. PostgreSQL's default; measured "
        "promotions take one to twelve.",
    )
    rollout_seconds: float = Field(
        default=45.0,
        gt=0,
        description="One wait for Azure's pods, in seconds; the state machine asks again. Pods "
        "took 33 s where this was measured first.",
    )
    smoke_seconds: float = Field(
        default=15.0,
        gt=0,
        description="One set of smoke checks, in seconds. An order written and read back is well "
        "below one; the rest is for pods that are still warming up.",
    )
    dns_seconds: float = Field(
        default=45.0,
        gt=0,
        description="One wait for the zone's name servers to answer Azure, in seconds; the state "
        "machine asks again. A gate check sees the gate within 10 s, and the records' TTL is not "
        "part of it: name servers are asked directly.",
    )
    rpo_seconds: float = Field(
        default=5.0,
        ge=0,
        le=86_400,
        description="Most that an async failover may lose, as the age of the newest heartbeat on "
        "the standby, in seconds. Beats come every second; sync loses nothing by construction.",
    )
    rpo_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=0,
        le=_LARGEST_BYTES,
        description="Most that an async failover may lose, as WAL written and not received, in "
        "bytes. One WAL segment.",
    )
    streaming_seconds: float = Field(
        default=10.0,
        gt=0,
        description="One look at a standby that catches up, in seconds; the state machine looks "
        "again. Long enough to tell a rate.",
    )
    switchover_lag_bytes: int = Field(
        default=1024 * 1024,
        ge=0,
        le=_LARGEST_BYTES,
        description="Lag below which a failback may hold the writes, in bytes. What is left then "
        "is replayed while nobody can write: a megabyte is milliseconds.",
    )
    hold_seconds: float = Field(
        default=30.0,
        ge=5,
        le=300,
        description="Longest that a failback may hold the writes before AWS takes them, in "
        "seconds; then Azure takes them again and the run ends. A switchover takes one or two; "
        "a pause of half a minute is still shorter than most clients' patience.",
    )
    approval_seconds: int = Field(
        default=0,
        ge=0,
        le=86_400,
        description="How long a failback waits for a person's word before it holds the writes, in "
        "seconds; 0: it does not ask. A return is no emergency, but its hold is "
        "felt: give a time where a person is to choose the moment.",
    )
