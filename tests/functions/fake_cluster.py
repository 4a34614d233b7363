"""AKS as the Function App sees it: gate, run lock, Deployment and database pod, with versions."""

import copy
from dataclasses import replace
from typing import Any

from landbridge.domain.errors import ClusterUnavailableError, GateConflictError
from landbridge.domain.gate import Gate, initial_gate
from landbridge.domain.lock import RunLock
from landbridge.domain.rollout import PodLook, RolloutLook
from tests.functions.fake_database import FakeDatabase
from tests.functions.fake_kubernetes import FakeKubernetes


class FakeCluster:
    """The methods of ``landbridge.adapters.kubernetes.Cluster``, in memory.

    ``failing_calls`` counts down as calls fail; pods are ready once ``writable`` says so.
    """

    def __init__(self, database: FakeDatabase) -> None:
        self.kubernetes = FakeKubernetes(database, 0)
        self.gate = initial_gate("2026-01-01T00:00:00.000+00:00")
        self.lock: RunLock | None = None
        self.desired = 0
        self.failing_calls = 0
        self.writable = False
        self.pods_crash = False
        self.gates: list[Gate] = []
        self._version = 0

    def copied(self, database: FakeDatabase) -> "FakeCluster":
        """Return a copy whose database pod has that data."""
        made = copy.copy(self)
        made.kubernetes, made.gates = self.kubernetes.copied(database), list(self.gates)
        return made

    def _called(self) -> None:
        if self.failing_calls:
            self.failing_calls -= 1
            raise ClusterUnavailableError("AKS did not answer")

    def _written(self, version: str | None) -> None:
        if version not in {None, str(self._version)}:
            raise GateConflictError("somebody else wrote first")
        self._version += 1

    def request(self, method: str, path: str, body: Any = None, *rest: Any) -> tuple[int, str]:
        """Make one request to the cluster's API."""
        self._called()
        return self.kubernetes.request(method, path, body, *rest)

    def read_gate(self) -> tuple[Gate, str]:
        """Return the gate and its version."""
        self._called()
        return self.gate, str(self._version)

    def write_gate(self, gate: Gate, resource_version: str | None) -> None:
        """Replace the gate where it is still of that version."""
        self._written(resource_version)
        self.gate = gate
        self.gates.append(gate)

    def read_lock(self) -> tuple[RunLock, str] | None:
        """Return the run lock and its version, or None where it was never taken."""
        self._called()
        return None if self.lock is None else (self.lock, str(self._version))

    def write_lock(self, lock: RunLock, resource_version: str | None) -> None:
        """Replace the lock where it is still of that version."""
        self._written(resource_version)
        self.lock = lock

    def scale(self, _namespace: str, _name: str, replicas: int) -> RolloutLook:
        """Set how many pods there shall be."""
        self._called()
        self.desired = replicas
        return self._look()

    def rollout(self, _namespace: str, _name: str) -> RolloutLook:
        """Return the Deployment and its pods."""
        self._called()
        return self._look()

    @property
    def ready(self) -> int:
        """How many pods serve."""
        return self.desired if self.writable and not self.pods_crash else 0

    def _look(self) -> RolloutLook:
        pod = PodLook("orders-0", "Running", ready=bool(self.ready))
        if self.pods_crash:
            lines = ("starting", "cannot read /etc/orders.yaml")
            pod = replace(pod, phase="Pending", waiting="CrashLoopBackOff", log_lines=lines)
        pods = tuple(replace(pod, name=f"orders-{n}") for n in range(self.desired))
        return RolloutLook(self.desired, self.ready, observed=True, pods=pods)
