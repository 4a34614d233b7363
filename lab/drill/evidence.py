"""What a drill saw, put together into the report's record: run, DNS, users, databases."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lab.clouds import names
from lab.clouds.clouds import Clouds
from lab.drill.options import DrillOptions
from lab.report.model import (
    DnsAnswer,
    FenceLayer,
    GateChange,
    Instants,
    Refusal,
    RunRecord,
    Settings,
    Step,
    Vote,
)
from lab.users.finding import find_by_sql
from lab.users.ledger import History, read_history
from lab.users.series import series_of
from lab.users.verdict import judge
from landbridge.adapters.operations import Execution
from landbridge.domain.history import StepRecord

__all__ = ["Observed", "record_of"]

_BRANCHES = {
    "fence_primary": "AWS",
    "scale_standby": "pods",
    "check_promotion": "database",
    "promote_standby": "database",
    "verify_writable": "database",
}


@dataclass(frozen=True)
class Observed:
    """The drill's own notes: times in epoch seconds; ``reason`` where it could not go on."""

    began_at: float
    fault_at: float
    ended_at: float
    run: Execution | None
    ledger: Path
    reason: str | None = None


def record_of(clouds: Clouds, options: DrillOptions, observed: Observed) -> RunRecord:
    """Return the record; the ledger is judged against Azure's database where it was promoted."""
    run, history = observed.run, read_history(observed.ledger)
    steps = {step.name: step for step in run.steps} if run else {}
    serving = _serving(clouds)
    verdict = judge(history, find_in(clouds, serving), fault_at=observed.fault_at)
    answers = _answers(clouds)
    outcome, reason = _outcome(observed)
    return RunRecord(
        run=run.name if run else "none",
        trigger=_trigger(run),
        replication="sync" if options.lab.replication == "sync" else "async",
        fault=options.fault,
        timings="realtime" if options.lab.realtime else "quick",
        outcome=outcome,
        reason=reason,
        instants=_instants(clouds, observed, steps, answers),
        settings=_settings(options),
        verdict=verdict,
        series=series_of(history, start=observed.began_at, end=observed.ended_at),
        observed_from=observed.began_at,
        observed_until=observed.ended_at,
        steps=tuple(_step(step, observed.ended_at) for step in steps.values()),
        votes=_votes(steps),
        fence=_fence(steps),
        dns=answers,
        gate=_gate(steps, observed.began_at),
        refusals=_refusals(clouds),
        allowed_missing_ids=_never_received(clouds, options, history, serving),
    )


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


def _never_received(
    clouds: Clouds, options: DrillOptions, history: History, serving: str
) -> frozenset[str]:
    """Return the writes that AWS committed and Azure never had, as AWS's own database tells.

    It is started again for the question, after everything else was judged.
    """
    if options.lab.replication == "sync" or serving != "azure":
        return frozenset()
    if not clouds.aws_database.answers():
        clouds.aws_database.start()
    ids = [write.id for write in history.writes]
    return frozenset(find_in(clouds, "aws")(ids) - find_in(clouds, "azure")(ids))


def _outcome(observed: Observed) -> tuple[Literal["recovered", "refused", "failed"], str | None]:
    if observed.run is None:
        return "failed", observed.reason
    if observed.run.status == "SUCCEEDED":
        return "recovered", None
    ending = observed.run.state.get("record", {})
    outcome: Literal["refused", "failed"] = "failed"
    if ending.get("outcome") == "refused":
        outcome = "refused"
    return outcome, ending.get("reason") or f"{observed.run.error}: {observed.run.cause}"


def _trigger(run: Execution | None) -> Literal["alarm", "manual", "gameday"]:
    word = (run.state.get("request") or run.state).get("trigger") if run else "alarm"
    if word == "manual":
        return "manual"
    return "gameday" if word == "gameday" else "alarm"


def _step(step: StepRecord, now: float) -> Step:
    return Step(
        name=step.title,
        started=step.started_at,
        seconds=(step.ended_at or now) - step.started_at,
        result="ok" if step.result == "done" else "failed",
        attempts=max(1, step.attempts),
        branch=_BRANCHES.get(step.name),
    )


def _output(steps: Mapping[str, StepRecord], name: str) -> dict[str, Any]:
    step = steps.get(name)
    if step is None or step.result != "done" or not step.output:
        return {}
    return dict(json.loads(step.output))


def _votes(steps: Mapping[str, StepRecord]) -> tuple[Vote, ...]:
    ballots = _output(steps, "confirm_outage").get("ballots", [])
    return tuple(Vote(b["witness"], b["vote"], b["reason"]) for b in ballots)


def _fence(steps: Mapping[str, StepRecord]) -> tuple[FenceLayer, ...]:
    layers = _output(steps, "fence_primary").get("evidence", [])
    return tuple(FenceLayer(e["layer"], e["result"], e["detail"]) for e in layers)


def _gate(steps: Mapping[str, StepRecord], began_at: float) -> tuple[GateChange, ...]:
    changes = [GateChange(began_at, "closed", 1)]
    for name in ("engage_gate", "open_gate"):
        gate, step = _output(steps, name), steps.get(name)
        if gate and step and step.ended_at:
            changes.append(GateChange(step.ended_at, gate["state"], gate["epoch"], gate["holder"]))
    return tuple(changes)


def _ended(steps: Mapping[str, StepRecord], name: str) -> float | None:
    step = steps.get(name)
    return step.ended_at if step and step.result == "done" else None


def _began(steps: Mapping[str, StepRecord], name: str) -> float | None:
    step = steps.get(name)
    return step.started_at if step else None


def _instants(
    clouds: Clouds,
    observed: Observed,
    steps: Mapping[str, StepRecord],
    answers: tuple[DnsAnswer, ...],
) -> Instants:
    alarms = [e["time"] for e in journal(clouds) if e["event"] == "alarm-event"]
    azure = [a.at for a in answers if a.site == "azure" and a.at >= observed.fault_at]
    return Instants(
        fault_injected=observed.fault_at,
        alarm_emitted=min((at for at in alarms if at >= observed.fault_at), default=None),
        run_started=observed.run.started_at if observed.run else None,
        promotion_began=_began(steps, "promote_standby"),
        promotion_ended=_ended(steps, "promote_standby"),
        writable_verified=_ended(steps, "verify_writable"),
        pods_requested=_began(steps, "scale_standby"),
        pods_ready=_ended(steps, "wait_rollout"),
        gate_opened=_ended(steps, "open_gate"),
        zone_answered_azure=min(azure, default=None),
    )


def journal(clouds: Clouds) -> list[dict[str, Any]]:
    """Return the events of the data plane's journal."""
    lines = clouds.dns.journal_path.read_text().splitlines()
    return [json.loads(line) for line in lines]


def _answers(clouds: Clouds) -> tuple[DnsAnswer, ...]:
    sites = {clouds.pair.aws: "aws", clouds.pair.azure: "azure"}
    found = []
    for event in journal(clouds):
        if event["event"] == "answer" and str(event["name"]).rstrip(".") == names.WORKLOAD:
            address = (event.get("values") or [None])[0]
            found.append(DnsAnswer(event["time"], sites.get(address or "", "none"), address))
    return tuple(found)


def _refusals(clouds: Clouds) -> tuple[Refusal, ...]:
    dynamodb = clouds.aws.client("dynamodb", clouds.configuration.orchestrator_region)
    items = dynamodb.scan(TableName=clouds.operations.outputs()["RunsTableName"])["Items"]
    return tuple(
        Refusal(float(item["at"]["N"]), "event", json.loads(item["document"]["S"])["reason"])
        for item in items
        if item["kind"]["S"] == "refusal"
    )


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
