"""What a drill saw, put together into the report's record: run, DNS, users, databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.clouds.looking import journal, pods, recorded, site_at
from lab.drill.failback_evidence import exported_ids, failback_of
from lab.drill.operator import Act
from lab.drill.options import DrillOptions
from lab.drill.run_evidence import (
    ended_at,
    fence_of,
    gate_closed,
    gate_of,
    outcome_of,
    started_at,
    step_of,
    trigger_of,
    votes_of,
)
from lab.drill.takeovers import TAKEOVER
from lab.faults.schedule import Event
from lab.report.model import (
    AwsCalls,
    DnsAnswer,
    GateChange,
    Instants,
    Refusal,
    RunRecord,
    Settings,
)
from lab.users.finding import find_by_sql
from lab.users.ledger import read_history
from lab.users.series import series_of
from lab.users.verdict import judge
from landbridge.adapters.operations import FAILOVER, Execution
from landbridge.domain.history import StepRecord

__all__ = ["Home", "Observed", "answers", "pods_waiting", "record_of"]


@dataclass(frozen=True)
class Home:
    """The failback's run, and when AWS was back."""

    run: Execution
    aws_back_at: float


@dataclass(frozen=True)
class Observed:
    """The drill's own notes: times in epoch seconds.

    ``runs`` are all that ran, as they ended, ``acts`` what was done by hand, ``events`` the faults'
    beginnings and ends. ``watched_until`` is when the way home began, or the end where there was
    none; ``pods_waiting`` is when the first of Azure's pods began to wait for the database, seen
    before they went home; ``never_received`` what only the old primary had, None: not known.
    ``gameday`` is the GameDay that led, as it ended. ``reconciled`` is what ``landbridge
    reconcile`` found not to agree, None where nobody ran it.
    """

    began_at: float
    fault_at: float
    watched_until: float
    ended_at: float
    ledger: Path
    runs: tuple[Execution, ...] = ()
    acts: tuple[Act, ...] = ()
    events: tuple[Event, ...] = ()
    pods_waiting: float | None = None
    never_received: frozenset[str] | None = None
    home: Home | None = None
    gameday: Execution | None = None
    reconciled: tuple[str, ...] | None = None

    @property
    def run(self) -> Execution | None:
        """The run that the report is of: the one that moved the workload, or else the last."""
        out = [run for run in self.runs if run.name.startswith((FAILOVER, TAKEOVER))]
        moved = [run for run in out if run.status == "SUCCEEDED" and "moved" in run.state]
        return next(reversed(moved or out), None)


def record_of(clouds: Clouds, options: DrillOptions, observed: Observed) -> RunRecord:
    """Return the record; the ledger is judged against Azure's database where it was promoted."""
    run, history = observed.run, read_history(observed.ledger)
    steps = {step.name: step for step in run.steps} if run else {}
    serving = _serving(clouds)
    verdict = judge(history, find_in(clouds, serving), fault_at=observed.fault_at)
    answered = answers(clouds)
    outcome, reason = outcome_of(run, quiet=options.quiet)
    home = None
    if observed.home is not None:
        back_at = observed.home.aws_back_at
        home = failback_of(clouds, observed.home.run, history, observed.fault_at, back_at)
    return RunRecord(
        run=run.name if run else f"drill-{observed.began_at:.0f}-{options.seed}",
        trigger=trigger_of(run),
        replication="sync" if options.lab.replication == "sync" else "async",
        fault=options.fault,
        timings="realtime" if options.lab.realtime else "quick",
        outcome=outcome,
        reason=reason,
        instants=_instants(clouds, observed, steps, answered),
        settings=_settings(options),
        verdict=verdict,
        series=series_of(history, start=observed.began_at, end=observed.ended_at),
        observed_from=observed.began_at,
        observed_until=observed.watched_until,
        steps=tuple(step_of(step, observed.ended_at) for step in steps.values()),
        votes=votes_of(steps),
        fence=fence_of(steps),
        dns=answered,
        gate=_gate(observed, steps),
        refusals=_refusals(clouds),
        allowed_missing_ids=_never_received(clouds, options, observed),
        failback=home,
        must_recover=options.must_recover,
        manual_steps=tuple(act.value for act in observed.acts),
        executor="azure" if _in_azure(run) else "aws",
        aws_calls=_calls(clouds) if options.executor == "azure" else None,
        reconciled=observed.reconciled,
    )


def _in_azure(run: Execution | None) -> bool:
    return run is not None and run.name.startswith(TAKEOVER)


def _calls(clouds: Clouds) -> AwsCalls:
    calls = clouds.aws.calls_in_outages()
    refused = tuple(
        (f"{one['what']} by {one['by']}", int(one["count"])) for one in calls if not one["answered"]
    )
    return AwsCalls(sum(int(one["count"]) for one in calls if one["answered"]), refused)


def _gate(observed: Observed, steps: Mapping[str, StepRecord]) -> tuple[GateChange, ...]:
    changes = gate_of(steps, observed.began_at)
    return changes + (gate_closed(observed.home.run) if observed.home else ())


def _serving(clouds: Clouds) -> str:
    promoted = clouds.azure_database.query("SELECT pg_is_in_recovery()") == [[False]]
    return "azure" if promoted else "aws"


def find_in(clouds: Clouds, site: str) -> Any:
    """Return the ledger's ``find`` for one site's database."""
    server = {"aws": clouds.aws_database, "azure": clouds.azure_database}[site]
    return find_by_sql(
        host=server.host,
        port=server.port,
        user="orders",
        password=clouds.databases.passwords.orders,
        tls=clouds.authority.client_context(),
    )


def _never_received(clouds: Clouds, options: DrillOptions, observed: Observed) -> frozenset[str]:
    """Return the writes that AWS committed and Azure never had: as exported, or as AWS told."""
    if options.lab.replication == "sync":
        return frozenset()
    if observed.home is not None:
        return exported_ids(clouds.aws_database.folder)
    return observed.never_received or frozenset()


def _instants(
    clouds: Clouds,
    observed: Observed,
    steps: Mapping[str, StepRecord],
    answered: tuple[DnsAnswer, ...],
) -> Instants:
    alarms = [e["time"] for e in journal(clouds) if e["event"] == "alarm-event"]
    if trigger_of(observed.run) in {"gameday", "watchdog", "timer"} or _in_azure(observed.run):
        alarms = []  # it went off because AWS was left, or nothing could come of it
    azure = [a.at for a in answered if a.site == "azure" and a.at >= observed.fault_at]
    return Instants(
        fault_injected=observed.fault_at,
        alarm_emitted=min((at for at in alarms if at >= observed.fault_at), default=None),
        run_started=observed.run.started_at if observed.run else None,
        promotion_began=started_at(steps, "promote_standby"),
        promotion_ended=ended_at(steps, "promote_standby"),
        writable_verified=ended_at(steps, "verify_writable"),
        pods_requested=started_at(steps, "scale_standby"),
        pods_waiting=observed.pods_waiting,
        pods_ready=ended_at(steps, "wait_rollout"),
        gate_opened=ended_at(steps, "open_gate"),
        zone_answered_azure=min(azure, default=None),
    )


def pods_waiting(clouds: Clouds) -> float | None:
    """Return when the first of Azure's pods began to wait for the database, to the second."""
    began = [
        state.started_at.timestamp()
        for pod in pods(clouds, "azure")
        for init in pod.status.init_container_statuses or []
        if (state := init.state.terminated or init.state.running) and state.started_at
    ]
    return min(began, default=None)


def answers(clouds: Clouds) -> tuple[DnsAnswer, ...]:
    """Return what the zone answered users with, and from when on."""
    found = []
    for event in journal(clouds):
        if event["event"] == "answer" and str(event["name"]).rstrip(".") == names.WORKLOAD:
            address = (event.get("values") or [None])[0]
            found.append(DnsAnswer(event["time"], site_at(clouds, event.get("values")), address))
    return tuple(found)


def _refusals(clouds: Clouds) -> tuple[Refusal, ...]:
    documents = recorded(clouds, "refusal").values()
    return tuple(Refusal(one["at"], "event", one["reason"]) for one in documents)


def _settings(options: DrillOptions) -> Settings:
    lab = options.lab
    return Settings(
        health_interval_seconds=lab.health_interval_seconds,
        failure_threshold=3,
        ttl_seconds=lab.ttl,
        pod_start_seconds=lab.pod_start_seconds,
        promotion_delay_seconds=lab.promotion_delay_seconds,
        clients=options.clients,
        rate=options.rate,
        seed=options.seed,
        time_scale=lab.time_scale,
    )
