"""What a GameDay does by each look, as tables."""

from dataclasses import replace
from typing import Any

import pytest

from landbridge.domain.blocked_windows import BlockedWindow
from landbridge.domain.gameday import (
    Action,
    Leg,
    Phase,
    Seen,
    decide_next,
    wait_seconds,
)
from landbridge.domain.gameday_admission import why_not_now
from landbridge.domain.settings import Gameday

OPTIONS = Gameday(notice_seconds=60, soak_seconds=600, ways_seconds=600, look_seconds=5)
MONDAY = 1_795_424_400.0  # 2026-11-23T09:00:00Z
ON, HOME = "RUNNING", "SUCCEEDED"
OUT_LEG, HOME_LEG = "failover-gameday-1", "failback-gameday-1"
STRANGE_OUT, STRANGE_HOME = "failover-alarm-1", "failback-manual-1"
WAIT, GO_ON, LEAD_HOME = Action.WAIT, Action.GO_ON, Action.HOME
END, HAND_OVER, ADOPT = Action.END, Action.HAND_OVER, Action.ADOPT


def seen(seconds: float = 0, alarm: str = "OK", **changes: Any) -> Seen:
    """Return a quiet look, but for the changes."""
    return replace(Seen(in_phase_seconds=seconds, alarm=alarm), **changes)


def leg(status: str, name: str = OUT_LEG, *, moved: bool = True) -> Leg:
    """Return a run of the GameDay's own."""
    return Leg(name, status, moved)


def other(name: str, status: str = ON) -> tuple[Leg, ...]:
    """Return a run of somebody else's."""
    return (Leg(name, status),)


ABORTED = {"aborted": "enough, ann"}
STOPPED = {"stop_alarms": ("checkout-errors",)}


@pytest.mark.parametrize(
    ("phase", "look", "action", "mark"),
    [
        # Announced: AWS serves, nothing was moved.
        ("announced", seen(59), WAIT, ""),
        ("announced", seen(60), GO_ON, ""),
        ("announced", seen(59, "unknown"), WAIT, ""),
        ("announced", seen(60, "unknown"), END, "stopped"),
        ("announced", seen(60, "INSUFFICIENT_DATA"), END, "stopped"),
        ("announced", seen(1, "ALARM"), HAND_OVER, "incident"),
        ("announced", seen(1, "ALARM", **ABORTED), HAND_OVER, "incident"),
        ("announced", seen(60, others=other(STRANGE_OUT)), HAND_OVER, "incident"),
        ("announced", seen(1, others=other(STRANGE_OUT, "FAILED")), HAND_OVER, "incident"),
        ("announced", seen(1, **ABORTED), END, "aborted"),
        ("announced", seen(60, **STOPPED), END, "stopped"),
        # On the way out: the run ends at a safe point by itself.
        ("out", seen(leg=leg(ON)), WAIT, ""),
        ("out", seen(leg=leg("")), WAIT, ""),
        ("out", seen(9999, leg=leg(ON), **ABORTED), WAIT, ""),
        ("out", seen(leg=leg(ON), **STOPPED), WAIT, ""),
        ("out", seen(alarm="ALARM", leg=leg(ON)), WAIT, ""),
        ("out", seen(leg=leg(HOME)), GO_ON, ""),
        ("out", seen(leg=leg(HOME), **ABORTED), GO_ON, ""),
        ("out", seen(alarm="ALARM", leg=leg(HOME)), GO_ON, ""),
        ("out", seen(alarm="ALARM", leg=leg(HOME), others=other(STRANGE_OUT)), GO_ON, ""),
        # It found nothing to do: whoever moved the workload did not for this.
        ("out", seen(leg=leg(HOME, moved=False)), HAND_OVER, "incident"),
        ("out", seen(leg=leg("FAILED")), END, "failed"),
        ("out", seen(leg=leg("TIMED_OUT")), END, "failed"),
        ("out", seen(alarm="ALARM", leg=leg("FAILED")), HAND_OVER, "incident"),
        ("out", seen(leg=leg("ABORTED"), others=other(STRANGE_OUT)), HAND_OVER, "incident"),
        # Azure serves: AWS is kept out, so its alarm and the failover by it say nothing.
        ("soak", seen(599), WAIT, ""),
        ("soak", seen(599, "ALARM"), WAIT, ""),
        ("soak", seen(599, "unknown"), WAIT, ""),
        ("soak", seen(600, "ALARM"), LEAD_HOME, ""),
        ("soak", seen(1, "ALARM", **ABORTED), LEAD_HOME, "aborted"),
        ("soak", seen(1, "ALARM", **STOPPED), LEAD_HOME, "stopped"),
        ("soak", seen(600, **ABORTED), LEAD_HOME, "aborted"),
        ("soak", seen(600, others=other(STRANGE_OUT)), WAIT, ""),
        ("soak", seen(600, others=other(STRANGE_OUT, HOME)), LEAD_HOME, ""),
        ("soak", seen(1, others=other(STRANGE_HOME)), HAND_OVER, "incident"),
        ("soak", seen(1, others=other(STRANGE_HOME, HOME), **ABORTED), HAND_OVER, "incident"),
        # On the way home: nothing is nearer to safe.
        ("home", seen(leg=leg(ON, HOME_LEG)), WAIT, ""),
        ("home", seen(leg=leg(ON, HOME_LEG), **ABORTED), WAIT, ""),
        ("home", seen(alarm="ALARM", leg=leg(ON, HOME_LEG)), WAIT, ""),
        ("home", seen(leg=leg(HOME, HOME_LEG)), END, ""),
        ("home", seen(leg=leg(HOME, HOME_LEG), **ABORTED), END, "aborted"),
        ("home", seen(leg=leg(HOME, HOME_LEG), **STOPPED), END, "stopped"),
        ("home", seen(leg=leg("FAILED", HOME_LEG)), END, "failed"),
        ("home", seen(leg=leg("FAILED", HOME_LEG), others=other(STRANGE_OUT, HOME)), END, "failed"),
        (
            "home",
            seen(leg=leg("FAILED", HOME_LEG), others=other(STRANGE_HOME)),
            HAND_OVER,
            "incident",
        ),
    ],
)
def test_what_comes_next(phase: str, look: Seen, action: Action, mark: str) -> None:
    """Wait, go on, lead home, end or hand over, by the phase and the look."""
    decision = decide_next(OPTIONS, Phase(phase), look)
    assert (decision.action, decision.mark) == (action, mark)
    assert decision.reason


@pytest.mark.parametrize(
    ("look", "action", "mark", "own"),
    [
        # Until the notice is over as ever: what comes is an incident.
        (seen(59), WAIT, "", ""),
        (seen(59, "ALARM"), HAND_OVER, "incident", ""),
        (seen(59, others=other(STRANGE_OUT)), HAND_OVER, "incident", ""),
        # Then the fault is waited for, and the failover that it starts is the GameDay's own.
        (seen(60), WAIT, "", ""),
        (seen(60, "ALARM"), WAIT, "", ""),
        (seen(61, "unknown"), WAIT, "", ""),
        (seen(61, "ALARM", others=other(STRANGE_OUT)), ADOPT, "", STRANGE_OUT),
        (seen(61, others=other(STRANGE_OUT, "FAILED")), ADOPT, "", STRANGE_OUT),
        (seen(61, "ALARM", others=other(STRANGE_OUT), **ABORTED), ADOPT, "", STRANGE_OUT),
        (seen(61, others=other(STRANGE_HOME)), HAND_OVER, "incident", ""),
        (seen(61, **ABORTED), END, "aborted", ""),
        (seen(61, **STOPPED), END, "stopped", ""),
        # Nobody made it, or nothing came of it.
        (seen(659), WAIT, "", ""),
        (seen(660), END, "failed", ""),
        (seen(660, "ALARM"), HAND_OVER, "incident", ""),
    ],
)
def test_a_fault_is_waited_for(look: Seen, action: Action, mark: str, own: str) -> None:
    """A GameDay that is no switchover asks for no failover: the fault's own run counts."""
    decision = decide_next(OPTIONS, Phase.ANNOUNCED, look, planned=False)
    assert (decision.action, decision.mark, decision.leg) == (action, mark, own)


@pytest.mark.parametrize(
    ("phase", "look", "words"),
    [
        ("announced", seen(**ABORTED), "aborted: enough, ann"),
        ("soak", seen(**STOPPED), "alarm checkout-errors"),
        ("out", seen(leg=leg("FAILED")), f"{OUT_LEG} did not arrive: FAILED"),
        ("soak", seen(others=other(STRANGE_HOME)), f"run {STRANGE_HOME} leads"),
    ],
)
def test_a_reason_names_who_and_what(phase: str, look: Seen, words: str) -> None:
    """The report says it in these words."""
    assert decide_next(OPTIONS, Phase(phase), look).reason == words


GREEN = [{"name": "slot", "result": "pass", "reason": "", "remedy": ""}]
QUIET: dict[str, Any] = {
    "now": MONDAY,
    "checks": GREEN,
    "active": "aws",
    "alarms": {"aws-unready": "OK"},
    "running": "",
}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"checks": [{"name": "slot", "result": "fail", "reason": "none"}]}, "slot: fail: none"),
        ({"checks": [{"name": "slot", "result": "unknown", "reason": "?"}]}, "slot: unknown: ?"),
        ({"checks": []}, "it has no check"),
        ({"active": "azure"}, "AWS does not serve"),
        ({"active": "unknown"}, "AWS does not serve"),
        ({"alarms": {"aws-unready": "ALARM"}}, "alarm aws-unready is ALARM"),
        ({"alarms": {"aws-unready": "unknown"}}, "alarm aws-unready is unknown"),
        ({"alarms": {"checkout": "missing"}}, "alarm checkout is missing"),
        ({"running": "failover-alarm-1"}, "run failover-alarm-1 is on"),
    ],
)
def test_each_thing_against_it_is_a_reason(changes: dict[str, Any], words: str) -> None:
    """Red and unknown checks, who serves, alarms that are not OK, a run: one line each."""
    (reason,) = why_not_now(OPTIONS, **{**QUIET, **changes})
    assert words in reason


def test_a_warning_is_not_against_it() -> None:
    """Nothing is against a quiet Monday."""
    checks = [*GREEN, {"name": "disk", "result": "warn", "reason": "80 %"}]
    assert why_not_now(OPTIONS, **{**QUIET, "checks": checks}) == []


def test_an_old_proof_is_not_against_a_new_one() -> None:
    """The check that automatic failover hangs on turns green by a GameDay, and by nothing else."""
    checks = [*GREEN, {"name": "last-drill", "result": "fail", "reason": "90 days old"}]
    assert why_not_now(OPTIONS, **{**QUIET, "checks": checks}) == []


def test_all_reasons_are_told_at_once() -> None:
    """Who mends one shall not meet the next one by one."""
    options = replace(OPTIONS, blocked_windows=(BlockedWindow("all days"),))
    checks = [{"name": "slot", "result": "fail", "reason": "none"}]
    changed = {**QUIET, "checks": checks, "alarms": {"a": "ALARM", "b": "OK"}, "running": "r"}
    assert len(why_not_now(options, **changed)) == 4


def test_a_gameday_that_would_last_into_a_window_is_refused() -> None:
    """Notice, soak and both ways count: 21 minutes here."""
    window = BlockedWindow("lunch", begins="09:20", ends="11:00")
    options = replace(OPTIONS, blocked_windows=(window,))
    assert why_not_now(options, **QUIET)
    assert not why_not_now(options, **{**QUIET, "now": MONDAY - 120})


@pytest.mark.parametrize(("since", "seconds"), [(0, 5), (59, 5), (600, 15), (86_400, 60)])
def test_looks_become_rarer_in_a_long_phase(since: float, seconds: int) -> None:
    """A minute at most, so that a day of looks fits into an execution's history."""
    assert wait_seconds(OPTIONS, since) == seconds
