"""Whether a takeover waits for another run's lease, and when it goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.lock import RunLock, Taking
from landbridge.domain.takeover_lease import MARGIN_SECONDS, LeaseAct, decide_lease

NOW = 1_000.0
HELD = RunLock("failover-1", 7, 180, NOW - 60)


def test_a_lock_that_nobody_holds_holds_nothing_up() -> None:
    """Never taken, or free."""
    for lock in (None, RunLock("", 7, 180, NOW)):
        assert decide_lease(lock, lock, "me", NOW).act is LeaseAct.GO_ON


def test_ones_own_lock_is_ones_own() -> None:
    """A pod that was killed before its first step finds it."""
    assert decide_lease(HELD, HELD, "failover-1", NOW).act is LeaseAct.GO_ON


def test_a_lease_that_lasts_is_waited_for() -> None:
    """And one is told who holds the lock, and how long that can last."""
    decided = decide_lease(HELD, HELD, "me", NOW)
    assert decided.act is LeaseAct.WAIT
    assert "run failover-1 holds the lock in epoch 7" in decided.reason
    assert "121 s" in decided.reason


def test_a_lease_that_ran_out_is_a_dead_runs() -> None:
    """Whoever keeps the lock gives it to the next run then."""
    late = NOW + 120 + MARGIN_SECONDS
    assert decide_lease(HELD, HELD, "me", late).act is LeaseAct.GO_ON
    assert decide_lease(HELD, HELD, "me", late - 0.01).act is LeaseAct.WAIT


@pytest.mark.parametrize(
    "seen", [RunLock("failover-1", 7, 180, NOW), RunLock("failover-2", 8, 180, NOW)]
)
def test_a_run_that_lives_is_not_waited_for(seen: RunLock) -> None:
    """It renewed the lease, or took the lock: its own step tells this one who it is."""
    decided = decide_lease(HELD, seen, "me", NOW)
    assert decided.act is LeaseAct.GO_ON
    assert "lives" in decided.reason


def test_a_persons_word_takes_the_lock_that_was_seen() -> None:
    """From that run in that epoch, with the reason."""
    decided = decide_lease(HELD, HELD, "me", NOW, take_lock="its region burns")
    assert decided.act is LeaseAct.TAKE
    assert decided.taking == Taking("failover-1", 7, "its region burns")


def test_a_persons_word_is_not_needed_for_what_is_free() -> None:
    """Nothing is taken from nobody, or from a run that has no lease any more."""
    for lock in (None, RunLock("", 7, 180, NOW), RunLock("dead", 7, 10, NOW - 60)):
        assert decide_lease(lock, lock, "me", NOW, take_lock="x").taking is None


@given(skew=st.floats(-1e6, 1e6), lease=st.integers(1, 3600))
def test_no_clock_makes_anybody_wait_longer_than_a_lease(skew: float, lease: int) -> None:
    """However far apart the two clocks are."""
    lock = RunLock("dead", 7, lease, NOW + skew)
    waited = lease + MARGIN_SECONDS
    decided = decide_lease(lock, lock, "me", NOW + waited, waited_seconds=waited)
    assert decided.act is LeaseAct.GO_ON
