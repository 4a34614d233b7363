"""The names and numbers that every lab has in common, and those of one workload in it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from landbridge.configuration import Configuration

__all__ = [
    "DATABASE",
    "DATABASE_POD",
    "DEPLOYMENT",
    "DOMAIN",
    "GATE",
    "GATE_NAMESPACE",
    "HEALTH_AWS",
    "HEALTH_AZURE",
    "NAMESPACE",
    "ORDERS",
    "PODS",
    "ROOT",
    "RUN_LOCK",
    "WORKLOAD",
    "Own",
]

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "shop.test"
WORKLOAD = f"orders.{DOMAIN}"
HEALTH_AWS = f"health.{DOMAIN}"
HEALTH_AZURE = f"health-azure.{DOMAIN}"
NAMESPACE = "orders"
DEPLOYMENT = "orders"
PODS = "app=orders"
DATABASE = "orders-database"  # the StatefulSet of PostgreSQL on both clusters
DATABASE_POD = f"{DATABASE}-0"
GATE_NAMESPACE = "landbridge"
GATE = "landbridge-gate"
RUN_LOCK = "landbridge-run"
FUNCTION_USER = "landbridge-function"
ORCHESTRATOR_USER = "landbridge-orchestrator"

# What deploy/ calls the workload; its image is no name of the workload's.
_WRITTEN_FOR = re.compile(r"(?<!landbridge/)\borders\b")
_GATE_SPACE = re.compile(rf"(namespace|name): {GATE_NAMESPACE}$", re.MULTILINE)


@dataclass(frozen=True)
class Own:
    """What one workload has to itself in both clusters."""

    workload: str
    namespace: str
    deployment: str
    database: str
    gate_namespace: str

    @classmethod
    def of(cls, configuration: "Configuration") -> "Own":
        """Return the names that the workload's configuration has."""
        workload = configuration.workload
        return cls(
            workload=workload,
            namespace=configuration.deployment.namespace,
            deployment=configuration.deployment.name,
            database=configuration.database_pod.stateful_set,
            gate_namespace=(
                GATE_NAMESPACE if workload == ORDERS.workload else f"{GATE_NAMESPACE}-{workload}"
            ),
        )

    @property
    def pods(self) -> str:
        """The selector of the workload's pods."""
        return f"app={self.deployment}"

    def app_settings(self) -> dict[str, str]:
        """Return what the Function App is told of the workload's objects in AKS."""
        return {
            "LANDBRIDGE_GATE_NAMESPACE": self.gate_namespace,
            "LANDBRIDGE_DEPLOYMENT_NAMESPACE": self.namespace,
            "LANDBRIDGE_DEPLOYMENT_NAME": self.deployment,
            "LANDBRIDGE_DATABASE_NAMESPACE": self.namespace,
            "LANDBRIDGE_DATABASE_SET": self.database,
            "LANDBRIDGE_REBUILD_JOB": f"{self.workload}-rebuild",
            "LANDBRIDGE_REHEARSAL_JOB": f"{self.workload}-rehearsal",
        }

    def manifest(self, file: str) -> str:
        """Return a file of deploy/, written for orders, as this workload's."""
        text = (ROOT / "deploy" / file).read_text()
        text = _WRITTEN_FOR.sub(self.workload, text)
        return _GATE_SPACE.sub(rf"\1: {self.gate_namespace}", text)


ORDERS = Own("orders", NAMESPACE, DEPLOYMENT, DATABASE, GATE_NAMESPACE)
