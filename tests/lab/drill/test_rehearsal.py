"""What a drill waits for, with nothing in the lab but who notes it."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lab.clouds.options import LabOptions
from lab.drill import rehearsal
from lab.drill.evidence import Observed
from lab.drill.options import DrillOptions
from lab.drill.rehearsal import quiet_seconds, rehearse
from lab.faults.asking import Asked, parse_fault
from lab.faults.fault import Effect, Fault


def test_true_clocks_are_watched_for_as_much_longer() -> None:
    """Where the alarm takes a minute, a quiet watch is as many of the alarm's minutes."""
    faults = (parse_fault("dns-server-slow@+2s/8s"),)
    quick = quiet_seconds(DrillOptions(faults=faults))
    real = quiet_seconds(DrillOptions(lab=LabOptions(realtime=True), faults=faults))
    assert quick - 10.0 == pytest.approx((real - 10.0) / 20)
    assert real > 180.0


class Noting:
    """Stands for the users, who is on call, and who watches."""

    def __init__(self, notes: list[str]) -> None:
        self.notes = notes
        self.ledger = Path("ledger")
        self.runs: list[object] = []
        self.acts: list[object] = []

    def wait_for_writes(self, site: str, *_: object) -> None:
        """Note who shall take them."""
        self.notes.append(f"wait for {site}")

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """Note the end of traffic."""
        self.notes.append("stop")

    def gate(self) -> str:
        """Nothing moved."""
        return "closed"

    def out(self, *_: object) -> None:
        """Let it be refused."""

    def follow_others(self, _before: object) -> None:
        """There are none."""

    def phase(self, _sentence: str) -> None:
        """Say nothing."""

    def detail(self, _render: object) -> None:
        """Show nothing."""

    def watch_ledger(self, _traffic: object) -> None:
        """Show nothing."""


def played(faults: tuple[Asked, ...], notes: list[str], monkeypatch: Any) -> Observed:
    """Play a drill after which the workload is where it was."""
    parts = Noting(notes)
    monkeypatch.setattr(rehearsal, "Traffic", lambda *_, **__: parts)
    monkeypatch.setattr(rehearsal, "OnCall", lambda *_: parts)
    clouds: Any = SimpleNamespace(
        let_a_minute_pass=lambda: None, operations=SimpleNamespace(executions=list)
    )
    teller: Any = parts
    return rehearse(clouds, DrillOptions(faults=faults), teller)


def outage(notes: list[str]) -> Fault:
    """Return an outage that notes its end."""
    return Fault("o", "o", Effect.OUTAGE, lambda *_: None, lambda *_: notes.append("repaired"))


def test_traffic_goes_on_until_aws_takes_writes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing moved, what was repaired gets its time before the users stop."""
    notes: list[str] = []
    played((Asked(outage(notes)),), notes, monkeypatch)
    assert notes[-3:] == ["repaired", "wait for aws", "stop"]


def test_a_way_home_that_was_not_gone_leaves_its_faults_in_the_record(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was to go wrong on it never began, and the record says so."""
    notes: list[str] = []
    home = Asked(Fault("h", "h", Effect.COMPANION, lambda *_: None), leg="home")
    observed = played((Asked(outage(notes)), home), notes, monkeypatch)
    assert [(one.fault, one.what) for one in observed.events if one.is_idle] == [
        (str(home), "never began")
    ]


def test_the_outage_counts_from_its_own_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults that must be there first are not what the users' outage is measured from."""
    notes: list[str] = []
    first = Asked(Fault("f", "f", Effect.COMPANION, lambda *_: None))
    lost = Asked(outage(notes))
    observed = played((first, lost), notes, monkeypatch)
    (at,) = (one.at for one in observed.events if (one.fault, one.what) == ("o", "began"))
    assert observed.fault_at == at
