"""The run lock's route on the lab's own Kubernetes API."""

import threading
import time
from typing import Any

import pytest

from azure_functions import aks, lock
from landbridge.adapters.kubernetes import Cluster
from landbridge.adapters.rehearsal_job import RehearsalJob
from landbridge.domain.errors import AccessDeniedError
from landbridge.domain.gate import Gate, GateState
from landbridge.domain.lock import RunLock
from tests.azure_functions.conftest import Call


def take(holder: str) -> dict[str, Any]:
    """Return the body that takes the lock."""
    return {"action": "take", "holder": holder, "lease_seconds": 60}


def test_take(call: Call) -> None:
    """The first run gets epoch 2, after the epoch in which AWS served."""
    before = time.time()
    answered = call(lock.change_lock, take("run-1"))

    assert answered.status == 200
    renewed_at = answered.body.pop("renewed_at")
    assert answered.body == {"holder": "run-1", "epoch": 2, "lease_seconds": 60}
    assert before <= renewed_at <= time.time()


def test_take_twice(call: Call) -> None:
    """The holder that takes the lock again keeps it in the same epoch."""
    first = call(lock.change_lock, take("run-1"))
    second = call(lock.change_lock, take("run-1"))

    assert second.status == 200
    assert second.body["epoch"] == first.body["epoch"]
    assert second.body["renewed_at"] >= first.body["renewed_at"]


def test_take_while_another_run_holds_it(call: Call) -> None:
    """A second run is refused, and told whose the lock is."""
    call(lock.change_lock, take("run-1"))

    answered = call(lock.change_lock, take("run-2"))

    assert (answered.status, answered.body["error"]) == (409, "LockHeldError")
    assert "run-1" in answered.body["message"]
    assert answered.body["remedy"]


def test_take_after_the_lease(call: Call, cluster: Cluster) -> None:
    """A dead run's lock is taken over in a newer epoch, and the dead run can't renew it."""
    cluster.write_lock(RunLock("dead", 5, 1, time.time() - 60), None)

    taken = call(lock.change_lock, take("run-2"))
    late = call(lock.change_lock, {"action": "renew", "holder": "dead", "epoch": 5})

    assert (taken.status, taken.body["epoch"]) == (200, 6)
    assert (late.status, late.body["error"]) == (409, "StaleEpochError")


def test_epoch_is_newer_than_the_gate(call: Call, cluster: Cluster) -> None:
    """The new epoch is above the gate's, even where the lock is gone."""
    cluster.write_gate(Gate(GateState.OPEN, "azure", 9, "old", ""), None)

    assert call(lock.change_lock, take("run-1")).body["epoch"] == 10


def test_renew(call: Call) -> None:
    """The holder begins its lease anew, as often as it likes, and may change its length."""
    epoch = call(lock.change_lock, take("run-1")).body["epoch"]
    body = {"action": "renew", "holder": "run-1", "epoch": epoch}

    once = call(lock.change_lock, body)
    again = call(lock.change_lock, {**body, "lease_seconds": 90})

    assert (once.status, once.body["lease_seconds"]) == (200, 60)
    assert (again.status, again.body["lease_seconds"]) == (200, 90)
    assert again.body["epoch"] == epoch


@pytest.mark.parametrize(("holder", "epoch"), [("run-1", 1), ("run-1", 3), ("run-2", 2)])
def test_renew_by_another(call: Call, holder: str, epoch: int) -> None:
    """Whoever does not hold the lock in its epoch can't renew it."""
    call(lock.change_lock, take("run-1"))

    answered = call(lock.change_lock, {"action": "renew", "holder": holder, "epoch": epoch})

    assert (answered.status, answered.body["error"]) == (409, "StaleEpochError")


def test_release_twice(call: Call) -> None:
    """A lock that was released is free, and releasing it again changes nothing."""
    call(lock.change_lock, take("run-1"))
    body = {"action": "release", "holder": "run-1"}

    first = call(lock.change_lock, body)
    second = call(lock.change_lock, body)

    assert (first.status, first.body["holder"], first.body["epoch"]) == (200, "", 2)
    assert second == first
    assert call(lock.change_lock, take("run-2")).body["epoch"] == 3


def test_release_by_another(call: Call) -> None:
    """A run that does not hold the lock leaves it as it is."""
    taken = call(lock.change_lock, take("run-1"))

    answered = call(lock.change_lock, {"action": "release", "holder": "run-2"})

    assert answered == taken


def test_release_in_an_older_epoch(call: Call) -> None:
    """A release that names an epoch frees the lock in that epoch only."""
    call(lock.change_lock, take("run-1"))

    answered = call(lock.change_lock, {"action": "release", "holder": "run-1", "epoch": 1})

    assert (answered.status, answered.body["error"]) == (409, "StaleEpochError")


def test_release_of_a_lock_never_taken(call: Call) -> None:
    """Where there was never a lock, there is nothing to release."""
    answered = call(lock.change_lock, {"action": "release", "holder": "run-1"})

    assert answered.status == 200
    assert answered.body == {"holder": "", "epoch": 0, "lease_seconds": 0, "renewed_at": 0.0}


def test_two_runs_at_the_same_moment(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two runs that saw the lock free, the one that wrote second is told who was first."""

    class Raced(Cluster):
        raced = False

        def write_lock(self, lock: RunLock, resource_version: str | None) -> None:
            if not self.raced:
                self.raced = True
                super().write_lock(RunLock("first", 2, 60, time.time()), None)
            super().write_lock(lock, resource_version)

    wanted = aks.settings()
    raced = Raced(wanted.aks_url, aks._token, namespace=wanted.gate_namespace)
    monkeypatch.setattr(lock, "cluster", lambda: raced)

    answered = call(lock.change_lock, take("second"))

    assert (answered.status, answered.body["error"]) == (409, "LockHeldError")
    assert "first" in answered.body["message"]


def test_taking_it_waits_for_no_rehearsal(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster that is slow to end one, or will not, costs the run nothing."""
    asked, go_on = threading.Event(), threading.Event()

    def slow(_job: RehearsalJob) -> None:
        asked.set()
        go_on.wait(30)
        raise AccessDeniedError("no")

    monkeypatch.setattr(RehearsalJob, "end", slow)
    answered = call(lock.change_lock, take("run-1"))
    assert (answered.status, go_on.is_set()) == (200, False)
    assert asked.wait(30)
    renewed = call(lock.change_lock, {"action": "renew", "holder": "run-1", "epoch": 2})
    assert renewed.status == 200
    go_on.set()
    (way,) = [one for one in threading.enumerate() if one.name == "make-way"]
    way.join(30)
    assert not way.is_alive()


@pytest.mark.parametrize(
    "given",
    [
        {"from_holder": "dead"},
        {"from_holder": "dead", "from_epoch": 2},
        {"from_holder": "dead", "from_epoch": 2, "from_reason": " "},
    ],
)
def test_a_lock_is_taken_from_nobody_without_a_reason(call: Call, given: dict[str, Any]) -> None:
    """Whose, in which epoch, and why: all three, or the request is refused."""
    call(lock.change_lock, take("dead"))
    answered = call(lock.change_lock, {**take("run-2"), **given})
    assert answered.status == 400
    assert "from_reason" in answered.body["message"]
    assert call(lock.change_lock, take("dead")).body["epoch"] == 2
