"""The names and numbers that every lab has in common."""

from pathlib import Path

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
    "PODS",
    "ROOT",
    "RUN_LOCK",
    "WORKLOAD",
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
