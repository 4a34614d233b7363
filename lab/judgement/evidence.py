"""The evidence on a drill: what is judged, as plain data that can be kept and judged again.

``None`` means everywhere that nobody could look: it is neither "no" nor "nothing", and the rule
that needed it says so. Times are epoch seconds, sites are ``aws`` and ``azure``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.judgement.world import World
from lab.users.ledger import History

__all__ = [
    "CONTROL_PLANE_DOWN",
    "AlarmSeen",
    "CallsSeen",
    "DnsSeen",
    "EpochSeen",
    "Evidence",
    "FaultSeen",
    "HealthSeen",
    "LogEvent",
    "RunSeen",
    "StrayRow",
]


# The fault in which every API of AWS refuses every call, by its own name.
CONTROL_PLANE_DOWN = "aws-control-plane-down"


@dataclass(frozen=True)
class EpochSeen:
    """A row of a database's ``landbridge.epoch``."""

    epoch: int
    site: str
    run: str
    timeline: int
    written_at: float


@dataclass(frozen=True)
class StrayRow:
    """An order that says another site than the epoch in which the database took it.

    ``epoch`` is the newest whose row has a smaller transaction id than the order, so that no clock
    is in it; ``owner`` is that epoch's site.
    """

    id: str
    site: str
    epoch: int
    owner: str


@dataclass(frozen=True)
class RunSeen:
    """One execution of either machine, or one takeover of Azure's.

    ``flow`` is failover or failback, ``status`` Step Functions' word, ``trigger`` what started it,
    ``planned`` whether it was asked for as a switchover. ``executor`` is the cloud that walked the
    machine, ``kept`` whether a takeover's record is in ``azure`` and in ``aws`` in the end.
    ``outcome``, ``reason`` and ``message`` are the run's own record, ``outcome`` None without one.
    ``point`` is where the record says that it ended: ``undone`` (nothing is changed),
    ``stopped`` (past the point of no return), ``half`` (it could not be undone).
    ``acted`` is whether it began to engage the gate, ``stopped_by`` who ended it from outside.
    """

    name: str
    flow: str
    status: str
    trigger: str
    started_at: float
    ended_at: float | None
    budget_seconds: float
    acted: bool
    outcome: str | None = None
    reason: str = ""
    message: str = ""
    point: str | None = None
    stopped_by: str = ""
    planned: bool = False
    executor: str = "aws"
    kept: Mapping[str, bool | None] = field(default_factory=dict)


@dataclass(frozen=True)
class DnsSeen:
    """From when on the zone answered users with that site; ``none``: with an address of neither."""

    at: float
    site: str


@dataclass(frozen=True)
class HealthSeen:
    """From when on the health checkers had AWS as healthy, or not."""

    at: float
    healthy: bool


@dataclass(frozen=True)
class CallsSeen:
    """Calls of AWS's APIs that came while all were to be refused, by AWS's own count.

    ``answered`` is whether it gave another answer than the refusal; ``by`` is who asked: what
    belongs to AWS itself (an event on its way, a stack's own role), or the takeover.
    """

    what: str
    by: str
    count: int
    answered: bool


@dataclass(frozen=True)
class AlarmSeen:
    """When the alarm on AWS's health went off.

    ``startable`` is whether its event was taken and nothing kept it from the starter.
    """

    at: float
    startable: bool


@dataclass(frozen=True)
class LogEvent:
    """What a site's PostgreSQL said; a server may have ended without a word.

    ``what``: ``started``, ``standby`` (in recovery, until promoted), ``writable`` (ready to accept
    connections, out of recovery), ``timeline`` (``detail``: the one that a promotion selected),
    ``read-only`` and ``read-write`` (for everybody), ``stopped``, ``said`` (anything: it lived).
    """

    at: float
    site: str
    what: str
    detail: str = ""


@dataclass(frozen=True)
class FaultSeen:
    """A fault as it was asked for, and ``ended_at`` None where it is not over.

    ``effect`` is ``outage`` (AWS cannot serve), ``stalled`` (it waits for Azure alone), ``quiet``
    (it serves on) or ``companion`` (of one of these).
    """

    name: str
    effect: str
    began_at: float
    ended_at: float | None

    @property
    def kind(self) -> str:
        """The fault's own name, without the argument and the times that it was asked for with."""
        return re.split("[:@/]", self.name, maxsplit=1)[0]


@dataclass(frozen=True)
class Evidence:
    """Everything that a drill is judged by.

    ``present`` are the orders' ids in each database, in the end. ``epochs`` and ``strays`` are each
    database's too. ``reported_loss`` is what landbridge says is lost, ``never_received`` what the
    old primary had committed and the standby had not: asked of the old primary itself. ``exported``
    is whether the drill was to bring the old primary home, which is when its loss is exported.
    ``error_names`` are the names that a reason may have, ``commands`` those that go on.
    ``refusals`` is when the starter refused an event, by its own clock. ``settle_seconds`` is how
    long after an outage's end a run that it started may still begin. ``calls`` are those of AWS's
    APIs while its control plane was away.
    """

    replication: str
    began_at: float
    history: History | None
    present: Mapping[str, frozenset[str] | None]
    epochs: Mapping[str, tuple[EpochSeen, ...] | None]
    strays: Mapping[str, tuple[StrayRow, ...] | None]
    reported_loss: frozenset[str] | None
    never_received: frozenset[str] | None
    runs: tuple[RunSeen, ...] | None
    dns: tuple[DnsSeen, ...] | None
    health: tuple[HealthSeen, ...] | None
    alarms: tuple[AlarmSeen, ...] | None
    refusals: tuple[float, ...] | None
    logs: tuple[LogEvent, ...]
    faults: tuple[FaultSeen, ...]
    world: World
    error_names: frozenset[str]
    commands: tuple[str, ...]
    settle_seconds: float
    unseen: Mapping[str, str] = field(default_factory=dict)
    exported: bool = True
    calls: tuple[CallsSeen, ...] | None = ()

    @property
    def lineage(self) -> tuple[EpochSeen, ...] | None:
        """The epochs as the database that serves has them; None where none could be asked.

        Without one that serves it is the longest list: a standby may be behind, never ahead.
        """
        serving = self.world.serving
        if serving is not None:
            return self.epochs.get(serving)
        known = [rows for rows in self.epochs.values() if rows is not None]
        return max(known, key=len, default=None)
