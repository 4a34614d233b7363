"""One drill: two clouds up, traffic on, AWS lost, failover, failback, judgement, report."""

import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lab.clouds.clouds import Clouds
from lab.drill.evidence import Home, Observed, pods_waiting, record_of
from lab.drill.following import NoRunError, follow, wait_for_run
from lab.drill.live import LiveDrill
from lab.drill.options import FAULTS, DrillOptions
from lab.drill.traffic import Traffic
from lab.faults.region import inject, restore
from lab.processes.waiting import wait_until
from lab.report.model import RunRecord
from lab.report.promises import promises
from lab.report.summary import summary
from lab.report.write import ReportPaths, write_report
from lab.sites.filling import fill
from landbridge.adapters.operations import Execution
from landbridge.adapters.run_table import steps_table

__all__ = ["DrillOutcome", "run_drill"]

QUICK_DETECTION_SECONDS = 60.0
REAL_DETECTION_SECONDS = 300.0
TTLS_AFTER = 3.2


@dataclass(frozen=True)
class DrillOutcome:
    """The record, where its reports are, and whether every promise held."""

    record: RunRecord
    paths: ReportPaths
    held: bool


def run_drill(options: DrillOptions, reports: Path, console: Console) -> DrillOutcome:
    """Rehearse one failover and report it."""
    with LiveDrill(console) as live:
        with Clouds(options.lab, live.phase) as clouds:
            observed = _rehearse(clouds, options, live)
            live.forget_ledger()
            live.phase("Looking for every acknowledged write")
            record = record_of(clouds, options, observed)
            live.phase("Taking the lab down")
        live.phase("Writing the report")
        paths = write_report(record, reports / record.run)
    held = all(promise.held for promise in promises(record))
    console.print(summary(record))
    console.print(f"Report: {paths.html}", soft_wrap=True, markup=False)
    return DrillOutcome(record, paths, held)


def _rehearse(clouds: Clouds, options: DrillOptions, live: LiveDrill) -> Observed:
    if options.data_megabytes:
        live.phase(f"Filling AWS's database with {options.data_megabytes} MB")
        fill(clouds.aws_database, options.data_megabytes)
    clouds.let_a_minute_pass()
    traffic = Traffic(clouds, clients=options.clients, rate=options.rate, seed=options.seed)
    live.phase("Users write")
    began_at = time.time()
    traffic.start()
    live.watch_ledger(traffic.ledger)
    traffic.wait_for_writes("aws", int(options.rate * options.calm_seconds), 60.0)
    clouds.let_a_minute_pass()
    before = set(clouds.operations.executions())
    live.phase(f"Fault: {FAULTS[options.fault]}")
    fault_at = inject(options.fault, clouds)
    run, reason = _failover(clouds, options, live, before)
    home: Home | None = None
    waited = None
    watched_until = time.time()
    if run is not None and run.status == "SUCCEEDED":
        live.phase(f"Azure serves; watching for {TTLS_AFTER:g} TTLs")
        _watch_on(traffic, options, "azure")
        watched_until, waited = time.time(), pods_waiting(clouds)
        home = _failback(clouds, options, live, traffic) if options.failback else None
    traffic.stop()
    return Observed(
        began_at=began_at,
        fault_at=fault_at,
        watched_until=watched_until if home else time.time(),
        ended_at=time.time(),
        run=run,
        ledger=traffic.ledger,
        reason=reason,
        pods_waiting=waited,
        home=home,
    )


def _failback(clouds: Clouds, options: DrillOptions, live: LiveDrill, traffic: Traffic) -> Home:
    live.phase("AWS comes back")
    restore(clouds, options.fault)
    back_at = time.time()
    clouds.warm_steps()
    event = {"trigger": "manual", "reason": "AWS is back", "occurred_at": time.time()}
    name = clouds.operations.start(event, "failback")["run"]
    live.phase(f"Failback: run {name}")
    seen: list[Execution] = []

    def note(run: Execution) -> None:
        seen[:] = [run]

    live.detail(lambda: steps_table(seen[0], time.time()) if seen else None)
    run = follow(clouds, name, note)
    if run.status == "SUCCEEDED":
        live.phase("AWS serves again")
        _watch_on(traffic, options, "aws")
    return Home(run, back_at)


def _failover(
    clouds: Clouds, options: DrillOptions, live: LiveDrill, before: set[str]
) -> tuple[Execution | None, str | None]:
    limit = REAL_DETECTION_SECONDS if options.lab.realtime else QUICK_DETECTION_SECONDS
    try:
        name = wait_for_run(clouds, before, limit)
        live.phase(f"Failover: run {name}")
        seen: list[Execution] = []

        def note(run: Execution) -> None:
            seen[:] = [run]

        live.detail(lambda: steps_table(seen[0], time.time()) if seen else None)
        run = follow(clouds, name, note)
        if _is_unfenced(run):
            run = follow(clouds, _accept_loss(clouds, live), note)
    except NoRunError as error:
        return None, str(error)
    return run, None


def _is_unfenced(run: Execution) -> bool:
    return run.status == "FAILED" and run.error == "FenceUnconfirmedError"


def _accept_loss(clouds: Clouds, live: LiveDrill) -> str:
    """Do what the refusal asks of the operator in async mode: accept that writes may be lost."""
    before = set(clouds.operations.executions())
    clouds.operations.start(
        {
            "trigger": "manual",
            "reason": "AWS is unreachable; the drill's operator accepts the loss",
            "occurred_at": time.time(),
            "accept_data_loss": True,
        }
    )
    name = wait_for_run(clouds, before, QUICK_DETECTION_SECONDS)
    live.phase(f"Refused: AWS may not be fenced; the operator accepts data loss: run {name}")
    return name


def _watch_on(traffic: Traffic, options: DrillOptions, site: str) -> None:
    # What is waited for is users' writes over that long, not that the clock has moved.
    traffic.wait_for_writes(site, 1, 60.0 + options.lab.ttl)
    until = time.monotonic() + TTLS_AFTER * options.lab.ttl
    wait_until(
        lambda: time.monotonic() >= until,
        "the end of the watch",
        timeout_seconds=TTLS_AFTER * options.lab.ttl + 10.0,
    )
