"""Gate and lock under any sequence of requests, from any runs, in any epochs, at any times."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import (
    GateTransitionError,
    InvalidEventError,
    LockHeldError,
    StaleEpochError,
)
from landbridge.domain.gate import Gate, GateState, decide_transition, initial_gate
from landbridge.domain.lock import RunLock, decide_release, decide_renew, decide_take
from tests.domain.strategies import BOUNDED, MANY

RUNS = ("run-1", "run-1", "run-2")
LEASE_SECONDS = 60
ACTIVE = {GateState.CLOSED: "aws", GateState.ENGAGED: "none", GateState.OPEN: "azure"}
# Mostly what a run would ask with the epoch that it was given: else nearly all is refused.
REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["take", "take", "renew", "release", *GateState, *GateState]),
        st.sampled_from(RUNS),
        st.sampled_from([None] * 8 + [0, 1, 2, 3]),
        st.sampled_from([0, 0, 0, 1, LEASE_SECONDS - 1, LEASE_SECONDS]),
    ),
    min_size=5,
    max_size=30,
)


@dataclass
class Cluster:
    """The stored gate and lock, and what each run believes of itself."""

    gate: Gate = field(default_factory=lambda: initial_gate("then"))
    lock: RunLock | None = None
    now: float = 1_000.0
    epochs: dict[str, int] = field(default_factory=dict)

    def ask(self, action: str, run: str, epoch: int) -> bool:
        """Do one request as the Function App does it; return whether it was granted."""
        try:
            if action == "take":
                lease = LEASE_SECONDS
                self.lock = decide_take(self.lock, self.gate.epoch, run, lease, self.now)
                self.epochs[run] = self.lock.epoch
            elif action == "renew":
                self.lock = decide_renew(self.lock, run, epoch, self.now)
            elif action == "release":
                self.lock = decide_release(self.lock, run, self.now) or self.lock
            else:
                self.gate = decide_transition(
                    self.gate, self.lock, GateState(action), epoch=epoch, holder=run, now="now"
                )
        except (GateTransitionError, LockHeldError, StaleEpochError):
            return False
        return True


@BOUNDED
@given(REQUESTS)
def test_an_epoch_has_one_holder_and_epochs_only_grow(
    requests: list[tuple[str, str, int | None, int]],
) -> None:
    """Whatever is asked: epochs never fall, and no epoch of the lock was ever two runs'."""
    one, holders = Cluster(), dict[int, str]()
    for action, run, wanted, passes in requests:
        one.now += passes
        gate, lock = one.gate, one.lock
        one.ask(action, run, one.epochs.get(run, 0) if wanted is None else wanted)
        assert one.gate.epoch >= gate.epoch
        if one.lock is not None:
            assert one.lock.epoch >= (lock.epoch if lock else gate.epoch)
            assert one.lock.epoch >= one.gate.epoch
            if one.lock.holder:
                assert holders.setdefault(one.lock.epoch, one.lock.holder) == one.lock.holder


@BOUNDED
@given(REQUESTS)
def test_a_lock_changes_hands_only_when_it_is_free_or_its_lease_is_over(
    requests: list[tuple[str, str, int | None, int]],
) -> None:
    """Nobody takes a living run's lock, and who loses it has a lower epoch from then on."""
    one = Cluster()
    for action, run, wanted, passes in requests:
        one.now += passes
        lock = one.lock
        one.ask(action, run, one.epochs.get(run, 0) if wanted is None else wanted)
        new = one.lock
        if lock is None or new is None or not new.holder or new.holder == lock.holder:
            continue
        assert not lock.holder or one.now >= lock.renewed_at + LEASE_SECONDS
        assert new.epoch > lock.epoch


@BOUNDED
@given(REQUESTS)
def test_the_gate_latches(requests: list[tuple[str, str, int | None, int]]) -> None:
    """It moves for the lock's holder in its epoch alone, and a refused request changes nothing."""
    one = Cluster()
    for action, run, wanted, passes in requests:
        one.now += passes
        gate, lock = one.gate, one.lock
        epoch = one.epochs.get(run, 0) if wanted is None else wanted
        granted = one.ask(action, run, epoch)
        if not granted:
            assert (one.gate, one.lock) == (gate, lock)
        if one.gate != gate:
            assert lock is not None
            assert (lock.holder, lock.epoch) == (run, epoch) == (one.gate.holder, one.gate.epoch)
            ways = {(gate.state, one.gate.state)}
            assert ways.isdisjoint({(GateState.CLOSED, GateState.OPEN)})
            assert ways.isdisjoint({(GateState.OPEN, GateState.ENGAGED)})
        assert one.gate.active_site == ACTIVE[one.gate.state]
        assert (one.gate.vetoes_aws, one.gate.vetoes_azure) == (
            one.gate.state is not GateState.CLOSED,
            one.gate.state is not GateState.OPEN,
        )


@BOUNDED
@given(REQUESTS)
def test_an_epoch_that_closed_the_gate_never_engages_it(
    requests: list[tuple[str, str, int | None, int]],
) -> None:
    """What a run sent before it undid itself is refused after it."""
    one, closed = Cluster(), set[int]()
    for action, run, wanted, passes in requests:
        one.now += passes
        before = one.gate
        one.ask(action, run, one.epochs.get(run, 0) if wanted is None else wanted)
        if one.gate != before and one.gate.state is GateState.CLOSED:
            closed.add(one.gate.epoch)
        if one.gate.state is GateState.ENGAGED and before.state is GateState.CLOSED:
            assert one.gate.epoch not in closed


@BOUNDED
@given(REQUESTS, st.sampled_from(["take", "release", *GateState]), st.sampled_from(RUNS))
def test_asking_twice_is_asking_once(
    requests: list[tuple[str, str, int | None, int]], action: str, run: str
) -> None:
    """From wherever the cluster stands, a granted request that is repeated changes nothing."""
    one = Cluster()
    for earlier, by, wanted, passes in requests:
        one.now += passes
        one.ask(earlier, by, one.epochs.get(by, 0) if wanted is None else wanted)
    epoch = one.epochs.get(run, 0)
    if one.ask(action, run, epoch):
        after = (one.gate, one.lock)
        assert one.ask(action, run, one.epochs.get(run, 0))
        assert (one.gate, one.lock) == after


def test_the_examples_reach_every_state() -> None:
    """The properties above are of more than refusals: gates open and close, locks change hands."""
    seen: Counter[str] = Counter()

    @MANY
    @given(REQUESTS)
    def look(requests: list[tuple[str, str, int | None, int]]) -> None:
        one = Cluster()
        for action, run, wanted, passes in requests:
            one.now += passes
            granted = one.ask(action, run, one.epochs.get(run, 0) if wanted is None else wanted)
            seen[f"{action} {granted}"] += 1
            seen[f"is {one.gate.state}"] += 1

    look()
    actions = ["take", "renew", *GateState]
    wanted = [f"{action} {granted}" for action in actions for granted in (True, False)]
    assert [
        one for one in [*wanted, *(f"is {state}" for state in GateState)] if seen[one] < 3
    ] == []


@BOUNDED
@given(st.integers(1, 9), st.floats(0, 1e9))
def test_a_nameless_run_takes_nothing(epoch: int, now: float) -> None:
    """A free lock is the one that nobody holds, so nobody cannot take it."""
    for lock in (None, RunLock("", epoch, LEASE_SECONDS, now)):
        with pytest.raises(InvalidEventError, match="holder: "):
            decide_take(lock, epoch, "", LEASE_SECONDS, now)
