"""One drill: two clouds up, traffic on, faults, failover, failback, judgement, report."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from lab.clouds.clouds import Clouds
from lab.drill.evidence import record_of
from lab.drill.gameday import gameday_seen, rehearse_gameday
from lab.drill.judging import judged, told
from lab.drill.keeping import write_evidence
from lab.drill.live import LiveDrill
from lab.drill.options import DrillOptions
from lab.drill.rehearsal import Teller, rehearse
from lab.faults.schedule import Event
from lab.judgement.evidence import Evidence
from lab.judgement.finding import Finding
from lab.report.model import IdleFault, RunRecord
from lab.report.promises import promises
from lab.report.summary import summary
from lab.report.write import ReportPaths, write_report

__all__ = ["DrillOutcome", "idle_faults", "play", "play_in", "run_drill"]


@dataclass(frozen=True)
class DrillOutcome:
    """The record, where its reports are, and whether every promise held."""

    record: RunRecord
    paths: ReportPaths

    @property
    def held(self) -> bool:
        """Whether every promise held."""
        return all(promise.held for promise in promises(self.record))


def idle_faults(events: Sequence[Event]) -> tuple[IdleFault, ...]:
    """Return the faults of which nothing came."""
    return tuple(
        IdleFault(event.fault, f"{event.what}: {event.why}" if event.why else event.what)
        for event in events
        if event.is_idle
    )


def run_drill(options: DrillOptions, reports: Path, console: Console) -> DrillOutcome:
    """Rehearse one failover and the way home, show it live, and report it."""
    with LiveDrill(console) as live:
        outcome = play(options, reports, live)
    console.print(summary(outcome.record))
    console.print(f"Report: {outcome.paths.html}", soft_wrap=True, markup=False)
    return outcome


def play_in(
    clouds: Clouds, options: DrillOptions, teller: Teller
) -> tuple[RunRecord, Evidence, tuple[Finding, ...]]:
    """Play one drill in a lab that is up; return its record, and what the judge found by what."""
    observed = (rehearse_gameday if options.gameday else rehearse)(clouds, options, teller)
    teller.watch_ledger(None)  # the ledger goes with its lab
    teller.phase("Looking for every acknowledged write")
    record = record_of(clouds, options, observed)
    teller.phase("Judging")
    evidence, findings = judged(clouds, options, observed)
    record = replace(
        record,
        findings=told(findings, grave=True),
        warnings=told(findings, grave=False),
        recovers=options.recovers,
        idle=idle_faults(observed.events),
        must_act=options.must_act,
        gameday=gameday_seen(observed),
    )
    return record, evidence, findings


def play(options: DrillOptions, reports: Path, teller: Teller) -> DrillOutcome:
    """Play one drill and write its report; ``teller`` hears of each phase."""
    with Clouds(options.lab, teller.phase) as clouds:
        record, evidence, findings = play_in(clouds, options, teller)
        teller.phase("Taking the lab down")
    teller.phase("Writing the report")
    paths = write_report(record, reports / record.run)
    if findings:
        write_evidence(evidence, paths.json.with_name("evidence.json"))
    return DrillOutcome(record, paths)
