"""What the drill hands to the report: one record of one run, plain and frozen.

Every time is in epoch seconds on the machine's clock and every length in seconds as it was lived;
a lab that runs Route 53's intervals faster says so in ``Settings.time_scale`` and gives the shorter
lengths. None is "it did not happen, or nobody saw it", never zero. ``dataclasses.asdict`` makes any
of them JSON.
"""

from dataclasses import dataclass, field
from typing import Literal

from lab.report.failback_model import Failback
from lab.users.series import Series
from lab.users.verdict import Verdict

__all__ = [
    "AwsCalls",
    "DnsAnswer",
    "FenceLayer",
    "GamedaySeen",
    "GateChange",
    "IdleFault",
    "Instants",
    "Mark",
    "Outcome",
    "Refusal",
    "RunRecord",
    "Settings",
    "Started",
    "Step",
    "Vote",
]

Outcome = Literal["recovered", "refused", "failed", "undisturbed"]
Started = Literal["alarm", "manual", "gameday", "watchdog", "timer"]


@dataclass(frozen=True)
class Step:
    """One step of the machine. ``branch`` names its lane where the machine works in parallel.

    ``result`` is ``ok`` or the word for what else happened: ``failed``, ``skipped``, ``undone``...
    """

    name: str
    started: float
    seconds: float
    result: str = "ok"
    attempts: int = 1
    branch: str | None = None

    @property
    def ended(self) -> float:
        """When it ended."""
        return self.started + self.seconds


@dataclass(frozen=True)
class Instants:
    """The moments that the phases are measured between; the client's own are in the verdict.

    ``promotion_ended`` is when the database had left recovery, ``writable_verified`` when a
    committed write was read back. ``pods_waiting`` is when the first pod was held by its init
    container for the database, ``pods_ready`` when the rollout was done, ``zone_answered_azure``
    when the zone's name servers first answered Azure.
    """

    fault_injected: float
    alarm_emitted: float | None = None
    run_started: float | None = None
    promotion_began: float | None = None
    promotion_ended: float | None = None
    writable_verified: float | None = None
    pods_requested: float | None = None
    pods_waiting: float | None = None
    pods_ready: float | None = None
    gate_opened: float | None = None
    zone_answered_azure: float | None = None


@dataclass(frozen=True)
class Settings:
    """What the run was set to, in seconds as lived; rates in writes per second."""

    health_interval_seconds: float
    failure_threshold: int
    ttl_seconds: float
    pod_start_seconds: float
    promotion_delay_seconds: float
    clients: int
    rate: float
    seed: int
    time_scale: float = 1.0


@dataclass(frozen=True)
class Vote:
    """One witness and what it said of AWS."""

    witness: str
    vote: Literal["up", "down", "unknown"]
    reason: str


@dataclass(frozen=True)
class FenceLayer:
    """One layer of the fence: ``done``, ``unreachable`` (recorded, allowed) or ``failed``."""

    layer: str
    result: Literal["done", "unreachable", "failed"]
    detail: str


@dataclass(frozen=True)
class DnsAnswer:
    """From ``at`` on the zone's name servers answered ``site`` (``none`` for no answer)."""

    at: float
    site: str
    address: str | None = None


@dataclass(frozen=True)
class GateChange:
    """From ``at`` on the gate stood in ``state``."""

    at: float
    state: Literal["closed", "engaged", "open"]
    epoch: int
    holder: str = ""


@dataclass(frozen=True)
class Refusal:
    """An event that the starter did not start a run for."""

    at: float
    event: str
    reason: str


@dataclass(frozen=True)
class IdleFault:
    """A fault of which nothing came, and why: it never began, or had nothing to act on."""

    fault: str
    why: str


@dataclass(frozen=True)
class GamedaySeen:
    """The GameDay that led the drill, by its own report: ``mark`` is completed, or what it was."""

    run: str
    mark: str
    reason: str


@dataclass(frozen=True)
class AwsCalls:
    """Calls of AWS's APIs from the moment on at which all were to be refused.

    ``needed`` counts those that AWS answered all the same: what it refused cannot have been needed.
    ``refused`` says what was asked in vain, by whom and how often.
    """

    needed: int
    refused: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Mark:
    """A moment that a timeline names."""

    at: float
    text: str


@dataclass(frozen=True)
class RunRecord:
    """One run of a drill, whole.

    ``observed_from`` and ``observed_until`` bound what was watched: the client wrote all that time,
    and on through the ``failback`` where there was one. ``marks`` are a timeline's moments where
    they are not the failover's.
    ``allowed_missing_ids`` are acknowledged writes that the standby is known not to have received
    when AWS was lost: the price of asynchronous replication, and no more than that.
    ``must_recover``: nothing but the outage itself was broken, so a refusal is no good end.
    ``recovers``: more was broken, but nothing that anybody's help is needed for.
    ``idle`` are the faults of which nothing came; one that is in ``must_act`` too is what the drill
    was for, so it has shown nothing.
    ``findings`` are the rules that the judge of ``docs/judging.md`` found broken, None where nobody
    judged; ``warnings`` are what else it found, for a person to look at; ``manual_steps`` are what
    was done by hand. ``gameday`` is the GameDay that led, where one did. ``executor`` is the cloud
    that walked the way out, ``aws_calls`` what was asked of AWS once its APIs were away,
    ``reconciled`` what did not agree when AWS was back, None where nobody looked.
    """

    run: str
    trigger: Started
    replication: Literal["sync", "async"]
    fault: str
    timings: Literal["quick", "realtime"]
    outcome: Outcome
    reason: str | None
    instants: Instants
    settings: Settings
    verdict: Verdict
    series: Series
    observed_from: float
    observed_until: float
    steps: tuple[Step, ...] = ()
    votes: tuple[Vote, ...] = ()
    fence: tuple[FenceLayer, ...] = ()
    dns: tuple[DnsAnswer, ...] = ()
    gate: tuple[GateChange, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    allowed_missing_ids: frozenset[str] = field(default=frozenset())
    failback: Failback | None = None
    marks: tuple[Mark, ...] = ()
    must_recover: bool = True
    findings: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()
    manual_steps: tuple[str, ...] = ()
    recovers: bool = False
    idle: tuple[IdleFault, ...] = ()
    must_act: tuple[str, ...] = ()
    gameday: GamedaySeen | None = None
    executor: Literal["aws", "azure"] = "aws"
    aws_calls: AwsCalls | None = None
    reconciled: tuple[str, ...] | None = None

    @property
    def shown_nothing(self) -> str:
        """Why the drill has shown nothing; empty where it has shown something."""
        return "; ".join(
            f"{one.fault} {one.why}" for one in self.idle if one.fault in self.must_act
        )
