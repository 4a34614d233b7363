"""The gate and the run lock in the lab's own Kubernetes API."""

from dataclasses import replace

import pytest

from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import AccessDeniedError, ConfigurationError, GateConflictError
from landbridge.domain.gate import Gate, GateState, initial_gate
from landbridge.domain.lock import RunLock
from tests.adapters.lab_cluster import FUNCTION_TOKEN, LabCluster

ENGAGED = Gate(GateState.ENGAGED, "none", 2, "run-1", "2026-11-23T05:00:00.000+00:00")
HELD = RunLock("run-1", 2, 120, 1_795_411_800.25)


def test_gate_never_written(cluster: Cluster) -> None:
    """A gate that was never written reads as None, not as a closed one."""
    assert cluster.read_gate() is None


def test_gate_reads_back(cluster: Cluster) -> None:
    """A gate that was written reads back as it is, again and again."""
    cluster.write_gate(ENGAGED, None)
    stored = cluster.read_gate()

    assert stored is not None
    assert stored[0] == ENGAGED

    opened = replace(ENGAGED, state=GateState.OPEN, active_site="azure")
    cluster.write_gate(opened, stored[1])
    again = cluster.read_gate()

    assert again is not None
    assert again[0] == opened


def test_gate_over_an_old_version(cluster: Cluster) -> None:
    """Of two writers that looked at the same gate, the second is refused and changes nothing."""
    cluster.write_gate(ENGAGED, None)
    stored = cluster.read_gate()
    assert stored is not None
    first = replace(ENGAGED, holder="first")
    cluster.write_gate(first, stored[1])

    with pytest.raises(GateConflictError):
        cluster.write_gate(replace(ENGAGED, holder="second"), stored[1])
    now = cluster.read_gate()

    assert now is not None
    assert now[0] == first


def test_gate_created_twice(cluster: Cluster) -> None:
    """Of two writers that saw no gate, the second is refused."""
    cluster.write_gate(ENGAGED, None)

    with pytest.raises(GateConflictError):
        cluster.write_gate(ENGAGED, None)


def test_gate_spoilt_by_hand(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """A ConfigMap that holds no gate is an error that names it, never a state."""
    body = {"metadata": {"name": "landbridge-gate"}, "data": {"state": "ajar"}}
    lab_cluster.core.create_namespaced_config_map(namespace, body)

    with pytest.raises(ConfigurationError, match="landbridge-gate"):
        cluster.read_gate()


def test_lock_never_taken(cluster: Cluster) -> None:
    """A lock that no run ever took reads as None."""
    assert cluster.read_lock() is None


@pytest.mark.parametrize(
    "lock",
    [
        pytest.param(HELD, id="held"),
        pytest.param(RunLock("", 7, 120, 1_795_411_800.5), id="free"),
    ],
)
def test_lock_reads_back(cluster: Cluster, lock: RunLock) -> None:
    """A lock reads back as it was written, whether it is held or free."""
    cluster.write_lock(lock, None)
    stored = cluster.read_lock()

    assert stored is not None
    assert stored[0] == lock


def test_lock_on_a_whole_second(cluster: Cluster) -> None:
    """A renewal on a whole second, whose fraction the client leaves out, is taken by the API."""
    cluster.write_lock(replace(HELD, renewed_at=1_795_411_800.0), None)
    stored = cluster.read_lock()

    assert stored is not None
    assert stored[0].renewed_at == pytest.approx(1_795_411_800.0, abs=0.001)


def test_lock_over_an_old_version(cluster: Cluster) -> None:
    """Of two runs that saw the lock free, the second to write is refused."""
    cluster.write_lock(replace(HELD, holder=""), None)
    stored = cluster.read_lock()
    assert stored is not None
    cluster.write_lock(HELD, stored[1])

    with pytest.raises(GateConflictError):
        cluster.write_lock(replace(HELD, holder="run-2"), stored[1])


def test_lock_without_its_epoch(lab_cluster: LabCluster, cluster: Cluster, namespace: str) -> None:
    """A Lease without the epoch is an error that names it: nobody's epoch is guessed."""
    body = {"metadata": {"name": "landbridge-run"}, "spec": {"holderIdentity": "somebody"}}
    lab_cluster.coordination.create_namespaced_lease(namespace, body)

    with pytest.raises(ConfigurationError, match="landbridge-run"):
        cluster.read_lock()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("nobody-token", id="403"),
        pytest.param("no-such-token", id="401"),
    ],
)
def test_denied(lab_cluster: LabCluster, namespace: str, token: str) -> None:
    """An identity without a role, and one that is not known, are told so for good."""
    cluster = Cluster(lab_cluster.url, lambda: token, namespace=namespace)

    with pytest.raises(AccessDeniedError, match="landbridge-gate"):
        cluster.read_gate()


def test_token_is_asked_at_each_call(lab_cluster: LabCluster, namespace: str) -> None:
    """A token that expires between two calls is not used for the second."""
    tokens = iter([FUNCTION_TOKEN, "expired-token"])
    cluster = Cluster(lab_cluster.url, lambda: next(tokens), namespace=namespace)

    assert cluster.read_gate() is None
    with pytest.raises(AccessDeniedError):
        cluster.read_gate()


def test_refused_token_is_renewed_once(lab_cluster: LabCluster, namespace: str) -> None:
    """A token that is not taken any more costs a second request, reads and writes alike."""
    fresh: list[str] = []

    def renew() -> str:
        fresh.append(FUNCTION_TOKEN)
        return FUNCTION_TOKEN

    cluster = Cluster(lab_cluster.url, lambda: "old", fresh_token=renew, namespace=namespace)
    assert cluster.read_gate() is None
    cluster.write_gate(initial_gate("now"), None)
    assert cluster.request("GET", "/version")[0] == 200

    assert len(fresh) == 3
    written = cluster.read_gate()
    assert written is not None
    assert written[0] == initial_gate("now")


def test_new_token_that_is_refused_too_is_a_refusal(lab_cluster: LabCluster) -> None:
    """It is asked for once, and then the error says what was tried."""
    fresh: list[str] = []

    def renew() -> str:
        fresh.append("new")
        return "new"

    cluster = Cluster(lab_cluster.url, lambda: "old", fresh_token=renew)
    with pytest.raises(AccessDeniedError, match="401") as refused:
        cluster.read_gate()

    assert fresh == ["new"]
    assert "a new one too" in refused.value.remedy
