"""The gate's routes on the lab's own Kubernetes API."""

from typing import Any

import pytest

from azure_functions import aks, gate
from landbridge.adapters.kubernetes import Cluster
from landbridge.domain.errors import GateConflictError
from landbridge.domain.gate import VETO_AWS, VETO_AZURE, Gate, GateState
from landbridge.domain.lock import RunLock
from tests.adapters.lab_cluster import LabCluster
from tests.azure_functions.conftest import Call, forget

RUN = {"epoch": 2, "holder": "run-1"}


@pytest.fixture(name="_held")
def _hold(cluster: Cluster) -> None:
    """Let run-1 hold the lock in epoch 2."""
    cluster.write_lock(RunLock("run-1", 2, 120, 1_795_411_800.5), None)


def stored(cluster: Cluster) -> Gate | None:
    """Return the gate as it is stored."""
    found = cluster.read_gate()
    return found[0] if found else None


def test_gate_before_the_first_failover(call: Call) -> None:
    """A gate that was never written answers as closed: AWS serves in epoch 1."""
    answered = call(gate.read_gate)

    assert answered.status == 200
    assert answered.body == {
        "state": "closed",
        "active_site": "aws",
        "epoch": 1,
        "holder": "",
        "since": "",
    }


@pytest.mark.usefixtures("_held")
def test_whole_way(call: Call, cluster: Cluster) -> None:
    """The lock's holder takes the gate to engaged and open, and what is answered is stored."""
    engaged = call(gate.move_gate, {"to": "engaged", **RUN})
    assert engaged.status == 200
    assert (engaged.body["state"], engaged.body["active_site"]) == ("engaged", "none")

    opened = call(gate.move_gate, {"to": "open", **RUN})
    assert opened.status == 200
    assert (opened.body["state"], opened.body["active_site"]) == ("open", "azure")

    assert call(gate.read_gate) == opened
    now = stored(cluster)
    assert now is not None
    assert (now.state, now.epoch, now.holder) == (GateState.OPEN, 2, "run-1")


@pytest.mark.usefixtures("_held")
def test_twice(call: Call, cluster: Cluster) -> None:
    """Asking twice answers the same, and writes once."""
    first = call(gate.move_gate, {"to": "engaged", **RUN})
    version = cluster.read_gate()
    second = call(gate.move_gate, {"to": "engaged", **RUN})

    assert first == second
    assert cluster.read_gate() == version


@pytest.mark.usefixtures("_held")
@pytest.mark.parametrize(
    "run",
    [
        {"epoch": 1, "holder": "run-1"},
        {"epoch": 3, "holder": "run-1"},
        {"epoch": 2, "holder": "run-2"},
    ],
)
def test_not_the_holder(call: Call, cluster: Cluster, run: dict[str, Any]) -> None:
    """Whoever does not hold the lock in its epoch is refused by name and changes nothing."""
    answered = call(gate.move_gate, {"to": "engaged", **run})

    assert answered.status == 409
    assert answered.body["error"] == "StaleEpochError"
    assert "run-1 in epoch 2" in answered.body["message"]
    assert answered.body["remedy"]
    assert stored(cluster) is None


@pytest.mark.usefixtures("_held")
def test_a_gate_that_was_written_since_the_look(call: Call, cluster: Cluster) -> None:
    """A run that looked before another one moved the gate is refused, and nothing is changed."""
    cluster.write_gate(Gate(GateState.CLOSED, "aws", 2, "run-0", "then"), None)
    before = stored(cluster)
    late = call(gate.move_gate, {"to": "engaged", "seen_epoch": 1, "epoch": 2, "holder": "run-1"})
    assert (late.status, late.body["error"]) == (409, "StaleEpochError")
    assert stored(cluster) == before


def test_lock_never_taken(call: Call, cluster: Cluster) -> None:
    """Without a lock nobody moves the gate."""
    answered = call(gate.move_gate, {"to": "engaged", **RUN})

    assert (answered.status, answered.body["error"]) == (409, "StaleEpochError")
    assert stored(cluster) is None


@pytest.mark.usefixtures("_held")
def test_change_that_does_not_exist(call: Call, cluster: Cluster) -> None:
    """A closed gate does not open at once: AWS must be out first."""
    answered = call(gate.move_gate, {"to": "open", **RUN})

    assert (answered.status, answered.body["error"]) == (409, "GateTransitionError")
    assert stored(cluster) is None


class Meddling(Cluster):
    """A cluster where somebody else writes the gate just before each write that is to come."""

    writes = 0
    meddlings = 1

    def write_gate(self, gate: Gate, resource_version: str | None) -> None:
        """Write first as somebody else, while there are meddlings left."""
        if self.meddlings > 0:
            self.meddlings -= 1
            other = Gate(GateState.CLOSED, "aws", 1, f"other-{self.meddlings}", "")
            found = self.read_gate()
            super().write_gate(other, found[1] if found else None)
        self.writes += 1
        super().write_gate(gate, resource_version)


@pytest.fixture(name="meddling")
def _meddling(call: Call, monkeypatch: pytest.MonkeyPatch) -> Meddling:
    del call  # the settings are its
    wanted = aks.settings()
    cluster = Meddling(wanted.aks_url, aks._token, namespace=wanted.gate_namespace)
    monkeypatch.setattr(gate, "cluster", lambda: cluster)
    return cluster


@pytest.mark.usefixtures("_held")
def test_somebody_else_writes_in_between(call: Call, meddling: Meddling) -> None:
    """A gate that changed between look and write is looked at again, and the move is made."""
    answered = call(gate.move_gate, {"to": "engaged", **RUN})

    assert answered.status == 200
    assert meddling.writes == 2
    assert stored(meddling) == Gate(**{**answered.body, "state": GateState.ENGAGED})


@pytest.mark.usefixtures("_held")
def test_somebody_else_keeps_writing(call: Call, meddling: Meddling) -> None:
    """After three conflicts the caller is told, and may try again."""
    meddling.meddlings = 99

    answered = call(gate.move_gate, {"to": "engaged", **RUN})

    assert (answered.status, answered.body["error"]) == (409, GateConflictError.__name__)
    assert meddling.writes == 3


@pytest.mark.parametrize(
    ("state", "aws", "azure"),
    [
        (GateState.CLOSED, (503, "none"), (200, VETO_AZURE)),
        (GateState.ENGAGED, (200, VETO_AWS), (200, VETO_AZURE)),
        (GateState.OPEN, (200, VETO_AWS), (503, "none")),
    ],
)
def test_vetoes(
    call: Call, cluster: Cluster, state: GateState, aws: tuple[int, str], azure: tuple[int, str]
) -> None:
    """Each state of the gate is one bit for each kind of checker, and a veto has its own word."""
    cluster.write_gate(Gate(state, "aws", 2, "run-1", ""), None)

    assert call(gate.veto_aws) == aws
    assert call(gate.veto_azure) == azure


@pytest.mark.usefixtures("_held")
def test_flip_is_seen_at_once(call: Call) -> None:
    """The vetoes' second of rest ends with a move: it shows in the very next answer."""
    call(gate.move_gate, {"to": "engaged", **RUN})
    assert call(gate.veto_azure) == (200, VETO_AZURE)

    call(gate.move_gate, {"to": "open", **RUN})

    assert call(gate.veto_azure) == (503, "none")


def test_vetoes_of_a_gate_never_written(call: Call) -> None:
    """An absent gate is unknown to the checkers, not closed: it vetoes nothing."""
    assert call(gate.veto_aws) == (503, "none")
    assert call(gate.veto_azure) == (503, "none")


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param({"LANDBRIDGE_AKS_URL": "http://127.0.0.1:1"}, id="no cluster"),
        pytest.param({"LANDBRIDGE_AKS_URL": ""}, id="no setting"),
        pytest.param({"LANDBRIDGE_GATE_NAMESPACE": "default"}, id="denied"),
    ],
)
def test_vetoes_of_a_gate_that_cannot_be_read(
    call: Call, monkeypatch: pytest.MonkeyPatch, setting: dict[str, str]
) -> None:
    """Whatever keeps the gate from being read, both vetoes vanish and say no more than that."""
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    forget()

    assert call(gate.veto_aws) == (503, "none")
    assert call(gate.veto_azure) == (503, "none")


def test_gate_spoilt_by_hand(call: Call, lab_cluster: LabCluster, namespace: str) -> None:
    """A ConfigMap that holds no gate vetoes nothing, and its keepers are told what is wrong."""
    body = {"metadata": {"name": "landbridge-gate"}, "data": {"state": "ajar"}}
    lab_cluster.core.create_namespaced_config_map(namespace, body)

    assert call(gate.veto_aws) == (503, "none")
    assert call(gate.veto_azure) == (503, "none")
    answered = call(gate.read_gate)
    assert (answered.status, answered.body["error"]) == (500, "ConfigurationError")
    assert "landbridge-gate" in answered.body["message"]
