"""What a person is told to do next at 3 am: one sentence, one command."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.gate import GateState
from landbridge.domain.next_step import decide_next
from landbridge.domain.preflight.check import Check, Result
from landbridge.domain.status import PreflightReport, RunLook, Status, gate_of_vetoes

NOW = 1_000_000.0
GOOD = (Check("workload", Result.PASS, "ready"), Check("gate", Result.PASS, "says who serves"))


def report(*checks: Check, **values: Any) -> PreflightReport:
    """Return a report of a healthy world with these checks in the place of their namesakes."""
    named = {check.name: check for check in (*GOOD, *checks)}
    found: dict[str, Any] = {
        "at": NOW - 20,
        "active": "aws",
        "active_reason": "AWS's database takes writes",
        "gate": {"state": "closed", "epoch": 1, "since": ""},
        "gate_reason": "",
        "lag_bytes": 0,
        "lag_seconds": 0.0,
        "checks": tuple(named.values()),
    }
    return PreflightReport(**{**found, **values})


def run(flow: str = "failover", **values: Any) -> RunLook:
    """Return a run that ended a minute ago."""
    found: dict[str, Any] = {
        "name": f"{flow}-manual-1-abc",
        "flow": flow,
        "running": False,
        "started_at": NOW - 100,
        "ended_at": NOW - 60,
        "outcome": "recovered",
    }
    return RunLook(**{**found, **values})


CALM = Status(NOW, GateState.CLOSED, "aws", report(), None, {})
DOWN = report(Check("workload", Result.FAIL, "AWS does not serve: answered 503"))
DARK = report(Check("workload", Result.UNKNOWN, "timed out"))
REFUSED = "landbridge: failover refused (run x)\n\n1 of the 2 votes needed say down\nand more\n"
VOTES = run(outcome="refused", reason="OutageNotConfirmedError: 1 of 2", message=REFUSED)
LOSS = run(
    outcome="refused",
    reason="PromotionRefusedError: lag. Price of accept_data_loss: lost.",
    message="landbridge: failover refused (run x)\n\nlag\n",
)
FOREVER = run(
    outcome="refused", reason="PromotionRefusedError: timeline. There is no override", message="x"
)
ENGAGED = replace(CALM, gate=GateState.ENGAGED)
OPEN = replace(CALM, gate=GateState.OPEN)
ON_AZURE = replace(OPEN, report=report(active="azure"))
OFF = Check("last-drill", Result.FAIL, "automatic failover is off: never", "landbridge gameday")
SOAKING = run("gameday", running=True, ended_at=None, step="Azure serves for a while")
FAILED = run(outcome="failed", message="landbridge: failover failed (run x)\n\npods crash\n")


@pytest.mark.parametrize(
    ("status", "words", "command"),
    [
        (CALM, "Nothing to do", ""),
        (replace(ON_AZURE, gameday=SOAKING), "A GameDay is on: Azure serves for a while. It comes",
         "landbridge gameday --abort"),
        (replace(CALM, report=DOWN, gameday=SOAKING), "AWS does not serve, and no run is on",
         'landbridge failover --reason "AWS does not serve" --watch'),
        (replace(CALM, report=report(OFF)), "automatic failover is off: never. A drill turns it on",
         "landbridge gameday --watch"),
        (replace(CALM, report=report(OFF, *DOWN.checks)), "no run is on: automatic failover is off",
         'landbridge failover --reason "AWS does not serve" --watch'),
        (replace(CALM, report=report(OFF, Check("images", Result.FAIL, "old"))), "images: old",
         "landbridge preflight"),
        (replace(CALM, run=run(running=True, ended_at=None, step="Promoting")),
         "A failover is on: Promoting. Wait", "landbridge status --watch"),
        (replace(CALM, run=run("failback", running=True, waits_for_approval=True)),
         "waits for your word", "landbridge approve failback-manual-1-abc"),
        (replace(CALM, report=report(Check("gate", Result.FAIL, "x", "stop aws's"), active="both")),
         "BOTH DATABASES TAKE WRITES. At once: stop aws's", ""),
        (replace(ENGAGED, run=FAILED), "stopped half way. pods crash",
         "landbridge failover --resume --watch"),
        (replace(CALM, report=report(active="azure")), "Azure is promoted",
         "landbridge failover --resume --watch"),
        (replace(OPEN, report=report(active="none")), "Nobody takes writes: a failback stopped",
         "landbridge failback --watch"),
        (OPEN, "AWS takes writes, DNS answers Azure", "landbridge failback --watch"),
        (ON_AZURE, "Azure serves.", "landbridge failback --watch"),
        (replace(ON_AZURE, run=run("failback", outcome="refused", message="hold is over")),
         "Azure serves. hold is over", "landbridge failback --watch"),
        (replace(ON_AZURE, gameday=SOAKING,
                 run=run("failback", running=True, waits_for_approval=True)),
         "waits for your word", "landbridge approve failback-manual-1-abc"),
        (replace(CALM, report=DOWN), "AWS does not serve, and no run is on",
         'landbridge failover --reason "AWS does not serve" --watch'),
        (replace(CALM, report=DARK), "not known: timed out",
         'landbridge failover --reason "AWS does not serve" --watch'),
        (replace(CALM, report=DOWN, run=VOTES), "refused. 1 of the 2 votes needed say down",
         'landbridge failover --reason "AWS does not serve" --force --watch'),
        (replace(CALM, report=DARK, run=VOTES), "refused.",
         'landbridge failover --reason "AWS does not serve" --force --watch'),
        (replace(CALM, report=DOWN, run=replace(VOTES, ended_at=NOW - 7_200)), "no run is on",
         'landbridge failover --reason "AWS does not serve" --watch'),
        (replace(CALM, report=DOWN, run=LOSS), "refused. lag",
         'landbridge failover --reason "AWS does not serve" --accept-data-loss --watch'),
        (replace(CALM, report=DOWN, run=FOREVER), "refused.", "landbridge preflight"),
        (replace(CALM, report=report(Check("replication-state", Result.FAIL, "nobody streams"))),
         "without the standby that it shall have: nobody streams", "landbridge failback --watch"),
        (replace(CALM, report=report(Check("slot", Result.WARN, "idle"),
                                     Check("version", Result.FAIL, "other"))),
         "a failover would not work as it should: version: other", "landbridge preflight"),
        (replace(CALM, report=report(Check("slot", Result.UNKNOWN, "unseen"))),
         "not everything could be seen: slot", "landbridge preflight"),
        (replace(CALM, report=report(Check("slot", Result.WARN, "idle"))),
         "see to this in time: slot: idle", "landbridge preflight"),
        (replace(CALM, report=None, unseen={"orchestrator": "no credentials"}),
         "could not be asked: no credentials", ""),
        (replace(OPEN, report=None, unseen={"readiness": "denied"}),
         "denied. The gate says that Azure serves.", ""),
        (Status(NOW, None, "unknown", None, None, {}), "The gate is not known either.", ""),
    ],
)  # fmt: skip
def test_the_next_step(status: Status, words: str, command: str) -> None:
    """A run comes first, then what stopped half way, then an outage, then readiness."""
    following = decide_next(status)
    assert words in following.sentence
    assert following.command == command


def test_the_gate_engaged_in_the_last_report_alone_counts_too() -> None:
    """Where the vetoes tell nothing, what the preflight saw of the gate does."""
    kept = report(gate={"state": "engaged", "epoch": 2, "since": "now"})
    status = replace(CALM, gate=None, report=kept)
    assert decide_next(status).command == "landbridge failover --resume --watch"


@pytest.mark.parametrize(
    ("aws", "azure", "gate"),
    [
        (False, True, GateState.CLOSED),
        (True, True, GateState.ENGAGED),
        (True, False, GateState.OPEN),
        (False, False, None),
        (None, True, None),
        (True, None, None),
    ],
)
def test_two_vetoes_are_the_gate(
    *, aws: bool | None, azure: bool | None, gate: GateState | None
) -> None:
    """What anybody may ask is enough to know the gate; no veto at all tells nothing."""
    assert gate_of_vetoes(aws, azure) is gate
