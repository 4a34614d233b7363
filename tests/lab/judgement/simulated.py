"""A drill that keeps every rule, without a lab: what its evidence would be, and how to bend it."""

from dataclasses import dataclass, field, replace
from typing import Any

from lab.judgement.evidence import (
    AlarmSeen,
    DnsSeen,
    EpochSeen,
    Evidence,
    FaultSeen,
    HealthSeen,
    LogEvent,
    RunSeen,
)
from lab.judgement.world import (
    SITES,
    DatabaseSeen,
    GateSeen,
    LockSeen,
    PodsSeen,
    StandbySeen,
    World,
)
from lab.users.ledger import History, Write

__all__ = ["Plan", "changed_run", "changed_world", "changed_write", "simulate"]

BEGAN = 1000.0
GOES_ON = "landbridge failover --resume"


@dataclass(frozen=True)
class Plan:
    """What happens: ``cycles`` of failover and failback, ``writes`` in each site's time.

    ``killed`` is whether AWS is killed, or only looks ill and is fenced; ``lost`` how many of its
    acknowledged writes the standby had not received (async alone); ``refused`` whether the
    alarm's run is refused first and a person starts another one.
    """

    replication: str = "sync"
    cycles: int = 1
    writes: int = 10
    killed: bool = True
    lost: int = 0
    refused: bool = False


@dataclass
class _Drill:
    plan: Plan
    now: float = BEGAN + 1.0
    epoch: int = 1
    timeline: int = 1
    writes: list[Write] = field(default_factory=list)
    epochs: list[EpochSeen] = field(default_factory=list)
    runs: list[RunSeen] = field(default_factory=list)
    dns: list[DnsSeen] = field(default_factory=list)
    logs: list[LogEvent] = field(default_factory=list)
    faults: list[FaultSeen] = field(default_factory=list)
    alarms: list[AlarmSeen] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def play(self) -> None:
        self._say("aws", "started", "writable", before=0.5)
        self._say("azure", "started", "standby", before=0.4)
        self.dns.append(DnsSeen(BEGAN - 1.0, "aws"))
        self._admit("aws", "first")
        self._write("aws")
        for _ in range(self.plan.cycles):
            self._fail_over()
            self._come_home()

    def _fail_over(self) -> None:
        began = self.now
        if self.plan.lost:
            self.lost |= {one.id for one in self.writes[-self.plan.lost :]}
        self._say("aws", "said" if self.plan.killed else "read-only")
        self._fail(3)
        self.alarms.append(AlarmSeen(self.now, True))
        if self.plan.refused:
            self._refuse()
        run = self._begin("failover", "manual" if self.plan.refused else "alarm")
        self.now += 1.0
        self.timeline += 1
        self._say("azure", "timeline", "writable", detail=str(self.timeline))
        self.epoch += 1
        self._admit("azure", run.name)
        self.now += 1.0
        self.dns.append(DnsSeen(self.now, "azure"))
        self._write("azure")
        self._end(run)
        self.now += 5.0
        self.faults.append(FaultSeen("region-loss", "outage", began, self.now))

    def _come_home(self) -> None:
        run = self._begin("failback", "manual")
        if not self.plan.killed:
            self._say("aws", "stopped")
        self._say("aws", "started", "standby")
        self._write("azure")
        self._say("azure", "read-only")
        self.dns.append(DnsSeen(self.now, "aws"))
        self.timeline += 1
        self._say("aws", "read-only", "timeline", "writable", detail=str(self.timeline))
        self.epoch += 1
        self._admit("aws", run.name)
        self._say("aws", "read-write")
        self._write("aws")
        self._say("azure", "stopped", "started", "standby")
        self._end(run)

    def _refuse(self) -> None:
        run = self._begin("failover", "alarm")
        self.epoch += 1  # the lock's, which no database has
        self.runs[-1] = replace(
            run,
            status="FAILED",
            ended_at=self.now,
            outcome="refused",
            reason="FenceUnconfirmedError: AWS may acknowledge writes",
            message=f"it may be gone on with: {GOES_ON}",
            point="undone",
        )

    def _write(self, site: str) -> None:
        for _ in range(self.plan.writes):
            self.now += 0.1
            number = len(self.writes) + 1
            # The last answers may come late, and never do they tell when the row was committed.
            start, end = self.now - 0.05, self.now + 0.04
            self.writes.append(
                Write(f"w{number}", start, start + 0.01, end, site, self.epoch, number)
            )
        self.now += 0.1

    def _fail(self, count: int) -> None:
        for _ in range(count):
            self.now += 0.1
            name = f"w{len(self.writes) + 1}"
            self.writes.append(Write(name, self.now, ended=self.now + 0.05, reason="refused"))

    def _say(self, site: str, *what: str, detail: str = "", before: float = 0.0) -> None:
        for one in what:
            self.now += 0.01
            told = detail if one == "timeline" else ""
            self.logs.append(LogEvent(self.now - before, site, one, told))

    def _admit(self, site: str, run: str) -> None:
        self.epochs.append(EpochSeen(self.epoch, site, run, self.timeline, self.now))

    def _begin(self, flow: str, trigger: str) -> RunSeen:
        self.now += 1.0
        name = f"{flow}-{trigger}-{len(self.runs)}"
        acted = flow == "failover"
        run = RunSeen(name, flow, "RUNNING", trigger, self.now, None, 600.0, acted)
        self.runs.append(run)
        return run

    def _end(self, run: RunSeen) -> None:
        self.now += 1.0
        told = {"outcome": "recovered", "reason": "it serves", "message": "", "point": "recovered"}
        ended = replace(run, status="SUCCEEDED", ended_at=self.now, **told)
        self.runs[self.runs.index(run)] = ended


def simulate(plan: Plan) -> Evidence:
    """Return the evidence of the plan's drill, which ends with AWS serving again."""
    drill = _Drill(plan)
    drill.play()
    present = frozenset(one.id for one in drill.writes if one.acknowledged) - drill.lost
    epochs = tuple(drill.epochs)
    # One more write than was acknowledged was lost with the old primary: nobody was told of it.
    lost = frozenset(drill.lost | {"unanswered"}) if drill.lost else frozenset()
    return Evidence(
        replication=plan.replication,
        began_at=BEGAN,
        history=History(tuple(drill.writes)),
        present=dict.fromkeys(SITES, present),
        epochs=dict.fromkeys(SITES, epochs),
        strays=dict.fromkeys(SITES, ()),
        reported_loss=lost,
        never_received=lost,
        runs=tuple(drill.runs),
        dns=tuple(drill.dns),
        health=(HealthSeen(BEGAN, True),),
        alarms=tuple(drill.alarms),
        refusals=(),
        logs=tuple(drill.logs),
        faults=tuple(drill.faults),
        world=_world(plan.replication, epochs[-1].epoch),
        error_names=frozenset({"FenceUnconfirmedError", "OutageNotConfirmedError"}),
        commands=("landbridge failover", "landbridge failback"),
        settle_seconds=10.0,
    )


def _world(replication: str, epoch: int) -> World:
    standby = StandbySeen("azure", "streaming", replication, "reserved")
    return World(
        replication=replication,
        databases={
            "aws": DatabaseSeen(False, False, epoch, "aws", "7:same", (standby,)),
            "azure": DatabaseSeen(True, False, epoch, "aws", "7:same"),
        },
        pods={"aws": PodsSeen(2, 2, 2), "azure": PodsSeen(0, 0, 0)},
        gate=GateSeen("closed", "aws", epoch),
        lock=LockSeen(""),
        dns="aws",
    )


def changed_write(evidence: Evidence, number: int, **changes: Any) -> Evidence:
    """Return the evidence with one write of the ledger told otherwise."""
    assert evidence.history is not None
    writes = list(evidence.history.writes)
    writes[number] = replace(writes[number], **changes)
    return replace(evidence, history=History(tuple(writes)))


def changed_run(evidence: Evidence, flow: str, **changes: Any) -> Evidence:
    """Return the evidence with the flow's last run told otherwise."""
    assert evidence.runs is not None
    runs = list(evidence.runs)
    last = max(number for number, run in enumerate(runs) if run.flow == flow)
    runs[last] = replace(runs[last], **changes)
    return replace(evidence, runs=tuple(runs))


def changed_world(evidence: Evidence, **changes: Any) -> Evidence:
    """Return the evidence with another world at its end."""
    return replace(evidence, world=replace(evidence.world, **changes))
