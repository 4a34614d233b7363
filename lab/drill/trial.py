"""Drills by the dozen: each played without a screen of its own, and what is kept of it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from lab.drill.drill import play
from lab.drill.options import DrillOptions
from lab.drill.traffic import Traffic
from lab.report.model import RunRecord
from lab.report.promises import promises

__all__ = ["Trial", "play_trial", "print_trials"]

BROKEN = "broken"


@dataclass(frozen=True)
class Trial:
    """One drill's result. ``outcome`` is the report's, or ``broken`` where the lab itself failed.

    ``broken`` is it too where the one fault that was asked for had nothing to act on. ``against``
    are the promises that did not hold, or what broke; ``idle`` the faults of which nothing came;
    ``warnings`` what else the judge found, for a person to look at; times in seconds.
    """

    command: str
    fault: str
    replication: str
    outcome: str
    reason: str | None
    rto_seconds: float | None
    hold_seconds: float | None
    rpo_seconds: float
    missing: int
    manual_steps: tuple[str, ...]
    against: tuple[str, ...]
    seconds: float
    report: str
    idle: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    trigger: str = "alarm"

    @property
    def passed(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.against


class _Silent:
    """A teller that keeps the last sentence, for the bar of whoever plays many."""

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told

    def phase(self, sentence: str) -> None:
        self._told(sentence)

    def detail(self, render: Callable[[], RenderableType | None]) -> None:
        del render

    def watch_ledger(self, traffic: Traffic | None) -> None:
        del traffic


def play_trial(options: DrillOptions, reports: Path, told: Callable[[str], None]) -> Trial:
    """Play one drill; whatever breaks is a result too, since the others shall be played."""
    began = time.monotonic()
    try:
        outcome = play(options, reports, _Silent(told))
    except Exception as error:  # noqa: BLE001 - a lab that broke has shown nothing, and says so
        return _broken(options, error, time.monotonic() - began)
    return _told(options, outcome.record, str(outcome.paths.html), time.monotonic() - began)


def _told(options: DrillOptions, record: RunRecord, report: str, seconds: float) -> Trial:
    broken = [f"{one.name}: {one.why}" for one in promises(record) if not one.held]
    return Trial(
        command=options.command,
        fault=options.fault,
        replication=options.lab.replication,
        trigger=options.trigger.value,
        outcome=BROKEN if record.shown_nothing else record.outcome,
        reason=record.shown_nothing or record.reason,
        rto_seconds=record.verdict.rto_seconds if record.outcome == "recovered" else None,
        hold_seconds=record.failback.hold_seconds if record.failback else None,
        rpo_seconds=record.verdict.rpo_seconds,
        missing=record.verdict.missing,
        manual_steps=record.manual_steps,
        against=tuple(broken),
        seconds=seconds,
        report=report,
        idle=tuple(f"{one.fault} {one.why}" for one in record.idle),
        warnings=record.warnings,
    )


def _broken(options: DrillOptions, error: Exception, seconds: float) -> Trial:
    said = f"{type(error).__name__}: {error}"
    return Trial(
        command=options.command,
        fault=options.fault,
        replication=options.lab.replication,
        trigger=options.trigger.value,
        outcome=BROKEN,
        reason=said,
        rto_seconds=None,
        hold_seconds=None,
        rpo_seconds=0.0,
        missing=0,
        manual_steps=(),
        against=(f"The drill itself ran: {said}",),
        seconds=seconds,
        report="",
    )


def print_trials(trials: Sequence[Trial], console: Console) -> None:
    """Print them as a table, a row each, and below it what each was of and what is to be said.

    Faults and reasons are long: beside the figures they would be columns of single words.
    """
    console.print(_table(trials))
    for number, one in enumerate(trials, 1):
        said = "; ".join([*(one.against or _notes(one)), *_warned(one)])
        text = Text.assemble((one.fault, "bold"), f": {said}" if said else "")
        row = Table.grid(padding=(0, 2))
        row.add_row(f"{number:>3}", text)
        console.print(row)


def _table(trials: Sequence[Trial]) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column("", justify="right", min_width=3)
    for name in ("", "mode", "outcome", "begun by"):
        table.add_column(name)
    for name in ("RTO s", "hold s", "missing", "by hand"):
        table.add_column(name, justify="right")
    for number, one in enumerate(trials, 1):
        table.add_row(
            str(number),
            "[green]held[/]" if one.passed else "[bold red]BROKEN[/]",
            one.replication,
            one.outcome,
            one.trigger,
            _figure(one.rto_seconds),
            _figure(one.hold_seconds),
            str(one.missing),
            str(len(one.manual_steps)),
        )
    return table


def _notes(trial: Trial) -> list[str]:
    """Return what is worth knowing of a drill that nothing speaks against."""
    said = [(trial.reason or "").partition("\n")[0], *trial.idle]
    return [one for one in said if one]


def _warned(trial: Trial) -> list[str]:
    return [f"look at: {warning}" for warning in trial.warnings]


def _figure(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.1f}"
