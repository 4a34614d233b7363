"""The orchestration's share of the outage, by the rule that critical_path.py states."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.report.critical_path import Phases, critical_path, phases
from lab.report.example import FAULT, example_run
from lab.report.model import Instants, RunRecord


def run_of(*, failed: float | None = 0.0, back: float | None = 30.0, **moments: float) -> RunRecord:
    """Return a run with these moments, in seconds since the fault; TTL 5 s, a look every 2 s."""
    run = example_run()
    rto = None if back is None else back - (back if failed is None else failed)
    verdict = replace(
        run.verdict,
        rto_seconds=rto,
        first_failed_at=None if failed is None else FAULT + failed,
        first_new_site_at=None if back is None else FAULT + back,
    )
    given_instants = {name: FAULT + at for name, at in moments.items()}
    return replace(
        run,
        verdict=verdict,
        instants=Instants(FAULT, **given_instants),
        settings=replace(run.settings, ttl_seconds=5.0, health_interval_seconds=2.0),
    )


WHOLE = {
    "alarm_emitted": 6.0,
    "run_started": 7.0,
    "promotion_began": 9.0,
    "promotion_ended": 12.0,
    "writable_verified": 12.5,
    "pods_requested": 8.0,
    "pods_waiting": 9.5,
    "pods_ready": 17.5,
    "gate_opened": 18.0,
    "zone_answered_azure": 21.0,
}


def links(run: RunRecord) -> dict[str, float]:
    """Return the links of a run's chain by name."""
    path = critical_path(run)
    assert path is not None
    return {wait.name: pytest.approx(wait.seconds) for wait in path.waits}


def test_the_chain_of_a_whole_run() -> None:
    """Detection, the longer of promotion and pods, a look, the TTL; the rest is orchestration."""
    run = run_of(**WHOLE)

    assert links(run) == {
        "detection": 6.0,
        "pods": 6.5,  # 9.5 s less the 3 s for which they waited for the database
        "readiness check": 2.0,  # 3.5 s passed; a look is due every 2 s
        "TTL": 5.0,  # 9 s passed; users may hold the answer for 5 s
    }
    assert critical_path(run).orchestration_seconds == pytest.approx(30.0 - 19.5)


def test_phases_are_between_their_moments() -> None:
    """Each phase is the time between the two moments that its name means."""
    assert phases(run_of(**WHOLE)) == Phases(
        detection=6.0,
        promotion=3.0,
        writable=0.5,
        pods_ready=9.5,
        dns=3.0,
        orchestration=pytest.approx(10.5),
        rto=30.0,
    )


def test_a_slower_promotion_is_the_longer_link() -> None:
    """Where promotion takes longer than pods, it is what all must wait for."""
    run = run_of(**{**WHOLE, "promotion_ended": 16.9, "writable_verified": 17.0})

    assert links(run)["promotion"] == pytest.approx(7.9)
    assert "pods" not in links(run)


def test_pods_that_started_late_excuse_nothing() -> None:
    """Waiting for the database is the orchestrator's order of things, not the pods' own time."""
    held = run_of(**{**WHOLE, "writable_verified": 15.0, "pods_ready": 20.0})

    assert links(run_of(**WHOLE))["pods"] == 6.5
    assert links(held)["pods"] == 6.5


def test_without_sight_of_waiting_pods_only_the_set_start_up_counts() -> None:
    """Where nobody saw the pods wait, their set start-up time is all that is excused."""
    moments = {name: at for name, at in WHOLE.items() if name != "pods_waiting"}
    run = run_of(**moments)
    slow = replace(run, settings=replace(run.settings, pod_start_seconds=4.0))
    absurd = replace(run, settings=replace(run.settings, pod_start_seconds=400.0))

    assert links(run)["promotion"] == 3.0
    assert links(slow)["pods"] == 4.0
    assert links(absurd)["pods"] == 9.5


def test_a_wait_that_was_shorter_than_its_setting_counts_as_it_was() -> None:
    """A lucky look and a lucky TTL excuse only what they took."""
    run = run_of(back=21.5, **{**WHOLE, "gate_opened": 17.6, "zone_answered_azure": 18.5})

    assert links(run)["readiness check"] == 1.0
    assert links(run)["TTL"] == 3.0


def test_a_user_may_be_there_before_anyone_saw_the_zone_answer() -> None:
    """The zone answered no later than the first write that Azure acknowledged."""
    run = run_of(back=18.5, **WHOLE)

    assert links(run)["readiness check"] == 1.0
    assert links(run)["TTL"] == 0.0


def test_without_an_alarm_detection_ends_when_the_run_starts() -> None:
    """A person or a schedule is waited for as the alarm is."""
    moments = {name: at for name, at in WHOLE.items() if name != "alarm_emitted"}

    assert links(run_of(**moments))["detection"] == 7.0


@pytest.mark.parametrize("missing", ["promotion_ended", "pods_ready", "zone_answered_azure"])
def test_an_unknown_moment_makes_it_unknown(missing: str) -> None:
    """What was not seen is not taken for zero."""
    moments = {name: at for name, at in WHOLE.items() if name != missing}

    assert critical_path(run_of(**moments)) is None
    assert phases(run_of(**moments)).orchestration is None


def test_no_recovery_has_no_orchestration() -> None:
    """Where Azure never served there is no outage to divide."""
    assert critical_path(run_of(back=None, **WHOLE)) is None


def test_no_failed_write_leaves_nothing_to_account_for() -> None:
    """A switchover that nobody noticed has an outage and an orchestration of zero."""
    path = critical_path(run_of(failed=None, **WHOLE))

    assert (path.waits, path.orchestration_seconds, path.rto_seconds) == ((), 0.0, 0.0)


@settings(deadline=None)
@given(gaps=st.lists(st.floats(0.0, 60.0), min_size=11, max_size=11), ttl=st.floats(0.0, 300.0))
def test_the_parts_are_the_whole(gaps: list[float], ttl: float) -> None:
    """Whatever the moments, in their order: the links and the orchestration add up to the RTO."""
    order = [
        "alarm_emitted",
        "run_started",
        "pods_requested",
        "pods_waiting",
        "promotion_began",
        "promotion_ended",
        "writable_verified",
        "pods_ready",
        "gate_opened",
        "zone_answered_azure",
    ]
    at, moments = 0.0, {}
    for name, gap in zip(order, gaps, strict=False):
        at += gap
        moments[name] = at
    run = run_of(back=at + gaps[-1], **moments)
    run = replace(run, settings=replace(run.settings, ttl_seconds=ttl))
    path = critical_path(run)

    total = sum(wait.seconds for wait in path.waits) + path.orchestration_seconds
    assert total == pytest.approx(path.rto_seconds, abs=1e-5)
    assert all(wait.seconds >= 0 for wait in path.waits)
