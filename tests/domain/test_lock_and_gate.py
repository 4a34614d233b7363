"""The run lock and the gate: tables, and runs that interleave in every order hypothesis finds."""

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.domain.errors import (
    GateTransitionError,
    InvalidEventError,
    LockHeldError,
    PermanentError,
    StaleEpochError,
)
from landbridge.domain.gate import (
    Gate,
    GateState,
    decide_transition,
    initial_gate,
    parse_gate,
    parse_state,
)
from landbridge.domain.lock import (
    RunLock,
    check_holder,
    decide_release,
    decide_renew,
    decide_take,
)

CLOSED, ENGAGED, OPEN = GateState.CLOSED, GateState.ENGAGED, GateState.OPEN
LOCK = RunLock("run-1", 5, lease_seconds=60, renewed_at=1000.0)
GATE = Gate(CLOSED, "aws", 4, "run-0", "then")


def test_a_free_lock_is_taken_in_a_new_epoch() -> None:
    """The epoch is one more than any the gate or the lock has seen."""
    assert decide_take(None, 1, "run-1", 60, 1000.0) == RunLock("run-1", 2, 60, 1000.0)
    assert decide_take(None, 7, "run-1", 60, 1000.0) == RunLock("run-1", 8, 60, 1000.0)
    freed = replace(LOCK, holder="")
    assert decide_take(freed, 1, "run-2", 90, 1001.0) == RunLock("run-2", 6, 90, 1001.0)


def test_a_run_that_takes_its_own_lock_again_keeps_its_epoch() -> None:
    """A repeated request is one lock with a fresh lease, also after the lease ran out."""
    assert decide_take(LOCK, 9, "run-1", 90, 2000.0) == RunLock("run-1", 5, 90, 2000.0)


def test_a_held_lock_names_its_holder_and_the_wait() -> None:
    """Until the lease's last moment another run is refused; from then on it takes over."""
    with pytest.raises(LockHeldError) as refused:
        decide_take(LOCK, 1, "run-2", 60, 1059.0)
    assert refused.value.message == "run run-1 holds the lock in epoch 5, for 1 s more"
    assert refused.value.remedy == "follow that run, or wait 1 s for its lease to run out"
    assert decide_take(LOCK, 1, "run-2", 60, 1060.0) == RunLock("run-2", 6, 60, 1060.0)


def test_nobody_is_no_holder() -> None:
    """A free lock is held by nobody, so a run without a name neither takes nor holds it."""
    free = RunLock("", 5, 60, 1000.0)
    with pytest.raises(InvalidEventError, match="holder: missing"):
        decide_take(free, 1, "", 60, 1000.0)
    with pytest.raises(StaleEpochError):
        check_holder(free, "", 5)
    assert decide_release(free, "", 1000.0) is None


@pytest.mark.parametrize(
    ("lock", "holder", "epoch", "has"),
    [
        (None, "run-1", 5, "nobody does"),
        (replace(LOCK, holder=""), "run-1", 5, "nobody in epoch 5 does"),
        (LOCK, "run-2", 5, "run-1 in epoch 5 does"),
        (LOCK, "run-1", 4, "run-1 in epoch 5 does"),
        (LOCK, "run-1", 6, "run-1 in epoch 5 does"),
    ],
)
def test_only_the_holder_in_its_epoch_holds(
    lock: RunLock | None, holder: str, epoch: int, has: str
) -> None:
    """Everybody else is stale, and is told who holds the lock."""
    with pytest.raises(StaleEpochError) as refused:
        check_holder(lock, holder, epoch)
    asked = f"run {holder} in epoch {epoch} does not hold the run lock: "
    assert refused.value.message == asked + has
    with pytest.raises(StaleEpochError):
        decide_renew(lock, holder, epoch, 1001.0)


def test_renewing_and_releasing_are_the_holders() -> None:
    """Renewing moves the lease, releasing keeps the epoch; releasing another's changes nothing."""
    assert decide_renew(LOCK, "run-1", 5, 1001.0) == replace(LOCK, renewed_at=1001.0)
    assert decide_release(LOCK, "run-1", 1001.0) == replace(LOCK, holder="", renewed_at=1001.0)
    assert decide_release(LOCK, "run-2", 1001.0) is None
    assert decide_release(None, "run-1", 1001.0) is None


@pytest.mark.parametrize(
    ("state", "aws", "azure"), [(CLOSED, False, True), (ENGAGED, True, True), (OPEN, True, False)]
)
def test_what_the_checkers_see(state: GateState, aws: bool, azure: bool) -> None:  # noqa: FBT001 - a table's columns
    """Closed keeps Azure out, open keeps AWS out, engaged keeps both out."""
    gate = replace(GATE, state=state)
    assert (gate.vetoes_aws, gate.vetoes_azure) == (aws, azure)


TRANSITIONS = {
    (CLOSED, CLOSED): "aws",
    (CLOSED, ENGAGED): "none",
    (CLOSED, OPEN): None,
    (ENGAGED, CLOSED): "aws",
    (ENGAGED, ENGAGED): "none",
    (ENGAGED, OPEN): "azure",
    (OPEN, CLOSED): "aws",
    (OPEN, ENGAGED): None,
    (OPEN, OPEN): "azure",
}


@pytest.mark.parametrize("change", TRANSITIONS, ids="-".join)
def test_each_change_of_the_gate(change: tuple[GateState, GateState]) -> None:
    """Nine pairs of states: seven have their active site, two do not exist."""
    before, to = change
    gate, site = replace(GATE, state=before), TRANSITIONS[change]
    arguments: dict[str, Any] = {"epoch": 5, "holder": "run-1", "now": "now"}
    if site is None:
        with pytest.raises(GateTransitionError) as refused:
            decide_transition(gate, LOCK, to, **arguments)
        assert refused.value.message == f"the gate is {before}: it does not go to {to}"
        return
    moved = decide_transition(gate, LOCK, to, **arguments)
    since = "then" if before is to else "now"
    assert moved == Gate(to, site, 5, "run-1", since)
    assert decide_transition(moved, LOCK, to, **(arguments | {"now": "later"})) is moved


def test_a_gate_newer_than_the_lock_is_not_moved() -> None:
    """A lock that was lost and made again from nothing does not outrank the gate."""
    with pytest.raises(StaleEpochError) as refused:
        decide_transition(replace(GATE, epoch=9), LOCK, ENGAGED, epoch=5, holder="run-1", now="now")
    assert refused.value.message == "the gate is in epoch 9; run-1 asks with 5"


def test_an_epoch_that_closed_the_gate_does_not_engage_it_again() -> None:
    """What an undone run had still on its way arrives at a gate that is shut for it."""
    undone = decide_transition(
        replace(GATE, state=ENGAGED), LOCK, CLOSED, epoch=5, holder="run-1", now="now"
    )
    with pytest.raises(StaleEpochError) as refused:
        decide_transition(undone, LOCK, ENGAGED, epoch=5, holder="run-1", now="later")
    assert refused.value.message.startswith("epoch 5 closed the gate")


@pytest.mark.parametrize(("seen", "moves"), [(4, True), (3, False), (5, False)])
def test_a_look_that_another_run_outdated_moves_nothing(seen: int, moves: bool) -> None:  # noqa: FBT001 - a table's column
    """A run engages the gate that it looked at, and may do so twice."""
    arguments: dict[str, Any] = {"epoch": 5, "holder": "run-1", "now": "now", "seen_epoch": seen}
    if moves:
        moved = decide_transition(GATE, LOCK, ENGAGED, **arguments)
        assert decide_transition(moved, LOCK, ENGAGED, **arguments) is moved
        return
    with pytest.raises(StaleEpochError) as refused:
        decide_transition(GATE, LOCK, ENGAGED, **arguments)
    assert refused.value.message.startswith(f"run-1 looked at the gate in epoch {seen}")


@pytest.mark.parametrize("state", GateState)
def test_a_state_is_read_by_its_name(state: GateState) -> None:
    """The three names are the three states."""
    assert parse_state(state.value) is state


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ajar", "'ajar'"),
        ("", "''"),
        (None, "None"),
        (1, "1"),
        (True, "True"),
        (["open"], "a list"),
    ],
)
def test_another_name_is_no_state(value: object, said: str) -> None:
    """The refusal names the field, what was there and what there could be."""
    with pytest.raises(InvalidEventError) as refused:
        parse_state(value)
    assert refused.value.message == f"to: {said} is not a gate state"
    assert refused.value.remedy == "one of closed, engaged, open"


def test_a_gate_is_read_from_the_function_apps_answer() -> None:
    """All five fields are needed."""
    document = {"state": "open", "active_site": "azure", "epoch": 2, "holder": "r", "since": "s"}
    assert parse_gate(document) == Gate(OPEN, "azure", 2, "r", "s")
    for name in document:
        with pytest.raises(InvalidEventError, match="is not a gate"):
            parse_gate({key: value for key, value in document.items() if key != name})
    with pytest.raises(InvalidEventError, match="is not a gate state"):
        parse_gate(document | {"state": "ajar"})
    with pytest.raises(InvalidEventError, match="is not a gate"):
        parse_gate(document | {"epoch": "two"})


@dataclass(frozen=True)
class Move:
    """One request that reaches the Function App: by a run, with the epoch it believes in."""

    kind: str
    run: str
    late: bool
    seconds: int


MOVES = st.lists(
    st.builds(
        Move,
        st.sampled_from(["take", "renew", "release", "engaged", "open", "closed"]),
        st.sampled_from(["run-1", "run-2", "run-3"]),
        late=st.booleans(),
        seconds=st.integers(0, 40),
    ),
    max_size=40,
)


class Office:
    """The Function App with its gate and lock, and what each run believes its epoch is."""

    def __init__(self) -> None:
        self.gate = initial_gate("start")
        self.lock: RunLock | None = None
        self.now = 0.0
        self.epochs: dict[str, list[int]] = {}

    def handle(self, move: Move) -> None:
        """Do what the move asks, or raise; ``late`` moves carry the run's first epoch."""
        known = self.epochs.get(move.run, [0])
        epoch = known[0] if move.late else known[-1]
        if move.kind == "take":
            self.lock = decide_take(self.lock, self.gate.epoch, move.run, 60, self.now)
            self.epochs.setdefault(move.run, []).append(self.lock.epoch)
        elif move.kind == "renew":
            self.lock = decide_renew(self.lock, move.run, epoch, self.now)
        elif move.kind == "release":
            self.lock = decide_release(self.lock, move.run, self.now) or self.lock
        else:
            self.gate = decide_transition(
                self.gate,
                self.lock,
                GateState(move.kind),
                epoch=epoch,
                holder=move.run,
                now=str(self.now),
            )


@given(MOVES)
def test_interleaved_runs_never_break_the_gate(moves: list[Move]) -> None:
    """Epochs never fall; the gate moves only for the lock's holder; each move twice is once."""
    office = Office()
    for move in moves:
        office.now += move.seconds
        gate, lock = office.gate, office.lock
        try:
            office.handle(move)
        except PermanentError:
            assert (office.gate, office.lock) == (gate, lock)
            continue
        assert office.gate.epoch >= gate.epoch
        assert lock is None or office.lock is None or office.lock.epoch >= lock.epoch
        if office.gate != gate:
            assert lock is not None
            assert (office.gate.holder, office.gate.epoch) == (lock.holder, lock.epoch)
            assert (gate.state, office.gate.state) != (CLOSED, OPEN)
        once = (office.gate, office.lock)
        office.handle(move)
        assert (office.gate, office.lock) == once


@given(MOVES)
def test_one_epoch_belongs_to_one_run(moves: list[Move]) -> None:
    """No two runs are ever given the same epoch."""
    office, owner = Office(), dict[int, str]()
    for move in moves:
        office.now += move.seconds
        try:
            office.handle(move)
        except PermanentError:
            continue
        if office.lock is not None and office.lock.holder:
            assert owner.setdefault(office.lock.epoch, office.lock.holder) == office.lock.holder


@given(MOVES)
def test_the_latch_holds_until_a_holder_closes_it(moves: list[Move]) -> None:
    """From engaged or open, the gate is closed by nothing but a request of the lock's holder."""
    office = Office()
    for move in moves:
        office.now += move.seconds
        latched, holder = office.gate.vetoes_aws, office.lock.holder if office.lock else ""
        try:
            office.handle(move)
        except PermanentError:
            assert office.gate.vetoes_aws == latched
            continue
        if latched and not office.gate.vetoes_aws:
            assert (move.kind, move.run) == ("closed", holder)
