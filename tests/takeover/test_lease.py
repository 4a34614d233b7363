"""The wait for a dead run's lease, with a clock of the test's own."""

from typing import Any

import pytest

from landbridge.domain.errors import ClusterUnavailableError
from landbridge.domain.lock import RunLock
from landbridge.domain.takeover_lease import LeaseAct, LeaseDecision
from landbridge.takeover.lease import await_lease

START = 1_000.0


class Cluster:
    """A lock, its clock, and a record; ``later`` is what happens at a moment."""

    def __init__(self, lock: RunLock | None) -> None:
        self.lock = lock
        self.now = START
        self.later: dict[float, RunLock] = {}
        self.error: Exception | None = None
        self.kept: list[dict[str, Any]] = []
        self.deaf = False
        self.said: list[str] = []

    def read_lock(self) -> tuple[RunLock, str] | None:
        """Answer as the cluster does."""
        if self.error:
            raise self.error
        return None if self.lock is None else (self.lock, "1")

    def keep(self, _run: str, _at: float, **texts: Any) -> None:
        """Keep a part of the record."""
        if self.deaf:
            raise ClusterUnavailableError("no answer")
        self.kept.append(texts["lease"])

    def sleep(self, seconds: float) -> None:
        """Let time pass, and things happen."""
        self.now += seconds
        for at, lock in self.later.items():
            if self.now >= at:
                self.lock = lock

    def wait(self, take_lock: str = "") -> LeaseDecision:
        """Wait as the pod does."""
        clock = {"clock": lambda: self.now, "sleep": self.sleep}
        return await_lease(self, self, "me", take_lock, self.said.append, **clock)  # type: ignore[arg-type]  # the two that it plays


def test_a_dead_runs_lease_is_waited_for_and_no_longer() -> None:
    """It is said at once who holds the lock, and kept where a person sees it."""
    cluster = Cluster(RunLock("dead", 7, 120, START - 20))
    assert cluster.wait().act is LeaseAct.GO_ON
    assert cluster.now == pytest.approx(START + 101, abs=1.01)
    assert (
        cluster.said[0]
        == "run dead holds the lock in epoch 7; waiting 101 s for its lease to run out"
    )
    assert [one["act"] for one in cluster.kept] == ["wait", "go on"]
    assert len(cluster.said) == 2


def test_a_living_runs_lock_is_not_waited_for() -> None:
    """As soon as it renews its lease, or frees it."""
    for lock in (RunLock("alive", 7, 120, START + 5), RunLock("", 7, 120, START + 5)):
        cluster = Cluster(RunLock("alive", 7, 120, START))
        cluster.later = {START + 5: lock}
        assert cluster.wait().act is LeaseAct.GO_ON
        assert cluster.now == START + 5


def test_a_persons_word_is_kept_before_the_first_step() -> None:
    """The step reads there from whom it may take the lock."""
    cluster = Cluster(RunLock("dead", 7, 120, START))
    assert cluster.wait("it burns").act is LeaseAct.TAKE
    assert cluster.kept[-1]["taking"] == {"holder": "dead", "epoch": 7, "reason": "it burns"}
    assert cluster.now == START


def test_a_lock_that_cannot_be_read_holds_nothing_up() -> None:
    """The step that takes it decides."""
    cluster = Cluster(None)
    cluster.error = ClusterUnavailableError("read Lease: no answer")
    decided = cluster.wait()
    assert decided.act is LeaseAct.GO_ON
    assert "no answer" in decided.reason


def test_evidence_that_cannot_be_kept_holds_nothing_up_but_a_persons_word() -> None:
    """Without it the step could not know; the pod ends and is started again."""
    cluster = Cluster(RunLock("dead", 7, 3, START))
    cluster.deaf = True
    assert cluster.wait().act is LeaseAct.GO_ON
    cluster.lock = RunLock("dead", 7, 120, cluster.now)
    with pytest.raises(ClusterUnavailableError):
        cluster.wait("it burns")
